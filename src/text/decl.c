/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * BTF as C declarations. libbpf knows how; what it does not know is when to
 * stop: it writes anonymous types in full wherever they are used, so types
 * that nest them in each other could become text without end. Those are
 * found, and refused, before.
 */
#include "text/grammar.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>

#include <bpf/btf.h>

#include "text/model.h"
#include "util/buf.h"
#include "util/cleanup.h"

/* Members that one declaration may have, those of anonymous types included. */
#define MAX_MEMBERS (1024 * 1024)

__attribute__((format(printf, 2, 0)))
static void print(void *ctx, const char *fmt, va_list args)
{
	buf_vprintf(ctx, fmt, args);
}

/* How many lines each type takes, by id: those of types without a name count
 * for everybody who uses them. */
struct counter {
	const struct btf *btf;
	uint32_t *lines; /* 0: not yet */
	uint32_t n_ids;
	unsigned depth;
};

static uint32_t count_lines(struct counter *c, uint32_t id);

static uint32_t count_members(struct counter *c, const struct btf_type *bt)
{
	const struct btf_member *m = btf_members(bt);
	uint32_t i, lines = 1;

	for (i = 0; i < btf_vlen(bt); i++)
		lines = sat_add(lines, sat_add(1, count_lines(c, m[i].type)));
	return lines;
}

/* What it takes to write a type where it is used. */
static uint32_t count_use(struct counter *c, const struct btf_type *bt)
{
	if (btf_is_array(bt))
		return count_lines(c, btf_array(bt)->type);
	if (btf_is_mod(bt) || btf_is_ptr(bt))
		return bt->type ? count_lines(c, bt->type) : 1;
	if (btf_is_composite(bt) && !bt->name_off)
		return count_members(c, bt);
	return 1;
}

static uint32_t count_lines(struct counter *c, uint32_t id)
{
	const struct btf_type *bt = btf__type_by_id(c->btf, id);

	if (!bt || id >= c->n_ids || c->depth > TYPE_MAX_DEPTH)
		return UINT32_MAX;
	if (!c->lines[id]) {
		/* A loop of types without names would have no end. */
		c->lines[id] = UINT32_MAX;
		c->depth++;
		c->lines[id] = count_use(c, bt);
		c->depth--;
	}
	return c->lines[id];
}

/* All of it: whatever type it reaches is in this BTF. */
static int check_size(const struct btf *btf)
{
	uint32_t id, total = 0, n_ids = btf__type_cnt(btf);
	_cleanup_free_ uint32_t *lines = calloc(n_ids, sizeof(*lines));
	struct counter c = { btf, lines, n_ids, 0 };

	if (!lines)
		return -ENOMEM;
	for (id = 1; id < n_ids; id++) {
		const struct btf_type *bt = btf__type_by_id(btf, id);

		if (btf_is_composite(bt))
			total = sat_add(total, count_members(&c, bt));
		else if (btf_is_var(bt))
			total = sat_add(total, count_lines(&c, bt->type));
	}
	return total > MAX_MEMBERS ? -EINVAL : 0;
}

/* What dump_type() leaves out: types that have no name to be declared by. */
static int declare_unnamed(struct btf_dump *dump, const struct btf *btf, uint32_t id,
			   struct buf *out)
{
	struct btf_dump_emit_type_decl_opts opts = { .sz = sizeof(opts),
						     .field_name = "" };
	const struct btf_type *bt = btf__type_by_id(btf, id);
	bool declared = btf_is_composite(bt) || btf_is_any_enum(bt) || btf_is_typedef(bt);
	int r;

	if (declared && bt->name_off)
		return 0;
	r = btf_dump__emit_type_decl(dump, id, &opts);
	buf_puts(out, ";\n");
	return r;
}

/* A variable's types, if they were not there yet, and the variable. */
static int declare_var(struct btf_dump *dump, const struct btf *btf, uint32_t id)
{
	const struct btf_type *var = btf__type_by_id(btf, id);
	struct btf_dump_emit_type_decl_opts opts = { .sz = sizeof(opts) };
	int r;

	if (!var || !btf_is_var(var))
		return -EINVAL;
	opts.field_name = btf__name_by_offset(btf, var->name_off) ?: "";
	r = btf_dump__dump_type(dump, var->type);
	if (r >= 0)
		r = btf_dump__emit_type_decl(dump, var->type, &opts);
	return r;
}

static int declare_section(struct btf_dump *dump, const struct btf *btf, uint32_t id,
			   struct buf *out)
{
	const struct btf_type *section = btf__type_by_id(btf, id);
	const struct btf_var_secinfo *info = btf_var_secinfos(section);
	int r = 0;

	for (uint32_t i = 0; r >= 0 && i < btf_vlen(section); i++) {
		r = declare_var(dump, btf, info[i].type);
		buf_printf(out, "; /* offset %u, size %u */\n", info[i].offset, info[i].size);
	}
	return r;
}

static int declare(struct btf_dump *dump, const struct btf *btf, uint32_t id,
		   struct buf *out)
{
	int r;

	if (btf_is_datasec(btf__type_by_id(btf, id)))
		return declare_section(dump, btf, id, out);
	r = btf_dump__dump_type(dump, id);
	return r < 0 ? r : declare_unnamed(dump, btf, id, out);
}

int grammar_c_decl(const struct btf *btf, uint32_t id, struct buf *out)
{
	struct btf_dump *dump;
	size_t from = out->len;
	int r;

	if (!id || !btf__type_by_id(btf, id))
		return -EINVAL;
	r = check_size(btf);
	if (r)
		return r;
	dump = btf_dump__new(btf, print, out, NULL);
	if (!dump)
		return -errno;
	r = declare(dump, btf, id, out);
	btf_dump__free(dump);
	if (r < 0)
		buf_truncate(out, from);
	return r < 0 ? r : buf_error(out);
}

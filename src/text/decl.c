/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * BTF as C declarations. libbpf writes them, but without limits: it writes anonymous
 * types in full wherever they are used, and determines the alignment of a type through
 * all its levels, once for each path to it, so nested types could take unbounded text
 * or time. Such types are found beforehand, and declared as arrays of bytes.
 */
#include "text/grammar.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/btf.h>

#include "text/decl-foreign.h"
#include "text/model.h"
#include "util/buf.h"
#include "util/cleanup.h"

/* Members that one declaration may have, those of anonymous types included. */
#define MAX_MEMBERS (1024 * 1024)

/* Steps that libbpf may take to find the alignment of all types together. */
#define MAX_STEPS (4 * 1024 * 1024)

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

/* The cost of writing a type where it is used. */
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

/* --- the cost of alignment ------------------------------------------------- */

static uint32_t count_steps(struct counter *c, uint32_t id);

/* The steps of btf__align_of() from here. */
static uint32_t count_inner_steps(struct counter *c, const struct btf_type *bt)
{
	const struct btf_member *m;
	uint32_t i, steps = 1;

	if (btf_is_array(bt))
		return sat_add(1, count_steps(c, btf_array(bt)->type));
	if (btf_is_mod(bt) || btf_is_typedef(bt))
		return bt->type ? sat_add(1, count_steps(c, bt->type)) : 1;
	if (!btf_is_composite(bt))
		return 1;
	m = btf_members(bt);
	for (i = 0; i < btf_vlen(bt); i++)
		steps = sat_add(steps, count_steps(c, m[i].type));
	return steps;
}

static uint32_t count_steps(struct counter *c, uint32_t id)
{
	const struct btf_type *bt = btf__type_by_id(c->btf, id);

	if (!bt || id >= c->n_ids || c->depth >= TYPE_MAX_DEPTH)
		return UINT32_MAX;
	if (!c->lines[id]) {
		c->lines[id] = UINT32_MAX; /* a loop */
		c->depth++;
		c->lines[id] = count_inner_steps(c, bt);
		c->depth--;
	}
	return c->lines[id];
}

/* --- both, for all of it: whatever type it reaches is in this BTF ----------- */

static uint32_t total_lines(struct counter *c)
{
	uint32_t id, total = 0;

	for (id = 1; id < c->n_ids; id++) {
		const struct btf_type *bt = btf__type_by_id(c->btf, id);

		if (btf_is_composite(bt))
			total = sat_add(total, count_members(c, bt));
		else if (btf_is_var(bt))
			total = sat_add(total, count_lines(c, bt->type));
	}
	return total;
}

static uint32_t total_steps(struct counter *c)
{
	uint32_t id, total = 0;

	for (id = 1; id < c->n_ids; id++)
		if (btf_is_composite(btf__type_by_id(c->btf, id)))
			total = sat_add(total, count_steps(c, id));
	return total;
}

/* -E2BIG: libbpf would go on for too long. */
static int check_size(const struct btf *btf)
{
	uint32_t n_ids = btf__type_cnt(btf);
	_cleanup_free_ uint32_t *lines = calloc(n_ids, sizeof(*lines));
	_cleanup_free_ uint32_t *steps = calloc(n_ids, sizeof(*steps));
	struct counter by_lines = { btf, lines, n_ids, 0 };
	struct counter by_steps = { btf, steps, n_ids, 0 };

	if (!lines || !steps)
		return -ENOMEM;
	if (total_lines(&by_lines) > MAX_MEMBERS || total_steps(&by_steps) > MAX_STEPS)
		return -E2BIG;
	return 0;
}

/* --- declarations ----------------------------------------------------------- */

static bool needs_name(const struct btf *btf, const struct btf_type *bt)
{
	while (bt && btf_is_mod(bt))
		bt = btf__type_by_id(btf, bt->type);
	return bt && (btf_is_array(bt) || btf_is_ptr(bt));
}

/* Types that dump_type() leaves out, because they have no name. */
static int declare_unnamed(struct btf_dump *dump, const struct btf *btf,
			   const struct c_part *part, struct buf *out)
{
	struct btf_dump_emit_type_decl_opts opts = { .sz = sizeof(opts),
						     .field_name = "" };
	uint32_t id = part->id;
	const struct btf_type *bt = btf__type_by_id(btf, id);
	bool declared = btf_is_composite(bt) || btf_is_any_enum(bt) || btf_is_typedef(bt);
	int r;

	if (declared && bt->name_off)
		return 0;
	/* "char[64];" and "void *;" are no declarations in C. */
	if (needs_name(btf, bt)) {
		buf_puts(out, "typedef ");
		opts.field_name = part->what;
	}
	r = btf_dump__emit_type_decl(dump, id, &opts);
	buf_puts(out, ";\n");
	return r;
}

static bool is_identifier(const char *name)
{
	return *name && !isdigit((unsigned char)*name) && !name[strspn(name, IDENTIFIER)];
}

struct variable {
	const char *name;
	uint32_t i; /* in the section */
	bool repeated; /* one before it has this name: static ones of two files */
};

static int by_name(const void *a, const void *b)
{
	const struct variable *v = a, *w = b;
	int r = strcmp(v->name, w->name);

	return r ? r : (v->i > w->i) - (v->i < w->i);
}

static int by_place(const void *a, const void *b)
{
	const struct variable *v = a, *w = b;

	return (v->i > w->i) - (v->i < w->i);
}

/* The variables of a section in their order; NULL: no memory. */
static struct variable *name_variables(const struct btf *btf, const struct btf_type *section)
{
	uint32_t n = btf_vlen(section);
	struct variable *list = calloc(n ?: 1, sizeof(*list));

	for (uint32_t i = 0; list && i < n; i++) {
		const struct btf_type *var =
			btf__type_by_id(btf, btf_var_secinfos(section)[i].type);

		list[i].i = i;
		list[i].name = (var ? btf__name_by_offset(btf, var->name_off) : NULL) ?: "";
	}
	if (!list)
		return NULL;
	qsort(list, n, sizeof(*list), by_name);
	for (uint32_t i = 1; i < n; i++)
		list[i].repeated = !strcmp(list[i].name, list[i - 1].name);
	qsort(list, n, sizeof(*list), by_place);
	return list;
}

/* Static variables of functions are called FUNCTION.NAME, which is no identifier of C. */
static void put_identifier(const char *name, uint32_t offset, struct buf *out)
{
	if (isdigit((unsigned char)*name))
		buf_putc(out, '_');
	for (; *name; name++)
		buf_putc(out, strchr(IDENTIFIER, *name) ? *name : '_');
	buf_printf(out, "_%u", offset);
}

/* Where the declaration has another name, the comment has that of the variable. */
static void put_place(const char *own, const char *declared,
		      const struct btf_var_secinfo *info, struct buf *out)
{
	buf_puts(out, "; /* ");
	if (strcmp(own, declared) && !own[strspn(own, IDENTIFIER ".$:")])
		buf_printf(out, "%s, ", own);
	buf_printf(out, "offset %u, size %u */\n", info->offset, info->size);
}

/* A variable's types, if they were not there yet, and the variable. */
static int declare_var(struct btf_dump *dump, const struct btf *btf,
		       const struct btf_var_secinfo *info, const struct variable *v,
		       struct buf *out)
{
	const struct btf_type *var = btf__type_by_id(btf, info->type);
	struct btf_dump_emit_type_decl_opts opts = { .sz = sizeof(opts) };
	_cleanup_buf_ struct buf name = BUF_INIT;
	int r;

	if (!var || !btf_is_var(var))
		return -EINVAL;
	if (is_identifier(v->name) && !v->repeated)
		buf_puts(&name, v->name);
	else
		put_identifier(v->name, info->offset, &name);
	opts.field_name = buf_cstr(&name);
	if (!opts.field_name)
		return -ENOMEM;
	r = btf_dump__dump_type(dump, var->type);
	if (r >= 0)
		r = btf_dump__emit_type_decl(dump, var->type, &opts);
	put_place(v->name, opts.field_name, info, out);
	return r;
}

static int declare_section(struct btf_dump *dump, const struct btf *btf, uint32_t id,
			   struct buf *out)
{
	const struct btf_type *section = btf__type_by_id(btf, id);
	_cleanup_free_ struct variable *list = name_variables(btf, section);
	int r = list ? 0 : -ENOMEM;

	for (uint32_t i = 0; r >= 0 && i < btf_vlen(section); i++)
		r = declare_var(dump, btf, &btf_var_secinfos(section)[i], &list[i], out);
	return r;
}

static int declare(struct btf_dump *dump, const struct btf *btf,
		   const struct c_part *part, struct buf *out)
{
	const struct btf_type *bt = btf__type_by_id(btf, part->id);
	size_t from = out->len;
	int r;

	if (btf_is_datasec(bt))
		return declare_section(dump, btf, part->id, out);
	r = btf_dump__dump_type(dump, part->id);
	/* An enum needs no name to be declared, unless another type has it as a member. */
	if (r < 0 || (btf_is_any_enum(bt) && out->len > from))
		return r;
	return declare_unnamed(dump, btf, part, out);
}

/* The enumerators of key and value may be the same. */
static bool is_declared(const struct btf *btf, const struct c_part *parts, unsigned n)
{
	if (!btf_is_any_enum(btf__type_by_id(btf, parts[n].id)))
		return false;
	for (unsigned i = 0; i < n; i++)
		if (parts[i].id == parts[n].id)
			return true;
	return false;
}

static int declare_all(const struct btf *btf, const struct c_part *parts, unsigned n,
		       struct buf *out)
{
	struct btf_dump *dump = btf_dump__new(btf, print, out, NULL);
	int r;

	if (!dump)
		return -errno;
	r = declare_foreign(btf, NULL, out);
	for (unsigned i = 0; r >= 0 && i < n; i++) {
		buf_printf(out, "/* %s */\n", parts[i].what);
		if (!is_declared(btf, parts, i))
			r = declare(dump, btf, &parts[i], out);
	}
	btf_dump__free(dump);
	return r;
}

static void declare_bytes(const struct c_part *parts, unsigned n, struct buf *out)
{
	for (unsigned i = 0; i < n; i++)
		buf_printf(out, "/* %s: the type cannot be declared */\n"
			   "typedef unsigned char %s[%u];\n",
			   parts[i].what, parts[i].what, parts[i].size);
}

int grammar_c_decl(const struct btf *btf, const struct c_part *parts, unsigned n,
		   struct buf *out)
{
	size_t from = out->len;
	int r = n ? check_size(btf) : 0;

	for (unsigned i = 0; i < n && !r; i++)
		if (!parts[i].id || !btf__type_by_id(btf, parts[i].id))
			r = -EINVAL;
	if (!r && n)
		r = declare_all(btf, parts, n, out);
	if (r == -ENOMEM)
		return r;
	if (r < 0) {
		buf_truncate(out, from);
		declare_bytes(parts, n, out);
	}
	return buf_error(out);
}

/* One blank for each run of white space, none at the end. */
static void put_line(const char *text, struct buf *out)
{
	const char *blank = "";

	for (size_t n; *text; text += n) {
		n = strspn(text, " \t\n");
		if (n)
			continue;
		n = strcspn(text, " \t\n");
		buf_puts(out, blank);
		buf_put(out, text, n);
		blank = " ";
	}
}

int grammar_c_line(const struct btf *btf, const struct c_part *part, struct buf *out)
{
	_cleanup_buf_ struct buf types = BUF_INIT, foreign = BUF_INIT;
	const struct btf_type *bt = part->id ? btf__type_by_id(btf, part->id) : NULL;
	struct btf_dump *dump;
	int r = !bt || btf_is_datasec(bt) ? -EINVAL : check_size(btf);

	if (r < 0)
		return r;
	dump = btf_dump__new(btf, print, &types, NULL);
	if (!dump)
		return -errno;
	r = declare(dump, btf, part, &types);
	btf_dump__free(dump);
	if (r < 0)
		return r == -ENOMEM ? r : -EINVAL;
	if (!buf_cstr(&types))
		return -ENOMEM;
	r = declare_foreign(btf, types.data, &foreign);
	if (r < 0 || !buf_cstr(&foreign))
		return -ENOMEM;
	put_line(foreign.data, out);
	if (foreign.len)
		buf_putc(out, ' ');
	put_line(types.data, out);
	return buf_error(out);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Choose the BTF that describes a map and let text/decl.c print it as C.
 */
#include "map/decl.h"

#include <bpf/btf.h>
#include <errno.h>
#include <stdio.h>

#include "map/cases.h"
#include "store/errno.h"
#include "text/grammar.h"
#include "text/type.h"
#include "util/buf.h"

static void free_btf(struct btf **btf)
{
	btf__free(*btf);
}

/* With everything it refers to it would be half the kernel: its name is enough
 * to find it there. */
static int put_kernel_type(const struct map *m, struct buf *out)
{
	const struct store_info *info = &m->schema->info;
	_cleanup_(free_btf) struct btf *btf = NULL;
	const struct btf_type *t;
	int r;

	if (!info->btf_vmlinux_value_type_id)
		return 0;
	r = store_btf(m->ref.store, info->btf_vmlinux_id, &btf);
	if (r < 0)
		return store_user_errno(STORE_OP_OPEN, r);
	t = btf__type_by_id(btf, info->btf_vmlinux_value_type_id);
	if (t)
		buf_printf(out, "/* value: struct %s of the kernel */\n",
			   btf__name_by_offset(btf, t->name_off) ?: "");
	return 0;
}

/* Declare the types of the view, or the map's own types where the view has none. */
static int put_view(const struct schema *s, struct buf *out)
{
	size_t key_size = schema_has(s, MAP_SET) ? 0 : s->info.key_size;
	size_t value_size = s->record ? type_size(s->record) : s->info.value_size;
	struct c_part parts[2 + SHOW_MAX];
	char names[SHOW_MAX][sizeof("record_4294967295")];
	unsigned n = 0;

	if (s->btf_key_id)
		parts[n++] = (struct c_part){ "key", s->btf_key_id, (uint32_t)key_size };
	if (s->btf_value_id)
		parts[n++] = (struct c_part){ "value", s->btf_value_id,
					      (uint32_t)value_size };
	for (unsigned i = 0; s->cases && i < s->cases->count; i++) {
		const struct record_case *c = &s->cases->list[i];

		snprintf(names[i], sizeof(names[i]), "record_%u", i + 1);
		parts[n++] = (struct c_part){ names[i], c->btf_id,
					      (uint32_t)type_size(c->type) };
	}
	return grammar_c_decl(s->btf, parts, n, out);
}

int map_c_decl(const struct map *m, struct buf *out)
{
	const struct store_info *info = &m->schema->info;
	_cleanup_(free_btf) struct btf *btf = NULL;
	struct c_part parts[2];
	unsigned n = 0;
	int r;

	if (m->schema->btf)
		return put_view(m->schema, out);
	if (!info->btf_id) {
		buf_puts(out, "/* this map has no types */\n");
		return buf_error(out);
	}
	r = store_btf(m->ref.store, info->btf_id, &btf);
	if (r == -EINVAL || (r == 0 && !type_btf_is_known(btf))) {
		buf_puts(out, "/* the BTF of this map has an unknown format */\n");
		return buf_error(out);
	}
	if (r < 0)
		return store_user_errno(STORE_OP_OPEN, r);
	if (info->key_size && info->btf_key_type_id)
		parts[n++] = (struct c_part){ "key", info->btf_key_type_id, info->key_size };
	if (info->btf_value_type_id)
		parts[n++] = (struct c_part){ "value", info->btf_value_type_id,
					      info->value_size };
	r = grammar_c_decl(btf, parts, n, out);
	if (r == 0)
		r = put_kernel_type(m, out);
	return r < 0 ? r : buf_error(out);
}

/* The BTF of a view, or that of the map, which is the caller's. */
static int find_part(const struct map *m, const struct schema *s, bool key,
		     struct btf **own, const struct btf **ret, struct c_part *part)
{
	const struct store_info *info = &s->info;
	bool set = schema_has(s, MAP_SET);
	int r;

	*part = (struct c_part){ .what = key ? "key" : "value" };
	if (s->btf)
		part->id = key && !set ? s->btf_key_id : s->btf_value_id;
	*ret = s->btf;
	if (part->id || !info->btf_id)
		return 0;
	part->id = key ? info->btf_key_type_id : info->btf_value_type_id;
	r = store_btf(m->ref.store, info->btf_id, own);
	if (r == 0 && !type_btf_is_known(*own))
		r = -EINVAL;
	*ret = *own;
	return r;
}

int map_c_type(const struct map *m, const struct schema *s, bool key, struct buf *out)
{
	_cleanup_(free_btf) struct btf *own = NULL;
	const struct btf *btf;
	struct c_part part;
	int r = find_part(m, s, key, &own, &btf, &part);

	if (r == 0 && !btf)
		r = -ENOENT;
	return r < 0 ? r : grammar_c_line(btf, &part, out);
}

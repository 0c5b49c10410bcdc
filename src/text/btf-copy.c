/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Types are copied from the inside to the outside, so that the ids of members are
 * known when a struct is added. libbpf copies a type as it stands, with the names;
 * the ids in it are then replaced in place.
 */
#include "text/btf-copy.h"

#include <errno.h>
#include <stdlib.h>

#include <bpf/btf.h>

#include "text/model.h"

/* Marks a type that is being copied: no id is as large. */
#define IN_PROGRESS UINT32_MAX

int btf_copier_init(struct btf_copier *c, const struct btf *from, struct btf *to)
{
	*c = (struct btf_copier){ .from = from, .to = to, .n_ids = btf__type_cnt(from) };
	c->memo = calloc(c->n_ids, sizeof(*c->memo));
	return c->memo ? tags_collect(from, &c->tags) : -ENOMEM;
}

void btf_copier_release(struct btf_copier *c)
{
	free(c->memo);
	c->memo = NULL;
	tags_release(&c->tags);
}

/* Add a copy of one type; *ret_type is for the ids in it. */
static int add(struct btf_copier *c, const struct btf_type *t, uint32_t *ret,
	       struct btf_type **ret_type)
{
	int id = btf__add_type(c->to, c->from, t);

	if (id < 0)
		return id;
	*ret = (uint32_t)id;
	*ret_type = (struct btf_type *)btf__type_by_id(c->to, *ret);
	return 0;
}

static int copy_plain(struct btf_copier *c, const struct btf_type *t, uint32_t *ret)
{
	struct btf_type *copy = NULL;

	return add(c, t, ret, &copy);
}

/* Modifiers, typedefs and variables. */
static int copy_modifier(struct btf_copier *c, const struct btf_type *t, uint32_t *ret)
{
	struct btf_type *copy = NULL;
	uint32_t inner = 0;
	int r = t->type ? btf_copy_type(c, t->type, &inner) : 0;

	if (r == 0)
		r = add(c, t, ret, &copy);
	if (r == 0)
		copy->type = inner;
	return r;
}

/* The tags right behind a pointer, and void. */
static int copy_tags(struct btf_copier *c, uint32_t id, unsigned depth, uint32_t *ret)
{
	const struct btf_type *t = btf__type_by_id(c->from, id);
	struct btf_type *copy = NULL;
	uint32_t inner = 0;
	int r = 0;

	*ret = 0;
	if (!id || !t || (!btf_is_mod(t) && !btf_is_typedef(t)))
		return 0;
	if (depth == TYPE_MAX_DEPTH)
		return -E2BIG;
	r = copy_tags(c, t->type, depth + 1, &inner);
	if (r < 0 || !btf_is_type_tag(t)) {
		*ret = inner;
		return r;
	}
	r = add(c, t, ret, &copy);
	if (r == 0)
		copy->type = inner;
	return r;
}

static int copy_pointer(struct btf_copier *c, const struct btf_type *t, uint32_t *ret)
{
	struct btf_type *copy = NULL;
	uint32_t inner;
	int r = copy_tags(c, t->type, 0, &inner);

	if (r == 0)
		r = add(c, t, ret, &copy);
	if (r == 0)
		copy->type = inner;
	return r;
}

static int copy_array(struct btf_copier *c, const struct btf_type *t, uint32_t *ret)
{
	uint32_t elem, index;
	struct btf_type *copy = NULL;
	int r = btf_copy_type(c, btf_array(t)->type, &elem);

	if (r == 0)
		r = btf_copy_type(c, btf_array(t)->index_type, &index);
	if (r == 0)
		r = add(c, t, ret, &copy);
	if (r < 0)
		return r;
	btf_array(copy)->type = elem;
	btf_array(copy)->index_type = index;
	return 0;
}

/* Put the types of members, or of variables, into a copy. */
static void set_ids(struct btf_type *t, const uint32_t *ids)
{
	if (btf_is_var(t))
		t->type = *ids;
	for (uint32_t i = 0; btf_is_composite(t) && i < btf_vlen(t); i++)
		btf_members(t)[i].type = ids[i];
	for (uint32_t i = 0; btf_is_datasec(t) && i < btf_vlen(t); i++)
		btf_var_secinfos(t)[i].type = ids[i];
}

/* Adding a type moves those before it, so no pointer into `to` is kept. */
static int copy_record(struct btf_copier *c, const struct btf_type *t, uint32_t *ret)
{
	_cleanup_free_ uint32_t *ids = calloc(btf_vlen(t) + 1u, sizeof(*ids));
	struct btf_type *copy = NULL;
	int r = ids ? 0 : -ENOMEM;

	for (uint32_t i = 0; r == 0 && i < btf_vlen(t); i++)
		r = btf_copy_type(c, btf_is_datasec(t) ? btf_var_secinfos(t)[i].type :
							 btf_members(t)[i].type, &ids[i]);
	if (r == 0)
		r = add(c, t, ret, &copy);
	if (r == 0)
		set_ids(copy, ids);
	return r;
}

int btf_copy_with(struct btf_copier *c, uint32_t id, const uint32_t *ids, uint32_t *ret)
{
	const struct btf_type *t = btf__type_by_id(c->from, id);
	struct btf_type *copy = NULL;
	int r;

	if (!t || (!btf_is_composite(t) && !btf_is_datasec(t) && !btf_is_var(t)))
		return -EINVAL;
	if (c->n_copied++ == BTF_COPY_MAX)
		return -E2BIG;
	r = add(c, t, ret, &copy);
	if (r == 0)
		set_ids(copy, ids);
	return r;
}

typedef int copy_fn(struct btf_copier *c, const struct btf_type *t, uint32_t *ret);

static copy_fn *const copy_rows[] = {
	[BTF_KIND_INT] = copy_plain,
	[BTF_KIND_PTR] = copy_pointer,
	[BTF_KIND_ARRAY] = copy_array,
	[BTF_KIND_STRUCT] = copy_record,
	[BTF_KIND_UNION] = copy_record,
	[BTF_KIND_ENUM] = copy_plain,
	[BTF_KIND_FWD] = copy_plain,
	[BTF_KIND_TYPEDEF] = copy_modifier,
	[BTF_KIND_VOLATILE] = copy_modifier,
	[BTF_KIND_CONST] = copy_modifier,
	[BTF_KIND_RESTRICT] = copy_modifier,
	[BTF_KIND_VAR] = copy_modifier,
	[BTF_KIND_DATASEC] = copy_record,
	[BTF_KIND_FLOAT] = copy_plain,
	[BTF_KIND_TYPE_TAG] = copy_modifier,
	[BTF_KIND_ENUM64] = copy_plain,
};

static int add_tag(struct btf_copier *c, const struct tag *tag, uint32_t copy)
{
	int id = btf__add_decl_tag(c->to, tag->text, (int)copy, (int)tag->member);

	return id < 0 ? id : 0;
}

int btf_copy_tags(struct btf_copier *c, uint32_t id, uint32_t member, uint32_t copy)
{
	uint32_t count;
	const struct tag *tag = tags_of(&c->tags, id, &count);
	int r = 0;

	for (; r == 0 && count; count--, tag++)
		if (tag->member == member)
			r = add_tag(c, tag, copy);
	return r;
}

static int copy_all_tags(struct btf_copier *c, uint32_t id, uint32_t copy)
{
	uint32_t count;
	const struct tag *tag = tags_of(&c->tags, id, &count);
	int r = 0;

	for (; r == 0 && count; count--, tag++)
		r = add_tag(c, tag, copy);
	return r;
}

static int copy_new(struct btf_copier *c, uint32_t id, uint32_t *ret)
{
	const struct btf_type *t = btf__type_by_id(c->from, id);
	size_t kind = t ? btf_kind(t) : BTF_KIND_UNKN;

	if (kind >= sizeof(copy_rows) / sizeof(copy_rows[0]) || !copy_rows[kind])
		return -EINVAL;
	if (c->n_copied++ == BTF_COPY_MAX || c->depth == TYPE_MAX_DEPTH)
		return -E2BIG;
	return copy_rows[kind](c, t, ret) ?: copy_all_tags(c, id, *ret);
}

int btf_copy_type(struct btf_copier *c, uint32_t id, uint32_t *ret)
{
	uint32_t copy = 0;
	int r;

	if (!id || id >= c->n_ids || c->memo[id] == IN_PROGRESS)
		return -EINVAL;
	if (!c->memo[id]) {
		c->memo[id] = IN_PROGRESS;
		c->depth++;
		r = copy_new(c, id, &copy);
		c->depth--;
		c->memo[id] = r < 0 ? 0 : copy;
		if (r < 0)
			return r;
	}
	*ret = c->memo[id];
	return 0;
}

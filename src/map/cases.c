/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "map/cases.h"

#include <bpf/btf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "text/name.h"
#include "text/type.h"

struct record_cases *record_cases_new(const struct show_tag *tag)
{
	struct record_cases *c = calloc(1, sizeof(*c) + tag->count * sizeof(c->list[0]));

	if (c)
		c->count = tag->count;
	return c;
}

void record_cases_free(struct record_cases *c)
{
	if (!c)
		return;
	for (uint32_t i = 0; i < c->count; i++)
		type_free(c->list[i].type);
	type_free(c->tag);
	free(c);
}

/* ---- the tag ---- */

static const struct btf_type *skip_names(const struct btf *btf, uint32_t id)
{
	const struct btf_type *t = btf__type_by_id(btf, id);

	for (unsigned i = 0; i < 32 && t && (btf_is_mod(t) || btf_is_typedef(t)); i++)
		t = btf__type_by_id(btf, t->type);
	return t;
}

static int set_tag(struct record_cases *c, const struct show_tag *tag,
		   const struct btf *btf, uint32_t id, struct text_error *err)
{
	const struct btf_type *t = skip_names(btf, id);
	long long size = btf__resolve_size(btf, id);

	if (!t || !(btf_is_int(t) || btf_is_any_enum(t)) || size < 1 || size > CASE_TAG_MAX)
		return text_fail(err, -EINVAL, tag->at,
				 "in show=: a tag is an integer or an enumerator");
	return type_from_btf(btf, id, (size_t)size, &c->tag);
}

int record_cases_lead(struct record_cases *c, const struct show_tag *tag,
		      const struct btf *btf, uint32_t id, struct text_error *err)
{
	return set_tag(c, tag, btf, id, err);
}

/* A member on the way to the tag. */
struct place {
	uint32_t id;
	uint32_t bit_offset;
	bool is_bits;
};

/* 1: *ret is where the path leads; 0: nowhere. */
static int find_member(const struct btf *btf, struct place in, const char *path,
		       unsigned depth, struct place *ret)
{
	const struct btf_type *t = skip_names(btf, in.id);
	int found = 0;

	if (!*path) {
		*ret = in;
		return 1;
	}
	if (!t || !btf_is_composite(t) || !depth)
		return 0;
	for (uint32_t i = 0; !found && i < btf_vlen(t); i++) {
		const struct btf_member *m = &btf_members(t)[i];
		const char *name = btf__name_by_offset(btf, m->name_off) ?: "";
		/* An anonymous member is no step. */
		const char *rest = *name ? show_step(path, name) : path;
		const struct place next = {
			m->type, in.bit_offset + btf_member_bit_offset(t, i),
			btf_member_bitfield_size(t, i) != 0
		};

		if (rest)
			found = find_member(btf, next, rest, depth - 1, ret);
	}
	return found;
}

int record_cases_member(struct record_cases *c, const struct show_tag *tag,
			const struct btf *btf, uint32_t id, struct text_error *err)
{
	const struct place value = { .id = id };
	struct place place;

	if (!id || !find_member(btf, value, tag->path, 32, &place))
		return text_fail(err, -EINVAL, tag->at,
				 "in show=: \"%.60s\" is not a member of value=: give "
				 "its type, as in type:u32?1=..., if all records begin "
				 "with it",
				 tag->path);
	if (place.is_bits)
		return text_fail(err, -EINVAL, tag->at, "in show=: %.60s is a bit-field",
				 tag->path);
	c->offset = place.bit_offset / 8;
	return set_tag(c, tag, btf, place.id, err);
}

/* ---- the cases ---- */

static int parse_label(struct record_cases *c, const struct show_case *from, uint8_t *ret,
		       struct text_error *err)
{
	struct text_error inner = { 0 };
	int r = name_parse(c->tag, &(struct text_parse){ .err = &inner }, from->label,
			   strlen(from->label), ret);

	if (r == -EINVAL || r == -ERANGE)
		return text_fail(err, r, from->label_at + (inner.column ? inner.column - 1 : 0),
				 "in show=: %s", inner.reason);
	return r;
}

int record_cases_set(struct record_cases *c, const struct show_tag *tag, uint32_t i,
		     const struct btf *btf, uint32_t id, uint32_t size,
		     struct text_error *err)
{
	const struct show_case *from = &tag->cases[i];
	struct record_case *to = &c->list[i];
	size_t tag_size = type_size(c->tag);
	int r;

	if (size < c->offset + tag_size)
		return text_fail(err, -EINVAL, from->type_at,
				 "in show=: %.60s has %u bytes, but the tag ends at "
				 "%zu: give the type of the whole record",
				 from->type, size, c->offset + tag_size);
	r = parse_label(c, from, to->tag, err);
	for (uint32_t j = 0; r == 0 && j < i; j++)
		if (!memcmp(c->list[j].tag, to->tag, tag_size))
			r = text_fail(err, -EINVAL, from->label_at,
				      "in show=: %.60s is given twice", from->label);
	if (r < 0)
		return r;
	to->btf_id = id;
	r = type_from_btf(btf, id, size, &to->type);
	return r == -EINVAL ? text_fail(err, r, from->type_at,
					"in show=: %.60s is not the type of a record", from->type)
			    : r;
}

const struct type *record_cases_find(const struct record_cases *c, const void *record,
				     size_t len)
{
	size_t tag_size = type_size(c->tag);

	if (len < c->offset + tag_size)
		return NULL;
	for (uint32_t i = 0; i < c->count; i++)
		if (!memcmp(c->list[i].tag, (const char *)record + c->offset, tag_size))
			return type_size(c->list[i].type) == len ? c->list[i].type : NULL;
	return NULL;
}

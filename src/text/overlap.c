/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Objects whose members share bytes.
 *
 * The text of a union names all of its members, and an edit changes one of
 * them: {"word":7,"bytes":"0500"} after `jq '.word = 7'` means 7. So members
 * whose text says what the map holds already are applied first, and those
 * that differ afterwards, over them. Those that differ must agree with each
 * other wherever both have a bit.
 *
 *	to.out     zeros or current | equal members | differing members
 *	                                              ^ collected in diff
 *
 * Every member is parsed once, into value and mask, whatever is nested in
 * it: the work stays linear for unions in unions.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "text/members.h"
#include "text/value-parse.h"
#include "util/buf.h"

/* Bytes with a mask of those bits that the text named. */
struct layer {
	uint8_t *bytes;
	uint8_t *mask;
};

struct overlap {
	struct layer value;   /* the member at hand */
	struct layer diff;    /* all members that differ from the current value */
	struct buf differing; /* pointers to them, for messages */
	uint8_t *heap;
};

static int overlap_init(struct overlap *o, size_t size)
{
	memset(o, 0, sizeof(*o));
	o->heap = calloc(4, size ? size : 1);
	if (!o->heap)
		return -ENOMEM;
	o->value = (struct layer){ o->heap, o->heap + size };
	o->diff = (struct layer){ o->heap + 2 * size, o->heap + 3 * size };
	return 0;
}

static void overlap_release(struct overlap *o)
{
	buf_release(&o->differing);
	free(o->heap);
}

/* Write the named bits of `from` over `to`. */
static void apply(uint8_t *bytes, uint8_t *mask, const struct layer *from, size_t offset,
		  size_t size)
{
	size_t i;

	for (i = offset; i < offset + size; i++) {
		uint8_t m = from->mask[i];

		bytes[i] = (uint8_t)((bytes[i] & ~m) | (from->bytes[i] & m));
		if (mask)
			mask[i] |= m;
	}
}

static bool is_current(const struct layer *value, const uint8_t *current, size_t offset,
		       size_t size)
{
	size_t i;

	for (i = offset; i < offset + size; i++)
		if ((value->bytes[i] ^ current[i]) & value->mask[i])
			return false;
	return true;
}

/* The first byte of which two members say different things; size: none. */
static size_t find_conflict(const struct overlap *o, size_t offset, size_t size)
{
	size_t i;

	for (i = offset; i < offset + size; i++)
		if ((o->value.bytes[i] ^ o->diff.bytes[i]) & o->value.mask[i] &
		    o->diff.mask[i])
			return i;
	return SIZE_MAX;
}

static const char *name_at(const struct overlap *o, size_t byte)
{
	size_t i, count = o->differing.len / sizeof(const struct member *);

	for (i = 0; i < count; i++) {
		const struct member *m;

		memcpy(&m, o->differing.data + i * sizeof(m), sizeof(m));
		if (byte >= m->offset && byte < (size_t)m->offset + m->node->size)
			return m->name;
	}
	return "?";
}

static int add_differing(struct value_parser *v, struct overlap *o,
			 const struct member *m, size_t at)
{
	size_t byte = find_conflict(o, m->offset, m->node->size);

	if (byte != SIZE_MAX)
		return text_fail(v->j.err, -EINVAL, at,
				 "%.40s and %.40s share bytes and disagree at byte %zu",
				 name_at(o, byte), m->name, byte);
	apply(o->diff.bytes, o->diff.mask, &o->value, m->offset, m->node->size);
	buf_put(&o->differing, &m, sizeof(m));
	return buf_error(&o->differing);
}

static int parse_member(struct value_parser *v, struct overlap *o, const struct member *m,
			struct place to)
{
	struct place here = { o->value.bytes, o->value.mask, to.current };
	size_t size = m->node->size, at;
	int r;

	memset(o->value.mask + m->offset, 0, size);
	memset(o->value.bytes + m->offset, 0, size);
	if (v->how->flags & VALUE_MERGE)
		memcpy(o->value.bytes + m->offset, to.current + m->offset, size);
	json_peek(&v->j);
	at = v->j.pos;
	r = m->node->kind->parse_json(v, m->node, place_at(here, m->offset));
	if (r)
		return r;
	if (!is_current(&o->value, to.current, m->offset, size))
		return add_differing(v, o, m, at);
	apply(to.out, to.mask, &o->value, m->offset, size);
	return 0;
}

static int parse_members(struct value_parser *v, const struct node *n, struct place to,
			 struct overlap *o, struct members_seen *seen)
{
	const struct member *m;
	bool first = true;
	int r;

	while ((r = json_next(&v->j, '}', first)) > 0) {
		first = false;
		r = member_parse_name(v, seen, to, &m);
		if (r > 0)
			continue;
		if (!r)
			r = parse_member(v, o, m, to);
		if (r)
			return r;
	}
	if (!r)
		apply(to.out, to.mask, &o->diff, 0, n->size);
	return r;
}

int overlap_parse_json(struct value_parser *v, const struct node *n, struct place to)
{
	_cleanup_(members_seen_release) struct members_seen seen;
	_cleanup_(overlap_release) struct overlap o;
	int r = members_seen_init(&seen, &n->record->all);

	if (overlap_init(&o, n->size) || r)
		return -ENOMEM;
	r = json_enter(&v->j, '{');
	return r ? r : parse_members(v, n, to, &o, &seen);
}

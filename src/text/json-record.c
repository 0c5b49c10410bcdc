/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Structs and arrays out of JSON.
 */
#include <errno.h>
#include <string.h>

#include "text/members.h"
#include "text/value-parse.h"
#include "util/buf.h"

static int parse_members(struct value_parser *v, const struct members *m, struct place to)
{
	_cleanup_(members_seen_release) struct members_seen seen;
	const struct member *member;
	bool first = true;
	int r = members_seen_init(&seen, m);

	if (r)
		return r;
	while ((r = json_next(&v->j, '}', first)) > 0) {
		const struct node *n;

		first = false;
		r = member_parse_name(v, &seen, to, &member);
		if (r > 0)
			continue;
		if (r)
			return r;
		n = member->node;
		r = n->kind->parse_json(v, n, place_at(to, member->offset));
		if (r)
			return r;
	}
	return r;
}

static int parse_object(struct value_parser *v, const struct node *n, struct place to)
{
	int r;

	if (n->record->overlap)
		return overlap_parse_json(v, n, to);
	r = json_enter(&v->j, '{');
	return r ? r : parse_members(v, &n->record->all, to);
}

/* A failed try costs what it read; all of them together must stay linear. */
static bool may_try(struct value_parser *v, size_t from)
{
	v->wasted += v->j.pos - from + 1;
	return v->wasted <= 16 * v->j.len + 65536;
}

/* The text of one member of a union. The other bytes are zero. */
static int parse_choice(struct value_parser *v, const struct node *n,
			const struct node *member, struct place to)
{
	int r;

	memset(to.out, 0, n->size);
	r = member->kind->parse_json(v, member, to);
	if (!r && to.mask)
		memset(to.mask, 0xff, n->size);
	return r;
}

/* Each member, once the object of all members was refused with r. */
static int parse_choices(struct value_parser *v, const struct node *n, struct place to,
			 struct json_mark start, int r)
{
	const struct text_parse *loud = v->how;
	struct text_parse silent = *loud;
	struct text_error *err = v->j.err;
	uint32_t i;
	int again = r;

	silent.err = NULL;
	v->how = &silent;
	for (i = 0; i < union_choices(n) && may_try(v, start.pos); i++) {
		json_return(&v->j, start);
		v->j.err = NULL;
		again = parse_choice(v, n, union_choice(n, i), to);
		if (!again || again == -ENOMEM)
			break;
		if (again == -EAGAIN)
			r = again;
	}
	v->how = loud;
	v->j.err = err;
	return !again || again == -ENOMEM ? again : r;
}

int record_parse_json(struct value_parser *v, const struct node *n, struct place to)
{
	struct json_mark start;
	int r;

	if (!n->record->is_union)
		return parse_object(v, n, to);
	json_peek(&v->j);
	start = json_mark(&v->j);
	r = parse_object(v, n, to);
	if (!r || r == -ENOMEM)
		return r;
	return parse_choices(v, n, to, start, r);
}

int array_parse_json(struct value_parser *v, const struct node *n, struct place to)
{
	const struct node *elem = n->array.elem;
	uint32_t i, count = n->array.count;
	int r;

	if (array_is_address(n) && json_peek(&v->j) == '"')
		return leaf_parse_json(v, n, to);
	r = json_enter(&v->j, '[');
	for (i = 0; i < count && !r; i++) {
		r = json_next(&v->j, ']', !i);
		if (r == 0)
			return text_fail(v->j.err, -EINVAL, v->j.pos - 1,
					 "expected %u elements, found %u", count, i);
		if (r > 0)
			r = elem->kind->parse_json(v, elem, place_at(to, i * elem->size));
	}
	if (!r && json_peek(&v->j) == ',')
		return text_fail(v->j.err, -EINVAL, v->j.pos,
				 "expected %u elements, found more", count);
	return r ? r : json_leave(&v->j, ']');
}

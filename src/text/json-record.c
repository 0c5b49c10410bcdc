/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Structs and arrays out of JSON.
 */
#include <errno.h>

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
		r = member_parse_name(v, &seen, &member);
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

int record_parse_json(struct value_parser *v, const struct node *n, struct place to)
{
	int r;

	if (n->record->overlap)
		return overlap_parse_json(v, n, to);
	r = json_enter(&v->j, '{');
	return r ? r : parse_members(v, &n->record->all, to);
}

int array_parse_json(struct value_parser *v, const struct node *n, struct place to)
{
	const struct node *elem = n->array.elem;
	uint32_t i, count = n->array.count;
	int r = json_enter(&v->j, '[');

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

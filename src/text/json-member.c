/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The names of members in JSON objects.
 */
#include <string.h>

#include "text/escape.h"
#include "text/gaps.h"
#include "text/members.h"
#include "text/value-parse.h"
#include "util/buf.h"

static bool is_empty_member(const struct members_seen *seen, const struct span *name)
{
	const struct members *m = seen->members;
	bool known = false;

	/* One that is shown comes first, and is not named twice. */
	if (m->n_empty)
		members_find(m, name, UINT32_MAX, seen->taken, &known);
	if (known)
		return false;
	for (uint32_t i = 0; i < m->n_empty; i++)
		if (m->empty[i].name_len == name->len &&
		    !memcmp(m->empty[i].name, name->s, name->len))
			return true;
	return false;
}

/* {} or [], which is all that can be in a member without a byte. */
static int skip_empty(struct value_parser *v)
{
	bool array;
	int r = json_expect(&v->j, ':');

	if (r)
		return r;
	array = json_peek(&v->j) == '[';
	r = json_enter(&v->j, array ? '[' : '{');
	if (!r)
		r = json_next(&v->j, array ? ']' : '}', true);
	return r > 0 ? json_refuse(&v->j, "nothing in a member of 0 bytes") : r;
}

/* The value of a pseudo-member: hex digits. */
static int parse_gap(struct value_parser *v, struct members_seen *seen,
		     const struct span *name, struct place to)
{
	struct span quoted;
	const struct gap *g;
	int r = members_seen_gap(seen, name, v->j.err, &g);

	if (!r)
		r = json_expect(&v->j, ':');
	if (!r)
		r = json_string(&v->j, &quoted);
	return r ? r : gap_parse(g, &quoted, to.out, to.mask, v->j.err);
}

int member_parse_name(struct value_parser *v, struct members_seen *seen, struct place to,
		      const struct member **ret)
{
	_cleanup_buf_ struct buf space = BUF_INIT;
	struct span quoted, name;
	int r = json_string(&v->j, &quoted);

	if (!r)
		r = json_unescape(&quoted, &space, &name, v->j.err);
	if (!r && name.len && *name.s == '@')
		return parse_gap(v, seen, &name, to) ?: 1;
	if (!r && is_empty_member(seen, &name))
		return skip_empty(v) ?: 1;
	if (!r)
		r = members_seen_find(seen, &name, v->j.err, ret);
	return r ? r : json_expect(&v->j, ':');
}

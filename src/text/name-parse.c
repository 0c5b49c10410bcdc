/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names back to keys. A recursive walk over the type, which is at most
 * TYPE_MAX_DEPTH deep.
 */
#include "text/name-parse.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text/kinds/bytes.h"
#include "text/escape.h"
#include "text/gaps.h"
#include "text/members.h"
#include "text/model.h"
#include "text/name.h"
#include "util/buf.h"

static int refuse(struct name_parser *p, const char *expected)
{
	char quote[TEXT_QUOTE_SIZE];

	return text_fail(p->how->err, -EINVAL, p->pos, "expected %s, found %s", expected,
			 text_quote(quote, p->s + p->pos, p->len - p->pos));
}

static int expect_char(struct name_parser *p, char c)
{
	char expected[] = { '"', c, '"', 0 };

	if (p->pos == p->len || p->s[p->pos] != c)
		return refuse(p, expected);
	p->pos++;
	return 0;
}

/* Inside a struct or array, a leaf ends at the next separator. */
static struct span take_leaf(struct name_parser *p, bool inside)
{
	struct span text = { p->s + p->pos, p->len - p->pos, p->pos };
	size_t i;

	for (i = 0; inside && i < text.len; i++)
		if (text.s[i] && strchr(",=[]{}", text.s[i]))
			text.len = i;
	p->pos += text.len;
	return text;
}

int leaf_parse_name(struct name_parser *p, const struct node *n, bool inside,
		    uint8_t *out)
{
	_cleanup_buf_ struct buf space = BUF_INIT;
	struct span text = take_leaf(p, inside), plain;
	int r = name_unescape(&text, &space, &plain, p->how->err);

	if (r)
		return r;
	r = n->kind->parse(n, &plain, out, p->how);
	if (!r || text.len || p->pos == p->len)
		return r;
	/* Nothing precedes the separator, so report the separator as the text that was
	 * found. */
	text.len = p->len - p->pos;
	return leaf_refuse(n, &text, -EINVAL, p->how);
}

/* --- structs -------------------------------------------------------------- */

/* Members that stand for what the listed name says, see parse_other(). */
#define OTHERS_MAX 8

struct fields {
	const struct node *n;
	const struct members *keys;
	struct members_seen seen; /* of keys */
	uint32_t named;
	const struct member *others[OTHERS_MAX];
	uint32_t n_others;
};

static bool share_bytes(const struct member *a, const struct member *b)
{
	return a->offset < b->offset + b->node->size &&
	       b->offset < a->offset + a->node->size;
}

static bool is_named(const struct fields *f, uint32_t i)
{
	return f->seen.taken[i / 64] >> (i % 64) & 1;
}

/* Does a member that was named say anything of m's bytes? */
static bool is_said(const struct fields *f, const struct member *m)
{
	uint32_t i;

	for (i = 0; i < f->n_others; i++)
		if (share_bytes(f->others[i], m))
			return true;
	for (i = 0; i < f->keys->count; i++)
		if (is_named(f, i) && share_bytes(&f->keys->list[i], m))
			return true;
	return false;
}

/*
 * Of an anonymous union one member is listed; its text may also be that of
 * another one, which values show.
 */
static const struct member *find_other(const struct fields *f, const struct span *name)
{
	static const uint64_t none_taken[(TYPE_MAX_NODES + 63) / 64];
	const struct members *all = &f->n->record->all;
	bool known;
	int64_t i = -1;

	if (all->list != f->keys->list && f->n_others < OTHERS_MAX &&
	    all->count <= TYPE_MAX_NODES)
		i = members_find(all, name, UINT32_MAX, none_taken, &known);
	return i < 0 || is_said(f, &all->list[i]) ? NULL : &all->list[i];
}

/* A member that is listed, after another one of the same bytes. */
static int check_others(struct name_parser *p, const struct fields *f,
			const struct span *name, const struct member *m)
{
	uint32_t i;

	for (i = 0; i < f->n_others; i++)
		if (share_bytes(f->others[i], m))
			return text_fail(p->how->err, -EINVAL, name->at,
					 "%.40s and %.40s share bytes: expected one of them",
					 f->others[i]->name, m->name);
	return 0;
}

static int find_member(struct name_parser *p, struct fields *f, const struct span *name,
		       const struct member **ret)
{
	const struct member *other = NULL;
	int r = members_seen_find(&f->seen, name, p->how->err, ret);

	if (!r) {
		f->named++;
		return check_others(p, f, name, *ret);
	}
	other = find_other(f, name);
	if (!other)
		return r;
	f->others[f->n_others++] = other;
	*ret = other;
	return 0;
}

/* "@6" as the name of a gap; at the start of a name its '@' is escaped. */
static bool is_gap_name(struct span *name)
{
	if (name->len >= 3 && !memcmp(name->s, "%40", 3)) {
		name->s += 2;
		name->at += 2;
		name->len -= 2;
		return true;
	}
	return name->len && *name->s == '@';
}

static int parse_gap(struct name_parser *p, struct fields *f, const struct span *name,
		     uint8_t *out)
{
	const struct gap *g;
	struct span text;
	int r = members_seen_gap(&f->seen, name, p->how->err, &g);

	if (!r)
		r = expect_char(p, '=');
	if (r)
		return r;
	text = take_leaf(p, true);
	return gap_parse(g, &text, out, NULL, p->how->err);
}

static int parse_member(struct name_parser *p, struct fields *f, uint8_t *out)
{
	struct span name = take_leaf(p, true);
	const struct member *m;
	int r;

	if (is_gap_name(&name))
		return parse_gap(p, f, &name, out);
	r = find_member(p, f, &name, &m);
	if (!r)
		r = expect_char(p, '=');
	return r ? r : m->node->kind->parse_name(p, m->node, true, out + m->offset);
}

/* All members must be there, since what is not named would be zero. */
static int check_all_named(struct name_parser *p, const struct fields *f)
{
	char expected[64];
	uint32_t i;

	for (i = 0; i < f->keys->count && f->named < f->keys->count; i++) {
		const struct member *m = &f->keys->list[i];

		if (is_named(f, i) || (f->n_others && is_said(f, m)))
			continue;
		snprintf(expected, sizeof(expected), "member %.40s", m->name);
		return refuse(p, expected);
	}
	return 0;
}

static bool at_end(const struct name_parser *p)
{
	return p->pos == p->len || p->s[p->pos] == '}';
}

int members_parse_name(struct name_parser *p, const struct node *n, uint8_t *out)
{
	struct fields f = { .n = n, .keys = &n->record->keys };
	int r = members_seen_init(&f.seen, f.keys);
	bool first = true;

	while (!r && !(first ? at_end(p) && !f.keys->count : at_end(p))) {
		if (!first)
			r = expect_char(p, ',');
		if (!r)
			r = parse_member(p, &f, out);
		first = false;
	}
	if (!r)
		r = check_all_named(p, &f);
	members_seen_release(&f.seen);
	return r;
}

static int parse_braces(struct name_parser *p, const struct node *n, bool inside,
			uint8_t *out)
{
	int r;

	if (!inside)
		return members_parse_name(p, n, out);
	r = expect_char(p, '{');
	if (!r)
		r = members_parse_name(p, n, out);
	return r ? r : expect_char(p, '}');
}

/* A failed try costs what it read; all of them together must stay linear. */
static bool may_try(struct name_parser *p, size_t from)
{
	p->wasted += p->pos - from + 1;
	return p->wasted <= 16 * p->len + 4096;
}

/* A union is the text of any one member. The other bytes are zero. */
static int parse_union(struct name_parser *p, const struct node *n, bool inside,
		       uint8_t *out)
{
	const struct text_parse *loud = p->how;
	struct text_parse silent = *loud;
	size_t from = p->pos;
	uint32_t i;
	int r = n->record->as_key->kind->parse_name(p, n->record->as_key, inside, out);
	int again = r;

	silent.err = NULL;
	p->how = &silent;
	for (i = 1; again && i < union_choices(n) && may_try(p, from); i++) {
		const struct node *m = union_choice(n, i);

		p->pos = from;
		memset(out, 0, n->size);
		again = m->kind->parse_name(p, m, inside, out);
	}
	p->how = loud;
	return again ? r : 0;
}

int record_parse_name(struct name_parser *p, const struct node *n, bool inside,
		      uint8_t *out)
{
	if (n->record->as_key)
		return parse_union(p, n, inside, out);
	return parse_braces(p, n, inside, out);
}

int array_parse_name(struct name_parser *p, const struct node *n, bool inside,
		     uint8_t *out)
{
	const struct node *elem = n->array.elem;
	uint32_t i;
	int r;

	(void)inside;
	if (array_is_address(n) && p->pos < p->len && p->s[p->pos] != '[')
		return leaf_parse_name(p, n, true, out);
	for (i = 0; i < n->array.count; i++) {
		r = expect_char(p, i ? ',' : '[');
		if (!r)
			r = elem->kind->parse_name(p, elem, true, out);
		if (r)
			return r;
		out += elem->size;
	}
	return expect_char(p, ']');
}

/* --- whole names ---------------------------------------------------------- */

static int parse_typed(const struct node *n, const struct text_parse *how,
		       const struct span *name, uint8_t *out)
{
	struct name_parser p = { .s = name->s, .len = name->len, .how = how };
	int r = n->kind->parse_name(&p, n, false, out);

	if (!r && p.pos < p.len)
		r = refuse(&p, "the end of the name");
	return r;
}

/* A name is never cut off, and has its own word for too long. */
static int name_errno(int r)
{
	return r == -EAGAIN ? -EINVAL : r == -EFBIG ? -ENAMETOOLONG : r;
}

/* "@0=ff,a=1" begins with hidden bytes, if its '@' is not escaped. */
static bool is_raw(const struct node *n, const struct span *name)
{
	return *name->s == '@' && (n->kind->parse || !memchr(name->s, '=', name->len));
}

int name_parse(const struct type *t, const struct text_parse *how, const char *name,
	       size_t len, void *key)
{
	const struct node *n = t->root;
	_cleanup_free_ void *heap = NULL;
	struct text_parse as_key = *how;
	struct span text = { name, len, 0 };
	unsigned char stack[256];
	void *out = stack;
	int r;

	as_key.flags |= TEXT_KEY;
	if (!len)
		return text_fail(how->err, -EINVAL, 0, "expected a name, found nothing");
	if (is_raw(n, &text))
		return name_errno(raw_parse(&text, key, n->size, how->err));
	if (n->size > sizeof(stack))
		out = heap = malloc(n->size);
	if (!out)
		return -ENOMEM;
	memset(out, 0, n->size);
	r = parse_typed(n, &as_key, &text, out);
	if (!r)
		memcpy(key, out, n->size);
	return name_errno(r);
}

int name_parse_text(const char *name, size_t len, struct buf *out, struct text_error *err)
{
	_cleanup_buf_ struct buf space = BUF_INIT;
	struct span text = { name, len, 0 }, plain;
	int r = name_unescape(&text, &space, &plain, err);

	if (r < 0)
		return r;
	buf_put(out, plain.s, plain.len);
	return buf_error(out);
}

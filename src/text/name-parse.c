/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names back to keys. A recursive walk over the type, which is at most
 * TYPE_MAX_DEPTH deep.
 */
#include "text/name-parse.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "text/kinds/bytes.h"
#include "text/escape.h"
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
	/* Nothing in front of a separator: that is what was found. */
	text.len = p->len - p->pos;
	return leaf_refuse(n, &text, -EINVAL, p->how);
}

/* --- structs -------------------------------------------------------------- */

static int parse_member(struct name_parser *p, struct members_seen *seen, uint8_t *out)
{
	struct span name = take_leaf(p, true);
	const struct member *m;
	int r;

	r = members_seen_find(seen, &name, p->how->err, &m);
	if (r)
		return r;
	r = expect_char(p, '=');
	return r ? r : m->node->kind->parse_name(p, m->node, true, out + m->offset);
}

static int parse_members(struct name_parser *p, const struct members *keys, uint8_t *out)
{
	_cleanup_(members_seen_release) struct members_seen seen;
	uint32_t i;
	int r = members_seen_init(&seen, keys);

	for (i = 0; i < keys->count && !r; i++) {
		if (i)
			r = expect_char(p, ',');
		if (!r)
			r = parse_member(p, &seen, out);
	}
	return r;
}

int record_parse_name(struct name_parser *p, const struct node *n, bool inside,
		      uint8_t *out)
{
	const struct node *key = n->record->as_key;
	int r;

	if (key)
		return key->kind->parse_name(p, key, inside, out);
	if (!inside)
		return parse_members(p, &n->record->keys, out);
	r = expect_char(p, '{');
	if (!r)
		r = parse_members(p, &n->record->keys, out);
	return r ? r : expect_char(p, '}');
}

int array_parse_name(struct name_parser *p, const struct node *n, bool inside,
		     uint8_t *out)
{
	const struct node *elem = n->array.elem;
	uint32_t i;
	int r;

	(void)inside;
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
	struct name_parser p = { name->s, name->len, 0, how };
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

int name_parse(const struct type *t, const struct text_parse *how, const char *name,
	       size_t len, void *key)
{
	const struct node *n = t->root;
	_cleanup_free_ void *heap = NULL;
	struct span text = { name, len, 0 };
	unsigned char stack[256];
	void *out = stack;
	int r;

	if (!len)
		return text_fail(how->err, -EINVAL, 0, "expected a name, found nothing");
	if (*name == '@')
		return name_errno(raw_parse(&text, key, n->size, how->err));
	if (n->size > sizeof(stack))
		out = heap = malloc(n->size);
	if (!out)
		return -ENOMEM;
	memset(out, 0, n->size);
	r = parse_typed(n, how, &text, out);
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

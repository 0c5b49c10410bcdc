/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Leaves out of JSON: strings, literals, arrays of octets.
 */
#include <errno.h>
#include <string.h>

#include "text/escape.h"
#include "text/value-parse.h"
#include "util/buf.h"

/* Refuse a text of which nothing was read, with the expected text. */
static int refuse_here(struct value_parser *v, const struct node *n)
{
	char expected[96];

	leaf_expect(n, expected, sizeof(expected));
	return json_refuse(&v->j, expected);
}

static int parse_string(struct value_parser *v, const struct node *n, uint8_t *out)
{
	_cleanup_buf_ struct buf space = BUF_INIT;
	struct span quoted, text;
	int r = json_string(&v->j, &quoted);

	if (!r)
		r = json_unescape(&quoted, &space, &text, v->j.err);
	if (r)
		return r;
	r = n->kind->parse(n, &text, out, v->how);
	/* Its quotes are closed, so it does not go on. */
	return r == -EAGAIN ? -EINVAL : r;
}

/* A number as JSON writes it, or with 0x. */
static bool is_number(const struct span *text)
{
	size_t i = text->s[0] == '-';

	if (i == text->len)
		return true; /* for the leaf to complain */
	if (text->s[i] == '0' && i + 1 < text->len)
		return text->s[i + 1] < '0' || text->s[i + 1] > '9';
	return text->s[i] >= '0' && text->s[i] <= '9';
}

/* That, or true and false. */
static bool is_literal(const struct span *text)
{
	return text->s[0] == 't' || text->s[0] == 'f' || is_number(text);
}

/* An unquoted text would look valid in the message, so mention the quotes. */
static int refuse_unquoted(struct value_parser *v, const struct node *n,
			   const struct span *text)
{
	char expected[96], quote[TEXT_QUOTE_SIZE];

	leaf_expect(n, expected, sizeof(expected));
	return text_fail(v->j.err, -EINVAL, text->at,
			 "expected %s in double quotes, found %s without them", expected,
			 text_quote(quote, text->s, text->len));
}

/* Addresses are no literals of JSON: two dots, or a colon. */
static bool is_address(const struct span *text)
{
	const char *dot = memchr(text->s, '.', text->len);

	return memchr(text->s, ':', text->len) ||
	       (dot && memchr(dot + 1, '.', (size_t)(text->s + text->len - dot - 1)));
}

/* An untyped key may be a number. */
static bool takes_literal(const struct value_parser *v, const struct node *n)
{
	return n->kind->literal || (n->kind == &kind_raw && v->how->flags & TEXT_KEY);
}

static int parse_literal(struct value_parser *v, const struct node *n, uint8_t *out)
{
	struct span text;
	bool open;
	int r = json_literal(&v->j, &text, &open);

	if (r)
		return r;
	/* Enumerators are strings, even one that is called "true". */
	if (!takes_literal(v, n) || is_address(&text) || (n->kind == &kind_enum && !is_number(&text)))
		return refuse_unquoted(v, n, &text);
	if (!is_literal(&text))
		return leaf_refuse(n, &text, -EINVAL, v->how);
	r = n->kind->parse(n, &text, out, v->how);
	if (r == -EAGAIN && !open)
		return -EINVAL;
	/* Cut off in the middle, perhaps, of another number. */
	if (!r && open && v->j.depth)
		return json_refuse(&v->j, "more text");
	return r;
}

/* char[N] and u8[N] as arrays of numbers. */
static int parse_octets(struct value_parser *v, const struct node *n, uint8_t *out)
{
	static const struct node octet = { .kind = &kind_uint, .size = 1 };
	uint32_t i;
	int r = json_enter(&v->j, '[');

	for (i = 0; i < n->size && !r; i++) {
		r = json_next(&v->j, ']', !i);
		if (r == 0)
			return text_fail(v->j.err, -EINVAL, v->j.pos - 1,
					 "expected %u numbers, found %u", n->size, i);
		if (r > 0)
			r = parse_literal(v, &octet, out + i);
	}
	return r ? r : json_leave(&v->j, ']');
}

/* An array of octets says all of the bytes. */
static void mark(const struct node *n, struct place to, bool octets)
{
	if (!to.mask)
		return;
	if (n->kind->mark && !octets)
		n->kind->mark(n, to);
	else
		memset(to.mask, 0xff, n->size);
}

int leaf_parse_json(struct value_parser *v, const struct node *n, struct place to)
{
	int c = json_peek(&v->j), r;
	bool octets = c == '[' && n->kind->octets;

	if (c == '"')
		r = parse_string(v, n, to.out);
	else if (octets)
		r = parse_octets(v, n, to.out);
	else if (c == JSON_END || strchr("{}[],:", c))
		r = refuse_here(v, n);
	else
		r = parse_literal(v, n, to.out);
	if (!r)
		mark(n, to, octets);
	return r;
}

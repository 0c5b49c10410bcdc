/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hexadecimal digits, and the raw form of keys and values.
 */
#include "text/kinds/bytes.h"

#include <errno.h>
#include <stdio.h>

#include "text/model.h"
#include "text/number.h"
#include "util/buf.h"

int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* How many of the bytes are hex digits, from the first on. */
static size_t hex_span(const char *s, size_t len)
{
	size_t i = 0;

	while (i < len && hex_digit(s[i]) >= 0)
		i++;
	return i;
}

int hex_scan(const char *s, size_t len, uint8_t *p, size_t size)
{
	size_t i;

	if (hex_span(s, len) < len)
		return -EINVAL;
	if (len / 2 < size)
		return -EAGAIN;
	if (len > 2 * size)
		return -EFBIG;
	for (i = 0; i < size; i++)
		p[i] = (uint8_t)(hex_digit(s[2 * i]) << 4 | hex_digit(s[2 * i + 1]));
	return 0;
}

/* --- raw form ------------------------------------------------------------- */

void raw_put(struct buf *out, const void *p, size_t size)
{
	buf_putc(out, '@');
	buf_put_hex(out, p, size);
}

bool raw_begins(const struct span *text, size_t size)
{
	if (!text->len)
		return true;
	return text->s[0] == '@' && text->len <= 1 + 2 * size &&
	       hex_span(text->s + 1, text->len - 1) == text->len - 1;
}

int raw_parse(const struct span *text, uint8_t *p, size_t size, struct text_error *err)
{
	char quote[TEXT_QUOTE_SIZE];
	size_t digits, at;
	int r = -EAGAIN;

	if (text->len && text->s[0] == '@')
		r = hex_scan(text->s + 1, text->len - 1, p, size);
	else if (text->len)
		r = -EINVAL;
	if (!r)
		return 0;
	digits = text->len ? hex_span(text->s + 1, text->len - 1) : 0;
	at = text->len ? 1 + digits : 0;
	if (digits > 2 * size)
		at = 1 + 2 * size;
	return text_fail(err, r == -EAGAIN ? r : -EINVAL, text->at + at,
			 "expected @ and %zu hex digits, found %s after %zu", 2 * size,
			 text_quote(quote, text->s + at, text->len - at), digits);
}

static bool raw_text(const struct node *n, const uint8_t *p, struct buf *out)
{
	raw_put(out, p, n->size);
	return true;
}

static void raw_expect(const struct node *n, char *dst, size_t size)
{
	snprintf(dst, size, "@ and %llu hex digits", 2ULL * n->size);
}

/* An untyped key that may be an integer, in host order. */
static int raw_parse_number(const struct node *n, const struct span *text, uint8_t *p)
{
	struct number v;
	int r;

	if (n->size > 8 || n->size & (n->size - 1))
		return -EINVAL;
	r = number_scan(text, &v);
	if (!r && !number_fits(&v, 8 * n->size, false))
		r = -ERANGE;
	if (!r)
		store_u128(p, n->size, number_bits(&v));
	return r;
}

static int raw_leaf_parse(const struct node *n, const struct span *text, uint8_t *p,
			  const struct text_parse *how)
{
	int r = -EINVAL;

	if (!text->len || *text->s == '@')
		return raw_parse(text, p, n->size, how->err);
	if (how->flags & TEXT_KEY)
		r = raw_parse_number(n, text, p);
	return r ? leaf_parse_address(n, text, p, r, how) : 0;
}

static uint32_t bytes_describe(const struct node *n, struct buf *out)
{
	buf_printf(out, "bytes[%u]", n->size);
	return 1;
}

const struct kind kind_raw = {
	.what = "the raw form",
	.expect = raw_expect,
	.text = raw_text,
	.json = leaf_json_quoted,
	.name = leaf_name,
	.parse = raw_leaf_parse,
	.parse_json = leaf_parse_json,
	.parse_name = leaf_parse_name,
	.describe = bytes_describe,
	.exact = true,
};

/* --- u8[N] ---------------------------------------------------------------- */

static void bytes_expect(const struct node *n, char *dst, size_t size)
{
	snprintf(dst, size, "%llu hex digits", 2ULL * n->size);
}

static bool bytes_text(const struct node *n, const uint8_t *p, struct buf *out)
{
	buf_put_hex(out, p, n->size);
	return true;
}

static int bytes_parse(const struct node *n, const struct span *text, uint8_t *p,
		       const struct text_parse *how)
{
	int r = hex_scan(text->s, text->len, p, n->size);

	return r ? leaf_parse_address(n, text, p, r, how) : 0;
}

const struct kind kind_bytes = {
	.what = "hex digits",
	.expect = bytes_expect,
	.text = bytes_text,
	.json = leaf_json_quoted,
	.name = leaf_name,
	.parse = bytes_parse,
	.parse_json = leaf_parse_json,
	.parse_name = leaf_parse_name,
	.describe = bytes_describe,
	.octets = true,
	.exact = true,
};

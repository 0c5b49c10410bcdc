/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * char[N]: a string up to the trailing NULs. What is no text (a NUL inside,
 * bytes that are not UTF-8) is raw form or an array of numbers in values; in
 * names everything can be escaped.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "text/kinds/bytes.h"
#include "text/escape.h"
#include "text/model.h"
#include "text/number.h"
#include "util/utf8.h"
#include "util/buf.h"

static size_t chars_len(const struct node *n, const uint8_t *p)
{
	size_t len = strnlen((const char *)p, n->size), i;

	/* Only NULs behind the first one, as in nearly every string? */
	for (i = n->size; i > len; i--)
		if (p[i - 1])
			return i;
	return len;
}

static bool is_text(const uint8_t *p, size_t len)
{
	return utf8_span((const char *)p, len) == len;
}

static bool chars_text(const struct node *n, const uint8_t *p, struct buf *out)
{
	size_t len = chars_len(n, p);

	if (!is_text(p, len))
		return false;
	buf_put(out, p, len);
	return true;
}

static void chars_json(const struct node *n, const uint8_t *p, struct buf *out)
{
	size_t i, len = chars_len(n, p);

	if (is_text(p, len)) {
		json_escape(out, (const char *)p, len);
		return;
	}
	for (i = 0; i < n->size; i++) {
		buf_putc(out, i ? ',' : '[');
		number_put(out, p[i]);
	}
	buf_putc(out, ']');
}

static bool chars_name(const struct node *n, const uint8_t *p, bool inside,
		       struct buf *out)
{
	name_escape(out, (const char *)p, chars_len(n, p), inside);
	return true;
}

static void chars_expect(const struct node *n, char *dst, size_t size)
{
	snprintf(dst, size, "a string of at most %u bytes", n->size);
}

/* Any bytes: whether they must be text depends on who asks. */
static int chars_parse(const struct node *n, const struct span *text, uint8_t *p,
		       const struct text_parse *how)
{
	if (text->len > n->size)
		return leaf_refuse(n, text, -EFBIG, how);
	memcpy(p, text->s, text->len);
	memset(p + text->len, 0, n->size - text->len);
	return 0;
}

static uint32_t chars_describe(const struct node *n, struct buf *out)
{
	buf_printf(out, "char[%u]", n->size);
	return 1;
}

const struct kind kind_chars = {
	.what = "a string",
	.expect = chars_expect,
	.text = chars_text,
	.json = chars_json,
	.name = chars_name,
	.parse = chars_parse,
	.parse_json = leaf_parse_json,
	.parse_name = leaf_parse_name,
	.describe = chars_describe,
	.any_text = true,
	.octets = true,
	.exact = true,
};

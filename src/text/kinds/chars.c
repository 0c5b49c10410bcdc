/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * char[N]: a string. In names up to the trailing NULs, since everything can be
 * escaped there; in values up to the first NUL, since kernel helpers leave
 * garbage behind it. What is not UTF-8 is the raw form or an array of numbers.
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

static size_t text_len(const struct node *n, const uint8_t *p)
{
	return strnlen((const char *)p, n->size);
}

/* Up to the trailing NULs. */
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
	size_t len = text_len(n, p);

	if (!is_text(p, len))
		return false;
	buf_put(out, p, len);
	return true;
}

void octets_json(const struct node *n, const uint8_t *p, struct format *f)
{
	for (uint32_t i = 0; i < n->size; i++) {
		buf_putc(f->out, i ? ',' : '[');
		number_put(f->out, p[i]);
	}
	buf_putc(f->out, ']');
}

static void chars_json(const struct node *n, const uint8_t *p, struct format *f)
{
	size_t len = f->all ? chars_len(n, p) : text_len(n, p);

	if (is_text(p, len))
		json_escape(f->out, (const char *)p, len);
	else
		octets_json(n, p, f);
}

static bool chars_name(const struct node *n, const uint8_t *p, bool inside,
		       struct buf *out)
{
	size_t len = chars_len(n, p);

	if (!len)
		name_escape_byte(out, 0);
	name_escape(out, (const char *)p, len, inside);
	return true;
}

static void chars_expect(const struct node *n, char *dst, size_t size)
{
	snprintf(dst, size, "a string of at most %u bytes", n->size);
}

/* Any bytes: the caller decides whether they must be text. */
static int chars_parse(const struct node *n, const struct span *text, uint8_t *p,
		       const struct text_parse *how)
{
	if (text->len > n->size)
		return leaf_refuse(n, text, -EFBIG, how);
	/* Merging the same text keeps the bytes behind its NUL. */
	if (how->flags & VALUE_MERGE && text_len(n, p) == text->len &&
	    !memcmp(p, text->s, text->len))
		return 0;
	memcpy(p, text->s, text->len);
	memset(p + text->len, 0, n->size - text->len);
	return 0;
}

/* A string says nothing of what is behind its NUL: that is left to other members
 * of a union. */
static void chars_mark(const struct node *n, struct place to)
{
	size_t len = chars_len(n, to.out);

	memset(to.mask, 0xff, len < n->size ? len + 1 : n->size);
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
	.mark = chars_mark,
	.any_text = true,
	.octets = true,
	.exact = true,
};

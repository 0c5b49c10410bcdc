/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A number as a percentage of a maximum: 12.5%. It has as many decimals as are needed
 * to distinguish adjacent numbers. Without "%" it is the number itself.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "text/model.h"
#include "text/number.h"
#include "text/words.h"
#include "util/buf.h"

#define MAX_DECIMALS 9

static bool percent_prepare(struct node *n, const char *name)
{
	const char *digits = strrchr(name, '_');

	n->param = digits ? strtoull(digits + 1, NULL, 10) : 0;
	return n->param && n->param <= WORD_NUMBER_MAX;
}

/* Two numbers differ by 100/max percent; a decimal less than that is enough. */
static unsigned decimals(const struct node *n)
{
	unsigned count = 0;

	for (uint64_t unit = 100; unit < n->param; unit *= 10)
		count++;
	return count + 1;
}

static uint64_t power(unsigned count)
{
	uint64_t v = 1;

	while (count--)
		v *= 10;
	return v;
}

/* Percent, in units of the last decimal, rounded. */
static u128 scaled(const struct node *n, uint64_t v)
{
	return ((u128)v * 100 * power(decimals(n)) + n->param / 2) / n->param;
}

static bool percent_text(const struct node *n, const uint8_t *p, struct buf *out)
{
	unsigned count = decimals(n);
	u128 v = scaled(n, load_uint(p, n->size)), unit = power(count);

	/* Up to 2^64 * 100 / 1. */
	if (v / unit > UINT64_MAX)
		return kind_uint.text(n, p, out);
	while (count && v % 10 == 0) {
		v /= 10;
		unit /= 10;
		count--;
	}
	number_put(out, (uint64_t)(v / unit));
	if (count)
		buf_printf(out, ".%0*llu", (int)count, (unsigned long long)(v % unit));
	buf_putc(out, '%');
	return true;
}

/* "%" is an escape in names. */
static bool percent_name(const struct node *n, const uint8_t *p, bool inside,
			 struct buf *out)
{
	(void)inside;
	return kind_uint.text(n, p, out);
}

/* "12.5" in units of the last of nine decimals. */
static int scan_percent(const char *s, size_t len, u128 *ret)
{
	u128 v = 0;
	int left = -1; /* decimals that may follow; -1: no dot yet */

	for (size_t i = 0; i < len; i++) {
		if (s[i] == '.' && left < 0 && i) {
			left = MAX_DECIMALS;
			continue;
		}
		if (s[i] < '0' || s[i] > '9' || left == 0)
			return -EINVAL;
		if (v >> 100)
			return -ERANGE;
		v = 10 * v + (unsigned)(s[i] - '0');
		left -= left > 0;
	}
	for (left = left < 0 ? MAX_DECIMALS : left; left; left--)
		v *= 10;
	*ret = v;
	return len && s[len - 1] != '.' ? 0 : -EINVAL;
}

static int from_percent(const struct node *n, const char *s, size_t len, uint8_t *p)
{
	u128 v, whole = 100 * (u128)power(MAX_DECIMALS);
	int r = scan_percent(s, len, &v);

	if (r == 0 && v >> 96)
		r = -ERANGE;
	if (r)
		return r;
	v = (v * n->param + whole / 2) / whole;
	if (v >> 64 || (n->size < 8 && v >> (8 * n->size)))
		return -ERANGE;
	store_u128(p, n->size, v);
	return 0;
}

static int percent_parse(const struct node *n, const struct span *text, uint8_t *p,
			 const struct text_parse *how)
{
	bool ends = text->len && text->s[text->len - 1] == '%';
	u128 v;
	int r = ends ? from_percent(n, text->s, text->len - 1, p) :
		       leaf_scan_number(n, text, p);

	/* It may be the beginning of one. */
	if (!ends && r == -EINVAL && !scan_percent(text->s, text->len, &v))
		r = -EAGAIN;
	return r ? leaf_refuse(n, text, r, how) : 0;
}

static uint32_t percent_describe(const struct node *n, struct buf *out)
{
	uint32_t align = leaf_describe(n, out);

	buf_printf(out, "(%llu)", (unsigned long long)n->param);
	return align;
}

const struct kind kind_percent = {
	.what = "a percentage such as 12.5%, or a number",
	.prepare = percent_prepare,
	.text = percent_text,
	.json = leaf_json_quoted,
	.name = percent_name,
	.parse = percent_parse,
	.parse_json = leaf_parse_json,
	.parse_name = leaf_parse_name,
	.describe = percent_describe,
	.literal = true,
	.takes_number = 1,
};

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Floating point: the shortest decimal that reads back the same.
 *
 * Formats are those of the C compiler: float, double, and long double where
 * its size is the BTF type's. Other sizes become hex in type-btf.c.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text/model.h"
#include "util/buf.h"

/* x87 pads its 10 bytes. */
#define LONG_DOUBLE_BYTES (__LDBL_MANT_DIG__ == 64 ? 10 : sizeof(long double))

static long double load_float(const struct node *n, const uint8_t *p)
{
	long double l = 0;
	double d;
	float f;

	if (n->size == sizeof(f)) {
		memcpy(&f, p, sizeof(f));
		return (long double)f;
	}
	if (n->size == sizeof(d)) {
		memcpy(&d, p, sizeof(d));
		return (long double)d;
	}
	memcpy(&l, p, sizeof(l));
	return l;
}

static long double read_float(const struct node *n, const char *s)
{
	if (n->size == sizeof(float))
		return (long double)strtof(s, NULL);
	if (n->size == sizeof(double))
		return (long double)strtod(s, NULL);
	return strtold(s, NULL);
}

static void store_float(const struct node *n, uint8_t *p, long double v)
{
	float f = (float)v;
	double d = (double)v;

	if (n->size == sizeof(f)) {
		memcpy(p, &f, sizeof(f));
	} else if (n->size == sizeof(d)) {
		memcpy(p, &d, sizeof(d));
	} else {
		memset(p, 0, n->size);
		memcpy(p, &v, LONG_DOUBLE_BYTES);
	}
}

/* Digits that always can be written and read back without a change; any
 * decimal of so many digits is found again by rounding to that many. */
static int safe_digits(const struct node *n, long double v)
{
	long double tiny = fabsl(v);

	if (n->size == sizeof(float))
		return tiny < __FLT_MIN__ ? 1 : __FLT_DIG__;
	if (n->size == sizeof(double))
		return tiny < __DBL_MIN__ ? 1 : __DBL_DIG__;
	return tiny < __LDBL_MIN__ ? 1 : __LDBL_DIG__;
}

static void put_float(const struct node *n, long double v, struct buf *out)
{
	char text[64];
	int digits;

	for (digits = safe_digits(n, v); digits < 40; digits++) {
		snprintf(text, sizeof(text), "%.*Lg", digits, v);
		if (read_float(n, text) == v)
			break;
	}
	buf_puts(out, text);
}

static const char *special_text(long double v)
{
	if (isnan(v))
		return "nan";
	if (isinf(v))
		return v < 0 ? "-inf" : "inf";
	return NULL;
}

static bool float_text(const struct node *n, const uint8_t *p, struct buf *out)
{
	long double v = load_float(n, p);
	const char *special = special_text(v);

	if (special)
		buf_puts(out, special);
	else
		put_float(n, v, out);
	return true;
}

static void float_json(const struct node *n, const uint8_t *p, struct format *f)
{
	struct buf *out = f->out;
	long double v = load_float(n, p);
	const char *special = special_text(v);

	if (special)
		buf_printf(out, "\"%s\"", special);
	else
		put_float(n, v, out);
}

static bool float_name(const struct node *n, const uint8_t *p, bool inside,
		       struct buf *out)
{
	long double v = load_float(n, p);

	(void)inside;
	if (special_text(v))
		return false;
	put_float(n, v, out);
	return true;
}

static size_t skip_digits(const char *s, size_t len, size_t i)
{
	while (i < len && s[i] >= '0' && s[i] <= '9')
		i++;
	return i;
}

/*
 * Is the text a decimal number? 0, -EAGAIN (the beginning of one), -EINVAL.
 * *ret_grows: an exponent to come could make it smaller.
 */
static int check_decimal(const char *s, size_t len, bool *ret_grows)
{
	size_t i = len && s[0] == '-', from = i;

	*ret_grows = true;
	i = skip_digits(s, len, i);
	if (i == from)
		return i == len ? -EAGAIN : -EINVAL;
	if (i < len && s[i] == '.') {
		from = ++i;
		i = skip_digits(s, len, i);
		if (i == from)
			return i == len ? -EAGAIN : -EINVAL;
	}
	if (i == len)
		return 0;
	if ((s[i++] | 0x20) != 'e')
		return -EINVAL;
	if (i < len && (s[i] == '+' || s[i] == '-'))
		*ret_grows = s[i++] == '-';
	else if (i < len)
		*ret_grows = false;
	from = i;
	i = skip_digits(s, len, i);
	return i < len ? -EINVAL : i == from ? -EAGAIN : 0;
}

/* 0, -EAGAIN or -EINVAL */
static int scan_special(const char *s, size_t len, long double *ret)
{
	static const struct {
		const char *text;
		long double value;
	} specials[] = {
		{ "nan", __builtin_nanl("") },
		{ "inf", __builtin_infl() },
		{ "-inf", -__builtin_infl() },
	};
	size_t i;

	for (i = 0; i < sizeof(specials) / sizeof(specials[0]); i++) {
		if (len > strlen(specials[i].text) ||
		    memcmp(s, specials[i].text, len) != 0)
			continue;
		*ret = specials[i].value;
		return specials[i].text[len] ? -EAGAIN : 0;
	}
	return -EINVAL;
}

static int float_parse(const struct node *n, const struct span *text, uint8_t *p,
		       const struct text_parse *how)
{
	_cleanup_buf_ struct buf copy = BUF_INIT;
	long double v;
	bool grows;
	int special, r;

	special = scan_special(text->s, text->len, &v);
	/* "nan" does not say which of the many: merging keeps the one that is there. */
	if (special == 0 && how->flags & VALUE_MERGE && isnan(v) && isnan(load_float(n, p)))
		return 0;
	if (special == 0) {
		store_float(n, p, v);
		return 0;
	}
	r = check_decimal(text->s, text->len, &grows);
	if (r)
		return leaf_refuse(n, text, special == -EAGAIN ? special : r, how);
	buf_put(&copy, text->s, text->len);
	if (!buf_cstr(&copy))
		return -ENOMEM;
	v = read_float(n, copy.data);
	if (isinf(v))
		return leaf_refuse(n, text, grows ? -EAGAIN : -ERANGE, how);
	store_float(n, p, v);
	return 0;
}

static uint64_t float_cover(const struct node *n)
{
	return 8 * (n->size == sizeof(long double) ? LONG_DOUBLE_BYTES : n->size);
}

/*
 * "nan" leaves open which of the many it is: it says what makes it one, and
 * the rest is left to other members of a union.
 */
static void float_mark(const struct node *n, struct place to)
{
	const uint32_t nan4 = 0x7fc00000;
	const uint64_t nan8 = 0x7ff8000000000000;
	bool is_nan = isnan(load_float(n, to.out));

	if (is_nan && n->size == sizeof(nan4))
		memcpy(to.mask, &nan4, sizeof(nan4));
	else if (is_nan && n->size == sizeof(nan8))
		memcpy(to.mask, &nan8, sizeof(nan8));
	else
		memset(to.mask, 0xff, float_cover(n) / 8);
}

const struct kind kind_float = {
	.what = "a number",
	.text = float_text,
	.json = float_json,
	.name = float_name,
	.parse = float_parse,
	.parse_json = leaf_parse_json,
	.parse_name = leaf_parse_name,
	.describe = leaf_describe,
	.mark = float_mark,
	.cover = float_cover,
	.literal = true,
};

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Integer leaves: decimal, hex, network order, bool. And bit-fields, which
 * are an integer leaf in fewer bits than its bytes have.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "text/model.h"
#include "text/number.h"
#include "text/quick.h"
#include "util/buf.h"

static void int_expect(const struct node *n, char *dst, size_t size)
{
	number_expect(dst, size, 8 * n->size, n->is_signed);
}

/* The number in text as bits of n's size. */
static int parse_number(const struct node *n, const struct span *text, u128 *ret)
{
	struct number v;
	int r = number_scan(text, &v);

	if (!r && !number_fits(&v, 8 * n->size, n->is_signed))
		r = -ERANGE;
	if (r)
		return r;
	*ret = number_bits(&v);
	return 0;
}

int leaf_scan_number(const struct node *n, const struct span *text, uint8_t *p)
{
	u128 v;
	int r = parse_number(n, text, &v);

	if (!r)
		store_u128(p, n->size, v);
	return r;
}

static int int_parse(const struct node *n, const struct span *text, uint8_t *p,
		     const struct text_parse *how)
{
	int r = leaf_scan_number(n, text, p);

	return r ? leaf_parse_address(n, text, p, r, how) : 0;
}

static bool uint_text(const struct node *n, const uint8_t *p, struct buf *out)
{
	number_put(out, load_uint(p, n->size));
	return true;
}

static void uint_json(const struct node *n, const uint8_t *p, struct format *f)
{
	uint_text(n, p, f->out);
}

const struct kind kind_uint = {
	.what = "a number",
	.expect = int_expect,
	.text = uint_text,
	.json = uint_json,
	.name = leaf_name,
	.parse = int_parse,
	.parse_json = leaf_parse_json,
	.quick = quick_uint,
	.parse_name = leaf_parse_name,
	.describe = leaf_describe,
	.literal = true,
	.exact = true,
};

static bool sint_text(const struct node *n, const uint8_t *p, struct buf *out)
{
	int64_t v = load_sint(p, n->size);

	if (v < 0)
		buf_putc(out, '-');
	number_put(out, v < 0 ? -(uint64_t)v : (uint64_t)v);
	return true;
}

static void sint_json(const struct node *n, const uint8_t *p, struct format *f)
{
	sint_text(n, p, f->out);
}

const struct kind kind_sint = {
	.what = "a number",
	.expect = int_expect,
	.text = sint_text,
	.json = sint_json,
	.name = leaf_name,
	.parse = int_parse,
	.parse_json = leaf_parse_json,
	.quick = quick_sint,
	.parse_name = leaf_parse_name,
	.describe = leaf_describe,
	.literal = true,
	.exact = true,
};

/* --- hex ------------------------------------------------------------------ */

static bool hex_text(const struct node *n, const uint8_t *p, struct buf *out)
{
	number_put_hex(out, load_u128(p, n->size), n->size);
	return true;
}

/* The bit pattern is printed, so it is accepted whatever the sign. */
static int hex_parse(const struct node *n, const struct span *text, uint8_t *p,
		     const struct text_parse *how)
{
	unsigned bits = 8 * n->size;
	struct number v;
	int r = number_scan(text, &v);

	if (!r && !number_fits(&v, bits, false) &&
	    !(n->is_signed && number_fits(&v, bits, true)))
		r = -ERANGE;
	if (r)
		return leaf_parse_address(n, text, p, r, how);
	store_u128(p, n->size, number_bits(&v));
	return 0;
}

const struct kind kind_hex = {
	.what = "a number",
	.expect = int_expect,
	.text = hex_text,
	.json = leaf_json_quoted,
	.name = leaf_name,
	.parse = hex_parse,
	.parse_json = leaf_parse_json,
	.parse_name = leaf_parse_name,
	.describe = leaf_describe,
	.literal = true,
	.exact = true,
};

/* --- network order -------------------------------------------------------- */

static bool be_text(const struct node *n, const uint8_t *p, struct buf *out)
{
	uint64_t v = 0;
	uint32_t i;

	for (i = 0; i < n->size; i++)
		v = v << 8 | p[i];
	number_put(out, v);
	return true;
}

static int be_parse(const struct node *n, const struct span *text, uint8_t *p,
		    const struct text_parse *how)
{
	u128 v;
	uint32_t i;
	int r = parse_number(n, text, &v);

	if (r)
		return leaf_parse_address(n, text, p, r, how);
	for (i = 0; i < n->size; i++)
		p[i] = (uint8_t)(v >> (8 * (n->size - 1 - i)));
	return 0;
}

const struct kind kind_be = {
	.what = "a number",
	.expect = int_expect,
	.text = be_text,
	.json = leaf_json_bare,
	.name = leaf_name,
	.parse = be_parse,
	.parse_json = leaf_parse_json,
	.parse_name = leaf_parse_name,
	.describe = leaf_describe,
	.literal = true,
	.exact = true,
};

/* --- bool ----------------------------------------------------------------- */

static bool bool_text(const struct node *n, const uint8_t *p, struct buf *out)
{
	uint64_t v = load_uint(p, n->size);

	if (v > 1)
		number_put(out, v);
	else if (v)
		buf_put(out, "true", 4);
	else
		buf_put(out, "false", 5);
	return true;
}

/* Only 0 and 1 have names, which every reader understands as a bool. */
static bool bool_name(const struct node *n, const uint8_t *p, bool inside,
		      struct buf *out)
{
	(void)inside;
	return load_uint(p, n->size) <= 1 && bool_text(n, p, out);
}

static int bool_parse(const struct node *n, const struct span *text, uint8_t *p,
		      const struct text_parse *how)
{
	static const char *const words[] = { "false", "true" };
	unsigned v;

	for (v = 0; v < 2; v++) {
		if (!text->len || text->len > strlen(words[v]) ||
		    memcmp(text->s, words[v], text->len) != 0)
			continue;
		if (words[v][text->len])
			return leaf_refuse(n, text, -EAGAIN, how);
		store_u128(p, n->size, v);
		return 0;
	}
	return int_parse(n, text, p, how);
}

const struct kind kind_bool = {
	.what = "true or false",
	.text = bool_text,
	.json = leaf_json_bare,
	.name = bool_name,
	.parse = bool_parse,
	.parse_json = leaf_parse_json,
	.parse_name = leaf_parse_name,
	.describe = leaf_describe,
	.literal = true,
	.exact = true,
};

/* --- bit-fields ----------------------------------------------------------- */

/* The bit-field as its declared type would hold it. */
static void bits_widen(const struct node *n, const uint8_t *p, uint8_t wide[16])
{
	unsigned width = n->bits.width;
	u128 v = load_bits(p, n->bits.shift, width);

	if (n->is_signed && width && v >> (width - 1) & 1)
		v |= ~(((u128)1 << (width - 1)) - 1);
	store_u128(wide, n->bits.base->size, v);
}

static bool bits_text(const struct node *n, const uint8_t *p, struct buf *out)
{
	uint8_t wide[16];

	bits_widen(n, p, wide);
	return n->bits.base->kind->text(n->bits.base, wide, out);
}

static void bits_json(const struct node *n, const uint8_t *p, struct format *f)
{
	uint8_t wide[16];

	bits_widen(n, p, wide);
	n->bits.base->kind->json(n->bits.base, wide, f);
}

static void bits_expect(const struct node *n, char *dst, size_t size)
{
	number_expect(dst, size, n->bits.width, n->is_signed);
}

static int bits_parse(const struct node *n, const struct span *text, uint8_t *p,
		      const struct text_parse *how)
{
	const struct node *base = n->bits.base;
	uint8_t wide[16], again[16], bytes[33] = { 0 };
	int r = base->kind->parse(base, text, wide, how);

	if (r == -ERANGE)
		return leaf_refuse(n, text, r, how);
	if (r)
		return r;
	/* It fits if nothing is lost by storing it. */
	store_bits(bytes, n->bits.shift, n->bits.width, load_u128(wide, base->size));
	bits_widen(n, bytes, again);
	if (memcmp(wide, again, base->size) != 0)
		return leaf_refuse(n, text, -ERANGE, how);
	store_bits(p, n->bits.shift, n->bits.width, load_u128(wide, base->size));
	return 0;
}

static void bits_mark(const struct node *n, struct place to)
{
	store_bits(to.mask, n->bits.shift, n->bits.width, ~(u128)0);
}

static uint64_t bits_cover(const struct node *n)
{
	return n->bits.width;
}

static bool bits_name(const struct node *n, const uint8_t *p, bool inside,
		      struct buf *out)
{
	uint8_t wide[16];

	bits_widen(n, p, wide);
	return n->bits.base->kind->name(n->bits.base, wide, inside, out);
}

const struct kind kind_bits = {
	.what = "a number",
	.expect = bits_expect,
	.text = bits_text,
	.json = bits_json,
	.name = bits_name,
	.parse = bits_parse,
	.parse_json = leaf_parse_json,
	.parse_name = leaf_parse_name,
	.describe = leaf_describe,
	.mark = bits_mark,
	.cover = bits_cover,
	.literal = true,
	.exact = true,
};

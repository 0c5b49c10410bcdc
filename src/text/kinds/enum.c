/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Enumerations of 1 to 8 bytes: the first enumerator of a value by its name,
 * other values in decimal.
 */
#include <errno.h>
#include <string.h>

#include "text/model.h"
#include "text/number.h"
#include "util/buf.h"

static const struct enumerator *find_value(const struct enumeration *e, uint64_t value)
{
	uint32_t low = 0, high = e->n_values;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;

		if (e->by_value[mid].value < value)
			low = mid + 1;
		else
			high = mid;
	}
	return low < e->n_values && e->by_value[low].value == value ? &e->by_value[low]
								    : NULL;
}

static int compare_name(const struct enumerator *e, const struct span *name)
{
	size_t len = e->len < name->len ? e->len : name->len;
	int order = memcmp(e->name, name->s, len);

	return order ? order : (e->len > name->len) - (e->len < name->len);
}

/* The first enumerator that is not before name: it, or what begins so. */
static const struct enumerator *find_name(const struct enumeration *e,
					  const struct span *name)
{
	uint32_t low = 0, high = e->n_names;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;

		if (compare_name(&e->by_name[mid], name) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low < e->n_names ? &e->by_name[low] : NULL;
}

static void put_number(const struct node *n, const uint8_t *p, struct buf *out)
{
	int64_t v = load_sint(p, n->size);

	if (n->is_signed && v < 0) {
		buf_putc(out, '-');
		number_put(out, -(uint64_t)v);
	} else {
		number_put(out, load_uint(p, n->size));
	}
}

static bool enum_text(const struct node *n, const uint8_t *p, struct buf *out)
{
	const struct enumerator *e = find_value(n->enumeration, load_uint(p, n->size));

	if (e)
		buf_put(out, e->name, e->len);
	else
		put_number(n, p, out);
	return true;
}

static void enum_json(const struct node *n, const uint8_t *p, struct format *f)
{
	struct buf *out = f->out;
	const struct enumerator *e = find_value(n->enumeration, load_uint(p, n->size));

	if (e) {
		buf_putc(out, '"');
		buf_put(out, e->name, e->len);
		buf_putc(out, '"');
	} else {
		put_number(n, p, out);
	}
}

static int parse_number(const struct node *n, const struct span *text, uint8_t *p)
{
	unsigned bits = 8 * n->size;
	bool any = n->enumeration->any_sign;
	struct number v;
	int r = number_scan(text, &v);

	if (r)
		return r;
	if (!number_fits(&v, bits, n->is_signed) &&
	    !(any && number_fits(&v, bits, !n->is_signed)))
		return -ERANGE;
	store_u128(p, n->size, number_bits(&v));
	return 0;
}

static int enum_parse(const struct node *n, const struct span *text, uint8_t *p,
		      const struct text_parse *how)
{
	const struct enumerator *e = find_name(n->enumeration, text);
	int r;

	if (e && compare_name(e, text) == 0) {
		store_u128(p, n->size, e->value);
		return 0;
	}
	r = parse_number(n, text, p);
	if (r == -EINVAL && e && e->len > text->len &&
	    memcmp(e->name, text->s, text->len) == 0)
		r = -EAGAIN;
	return r ? leaf_refuse(n, text, r, how) : 0;
}

static void enum_expect(const struct node *n, char *dst, size_t size)
{
	const struct enumeration *e = n->enumeration;
	struct buf list = BUF_INIT;
	uint32_t i;

	for (i = 0; i < e->n_values && list.len < 60; i++)
		buf_printf(&list, "%.*s, ", (int)e->by_value[i].len, e->by_value[i].name);
	buf_puts(&list, i < e->n_values ? "... or a number" : "or a number");
	if (list.len >= size)
		buf_truncate(&list, size - 1);
	if (buf_cstr(&list))
		memcpy(dst, list.data, list.len + 1);
	else
		*dst = '\0';
	buf_release(&list);
}

const struct kind kind_enum = {
	.what = "an enumerator",
	.expect = enum_expect,
	.text = enum_text,
	.json = enum_json,
	.name = leaf_name,
	.parse = enum_parse,
	.parse_json = leaf_parse_json,
	.parse_name = leaf_parse_name,
	.describe = leaf_describe,
	.literal = true,
	.exact = true,
};

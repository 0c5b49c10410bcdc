/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Device numbers as the kernel has them (dev_t): 12 bits of major, 20 bits of minor.
 */
#include <errno.h>
#include <string.h>

#include "text/model.h"
#include "text/number.h"
#include "util/buf.h"
#include "util/decimal.h"

#define MINOR_BITS 20
#define MAJOR_BITS 12

static bool is_device(const struct node *n, const uint8_t *p)
{
	return load_uint(p, n->size) <= UINT32_MAX;
}

/* A value that does not fit is shown as a number. */
static bool device_text(const struct node *n, const uint8_t *p, struct buf *out)
{
	uint64_t v = load_uint(p, n->size);

	if (is_device(n, p))
		buf_printf(out, "%u:%u", (unsigned)(v >> MINOR_BITS),
			   (unsigned)(v & ((1u << MINOR_BITS) - 1)));
	else
		number_put(out, v);
	return true;
}

static void device_json(const struct node *n, const uint8_t *p, struct format *f)
{
	if (is_device(n, p))
		leaf_json_quoted(n, p, f);
	else
		leaf_json_bare(n, p, f);
}

/* A number of so many bits; -EAGAIN: there is no text. */
static int scan_part(const char *s, size_t len, unsigned bits, uint32_t *ret)
{
	bool overflow;
	uint64_t v;

	if (!len)
		return -EAGAIN;
	if (decimal_scan(s, len, &v, &overflow) < len)
		return -EINVAL;
	if (overflow || v >> bits)
		return -ERANGE;
	*ret = (uint32_t)v;
	return 0;
}

static int device_parse(const struct node *n, const struct span *text, uint8_t *p,
			const struct text_parse *how)
{
	const char *colon = memchr(text->s, ':', text->len);
	size_t len = colon ? (size_t)(colon - text->s) : 0;
	uint32_t major, minor;
	int r;

	if (!colon) {
		r = leaf_scan_number(n, text, p);
		return r ? leaf_refuse(n, text, r, how) : 0;
	}
	r = len ? scan_part(text->s, len, MAJOR_BITS, &major) : -EINVAL;
	if (!r)
		r = scan_part(colon + 1, text->len - len - 1, MINOR_BITS, &minor);
	if (r)
		return leaf_refuse(n, text, r, how);
	store_u128(p, n->size, (uint64_t)major << MINOR_BITS | minor);
	return 0;
}

const struct kind kind_device = {
	.what = "a device, MAJOR:MINOR, or a number",
	.text = device_text,
	.json = device_json,
	.name = leaf_name,
	.parse = device_parse,
	.parse_json = leaf_parse_json,
	.parse_name = leaf_parse_name,
	.describe = leaf_describe,
	.literal = true,
	.exact = true,
};

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Error numbers by name, with the sign that they have: ENOENT for 2, -ENOENT for -2.
 * Numbers without a name are decimal.
 */
#include <errno.h>
#include <string.h>

#include "text/model.h"
#include "text/number.h"
#include "util/buf.h"
#include "util/libc.h"

/* The kernel's errors in pointers end here. */
#define LAST_ERRNO 4095

static const char *name_of(int64_t v)
{
	return v >= -LAST_ERRNO && v <= LAST_ERRNO && v ? error_name((int)(v < 0 ? -v : v))
							: NULL;
}

static bool errno_text(const struct node *n, const uint8_t *p, struct buf *out)
{
	int64_t v = load_sint(p, n->size);
	const char *name = name_of(v);

	if (v < 0)
		buf_putc(out, '-');
	if (name)
		buf_puts(out, name);
	else
		number_put(out, v < 0 ? -(uint64_t)v : (uint64_t)v);
	return true;
}

static void errno_json(const struct node *n, const uint8_t *p, struct format *f)
{
	if (name_of(load_sint(p, n->size)))
		leaf_json_quoted(n, p, f);
	else
		leaf_json_bare(n, p, f);
}

/* The number of a name; -EAGAIN: several begin so; -EINVAL. */
static int find_name(const char *s, size_t len, int *ret)
{
	int r = len ? -EINVAL : -EAGAIN;

	for (int e = 1; e <= LAST_ERRNO; e++) {
		const char *name = error_name(e);

		if (!name || strncmp(name, s, len))
			continue;
		*ret = e;
		if (!name[len])
			return 0;
		r = -EAGAIN;
	}
	return r;
}

static int errno_parse(const struct node *n, const struct span *text, uint8_t *p,
		       const struct text_parse *how)
{
	size_t sign = text->len && *text->s == '-';
	int e, r = leaf_scan_number(n, text, p);

	if (r == 0 || r == -ERANGE)
		return r ? leaf_refuse(n, text, r, how) : 0;
	r = find_name(text->s + sign, text->len - sign, &e);
	if (r)
		return leaf_refuse(n, text, r, how);
	store_u128(p, n->size, (u128)(__int128)(sign ? -e : e));
	return 0;
}

const struct kind kind_errno = {
	.what = "the name of an error, such as ENOENT or -ENOENT, or a number",
	.text = errno_text,
	.json = errno_json,
	.name = leaf_name,
	.parse = errno_parse,
	.parse_json = leaf_parse_json,
	.parse_name = leaf_parse_name,
	.describe = leaf_describe,
	.literal = true,
	.exact = true,
};

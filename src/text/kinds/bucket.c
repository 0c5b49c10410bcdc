/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The number of a histogram's bucket: an unsigned integer whose word names the scale.
 * Its text is that of any number; .map/hist uses the scale.
 */
#include <stdlib.h>
#include <string.h>

#include "text/model.h"
#include "text/quick.h"
#include "text/words.h"
#include "util/buf.h"

/* The numbers in "bpfmapfs_lhist_0_1000_100". */
static bool bucket_prepare(struct node *n, const char *name)
{
	const char *p = name + strlen(n->word->names[0]);
	unsigned count = 0;
	char *end;

	for (; *p == '_' && count < n->kind->takes_number; p = end)
		n->bucket[count++] = (uint32_t)strtoul(p + 1, &end, 10);
	if (count != n->kind->takes_number)
		return false;
	return count < 3 || (n->bucket[0] < n->bucket[1] && n->bucket[2]);
}

static uint32_t bucket_describe(const struct node *n, struct buf *out)
{
	uint32_t align = leaf_describe(n, out);

	for (unsigned i = 0; i < n->kind->takes_number; i++)
		buf_printf(out, "%c%u", i ? ',' : '(', n->bucket[i]);
	if (n->kind->takes_number)
		buf_putc(out, ')');
	return align;
}

static void bucket_expect(const struct node *n, char *dst, size_t size)
{
	kind_uint.expect(n, dst, size);
}

static bool bucket_text(const struct node *n, const uint8_t *p, struct buf *out)
{
	return kind_uint.text(n, p, out);
}

static void bucket_json(const struct node *n, const uint8_t *p, struct format *f)
{
	kind_uint.json(n, p, f);
}

static int bucket_parse(const struct node *n, const struct span *text, uint8_t *p,
			const struct text_parse *how)
{
	return kind_uint.parse(n, text, p, how);
}

#define KIND_BUCKET(count)                                                              \
	{                                                                               \
		.what = "a number", .expect = bucket_expect, .prepare = bucket_prepare, \
		.text = bucket_text, .json = bucket_json, .name = leaf_name,            \
		.parse = bucket_parse, .parse_json = leaf_parse_json,                   \
		.quick = quick_uint, .parse_name = leaf_parse_name,                     \
		.describe = bucket_describe, .literal = true, .exact = true,            \
		.takes_number = (count),                                                \
	}

const struct kind kind_bucket = KIND_BUCKET(0);
const struct kind kind_bucket1 = KIND_BUCKET(1);
const struct kind kind_bucket3 = KIND_BUCKET(3);

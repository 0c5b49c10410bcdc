/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Structs, unions and arrays: the kinds that are made of other nodes.
 * (Their parsing is in value-parse.c and name-parse.c.)
 */
#include "text/kinds/record.h"

#include "text/describe.h"
#include "text/model.h"
#include "text/name-parse.h"
#include "text/quick.h"
#include "text/value-parse.h"
#include "util/buf.h"

/*
 * Every member and element is written with a comma before it; the first
 * comma then becomes the opening bracket.
 */
static void put_brackets(struct buf *out, size_t from, char open, char close)
{
	if (buf_error(out))
		return;
	if (out->len == from)
		buf_putc(out, open);
	else
		out->data[from] = open;
	buf_putc(out, close);
}

static void record_json(const struct node *n, const uint8_t *p, struct buf *out)
{
	const struct members *all = &n->record->all;
	const struct member *m = all->list, *end = m + all->count;
	size_t from = out->len;

	for (; m < end; m++) {
		buf_put(out, m->label, m->label_len);
		m->node->kind->json(m->node, p + m->offset, out);
	}
	put_brackets(out, from, '{', '}');
}

static void array_json(const struct node *n, const uint8_t *p, struct buf *out)
{
	const struct node *elem = n->array.elem;
	size_t from = out->len;
	uint32_t i;

	for (i = 0; i < n->array.count; i++) {
		buf_putc(out, ',');
		elem->kind->json(elem, p, out);
		p += elem->size;
	}
	put_brackets(out, from, '[', ']');
}

bool record_name_members(const struct node *n, const uint8_t *p, struct buf *out)
{
	const struct members *keys = &n->record->keys;
	uint32_t i;

	for (i = 0; i < keys->count; i++) {
		const struct member *m = &keys->list[i];

		if (i)
			buf_putc(out, ',');
		buf_put(out, m->name, m->name_len);
		buf_putc(out, '=');
		if (!m->node->kind->name(m->node, p + m->offset, true, out))
			return false;
	}
	return true;
}

static bool record_name(const struct node *n, const uint8_t *p, bool inside,
			struct buf *out)
{
	const struct node *key = n->record->as_key;
	bool named;

	if (key)
		return key->kind->name(key, p, inside, out);
	if (inside)
		buf_putc(out, '{');
	named = record_name_members(n, p, out);
	if (inside)
		buf_putc(out, '}');
	return named;
}

static bool array_name(const struct node *n, const uint8_t *p, bool inside,
		       struct buf *out)
{
	const struct node *elem = n->array.elem;
	uint32_t i;

	(void)inside;
	for (i = 0; i < n->array.count; i++) {
		buf_putc(out, i ? ',' : '[');
		if (!elem->kind->name(elem, p, true, out))
			return false;
		p += elem->size;
	}
	buf_putc(out, ']');
	return true;
}

const struct kind kind_record = {
	.what = "an object",
	.json = record_json,
	.name = record_name,
	.parse_json = record_parse_json,
	.quick = quick_record,
	.parse_name = record_parse_name,
	.describe = record_describe,
};

const struct kind kind_array = {
	.what = "an array",
	.json = array_json,
	.name = array_name,
	.parse_json = array_parse_json,
	.quick = quick_array,
	.parse_name = array_parse_name,
	.describe = array_describe,
};

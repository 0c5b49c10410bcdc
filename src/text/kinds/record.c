/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Structs, unions and arrays: the kinds that contain other nodes. (Their parsing is in
 * value-parse.c and name-parse.c.)
 */
#include "text/kinds/record.h"

#include <errno.h>

#include "text/describe.h"
#include "text/gaps.h"
#include "text/model.h"
#include "text/name-parse.h"
#include "text/number.h"
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

static void put_gap(const struct gap *g, const uint8_t *p, struct format *f)
{
	if ((g->plain && !f->all) || !gap_is_set(g, p))
		return;
	buf_put(f->out, ",\"@", 3);
	number_put(f->out, g->offset);
	buf_put(f->out, "\":\"", 3);
	gap_put(g, p, f->out);
	buf_putc(f->out, '"');
}

static void put_member(const struct member *m, const uint8_t *p, struct format *f)
{
	buf_put(f->out, m->label, m->label_len);
	m->node->kind->json(m->node, p + m->offset, f);
}

/* Members, and gaps at their places between them. */
static void put_all(const struct members *all, const uint8_t *p, struct format *f)
{
	const struct gap *g = all->gaps, *end = g + all->n_gaps;
	uint32_t i;

	for (i = 0; i < all->count && f->out->len <= f->limit; i++) {
		for (; g < end && g->before == i; g++)
			put_gap(g, p, f);
		put_member(&all->list[i], p, f);
	}
	for (; g < end && f->out->len <= f->limit; g++)
		put_gap(g, p, f);
}

static void record_json(const struct node *n, const uint8_t *p, struct format *f)
{
	const struct members *all = &n->record->all;
	const struct member *m = all->list, *end = m + all->count;
	size_t from = f->out->len;

	if (f->all ? all->n_gaps : all->n_shown)
		put_all(all, p, f);
	else
		for (; m < end && f->out->len <= f->limit; m++)
			put_member(m, p, f);
	put_brackets(f->out, from, '{', '}');
}

static void array_json(const struct node *n, const uint8_t *p, struct format *f)
{
	const struct node *elem = n->array.elem;
	size_t from = f->out->len;
	uint32_t i;

	for (i = 0; i < n->array.count && f->out->len <= f->limit; i++) {
		buf_putc(f->out, ',');
		elem->kind->json(elem, p, f);
		p += elem->size;
	}
	put_brackets(f->out, from, '[', ']');
}

static void name_gap(const struct gap *g, const uint8_t *p, size_t from, struct buf *out)
{
	if (!gap_is_set(g, p))
		return;
	if (out->len > from)
		buf_putc(out, ',');
	buf_putc(out, '@');
	number_put(out, g->offset);
	buf_putc(out, '=');
	gap_put(g, p, out);
}

bool members_name(const struct members *keys, const uint8_t *p, struct buf *out)
{
	size_t from = out->len;
	uint32_t i, gap = 0;

	for (i = 0; i < keys->count; i++) {
		const struct member *m = &keys->list[i];

		for (; gap < keys->n_gaps && keys->gaps[gap].before == i; gap++)
			name_gap(&keys->gaps[gap], p, from, out);
		if (out->len > from)
			buf_putc(out, ',');
		buf_put(out, m->name, m->name_len);
		buf_putc(out, '=');
		if (!m->node->kind->name(m->node, p + m->offset, true, out))
			return false;
	}
	for (; gap < keys->n_gaps; gap++)
		name_gap(&keys->gaps[gap], p, from, out);
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
	named = members_name(&n->record->keys, p, out);
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

/* --- what else they may be written as -------------------------------------- */

uint32_t union_choices(const struct node *n)
{
	return n->record->direct.count + 1;
}

const struct node *union_choice(const struct node *n, uint32_t i)
{
	const struct member *m = n->record->direct.list + i - 1;

	return i && m->name ? m->node : n->record->as_key;
}

bool array_is_address(const struct node *n)
{
	const struct node *elem;

	if (n->kind != &kind_array || (n->size != 4 && n->size != 16))
		return false;
	elem = n->array.elem;
	return elem->size == 4 && (elem->kind == &kind_ipv4 || elem->kind == &kind_uint ||
				   elem->kind == &kind_sint || elem->kind == &kind_be);
}

static int array_parse(const struct node *n, const struct span *text, uint8_t *p,
		       const struct text_parse *how)
{
	return leaf_parse_address(n, text, p, -EINVAL, how);
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
	.parse = array_parse,
	.parse_json = array_parse_json,
	.quick = quick_array,
	.parse_name = array_parse_name,
	.describe = array_describe,
};

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The grammar has only C layout: a record is described member by member only if parsing
 * the text again gives every member the same offset.
 */
#include "text/describe.h"

#include <string.h>

#include "text/model.h"
#include "text/type.h"
#include "util/buf.h"

static uint64_t round_up(uint64_t v, uint32_t align)
{
	return (v + align - 1) / align * align;
}

uint32_t node_describe(const struct node *n, struct buf *out)
{
	size_t from = out->len;
	uint32_t align = n->kind->describe ? n->kind->describe(n, out) : 0;

	if (align)
		return align;
	buf_truncate(out, from);
	if (n->kind->describe == prefix_describe)
		prefix_describe_size(n, out);
	else
		buf_printf(out, "bytes[%u]", n->size);
	return 1;
}

/* Names of variables may have dots, and names may repeat. */
static bool names_are_sayable(const struct members *m)
{
	uint32_t i;

	for (i = 0; i < m->count; i++) {
		if (strpbrk(m->list[i].name, ".$") ||
		    strchr("0123456789", *m->list[i].name))
			return false;
		if (i && strcmp(m->by_name[i - 1]->name, m->by_name[i]->name) == 0)
			return false;
	}
	return m->count;
}

uint32_t members_describe(const struct members *all, uint32_t base, uint32_t size,
			  struct buf *out)
{
	uint32_t i, align, most = 1;
	uint64_t end = 0;

	if (!names_are_sayable(all))
		return 0;
	for (i = 0; i < all->count; i++) {
		const struct member *m = &all->list[i];

		buf_putc(out, i ? ',' : '{');
		buf_put(out, m->name, m->name_len);
		buf_putc(out, ':');
		align = node_describe(m->node, out);
		if (round_up(end, align) + base != m->offset)
			return 0;
		end = (uint64_t)m->offset - base + m->node->size;
		if (most < align)
			most = align;
	}
	buf_putc(out, '}');
	return round_up(end, most) == size ? most : 0;
}

uint32_t record_describe(const struct node *n, struct buf *out)
{
	return members_describe(&n->record->all, 0, n->size, out);
}

uint32_t array_describe(const struct node *n, struct buf *out)
{
	uint32_t align = node_describe(n->array.elem, out);

	buf_printf(out, "[%u]", n->array.count);
	return align;
}

void type_describe(const struct type *t, struct buf *out)
{
	node_describe(t->root, out);
}

/* ---- is that all there is to say? ---- */

static bool node_is_described(const struct node *n, struct buf *scratch);

static bool members_are_described(const struct members *m, struct buf *scratch)
{
	for (uint32_t i = 0; i < m->count; i++)
		if (!node_is_described(m->list[i].node, scratch))
			return false;
	return true;
}

static bool parts_are_described(const struct node *n, struct buf *scratch)
{
	if (n->kind->describe == array_describe)
		return node_is_described(n->array.elem, scratch);
	if (n->kind->describe == record_describe)
		return members_are_described(&n->record->all, scratch);
	if (n->kind->describe != prefix_describe)
		return true;
	if (n->prefix->sole)
		return node_is_described(n->prefix->sole, scratch);
	return members_are_described(&n->prefix->whole->record->keys, scratch);
}

static bool node_is_described(const struct node *n, struct buf *scratch)
{
	uint32_t align;

	if (!n->kind->describe || n->kind == &kind_enum || !parts_are_described(n, scratch))
		return false;
	align = n->kind->describe(n, scratch);
	buf_truncate(scratch, 0);
	return align;
}

bool type_is_described(const struct type *t)
{
	_cleanup_buf_ struct buf scratch = BUF_INIT;

	return node_is_described(t->root, &scratch);
}

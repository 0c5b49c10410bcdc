/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bits that members cover are collected as ranges and sorted; what is between them
 * is a gap.
 */
#include "text/gaps.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "text/kinds/bytes.h"
#include "text/model.h"
#include "text/number.h"
#include "util/decimal.h"

/* --- finding them --------------------------------------------------------- */

void cover_release(struct cover *c)
{
	buf_release(&c->extents);
	buf_release(&c->edges);
}

void cover_bits(struct cover *c, uint64_t first, uint64_t count)
{
	struct extent e = { first, first + count };

	buf_put(&c->extents, &e, sizeof(e));
}

void cover_edge(struct cover *c, uint32_t base, uint32_t from, uint32_t offset,
		uint32_t align)
{
	struct edge e = { base + (uint64_t)offset, base + (uint64_t)from, align };

	if (align > 1 && offset % align == 0)
		buf_put(&c->edges, &e, sizeof(e));
}

static int by_first(const void *left, const void *right)
{
	const struct extent *a = left, *b = right;

	return (a->first > b->first) - (a->first < b->first);
}

static int by_place(const void *left, const void *right)
{
	const struct edge *a = left, *b = right;

	return (a->at > b->at) - (a->at < b->at);
}

/* While gaps are found, from the first bit on. */
struct finder {
	struct buf gaps; /* struct gap; partials are an index into: */
	struct buf partials;
};

static void finder_release(struct finder *f)
{
	buf_release(&f->gaps);
	buf_release(&f->partials);
}

static void *last_of(struct buf *b, size_t size)
{
	return b->len ? b->data + b->len - size : NULL;
}

/* Bits [first, end) of one byte. */
static void add_partial(struct finder *f, uint64_t first, uint64_t end)
{
	struct partial *last = last_of(&f->partials, sizeof(*last));
	struct partial p = { (uint32_t)(first / 8), 0 };
	uint8_t bytes[1] = { 0 };

	store_bits(bytes, first % 8, (unsigned)(end - first), ~(u128)0);
	p.mask = bytes[0];
	if (last && last->at == p.at)
		last->mask |= p.mask;
	else
		buf_put(&f->partials, &p, sizeof(p));
}

static void add_partials(struct finder *f, uint64_t first, uint64_t end)
{
	uint64_t behind_first = first / 8 * 8 + 8, last = end / 8 * 8;

	if (first % 8)
		add_partial(f, first, end < behind_first ? end : behind_first);
	if (end % 8 && (last > first || !(first % 8)))
		add_partial(f, last > first ? last : first, end);
}

/* Bits [first, end) are not covered; those before are known. */
static void add_bits(struct finder *f, uint64_t first, uint64_t end)
{
	struct gap *last = last_of(&f->gaps, sizeof(*last));
	struct gap g = { .offset = (uint32_t)(first / 8) };
	size_t before = f->partials.len, after;

	add_partials(f, first, end);
	after = f->partials.len;
	g.size = (uint32_t)((end + 7) / 8) - g.offset;
	g.n_partials = (uint32_t)((after - before) / sizeof(struct partial));
	if (last && (uint64_t)last->offset + last->size >= g.offset) {
		last->size = g.offset + g.size - last->offset;
		last->n_partials += g.n_partials;
	} else {
		buf_put(&f->gaps, &g, sizeof(g));
	}
}

static void find_all(struct finder *f, const struct cover *c, uint64_t bits)
{
	const struct extent *e = (const struct extent *)c->extents.data;
	size_t i, n = c->extents.len / sizeof(*e);
	uint64_t end = 0;

	for (i = 0; i < n; i++) {
		if (e[i].first > end)
			add_bits(f, end, e[i].first);
		if (end < e[i].end)
			end = e[i].end;
	}
	if (end < bits)
		add_bits(f, end, bits);
}

/* The first edge that is not before a byte. */
static size_t first_edge(const struct cover *c, uint64_t at)
{
	const struct edge *e = (const struct edge *)c->edges.data;
	size_t low = 0, high = c->edges.len / sizeof(*e);

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (e[mid].at < at)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static bool is_plain(const struct gap *g, const struct cover *c)
{
	const struct edge *e = (const struct edge *)c->edges.data;
	size_t i, n = c->edges.len / sizeof(*e);
	uint64_t end = (uint64_t)g->offset + g->size;

	if (g->n_partials)
		return false;
	for (i = first_edge(c, end); i < n && e[i].at == end; i++)
		if (e[i].at - e[i].from < e[i].align && g->offset >= e[i].from)
			return true;
	return false;
}

/* The first member, as declared, that is behind the gap. */
static uint32_t member_behind(const struct members *m, const struct gap *g, uint32_t from)
{
	while (from < m->count && m->list[from].offset <= g->offset)
		from++;
	return from;
}

static int keep(struct type *t, struct members *m, struct finder *f, const struct cover *c)
{
	uint32_t i, behind = 0, n = (uint32_t)(f->gaps.len / sizeof(struct gap));
	struct gap *list = type_alloc(t, n, sizeof(*list));
	struct partial *partials = type_alloc(t, 1, f->partials.len);

	if (!list || !partials || buf_error(&f->gaps) || buf_error(&f->partials))
		return -ENOMEM;
	if (f->partials.len)
		memcpy(partials, f->partials.data, f->partials.len);
	if (n)
		memcpy(list, f->gaps.data, n * sizeof(*list));
	for (i = 0; i < n; i++) {
		behind = member_behind(m, &list[i], behind);
		list[i].before = behind;
		list[i].partials = partials;
		list[i].plain = is_plain(&list[i], c);
		m->n_shown += !list[i].plain;
		partials += list[i].n_partials;
	}
	m->gaps = list;
	m->n_gaps = n;
	return 0;
}

int gaps_build(struct type *t, struct members *m, uint32_t size, struct cover *c)
{
	_cleanup_(finder_release) struct finder f = { BUF_INIT, BUF_INIT };

	if (buf_error(&c->extents) || buf_error(&c->edges))
		return -ENOMEM;
	if (c->extents.len)
		qsort(c->extents.data, c->extents.len / sizeof(struct extent),
		      sizeof(struct extent), by_first);
	if (c->edges.len)
		qsort(c->edges.data, c->edges.len / sizeof(struct edge),
		      sizeof(struct edge), by_place);
	m->n_shown = 0;
	find_all(&f, c, 8 * (uint64_t)size);
	return keep(t, m, &f, c);
}

/* --- bytes ---------------------------------------------------------------- */

static bool is_zero(const uint8_t *p, size_t size)
{
	return !size || (!*p && !memcmp(p, p + 1, size - 1));
}

bool gap_is_set(const struct gap *g, const uint8_t *p)
{
	uint32_t i, from = g->offset;

	for (i = 0; i < g->n_partials; i++) {
		const struct partial *part = &g->partials[i];

		if (!is_zero(p + from, part->at - from) || p[part->at] & part->mask)
			return true;
		from = part->at + 1;
	}
	return !is_zero(p + from, g->offset + g->size - from);
}

void gap_put(const struct gap *g, const uint8_t *p, struct buf *out)
{
	uint32_t i, from = g->offset;

	for (i = 0; i < g->n_partials; i++) {
		const struct partial *part = &g->partials[i];
		uint8_t byte = p[part->at] & part->mask;

		buf_put_hex(out, p + from, part->at - from);
		buf_put_hex(out, &byte, 1);
		from = part->at + 1;
	}
	buf_put_hex(out, p + from, g->offset + g->size - from);
}

/* Take over the gap's bits out of `bytes`, which are g->size bytes. */
static void gap_store(const struct gap *g, const uint8_t *bytes, uint8_t *p)
{
	uint32_t i, from = g->offset;

	for (i = 0; i < g->n_partials; i++) {
		const struct partial *part = &g->partials[i];

		memcpy(p + from, bytes + (from - g->offset), part->at - from);
		p[part->at] = (uint8_t)((p[part->at] & ~part->mask) |
					(bytes[part->at - g->offset] & part->mask));
		from = part->at + 1;
	}
	memcpy(p + from, bytes + (from - g->offset), g->offset + g->size - from);
}

static void gap_mark(const struct gap *g, uint8_t *mask)
{
	uint32_t i, from = g->offset;

	for (i = 0; i < g->n_partials; i++) {
		const struct partial *part = &g->partials[i];

		memset(mask + from, 0xff, part->at - from);
		mask[part->at] |= part->mask;
		from = part->at + 1;
	}
	memset(mask + from, 0xff, g->offset + g->size - from);
}

/* --- text ----------------------------------------------------------------- */

int gap_find(const struct members *m, const struct span *name, struct text_error *err,
	     uint32_t *ret)
{
	uint32_t low = 0, high = m->n_gaps;
	char quote[TEXT_QUOTE_SIZE];
	uint64_t offset;

	if (!decimal_parse(name->s + 1, name->len - 1, UINT32_MAX, &offset)) {
		while (low < high) {
			uint32_t mid = low + (high - low) / 2;

			if (m->gaps[mid].offset < offset)
				low = mid + 1;
			else
				high = mid;
		}
		if (low < m->n_gaps && m->gaps[low].offset == offset) {
			*ret = low;
			return 0;
		}
	}
	return text_fail(err, -EINVAL, name->at,
			 "expected @ and the offset of bytes outside all members, found %s",
			 text_quote(quote, name->s, name->len));
}

int gap_parse(const struct gap *g, const struct span *text, uint8_t *p, uint8_t *mask,
	      struct text_error *err)
{
	_cleanup_free_ uint8_t *bytes = NULL;
	char quote[TEXT_QUOTE_SIZE];

	if (text->len != 2 * (size_t)g->size)
		goto refuse;
	bytes = malloc(g->size);
	if (!bytes)
		return -ENOMEM;
	if (hex_scan(text->s, text->len, bytes, g->size))
		goto refuse;
	gap_store(g, bytes, p);
	if (mask)
		gap_mark(g, mask);
	return 0;
refuse:
	return text_fail(err, -EINVAL, text->at, "expected %llu hex digits, found %s",
			 2ULL * g->size, text_quote(quote, text->s, text->len));
}

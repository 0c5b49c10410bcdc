/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Read one piece of a split scan, and join pieces without repeated keys.
 */
#include "map/scan/split.h"

#include <errno.h>
#include <string.h>

#include "util/keyset.h"

/* The last batches of a piece are smaller by this, and reach less far. */
#define TAIL_SHARE 16

int scan_piece_reserve(struct scan_piece *p, size_t n, const struct schema *sc)
{
	uint8_t *keys, *values;

	if (n <= p->room)
		return 0;
	keys = reallocarray(p->keys, n, sc->key_size);
	if (keys)
		p->keys = keys;
	values = reallocarray(p->values, n, sc->value_bytes ?: 1);
	if (values)
		p->values = values;
	if (!keys || !values)
		return -ENOMEM;
	p->room = n;
	return 0;
}

void scan_piece_release(struct scan_piece *p)
{
	free(p->keys);
	free(p->values);
}

bool scan_split_begin(struct scan_split *sp, const struct scan *s)
{
	uint32_t from, to;

	if (!scan_batches_buckets(s, &from, &to))
		return false;
	*sp = (struct scan_split){ .base = to, .span = to - from };
	return true;
}

static uint64_t piece_start(const struct scan_split *sp, uint64_t n)
{
	return sp->base + n * sp->span;
}

/* One batch of up to `want` entries behind those there are. 1: there is more. */
static int get_batch(const struct scan *s, uint32_t want, struct scan_piece *p)
{
	const struct schema *sc = s->map->schema;
	uint32_t from = (uint32_t)p->reach, to = from, count;
	int r;

	p->tail = p->batch.count;
	for (;; want *= 2) {
		count = want;
		r = scan_piece_reserve(p, p->tail + want, sc);
		if (r < 0)
			return r;
		r = store_lookup_batch(&s->map->ref, &from, &to,
				       p->keys + p->tail * sc->key_size,
				       p->values + p->tail * sc->value_bytes, &count,
				       sc->lock);
		if (r != -ENOSPC || want >> 30)
			break;
		from = to;
	}
	if (r < 0 && r != -ENOENT)
		return r;
	p->batch.count += count;
	p->reach = to;
	return r == 0 && count;
}

void scan_split_get(const struct scan_split *sp, const struct scan *s, uint64_t n,
		    struct scan_piece *p)
{
	uint64_t start = piece_start(sp, n), end = start + sp->span;
	uint32_t size = (uint32_t)scan_batch_size(s), small = size / TAIL_SHARE ?: 1;
	uint32_t want = size - small ?: 1;
	int r = start <= UINT32_MAX;

	p->batch = (struct scan_batch){ .pos = scan_batches_position(start) };
	p->reach = start;
	while (r > 0 && p->reach < end) {
		if (want > end - p->reach)
			want = (uint32_t)(end - p->reach);
		r = get_batch(s, want, p);
		want = small;
	}
	p->batch.keys = p->keys;
	p->batch.values = p->values;
	p->batch.last = r == 0;
	p->result = r < 0 ? r : 1;
}

/* Move the entries that were not passed on to the front. */
static void leave_out(struct scan_piece *p, const struct schema *sc,
		      const struct keyset *told)
{
	size_t ks = sc->key_size, vs = sc->value_bytes, kept = 0, tail = p->tail;

	for (size_t i = 0; i < p->batch.count; i++) {
		if (i == p->tail)
			tail = kept;
		if (keyset_has(told, p->keys + i * ks))
			continue;
		if (kept != i) {
			memmove(p->keys + kept * ks, p->keys + i * ks, ks);
			memmove(p->values + kept * vs, p->values + i * vs, vs);
		}
		kept++;
	}
	p->batch.pos += p->batch.count - kept;
	p->batch.count = kept;
	p->tail = tail;
}

/* Its last batch went beyond its end: the next pieces shall know. */
static int note_tail(struct scan_split *sp, const struct scan_piece *p,
		     const struct schema *sc)
{
	int r = 0;

	if (!sp->told)
		sp->told = keyset_new(sc->key_size);
	if (!sp->told)
		return -ENOMEM;
	for (size_t i = p->tail; r >= 0 && i < p->batch.count; i++)
		r = keyset_add(sp->told, p->keys + i * sc->key_size);
	if (p->reach > sp->reach)
		sp->reach = p->reach;
	return r < 0 ? r : 0;
}

int scan_split_join(struct scan_split *sp, const struct schema *sc, uint64_t n,
		    struct scan_piece *p)
{
	uint64_t end = piece_start(sp, n + 1);

	if (p->result < 0)
		return 0;
	if (sp->told)
		leave_out(p, sc, sp->told);
	if (sp->reach <= end)
		scan_split_end(sp);
	return p->reach > end && !p->batch.last ? note_tail(sp, p, sc) : 0;
}

void scan_split_end(struct scan_split *sp)
{
	keyset_free(sp->told);
	sp->told = NULL;
}

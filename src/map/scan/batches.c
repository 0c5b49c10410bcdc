/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A pass through LOOKUP_BATCH. The kernel's cursor is four bytes (a bucket
 * number, or the last index of an array), so a position can name any entry
 * of any batch and a pass needs no memory beyond one batch:
 *
 *	position = (cursor + 1, or 0 at the start) << 29 | entries to skip
 *
 * A bucket is copied under its lock and a key never changes its bucket, so
 * a key that stays is returned exactly once.
 */
#include <errno.h>
#include <string.h>

#include "map/scan/scan.h"

#define SKIP_BITS 29

/* An estimate from so many entries has a standard error of a sixteenth. Entries that
 * are large are not worth it. */
#define SAMPLE_ENTRIES 256
#define SAMPLE_BYTES (2u << 20)

struct batches {
	uint32_t cursor;
	uint32_t from; /* where the last batch began */
	bool started;
	bool ended;
	uint32_t skip;
	struct scan *walk; /* an old kernel has no batches for this type */
};

uint64_t scan_batches_position(uint64_t cursor)
{
	return (cursor + 1) << SKIP_BITS;
}

static uint64_t position(const struct batches *st)
{
	return st->started ? scan_batches_position(st->cursor) : 0;
}

/* One LOOKUP_BATCH, with more room when a bucket does not fit. */
static int fetch(struct scan *s, uint32_t *count, uint32_t *next)
{
	struct batches *st = s->state;
	unsigned lock = s->map->schema->lock;
	uint32_t from = st->cursor;
	const void *in = st->started ? &from : NULL;
	int r;

	for (;;) {
		*count = (uint32_t)s->room;
		r = store_lookup_batch(&s->map->ref, in, next, s->keys, s->values, count, lock);
		if (r != -ENOSPC || s->room >> 30)
			return r;
		from = *next;
		in = &from;
		r = scan_reserve(s, s->room * 2);
		if (r < 0)
			return r;
	}
}

static int batches_next(struct scan *s, struct scan_batch *ret)
{
	struct batches *st = s->state;
	uint32_t count, next = 0, skip;
	uint64_t pos;
	int r;

	if (st->walk)
		return scan_walk.next(st->walk, ret);
	r = scan_reserve(s, scan_batch_size(s));
	if (r < 0)
		return r;
	do {
		if (st->ended)
			return 0;
		pos = position(st);
		r = fetch(s, &count, &next);
		if (!st->started && scan_lacks_batches(r)) {
			r = scan_walk_new(s, st->skip, &st->walk);
			return r < 0 ? r : scan_walk.next(st->walk, ret);
		}
		if (r < 0 && r != -ENOENT)
			return r;
		st->ended = r == -ENOENT;
		st->from = st->started ? st->cursor : 0;
		st->cursor = next;
		st->started = true;
		skip = st->skip < count ? st->skip : count;
		st->skip -= skip;
		/* A pass ends even if a store never says so. */
		if (!count && r == 0)
			st->ended = true;
	} while (count == skip);
	*ret = (struct scan_batch){
		.keys = s->keys + (size_t)skip * s->map->schema->key_size,
		.values = s->values + (size_t)skip * s->map->schema->value_bytes,
		.count = count - skip,
		.last = st->ended,
		.pos = pos + skip,
	};
	return 1;
}

static int batches_seek(struct scan *s, uint64_t pos)
{
	struct batches *st = s->state;
	uint64_t cursor = pos >> SKIP_BITS;

	if (st->walk)
		return scan_walk.seek(st->walk, pos);
	st->started = cursor != 0;
	st->cursor = cursor ? (uint32_t)(cursor - 1) : 0;
	st->skip = (uint32_t)(pos & ((1u << SKIP_BITS) - 1));
	st->ended = false;
	return 0;
}

static void batches_release(struct scan *s)
{
	struct batches *st = s->state;

	scan_free(st->walk);
}

bool scan_batches_buckets(const struct scan *s, uint32_t *ret_from, uint32_t *ret_to)
{
	const struct batches *st = s->state;

	if (s->method != &scan_batches || schema_has(s->map->schema, MAP_INDEXED))
		return false;
	if (!st->started || st->ended || st->walk || st->cursor <= st->from)
		return false;
	*ret_from = st->from;
	*ret_to = st->cursor;
	return true;
}

static uint64_t bucket_count(uint32_t max_entries)
{
	uint64_t n = 1;

	while (n < max_entries)
		n *= 2;
	return n;
}

/* The first buckets of a table, until their entries are a good sample. */
static int take_sample(struct scan *scan, struct scan_estimate *ret)
{
	const struct schema *schema = scan->map->schema;
	size_t bytes = schema->key_size + schema->value_bytes;
	struct scan_batch b;
	int r;

	*ret = (struct scan_estimate){ 0 };
	do {
		r = scan_next(scan, &b);
		if (r > 0)
			ret->sample += b.count;
	} while (r > 0 && !b.last && ret->sample < SAMPLE_ENTRIES &&
		 ret->sample * bytes < SAMPLE_BYTES);
	if (r < 0)
		return r;
	ret->entries = ret->sample;
	return r == 0 || b.last;
}

int scan_estimate(const struct map *m, struct scan_estimate *ret)
{
	_cleanup_scan_ struct scan *scan = NULL;
	uint32_t from, to;
	int r = scan_new(m, true, &scan);

	if (r == 0 && scan->method != &scan_batches)
		return -EOPNOTSUPP; /* its first batch would collect all keys */
	if (r == 0)
		r = take_sample(scan, ret);
	if (r < 0)
		return r;
	if (r > 0) {
		ret->sample = 0;
		return 0;
	}
	if (!scan_batches_buckets(scan, &from, &to))
		return -EOPNOTSUPP;
	ret->entries = ret->sample * bucket_count(m->schema->info.max_entries) / to;
	return 0;
}

const struct scan_method scan_batches = {
	.state_size = sizeof(struct batches),
	.release = batches_release,
	.next = batches_next,
	.seek = batches_seek,
};

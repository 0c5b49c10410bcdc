/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * LPM tries. LOOKUP finds the longest match, but a file is one prefix, so
 * presence is asked of GET_NEXT_KEY: an absent key gets the first key, and
 * no present key can be followed by the first one.
 *
 * A pass goes by batches, whose cursor is a key; when that key is deleted
 * the kernel starts again at the first one. The walk is in post-order (a
 * prefix comes after all that it covers, 0 before 1), which orders all keys,
 * so whatever is not after the last key returned has been there already and
 * is skipped, without remembering anything. To get on under heavy deletion,
 * the pass resumes at the newest key of the last batch that still exists.
 */
#include <errno.h>
#include <string.h>

#include "map/family.h"
#include "map/map.h"
#include "map/scan.h"

#define LEN_SIZE sizeof(uint32_t)
/* Batches in a row that may bring nothing new before a pass gives up. */
#define STALLS_MAX 10000

static uint32_t prefix_len(const uint8_t *key)
{
	uint32_t len;

	memcpy(&len, key, LEN_SIZE);
	return len;
}

static int prefix_exists(const struct map *m, const void *key)
{
	size_t size = m->schema->key_size;
	_cleanup_free_ uint8_t *next = malloc(2 * size);
	int r;

	if (!next)
		return -ENOMEM;
	if (prefix_len(key) > 8 * (size - LEN_SIZE))
		return -ENOENT;
	r = store_next_key(&m->ref, NULL, next);
	if (r < 0)
		return r;
	r = store_next_key(&m->ref, key, next + size);
	if (r == -ENOENT)
		return 0; /* the last one */
	if (r < 0)
		return r;
	return memcmp(next, next + size, size) ? 0 : -ENOENT;
}

/* Asked on both sides of LOOKUP, which would pass off a covering prefix. */
static int prefix_lookup(const struct map *m, const void *key, void *value)
{
	int r;

	r = prefix_exists(m, key);
	if (r < 0)
		return r;
	r = store_lookup(&m->ref, key, value, 0);
	if (r < 0)
		return r;
	return prefix_exists(m, key);
}

static int prefix_update(const struct map *m, const void *key, const void *value,
			 unsigned flags)
{
	return store_update(&m->ref, key, value, flags);
}

static int prefix_remove(const struct map *m, const void *key)
{
	return store_remove(&m->ref, key);
}

static int prefix_update_batch(const struct map *m, const void *keys, const void *values,
			       uint32_t *count)
{
	return store_update_batch(&m->ref, keys, values, count, 0);
}

static int prefix_remove_batch(const struct map *m, const void *keys, uint32_t *count)
{
	return store_remove_batch(&m->ref, keys, count);
}

/* ---- the pass ---- */

struct prefixes {
	uint8_t *last; /* last key returned */
	bool started;
	bool ended;
	uint64_t pos; /* keys returned so far */
	uint64_t skip; /* keys still to be passed over after a seek */
	size_t recent; /* keys in scan->keys that the pass can go on from */
};

static unsigned bit(const uint8_t *key, uint32_t i)
{
	return key[LEN_SIZE + i / 8] >> (7 - i % 8) & 1;
}

/* <0: a comes before b in the kernel's walk. Host bits do not matter. */
static int walk_order(const uint8_t *a, const uint8_t *b)
{
	uint32_t la = prefix_len(a), lb = prefix_len(b);
	uint32_t common = la < lb ? la : lb, i = 0;

	while (i + 8 <= common && a[LEN_SIZE + i / 8] == b[LEN_SIZE + i / 8])
		i += 8;
	for (; i < common; i++)
		if (bit(a, i) != bit(b, i))
			return (int)bit(a, i) - (int)bit(b, i);
	return la == lb ? 0 : la > lb ? -1 : 1;
}

/* The newest key of the last batch that can still be a cursor. */
static const uint8_t *cursor(struct scan *s)
{
	struct prefixes *st = s->state;
	size_t size = s->map->schema->key_size;

	if (!st->started)
		return NULL;
	for (size_t i = st->recent; i-- > 0;)
		if (prefix_exists(s->map, s->keys + i * size) == 0)
			return s->keys + i * size;
	return NULL;
}

static void keep(struct scan *s, size_t to, size_t from)
{
	const struct schema *sc = s->map->schema;

	if (to == from)
		return;
	memcpy(s->keys + to * sc->key_size, s->keys + from * sc->key_size, sc->key_size);
	memcpy(s->values + to * sc->value_bytes, s->values + from * sc->value_bytes,
	       sc->value_bytes);
}

/* Drop what is not after the last key, and what a seek skips. */
static size_t only_new(struct scan *s, size_t count)
{
	struct prefixes *st = s->state;
	size_t size = s->map->schema->key_size, n = 0;

	for (size_t i = 0; i < count; i++) {
		const uint8_t *key = s->keys + i * size;

		if (st->started && walk_order(st->last, key) >= 0)
			continue;
		memcpy(st->last, key, size);
		st->started = true;
		if (st->skip) {
			st->skip--;
			st->pos++;
			continue;
		}
		keep(s, n++, i);
	}
	return n;
}

static int begin(struct scan *s)
{
	struct prefixes *st = s->state;
	int r = scan_reserve(s, scan_batch_size(s));

	if (r == 0 && !st->last)
		st->last = malloc(s->map->schema->key_size);
	return r < 0 ? r : st->last ? 0 : -ENOMEM;
}

static int fetch(struct scan *s, uint32_t *count)
{
	const struct schema *sc = s->map->schema;
	_cleanup_free_ uint8_t *in_out = malloc(2 * sc->key_size);
	const uint8_t *from = cursor(s);

	if (!in_out)
		return -ENOMEM;
	if (from)
		memcpy(in_out, from, sc->key_size);
	*count = (uint32_t)s->room;
	return store_lookup_batch(&s->map->ref, from ? in_out : NULL, in_out + sc->key_size,
				  s->keys, s->values, count, 0);
}

static int prefixes_next(struct scan *s, struct scan_batch *ret)
{
	struct prefixes *st = s->state;
	unsigned stalls = 0;
	uint32_t count;
	size_t n = 0;
	int r;

	r = begin(s);
	while (r >= 0 && n == 0) {
		if (st->ended)
			return 0;
		r = fetch(s, &count);
		if (r < 0 && r != -ENOENT)
			return r;
		st->ended = r == -ENOENT;
		n = only_new(s, count);
		/* A batch of old keys is a step forward too. */
		st->recent = n ?: count;
		if (!n && ++stalls > STALLS_MAX)
			return -EBUSY;
		r = 0;
	}
	if (r < 0)
		return r;
	*ret = (struct scan_batch){ s->keys, s->values, n, st->ended, st->pos };
	st->pos += n;
	return 1;
}

static int prefixes_seek(struct scan *s, uint64_t pos)
{
	struct prefixes *st = s->state;

	if (pos == st->pos && !st->skip)
		return 0;
	st->started = st->ended = false;
	st->recent = 0;
	st->pos = 0;
	st->skip = pos;
	return 0;
}

static void prefixes_release(struct scan *s)
{
	free(((struct prefixes *)s->state)->last);
}

const struct scan_method scan_prefixes = {
	.state_size = sizeof(struct prefixes),
	.release = prefixes_release,
	.next = prefixes_next,
	.seek = prefixes_seek,
};

const struct family family_prefix = {
	.lookup = prefix_lookup,
	.exists = prefix_exists,
	.update = prefix_update,
	.remove = prefix_remove,
	.update_batch = prefix_update_batch,
	.remove_batch = prefix_remove_batch,
	.scan = &scan_prefixes,
};

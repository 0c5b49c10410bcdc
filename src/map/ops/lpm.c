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
 * On a kernel without batches for tries it is a walk as of any other type.
 */
#include <errno.h>
#include <string.h>

#include "map/ops.h"
#include "map/map.h"
#include "map/ops/lpm.h"
#include "map/scan/scan.h"

/* Batches in a row that may bring nothing new before a pass gives up. */
#define STALLS_MAX 10000

uint32_t prefix_len(const uint8_t *key)
{
	uint32_t len;

	memcpy(&len, key, sizeof(len));
	return len;
}

int prefix_exists(const struct map *m, const void *key)
{
	size_t size = m->schema->key_size;
	_cleanup_free_ uint8_t *next = malloc(2 * size);
	int r;

	if (!next)
		return -ENOMEM;
	if (prefix_len(key) > 8 * (size - PREFIX_LEN_SIZE))
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

/* The result of one LOOKUP_BATCH, without keys that were returned before. */
struct run {
	uint8_t *keys, *values;
	size_t count;
	size_t raw; /* keys it brought, old ones too */
	bool ended; /* nothing comes behind it */
};

struct prefixes {
	struct run runs[2];
	size_t room; /* entries that a run can take */
	uint8_t *last; /* last key returned */
	bool started;
	bool ended;
	uint64_t pos; /* keys returned so far */
	uint64_t skip; /* keys still to be passed over after a seek */
	size_t recent; /* keys in scan->keys that the pass can go on from */
	struct scan *walk; /* an old kernel has no batches for tries */
};

static unsigned bit(const uint8_t *key, uint32_t i)
{
	return key[PREFIX_LEN_SIZE + i / 8] >> (7 - i % 8) & 1;
}

int prefix_order(const uint8_t *a, const uint8_t *b)
{
	uint32_t la = prefix_len(a), lb = prefix_len(b);
	uint32_t common = la < lb ? la : lb, i = 0;

	while (i + 8 <= common && a[PREFIX_LEN_SIZE + i / 8] == b[PREFIX_LEN_SIZE + i / 8])
		i += 8;
	for (; i < common; i++)
		if (bit(a, i) != bit(b, i))
			return (int)bit(a, i) - (int)bit(b, i);
	return la == lb ? 0 : la > lb ? -1 : 1;
}

static bool prefix_same_key(const struct schema *s, const void *a, const void *b)
{
	size_t bits = 8 * (s->key_size - PREFIX_LEN_SIZE);

	return prefix_len(a) <= bits && prefix_len(b) <= bits && !prefix_order(a, b);
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

static void move_entry(const struct schema *sc, uint8_t *keys, uint8_t *values, size_t to,
		       const struct run *run, size_t from)
{
	memmove(keys + to * sc->key_size, run->keys + from * sc->key_size, sc->key_size);
	memmove(values + to * sc->value_bytes, run->values + from * sc->value_bytes,
		sc->value_bytes);
}

/* Keep what is after `last` and in order: a restart brings old keys again. */
static void only_new(const struct scan *s, struct run *run)
{
	const struct prefixes *st = s->state;
	const struct schema *sc = s->map->schema;
	const uint8_t *last = st->started ? st->last : NULL;
	size_t n = 0;

	for (size_t i = 0; i < run->count; i++) {
		if (last && prefix_order(last, run->keys + i * sc->key_size) >= 0)
			continue;
		move_entry(sc, run->keys, run->values, n, run, i);
		last = run->keys + n++ * sc->key_size;
	}
	run->count = n;
}

static int fetch(struct scan *s, const uint8_t *from, struct run *run)
{
	const struct prefixes *st = s->state;
	_cleanup_free_ uint8_t *next = malloc(s->map->schema->key_size);
	uint32_t count = (uint32_t)st->room;
	int r;

	if (!next)
		return -ENOMEM;
	r = store_lookup_batch(&s->map->ref, from, next, run->keys, run->values, &count, 0);
	if (r < 0 && r != -ENOENT)
		return r;
	run->ended = r == -ENOENT;
	run->count = run->raw = count;
	only_new(s, run);
	return 0;
}

/* Merge both runs up to the point where each is known complete. */
static size_t merge(struct scan *s)
{
	const struct schema *sc = s->map->schema;
	struct prefixes *st = s->state;
	const struct run *a = &st->runs[0], *b = &st->runs[1];
	size_t i = 0, j = 0, n = 0;
	int order;

	while (i < a->count || j < b->count) {
		if ((i == a->count && !a->ended) || (j == b->count && !b->ended))
			break;
		order = i == a->count ? 1 :
			j == b->count ? -1 :
					prefix_order(a->keys + i * sc->key_size,
						   b->keys + j * sc->key_size);
		if (order <= 0)
			move_entry(sc, s->keys, s->values, n, a, i++);
		else
			move_entry(sc, s->keys, s->values, n, b, j);
		j += order >= 0;
		n++;
	}
	st->ended = a->ended && b->ended && i == a->count && j == b->count;
	return n;
}

/* Remember the last key, and pass over what a seek skips. */
static size_t deliver(struct scan *s, size_t n)
{
	struct prefixes *st = s->state;
	const struct schema *sc = s->map->schema;
	size_t skip = st->skip < n ? (size_t)st->skip : n;

	if (!n)
		return 0;
	memcpy(st->last, s->keys + (n - 1) * sc->key_size, sc->key_size);
	st->started = true;
	st->recent = n;
	st->skip -= skip;
	st->pos += skip;
	return n - skip;
}

static int grow_run(struct run *run, size_t n, const struct schema *sc)
{
	run->keys = malloc(n * sc->key_size);
	run->values = malloc(n * sc->value_bytes + 1);
	return run->keys && run->values ? 0 : -ENOMEM;
}

static int begin(struct scan *s)
{
	const struct schema *sc = s->map->schema;
	struct prefixes *st = s->state;
	int r = 0;

	if (st->last)
		return 0;
	st->room = scan_batch_size(s);
	r = scan_reserve(s, 2 * st->room);
	for (size_t i = 0; r == 0 && i < 2; i++)
		r = grow_run(&st->runs[i], st->room, sc);
	if (r == 0 && !(st->last = malloc(sc->key_size)))
		r = -ENOMEM;
	return r;
}

/*
 * Twice from the same place: the kernel's walk looks for its own place among
 * the children of a node, and where one of them is replaced in that moment it
 * passes over the other, or ends. What one run missed, the other has.
 */
static int fetch_both(struct scan *s)
{
	const struct schema *sc = s->map->schema;
	struct prefixes *st = s->state;
	_cleanup_free_ uint8_t *copy = malloc(sc->key_size);
	const uint8_t *from = cursor(s);
	int r;

	if (!copy)
		return -ENOMEM;
	if (from)
		from = memcpy(copy, from, sc->key_size);
	r = fetch(s, from, &st->runs[0]);
	return r < 0 ? r : fetch(s, from, &st->runs[1]);
}

/* A run of nothing but old keys, as after a restart, is a step forward too:
 * go on behind it. (only_new() left its keys where they were.) */
static void go_on_behind_old(struct scan *s)
{
	const struct schema *sc = s->map->schema;
	struct prefixes *st = s->state;

	for (size_t i = 0; i < 2; i++)
		if (!st->runs[i].count && st->runs[i].raw && !st->runs[i].ended) {
			st->recent = st->runs[i].raw;
			memcpy(s->keys, st->runs[i].keys, st->recent * sc->key_size);
			return;
		}
}

static int prefixes_next(struct scan *s, struct scan_batch *ret)
{
	const struct schema *sc = s->map->schema;
	struct prefixes *st = s->state;
	unsigned stalls = 0;
	size_t n, got = 0;
	int r;

	if (st->walk)
		return scan_walk.next(st->walk, ret);
	r = begin(s);
	while (r == 0 && !got) {
		if (st->ended)
			return 0;
		r = fetch_both(s);
		if (!st->started && scan_lacks_batches(r)) {
			r = scan_walk_new(s, st->skip, &st->walk);
			return r < 0 ? r : scan_walk.next(st->walk, ret);
		}
		if (r < 0)
			return r;
		n = merge(s);
		got = deliver(s, n);
		if (n || st->ended)
			continue;
		if (++stalls > STALLS_MAX)
			return -EBUSY;
		go_on_behind_old(s);
	}
	if (r < 0)
		return r;
	n = st->recent - got;
	*ret = (struct scan_batch){ s->keys + n * sc->key_size, s->values + n * sc->value_bytes,
				    got, st->ended, st->pos, 0 };
	st->pos += got;
	return 1;
}

static int prefixes_seek(struct scan *s, uint64_t pos)
{
	struct prefixes *st = s->state;

	if (st->walk)
		return scan_walk.seek(st->walk, pos);
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
	struct prefixes *st = s->state;

	for (size_t i = 0; i < 2; i++) {
		free(st->runs[i].keys);
		free(st->runs[i].values);
	}
	free(st->last);
	scan_free(st->walk);
}

const struct scan_method scan_prefixes = {
	.state_size = sizeof(struct prefixes),
	.release = prefixes_release,
	.next = prefixes_next,
	.seek = prefixes_seek,
};

const struct map_ops map_ops_prefix = {
	.lookup = prefix_lookup,
	.same_key = prefix_same_key,
	.stored = prefix_stored,
	.exists = prefix_exists,
	.update = prefix_update,
	.remove = prefix_remove,
	.update_batch = prefix_update_batch,
	.remove_batch = prefix_remove_batch,
	.scan = &scan_prefixes,
};

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A pass through GET_NEXT_KEY, for types without batches. The kernel starts
 * again at the first key when the cursor key was deleted, and may run
 * backwards in a bucket that is being updated, so all keys are collected
 * first, each once, with a set of those already seen. A walk that keeps
 * meeting known keys is ended: it has been everywhere.
 *
 * Where GET_NEXT_KEY says nothing, the family names candidates instead.
 *
 *	keys  [k0][k1][k2]...        in the order they were found
 *	slots open-addressed hash of key numbers + 1 (0: free)
 */
#include <errno.h>
#include <string.h>

#include "map/family.h"
#include "map/scan.h"
#include "util/interrupt.h"

/* Known keys in a row, beyond the number of keys, that end the walk. */
#define REPEATS_SLACK 1024

struct walk {
	bool collected;
	uint8_t *keys;
	size_t count, room;
	uint32_t *slots;
	size_t mask; /* slots - 1 */
	size_t next; /* first key of the next batch */
};

static uint64_t hash_key(const uint8_t *key, size_t size)
{
	uint64_t h = 0xcbf29ce484222325u;

	for (size_t i = 0; i < size; i++)
		h = (h ^ key[i]) * 0x100000001b3u;
	return h ^ h >> 29;
}

static uint32_t *find_slot(struct walk *w, const uint8_t *key, size_t size)
{
	size_t i = hash_key(key, size) & w->mask;

	while (w->slots[i] && memcmp(w->keys + (w->slots[i] - 1) * size, key, size))
		i = (i + 1) & w->mask;
	return &w->slots[i];
}

static int make_room(struct walk *w, size_t size)
{
	size_t room = w->room ? w->room * 2 : 256;
	uint8_t *keys;

	if (w->count < w->room)
		return 0;
	if (room * size > SCAN_WALK_MAX)
		return -E2BIG;
	keys = realloc(w->keys, room * size);
	if (!keys)
		return -ENOMEM;
	w->keys = keys;
	w->room = room;
	free(w->slots);
	w->mask = room * 2 - 1;
	w->slots = calloc(room * 2, sizeof(*w->slots));
	if (!w->slots)
		return -ENOMEM;
	for (size_t i = 0; i < w->count; i++)
		*find_slot(w, w->keys + i * size, size) = (uint32_t)i + 1;
	return 0;
}

/* 1: a new key; 0: seen before. */
static int remember(struct walk *w, const uint8_t *key, size_t size)
{
	uint32_t *slot;
	int r;

	r = make_room(w, size);
	if (r < 0)
		return r;
	slot = find_slot(w, key, size);
	if (*slot)
		return 0;
	memcpy(w->keys + w->count * size, key, size);
	*slot = (uint32_t)++w->count;
	return 1;
}

static int add_candidate(void *arg, const void *key)
{
	const struct scan *s = arg;
	int r = remember(s->state, key, s->map->schema->key_size);

	return r < 0 ? r : interrupted() ? -EINTR : 0;
}

static int collect(struct scan *s)
{
	size_t size = s->map->schema->key_size, repeats = 0;
	struct walk *w = s->state;
	_cleanup_free_ uint8_t *key = malloc(size);
	int r;

	if (!key)
		return -ENOMEM;
	r = store_next_key(&s->map->ref, NULL, key);
	while (r == 0) {
		r = remember(w, key, size);
		if (r < 0)
			return r;
		repeats = r ? 0 : repeats + 1;
		if (repeats > w->count + REPEATS_SLACK)
			break;
		r = store_next_key(&s->map->ref, key, key);
	}
	w->collected = true;
	/* Types whose keys nobody can list have an empty listing. */
	return r == -ENOENT || r == -STORE_ENOTSUPP || r == -EOPNOTSUPP || r == -EINVAL ? 0 : r;
}

/* Keys whose value can be read: what LOOKUP refuses is not an entry. */
static int walk_next(struct scan *s, struct scan_batch *ret)
{
	const struct schema *sc = s->map->schema;
	struct walk *w = s->state;
	size_t limit = scan_batch_size(s), n = 0;
	uint64_t pos = 0;
	int r = 0;

	if (!w->collected && sc->family->candidates) {
		r = sc->family->candidates(s->map, add_candidate, s);
		w->collected = r == 0;
	} else if (!w->collected) {
		r = collect(s);
	}
	if (r < 0)
		return r;
	r = scan_reserve(s, limit);
	if (r < 0)
		return r;
	while (n < limit && w->next < w->count) {
		const uint8_t *key = w->keys + w->next * sc->key_size;

		r = sc->family->lookup(s->map, key, s->values + n * sc->value_bytes);
		if (r < 0 && n)
			break; /* positions in a batch have no holes */
		if (r == 0) {
			pos = n ? pos : w->next;
			memcpy(s->keys + n++ * sc->key_size, key, sc->key_size);
		}
		w->next++;
	}
	*ret = (struct scan_batch){ s->keys, s->values, n, w->next == w->count, pos };
	return n > 0;
}

int scan_walk_new(const struct scan *like, uint64_t pos, struct scan **ret)
{
	_cleanup_scan_ struct scan *s = calloc(1, sizeof(*s));
	struct walk *w;

	if (!s)
		return -ENOMEM;
	*s = (struct scan){ .map = like->map, .method = &scan_walk, .keys_only = like->keys_only };
	s->state = w = calloc(1, sizeof(*w));
	if (!w)
		return -ENOMEM;
	w->next = pos;
	*ret = take_ptr(s);
	return 0;
}

static int walk_seek(struct scan *s, uint64_t pos)
{
	struct walk *w = s->state;

	w->next = pos < w->count || !w->collected ? (size_t)pos : w->count;
	return 0;
}

static void walk_release(struct scan *s)
{
	struct walk *w = s->state;

	free(w->keys);
	free(w->slots);
}

const struct scan_method scan_walk = {
	.state_size = sizeof(struct walk),
	.release = walk_release,
	.next = walk_next,
	.seek = walk_seek,
};

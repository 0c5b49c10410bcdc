/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The spelling of a prefix that a trie has stored. Only GET_NEXT_KEY returns keys, and
 * only the key after one that is present, so a walk has to arrive at a prefix to find
 * its spelling.
 *
 * The walk has an order (prefix_order()), so it may begin at any present key before the
 * wanted one. An index stores such keys, one for every `step` keys that a walk has
 * passed:
 *
 *	walk   k k k K k k k K k k k K k k ? k k k
 *	index        ^       ^       ^---->
 *
 * So the first search in a large trie passes many keys, and later ones a few. A key
 * of the index that has been deleted is noticed (the kernel begins again at the
 * first key) and dropped. When the index is full it keeps every second key.
 */
#include "map/ops/lpm.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "map/map.h"
#include "util/cleanup.h"
#include "util/request.h"

#define STEP 128
#define INDEX_BYTES (64u << 10)
/* Walks that do not arrive at a present key because of what others change. */
#define TRIES 16

struct prefix_index {
	pthread_mutex_t lock; /* guards the rest */
	uint8_t *keys;	      /* in the order of the walk */
	size_t count, room;
	unsigned step; /* read without the lock */
};

struct prefix_index *prefix_index_new(void)
{
	struct prefix_index *x = calloc(1, sizeof(*x));

	if (!x)
		return NULL;
	pthread_mutex_init(&x->lock, NULL);
	x->step = STEP;
	return x;
}

void prefix_index_free(struct prefix_index *x)
{
	if (!x)
		return;
	free(x->keys);
	pthread_mutex_destroy(&x->lock);
	free(x);
}

/* How many keys of the index stand before this one; caller holds x->lock. */
static size_t count_before(const struct prefix_index *x, size_t size, const uint8_t *key)
{
	size_t low = 0, high = x->count, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (prefix_order(x->keys + mid * size, key) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* The nearest key before this one that the index has. */
static bool nearest(struct prefix_index *x, size_t size, const uint8_t *key, uint8_t *ret)
{
	GUARD_MUTEX(&x->lock);
	size_t n = count_before(x, size, key);

	if (n)
		memcpy(ret, x->keys + (n - 1) * size, size);
	return n;
}

static void forget(struct prefix_index *x, size_t size, const uint8_t *key)
{
	GUARD_MUTEX(&x->lock);
	size_t i = count_before(x, size, key);

	if (i == x->count || prefix_order(x->keys + i * size, key))
		return;
	x->count--;
	memmove(x->keys + i * size, x->keys + (i + 1) * size, (x->count - i) * size);
}

static void thin_out(struct prefix_index *x, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < x->count; i += 2)
		memmove(x->keys + n++ * size, x->keys + i * size, size);
	x->count = n;
	__atomic_store_n(&x->step, 2 * x->step, __ATOMIC_RELAXED);
}

static bool make_room(struct prefix_index *x, size_t size)
{
	size_t room = x->room ? 2 * x->room : 16;
	uint8_t *keys;

	if (x->count < x->room)
		return true;
	if (room * size > INDEX_BYTES) {
		thin_out(x, size);
		return true;
	}
	keys = realloc(x->keys, room * size);
	if (!keys)
		return false;
	x->keys = keys;
	x->room = room;
	return true;
}

/* A walk has passed this key. Without memory walks are longer, nothing else. */
static void remember(struct prefix_index *x, size_t size, const uint8_t *key)
{
	GUARD_MUTEX(&x->lock);
	size_t i;

	if (!make_room(x, size))
		return;
	i = count_before(x, size, key);
	if (i < x->count && !prefix_order(x->keys + i * size, key))
		return;
	memmove(x->keys + (i + 1) * size, x->keys + i * size, (x->count - i) * size);
	memcpy(x->keys + i * size, key, size);
	x->count++;
}

struct walk {
	const struct map *map;
	size_t size;
	uint8_t *at, *next;
	bool started; /* `at` is a key */
	unsigned steps;
};

/* To the key behind w->at. -EAGAIN: that one is gone, and dropped. */
static int step(struct walk *w)
{
	struct prefix_index *x = w->map->schema->prefixes;
	uint8_t *was = w->at;
	int r = store_next_key(&w->map->ref, w->started ? was : NULL, w->next);

	if (r < 0)
		return r;
	if (w->started && prefix_order(w->next, was) <= 0) {
		forget(x, w->size, was);
		return -EAGAIN;
	}
	w->at = w->next;
	w->next = was;
	w->started = true;
	if (++w->steps % __atomic_load_n(&x->step, __ATOMIC_RELAXED) == 0) {
		remember(x, w->size, w->at);
		return request_interrupted(w->map->rq) ? -EINTR : 0;
	}
	return 0;
}

/* Walk from the nearest known key up to `key`. -EAGAIN: the walk did not reach it. */
static int walk_to(struct walk *w, uint8_t *key)
{
	int r, order = -1;

	w->started = nearest(w->map->schema->prefixes, w->size, key, w->at);
	while (order < 0) {
		r = step(w);
		if (r < 0)
			return r == -ENOENT ? -EAGAIN : r;
		order = prefix_order(w->at, key);
	}
	if (order == 0)
		memcpy(key, w->at, w->size);
	return order == 0 ? 0 : -EAGAIN;
}

static bool has_host_bits(const struct map *m, const uint8_t *key)
{
	return prefix_len(key) < 8 * (m->schema->key_size - PREFIX_LEN_SIZE);
}

int prefix_stored(const struct map *m, uint8_t *key)
{
	size_t size = m->schema->key_size;
	_cleanup_free_ uint8_t *buffers = NULL;
	struct walk w = { .map = m, .size = size };
	int r = prefix_exists(m, key);

	if (r < 0 || !has_host_bits(m, key))
		return r;
	buffers = malloc(2 * size);
	if (!buffers)
		return -ENOMEM;
	w.at = buffers;
	w.next = buffers + size;
	r = -EAGAIN;
	for (unsigned i = 0; r == -EAGAIN && i < TRIES; i++) {
		r = walk_to(&w, key);
		/* Removed meanwhile, or only passed over? */
		if (r == -EAGAIN && prefix_exists(m, key) == -ENOENT)
			r = -ENOENT;
	}
	return r == -EAGAIN ? -EBUSY : r;
}

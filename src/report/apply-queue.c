/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Batches are filled by the parser and applied by one thread per lane, or by the parser
 * itself if a thread would not help.
 */
#include "report/apply-queue.h"

#include <errno.h>
#include <linux/bpf.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "map/ops.h"
#include "map/map.h"
#include "map/scan/scan.h"
#include "util/buf.h"
#include "util/hash.h"
#include "util/thread.h"

#define BATCH_BYTES (256u << 10)
#define BATCH_MAX 1024
#define LANES_MAX 2
/* Batches of a lane: waking a thread takes as long as a tenth of a batch, so
 * both sides should find work when they look. */
#define DEPTH 4
/* Bytes of entries that may wait for room. */
#define LATE_MAX (16u << 20)
/* Entries before a write counts as large, and minimum free room for two lanes;
 * entries between checks. */
#define MANY 65536
#define LOOK_AGAIN (4 * MANY)

struct batch {
	uint8_t *keys, *values;
	uint64_t *lines; /* where they stood, to name the one that fails */
	size_t count;
};

struct lane {
	struct apply_queue *apply_queue;
	struct batch *filling; /* the one behind those that are queued */
	struct helper helper;
	/* guarded by apply_queue.lock while there is a thread */
	struct batch ring[DEPTH];
	unsigned first, queued;
	int result;    /* of what was applied; then nothing more is */
	uint64_t line; /* that failed */
};

struct apply_queue {
	const struct map *map;
	bool removes, puts_off;
	size_t room; /* of a batch */
	struct lane lanes[LANES_MAX];
	unsigned n_lanes; /* in use now */
	uint64_t added;
	uint64_t look_at;    /* how many must have been added to think of two lanes */
	uint64_t split_left; /* how many more may use them */
	struct buf late;     /* key, value; of the one lane */

	pthread_mutex_t lock;
	pthread_cond_t queued, applied;
	bool stop;
	bool changed; /* atomic */
};

/* ---- batches ---- */

static const struct schema *schema_of(const struct apply_queue *a)
{
	return a->map->schema;
}

static size_t value_bytes(const struct apply_queue *a)
{
	return a->removes ? 0 : schema_of(a)->value_bytes;
}

static int batch_init(const struct apply_queue *a, struct batch *b)
{
	if (b->keys && b->values && b->lines)
		return 0;
	b->keys = b->keys ?: calloc(a->room, schema_of(a)->key_size ?: 1);
	b->values = b->values ?: calloc(a->room, value_bytes(a) ?: 1);
	b->lines = b->lines ?: calloc(a->room, sizeof(*b->lines));
	return b->keys && b->values && b->lines ? 0 : -ENOMEM;
}

static void batch_release(struct batch *b)
{
	free(b->keys);
	free(b->values);
	free(b->lines);
}

/* Apply entries from *at on, and advance *at past those applied. */
static int apply_from(struct apply_queue *a, const struct batch *b, size_t *at)
{
	const uint8_t *keys = b->keys + *at * schema_of(a)->key_size;
	size_t n = b->count - *at;
	int r;

	if (a->removes)
		r = map_remove_batch(a->map, keys, &n);
	else
		r = map_update_batch(a->map, keys, b->values + *at * value_bytes(a), &n);
	if (n)
		__atomic_store_n(&a->changed, true, __ATOMIC_RELAXED);
	*at += n;
	return r;
}

/* A map that is restored may be full of what is yet to be deleted. */
static bool put_off(struct apply_queue *a, const struct batch *b, size_t i)
{
	size_t key_size = schema_of(a)->key_size, value_size = value_bytes(a);

	if (!a->puts_off || a->late.len + key_size + value_size > LATE_MAX)
		return false;
	buf_put(&a->late, b->keys + i * key_size, key_size);
	buf_put(&a->late, b->values + i * value_size, value_size);
	return !buf_error(&a->late);
}

static int apply_batch(struct apply_queue *a, const struct batch *b, uint64_t *line)
{
	size_t i = 0;
	int r = 0;

	while (r == 0 && i < b->count) {
		r = apply_from(a, b, &i);
		if (r == -ENOSPC && put_off(a, b, i)) {
			r = 0;
			i++;
		}
	}
	if (r < 0)
		*line = b->lines[i];
	return r;
}

/*
 * Where the store takes many at once, all that counts is bytes. One by one, an
 * update may ask on whose behalf it is, which only the request's own thread
 * knows; and a value may depend on what the entry before has made of the map.
 */
static bool has_batches(const struct apply_queue *a)
{
	const struct map_ops *f = schema_of(a)->ops;

	return a->room > 1 &&
	       (a->removes ? f->remove_batch != NULL : f->update_batch != NULL);
}

/* ---- lanes ---- */

/* Apply the first batch of the queue, then remove it. */
static void apply_first(struct lane *l)
{
	struct apply_queue *a = l->apply_queue;
	struct batch *b = &l->ring[l->first];
	uint64_t line = 0;
	int r = l->result;

	pthread_mutex_unlock(&a->lock);
	if (r == 0)
		r = apply_batch(a, b, &line);
	b->count = 0;
	pthread_mutex_lock(&a->lock);
	if (l->result == 0) {
		l->result = r;
		l->line = line;
	}
	l->first = (l->first + 1) % DEPTH;
	l->queued--;
}

static void *run_lane(void *arg)
{
	struct lane *l = arg;
	struct apply_queue *a = l->apply_queue;
	GUARD_MUTEX(&a->lock);

	while (!a->stop) {
		if (!l->queued) {
			pthread_cond_wait(&a->queued, &a->lock);
			continue;
		}
		apply_first(l);
		/* Waiters want a half-empty queue, or the end. */
		if (l->queued == DEPTH / 2 || !l->queued)
			pthread_cond_broadcast(&a->applied);
	}
	return NULL;
}

/* Until no more than so many are queued; the result of those that were applied. */
static int await(struct lane *l, unsigned queued)
{
	while (l->queued > queued)
		pthread_cond_wait(&l->apply_queue->applied, &l->apply_queue->lock);
	return l->result;
}

static bool has_thread(struct lane *l)
{
	if (!l->helper.running && has_batches(l->apply_queue))
		helper_start(&l->helper, l->apply_queue->map->rq, run_lane, l);
	return l->helper.running;
}

/* Pass the filled batch to the thread, and begin the next one. */
static int hand_over(struct lane *l)
{
	struct apply_queue *a = l->apply_queue;
	GUARD_MUTEX(&a->lock);
	int r = l->result;

	l->queued++;
	pthread_cond_broadcast(&a->queued);
	if (l->queued == DEPTH)
		r = await(l, DEPTH / 2);
	l->filling = &l->ring[(l->first + l->queued) % DEPTH];
	return batch_init(a, l->filling) ?: r;
}

/* Apply the filled batch here, after the queued ones. */
static int apply_here(struct lane *l)
{
	struct apply_queue *a = l->apply_queue;
	int r;

	pthread_mutex_lock(&a->lock);
	r = await(l, 0);
	pthread_mutex_unlock(&a->lock);
	if (r == 0)
		r = l->result = apply_batch(a, l->filling, &l->line);
	l->filling->count = 0;
	return r;
}

static int move_on(struct lane *l, bool in_thread)
{
	if (!in_thread || !has_thread(l))
		return apply_here(l);
	return l->filling->count ? hand_over(l) : 0;
}

static struct lane *lane_of(struct apply_queue *a, const uint8_t *key)
{
	uint64_t h = a->n_lanes > 1 ? hash_bytes(0, key, schema_of(a)->key_size) : 0;

	return &a->lanes[h >> 63];
}

/* ---- two lanes ---- */

static bool can_split(const struct apply_queue *a)
{
	return has_batches(a) && !a->puts_off && !schema_has(schema_of(a), MAP_PREFIX) &&
	       thread_pays();
}

/*
 * How many entries can be written for sure: removing needs no room, arrays have
 * all of theirs, LRU maps make it. A hash table that was allocated whole has as
 * much as it is not filled; how far that is, a sample of its buckets tells
 * (keys are spread by a hash with a random seed, unless a flag says otherwise).
 * A twelfth more than that is five times its standard error, and half of the
 * rest is for others that write to the map. Memory that is yet to be allocated
 * can be refused at any entry.
 */
static uint64_t room_for_sure(const struct apply_queue *a)
{
	const struct schema *s = schema_of(a);
	uint64_t entries, max = s->info.max_entries;
	struct scan_estimate estimate;

	if (a->removes || schema_has(s, MAP_INDEXED) || schema_has(s, MAP_EVICTS))
		return UINT64_MAX;
	if (s->info.flags & (BPF_F_NO_PREALLOC | BPF_F_ZERO_SEED))
		return 0;
	if (scan_estimate(a->map, &estimate) < 0)
		return 0;
	entries = estimate.entries + estimate.entries / 12;
	return entries < max ? (max - entries) / 2 : 0;
}

static void think_of_lanes(struct apply_queue *a)
{
	if (a->added < a->look_at || !can_split(a))
		return;
	a->look_at = a->added + LOOK_AGAIN;
	a->split_left = room_for_sure(a);
	if (a->split_left >= MANY && batch_init(a, a->lanes[1].filling) == 0)
		a->n_lanes = 2;
}

/* ---- */

size_t apply_queue_memory(const struct schema *s)
{
	return DEPTH * (s->key_size + s->value_bytes);
}

struct apply_queue *apply_queue_new(const struct map *m, bool removes, bool puts_off)
{
	struct apply_queue *a = calloc(1, sizeof(*a));
	size_t n;

	if (!a)
		return NULL;
	a->map = m;
	a->removes = removes;
	a->puts_off = puts_off;
	a->n_lanes = 1;
	a->look_at = MANY;
	n = BATCH_BYTES / (m->schema->key_size + value_bytes(a) ?: 1);
	a->room = n < 1 ? 1 : n > BATCH_MAX ? BATCH_MAX : n;
	/* Entries on which the next value depends must have been applied. */
	if (schema_needs_current(m->schema))
		a->room = 1;
	pthread_mutex_init(&a->lock, NULL);
	pthread_cond_init(&a->queued, NULL);
	pthread_cond_init(&a->applied, NULL);
	for (int i = 0; i < LANES_MAX; i++)
		a->lanes[i] =
			(struct lane){ .apply_queue = a, .filling = a->lanes[i].ring };
	if (batch_init(a, a->lanes[0].filling) == 0)
		return a;
	apply_queue_free(a);
	return NULL;
}

void apply_queue_free(struct apply_queue *a)
{
	if (!a)
		return;
	pthread_mutex_lock(&a->lock);
	a->stop = true;
	pthread_cond_broadcast(&a->queued);
	pthread_mutex_unlock(&a->lock);
	for (int i = 0; i < LANES_MAX; i++) {
		helper_join(&a->lanes[i].helper);
		for (int n = 0; n < DEPTH; n++)
			batch_release(&a->lanes[i].ring[n]);
	}
	pthread_cond_destroy(&a->queued);
	pthread_cond_destroy(&a->applied);
	pthread_mutex_destroy(&a->lock);
	buf_release(&a->late);
	free(a);
}

void apply_queue_begin(struct apply_queue *a)
{
	if (a->n_lanes == 1)
		think_of_lanes(a);
}

void apply_queue_next(struct apply_queue *a, uint8_t **key, uint8_t **value)
{
	const struct batch *b = a->lanes[0].filling;

	*key = b->keys + b->count * schema_of(a)->key_size;
	*value = a->removes ? NULL : b->values + b->count * value_bytes(a);
}

/* Entries are made in the first lane. */
static void change_lanes(const struct apply_queue *a, const uint8_t *key,
			 const uint8_t *value, struct batch *to)
{
	size_t key_size = schema_of(a)->key_size;

	memcpy(to->keys + to->count * key_size, key, key_size);
	if (value)
		memcpy(to->values + to->count * value_bytes(a), value, value_bytes(a));
}

/* Too little room is left for two. */
static int back_to_one(struct apply_queue *a)
{
	int r = 0;

	for (unsigned i = 0; i < a->n_lanes; i++)
		r = move_on(&a->lanes[i], false) ?: r;
	a->n_lanes = 1;
	return r;
}

int apply_queue_add(struct apply_queue *a, uint64_t line)
{
	uint8_t *key, *value;
	struct lane *l;
	int r = 0;

	apply_queue_next(a, &key, &value);
	l = lane_of(a, key);
	if (l != &a->lanes[0])
		change_lanes(a, key, value, l->filling);
	l->filling->lines[l->filling->count++] = line;
	a->added++;
	if (l->filling->count == a->room)
		r = move_on(l, true);
	if (r == 0 && a->n_lanes > 1 && !--a->split_left)
		r = back_to_one(a);
	return r;
}

int apply_queue_finish(struct apply_queue *a, uint64_t *ret_line)
{
	int r = 0;

	for (unsigned i = a->n_lanes; i-- > 0;)
		move_on(&a->lanes[i], i > 0 && a->lanes[i].helper.running);
	for (unsigned i = 0; i < LANES_MAX; i++) {
		struct lane *l = &a->lanes[i];
		GUARD_MUTEX(&a->lock);
		int failed = await(l, 0);

		if (failed < 0 && (r == 0 || l->line < *ret_line)) {
			r = failed;
			*ret_line = l->line;
		}
		l->result = 0;
	}
	return r;
}

bool apply_queue_changed(const struct apply_queue *a)
{
	return __atomic_load_n(&a->changed, __ATOMIC_RELAXED);
}

/* ---- what waits for room ---- */

static size_t late_size(const struct apply_queue *a)
{
	return schema_of(a)->key_size + value_bytes(a);
}

size_t apply_queue_late(const struct apply_queue *a)
{
	return a->late.len / late_size(a);
}

size_t apply_queue_late_memory(const struct apply_queue *a)
{
	return a->late.cap;
}

int apply_queue_apply_late(struct apply_queue *a)
{
	int r = 0;

	for (size_t at = 0; r == 0 && at < a->late.len; at += late_size(a)) {
		const uint8_t *key = (const uint8_t *)a->late.data + at;
		size_t n = 1;

		r = map_update_batch(a->map, key, key + schema_of(a)->key_size, &n);
	}
	apply_queue_drop_late(a);
	return r;
}

void apply_queue_drop_late(struct apply_queue *a)
{
	buf_clear(&a->late);
}

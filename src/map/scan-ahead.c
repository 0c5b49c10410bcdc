/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A pass that runs ahead: while one batch is being formatted, a thread gets
 * the next ones. It wraps the pass of any method.
 *
 *	inner pass ── copy ──> [slot][slot][slot] ──> next()
 *	 (thread)               filled, in a ring      (caller; keeps the
 *	                                                slot until it comes back)
 *
 * The thread begins with the second batch, so small maps never have one; it
 * ends with the pass, with a seek, and when the pass is freed. Without a
 * thread (none could be made) everything goes one after the other.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "map/scan.h"

#define SLOTS 3

struct slot {
	uint8_t *keys, *values;
	size_t room;
	struct scan_batch batch;
	int result; /* of the inner pass */
};

struct ahead {
	struct scan *inner;
	struct slot slots[SLOTS];
	pthread_t thread;
	bool running; /* there is a thread to join; the caller's own */

	pthread_mutex_t lock; /* guards the rest */
	pthread_cond_t changed;
	unsigned first; /* the slot that comes next */
	unsigned filled;
	bool lent; /* the slot before `first` is in use by the caller */
	bool stop;
};

static int slot_reserve(struct slot *sl, size_t n, const struct schema *sc)
{
	uint8_t *keys, *values;

	if (n <= sl->room)
		return 0;
	keys = realloc(sl->keys, n * sc->key_size);
	if (keys)
		sl->keys = keys;
	values = realloc(sl->values, n * sc->value_bytes ?: 1);
	if (values)
		sl->values = values;
	if (!keys || !values)
		return -ENOMEM;
	sl->room = n;
	return 0;
}

/* The inner pass reuses its memory, and some look back at it: a copy. */
static void slot_fill(struct slot *sl, const struct schema *sc, int result,
		      const struct scan_batch *b)
{
	if (result > 0 && slot_reserve(sl, b->count, sc) < 0)
		result = -ENOMEM;
	sl->result = result;
	if (result <= 0)
		return;
	sl->batch = *b;
	memcpy(sl->keys, b->keys, b->count * sc->key_size);
	sl->batch.keys = sl->keys;
	if (!b->values)
		return;
	memcpy(sl->values, b->values, b->count * sc->value_bytes);
	sl->batch.values = sl->values;
}

/* The next free slot; NULL: no more are wanted. */
static struct slot *take_free(struct ahead *a)
{
	GUARD_MUTEX(&a->lock);

	while (!a->stop && a->filled + a->lent == SLOTS)
		pthread_cond_wait(&a->changed, &a->lock);
	return a->stop ? NULL : &a->slots[(a->first + a->filled) % SLOTS];
}

static void *run_ahead(void *arg)
{
	struct scan *s = arg;
	struct ahead *a = s->state;
	struct scan_batch batch;
	struct slot *sl;
	int r = 1;

	while (r > 0 && (sl = take_free(a))) {
		r = a->inner->method->next(a->inner, &batch);
		slot_fill(sl, s->map->schema, r, &batch);
		GUARD_MUTEX(&a->lock);
		a->filled++;
		pthread_cond_signal(&a->changed);
	}
	return NULL;
}

/* Signals are for the thread that serves the mount. */
static bool start_thread(struct scan *s)
{
	struct ahead *a = s->state;
	sigset_t all, old;
	int r;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	r = pthread_create(&a->thread, NULL, run_ahead, s);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return r == 0;
}

static void stop_thread(struct ahead *a)
{
	if (!a->running)
		return;
	pthread_mutex_lock(&a->lock);
	a->stop = true;
	pthread_cond_signal(&a->changed);
	pthread_mutex_unlock(&a->lock);
	pthread_join(a->thread, NULL);
	a->running = a->stop = a->lent = false;
	a->first = a->filled = 0;
}

/* The first batch: lent like those of the thread, which begins behind it. */
static int next_alone(struct scan *s, struct scan_batch *ret)
{
	struct ahead *a = s->state;
	int r = a->inner->method->next(a->inner, ret);

	if (r <= 0 || ret->last)
		return r;
	slot_fill(&a->slots[SLOTS - 1], s->map->schema, r, ret);
	if (a->slots[SLOTS - 1].result < 0)
		return r;
	*ret = a->slots[SLOTS - 1].batch;
	a->lent = true;
	a->running = start_thread(s);
	return r;
}

static int ahead_next(struct scan *s, struct scan_batch *ret)
{
	struct ahead *a = s->state;
	struct slot *sl;

	if (!a->running)
		return next_alone(s, ret);
	pthread_mutex_lock(&a->lock);
	a->lent = false;
	pthread_cond_signal(&a->changed);
	while (!a->filled)
		pthread_cond_wait(&a->changed, &a->lock);
	sl = &a->slots[a->first];
	a->first = (a->first + 1) % SLOTS;
	a->filled--;
	a->lent = true;
	pthread_mutex_unlock(&a->lock);
	if (sl->result > 0)
		*ret = sl->batch;
	else
		stop_thread(a); /* it has ended with this */
	return sl->result;
}

static int ahead_seek(struct scan *s, uint64_t pos)
{
	struct ahead *a = s->state;

	stop_thread(a);
	return a->inner->method->seek(a->inner, pos);
}

static void ahead_release(struct scan *s)
{
	struct ahead *a = s->state;

	stop_thread(a);
	scan_free(a->inner);
	for (int i = 0; i < SLOTS; i++) {
		free(a->slots[i].keys);
		free(a->slots[i].values);
	}
	pthread_cond_destroy(&a->changed);
	pthread_mutex_destroy(&a->lock);
}

static const struct scan_method scan_ahead = {
	.state_size = sizeof(struct ahead),
	.release = ahead_release,
	.next = ahead_next,
	.seek = ahead_seek,
};

int scan_new_ahead(const struct map *m, bool keys_only, struct scan **ret)
{
	_cleanup_scan_ struct scan *inner = NULL;
	struct scan *s;
	struct ahead *a;
	int r = scan_new(m, keys_only, &inner);

	if (r < 0)
		return r;
	if (inner->method->instant || scan_is_brief(m)) {
		*ret = take_ptr(inner);
		return 0;
	}
	s = calloc(1, sizeof(*s));
	a = calloc(1, sizeof(*a));
	if (!s || !a) {
		free(s);
		free(a);
		return -ENOMEM;
	}
	pthread_mutex_init(&a->lock, NULL);
	pthread_cond_init(&a->changed, NULL);
	a->inner = take_ptr(inner);
	*s = (struct scan){ .map = m, .method = &scan_ahead, .keys_only = keys_only, .state = a };
	*ret = s;
	return 0;
}

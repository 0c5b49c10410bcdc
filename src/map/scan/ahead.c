/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A pass that reads ahead: while one batch is being formatted, threads read the next
 * ones. It wraps the pass of any method.
 *
 *	thread ──┐ tickets: which piece is next to get
 *	thread ──┴─> [piece][piece][piece]... ──> next()
 *	              in a ring, in the order      (caller; keeps the piece
 *	              of their tickets              until it comes back)
 *
 * A pass that can be split (split.h) may have two threads, which read one piece each;
 * for any other pass, one thread reads batch after batch. Threads start with the second
 * batch, so small maps never have any; they end with the pass, with a seek, and when
 * the pass is freed. If no thread can be started, everything is sequential.
 */
#include <errno.h>
#include <string.h>

#include "map/scan/split.h"
#include "util/clock.h"
#include "util/thread.h"

/* Values that nothing is read ahead of. */
#define LARGE (1u << 20)

#define PIECES 6

struct slot {
	struct scan_piece piece;
	bool filled; /* its thread is done with it */
};

struct ahead {
	struct map map; /* of inner: its request is that of the current call,
			 * and NULL while threads run */
	struct scan *inner;
	struct slot slots[PIECES]; /* of ticket t: t % PIECES */
	struct helper threads[SCAN_THREADS];
	unsigned wanted;  /* threads of a pass that can be split */
	unsigned running; /* threads to join; the caller's own */
	bool over;	  /* the caller has had the last piece */
	bool is_split;
	struct scan_split split; /* told, reach: the caller's own */

	pthread_mutex_t lock; /* guards the rest, and slot.filled */
	pthread_cond_t changed;
	uint64_t next;	/* the ticket that the caller gets next */
	uint64_t taken; /* the first that no thread has taken */
	bool lent;	/* the piece before `next` is in use by the caller */
	bool stop;	/* threads take no more pieces */
};

/* ---- the threads ---- */

/* The next piece to get; false: no more are wanted. */
static bool take_ticket(struct ahead *a, uint64_t *ret)
{
	GUARD_MUTEX(&a->lock);

	while (!a->stop && a->taken - a->next + a->lent == PIECES)
		pthread_cond_wait(&a->changed, &a->lock);
	if (a->stop)
		return false;
	*ret = a->taken++;
	return true;
}

/* The inner pass reuses its memory, and some look back at it: a copy. */
static void keep_batch(struct scan_piece *p, const struct schema *sc)
{
	const uint8_t *keys = p->batch.keys, *values = p->batch.values;

	if (p->result <= 0)
		return;
	if (scan_piece_reserve(p, p->batch.count, sc) < 0) {
		p->result = -ENOMEM;
		return;
	}
	memcpy(p->keys, keys, p->batch.count * sc->key_size);
	p->batch.keys = p->keys;
	if (!values)
		return;
	memcpy(p->values, values, p->batch.count * sc->value_bytes);
	p->batch.values = p->values;
}

static void get_piece(struct scan *s, uint64_t ticket, struct scan_piece *p)
{
	uint64_t now = clock_ns(CLOCK_MONOTONIC);
	struct ahead *a = s->state;

	if (a->is_split) {
		scan_split_get(&a->split, a->inner, ticket, p);
	} else {
		p->result = a->inner->method->next(a->inner, &p->batch);
		keep_batch(p, s->map->schema);
	}
	p->batch.got = now;
}

static void *run_ahead(void *arg)
{
	struct scan *s = arg;
	struct ahead *a = s->state;
	uint64_t ticket;

	while (take_ticket(a, &ticket)) {
		struct slot *sl = &a->slots[ticket % PIECES];

		get_piece(s, ticket, &sl->piece);
		GUARD_MUTEX(&a->lock);
		sl->filled = true;
		a->stop |= sl->piece.result <= 0 || sl->piece.batch.last;
		pthread_cond_broadcast(&a->changed);
	}
	return NULL;
}

static void start_threads(struct scan *s)
{
	struct ahead *a = s->state;
	unsigned wanted;

	a->is_split =
		a->wanted > 1 && thread_pays() && scan_split_begin(&a->split, a->inner);
	wanted = a->is_split ? a->wanted : 1;
	while (a->running < wanted &&
	       helper_start(&a->threads[a->running], s->map->rq, run_ahead, s))
		a->running++;
}

static void stop_threads(struct ahead *a)
{
	if (!a->running)
		return;
	pthread_mutex_lock(&a->lock);
	a->stop = true;
	pthread_cond_broadcast(&a->changed);
	pthread_mutex_unlock(&a->lock);
	while (a->running)
		helper_join(&a->threads[--a->running]);
	for (int i = 0; i < PIECES; i++)
		a->slots[i].filled = false;
	a->next = a->taken = 0;
	a->stop = a->lent = a->over = false;
	scan_split_end(&a->split);
}

/* ---- the caller ---- */

/* The first batch: lent like those of the threads, which begin behind it. */
static int next_alone(struct scan *s, struct scan_batch *ret)
{
	struct ahead *a = s->state;
	struct scan_piece *p = &a->slots[PIECES - 1].piece;

	a->map.rq = s->map->rq;
	p->result = a->inner->method->next(a->inner, ret);
	a->map.rq = NULL;
	if (p->result <= 0 || ret->last)
		return p->result;
	p->batch = *ret;
	keep_batch(p, s->map->schema);
	if (p->result < 0)
		return 1;
	*ret = p->batch;
	a->lent = true;
	start_threads(s);
	return 1;
}

/* The next piece in its turn; the one before goes back. */
static struct scan_piece *await_piece(struct ahead *a)
{
	struct slot *sl;

	GUARD_MUTEX(&a->lock);
	sl = &a->slots[a->next % PIECES];
	a->lent = false;
	pthread_cond_broadcast(&a->changed);
	while (!sl->filled)
		pthread_cond_wait(&a->changed, &a->lock);
	sl->filled = false;
	a->next++;
	a->lent = true;
	return &sl->piece;
}

/* 1, but perhaps without an entry; or as scan_method.next. */
static int next_piece(struct scan *s, struct scan_batch *ret)
{
	struct ahead *a = s->state;
	uint64_t ticket = a->next;
	struct scan_piece *p;
	int r = 0;

	if (a->over)
		return 0;
	p = await_piece(a);
	if (a->is_split)
		r = scan_split_join(&a->split, s->map->schema, ticket, p);
	if (r == 0)
		r = p->result;
	a->over = r <= 0 || p->batch.last;
	*ret = p->batch;
	return r;
}

static int ahead_next(struct scan *s, struct scan_batch *ret)
{
	struct ahead *a = s->state;
	int r;

	if (!a->running)
		return next_alone(s, ret);
	do
		r = next_piece(s, ret);
	while (r > 0 && !ret->count);
	return r;
}

static int ahead_seek(struct scan *s, uint64_t pos)
{
	struct ahead *a = s->state;

	stop_threads(a);
	return a->inner->method->seek(a->inner, pos);
}

static void ahead_release(struct scan *s)
{
	struct ahead *a = s->state;

	stop_threads(a);
	scan_free(a->inner);
	for (int i = 0; i < PIECES; i++)
		scan_piece_release(&a->slots[i].piece);
	pthread_cond_destroy(&a->changed);
	pthread_mutex_destroy(&a->lock);
}

static const struct scan_method scan_ahead = {
	.state_size = sizeof(struct ahead),
	.release = ahead_release,
	.next = ahead_next,
	.seek = ahead_seek,
};

/* A batch is one entry then, and several would be read ahead. */
static bool is_large(const struct map *m, bool keys_only)
{
	return !keys_only && m->schema->value_bytes > LARGE;
}

int scan_new_ahead(const struct map *m, bool keys_only, unsigned threads,
		   struct scan **ret)
{
	_cleanup_scan_ struct scan *inner = NULL;
	struct scan *s;
	struct ahead *a;
	int r = scan_new(m, keys_only, &inner);

	if (r < 0)
		return r;
	if (inner->method->instant || scan_is_brief(m) || is_large(m, keys_only)) {
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
	a->wanted = threads;
	a->map = *m;
	a->map.rq = NULL;
	a->inner = take_ptr(inner);
	a->inner->map = a->inner->given = &a->map;
	*s = (struct scan){
		.map = m, .method = &scan_ahead, .keys_only = keys_only, .state = a
	};
	*ret = s;
	return 0;
}

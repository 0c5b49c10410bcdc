/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The thread sleeps until the next tick is due.
 */
#include "util/ticker.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "util/cleanup.h"
#include "util/thread.h"

struct ticker {
	pthread_mutex_t lock; /* guards the rest */
	pthread_cond_t changed; /* the list, `running` or `ending` */
	pthread_t thread;
	bool started, ending;
	struct tick *list;
	struct tick *running;
};

/* Not clock_ns(): tests stop that clock, and this waits for the real one. */
static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

struct ticker *ticker_new(void)
{
	struct ticker *t = calloc(1, sizeof(*t));
	pthread_condattr_t attr;

	if (!t)
		return NULL;
	pthread_mutex_init(&t->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&t->changed, &attr);
	pthread_condattr_destroy(&attr);
	return t;
}

static struct tick *first_due(const struct ticker *t)
{
	struct tick *first = t->list;

	for (struct tick *tick = t->list; tick; tick = tick->next)
		if (tick->due < first->due)
			first = tick;
	return first;
}

static void wait_until(struct ticker *t, uint64_t when)
{
	const struct timespec until = { (time_t)(when / 1000000000u),
					(long)(when % 1000000000u) };

	pthread_cond_timedwait(&t->changed, &t->lock, &until);
}

static void run_one(struct ticker *t, struct tick *tick, uint64_t now)
{
	uint64_t due;

	t->running = tick;
	pthread_mutex_unlock(&t->lock);
	due = tick->run(tick, now);
	pthread_mutex_lock(&t->lock);
	tick->due = due;
	t->running = NULL;
	pthread_cond_broadcast(&t->changed);
}

static void *run(void *arg)
{
	struct ticker *t = arg;
	GUARD_MUTEX(&t->lock);

	while (!t->ending) {
		struct tick *tick = first_due(t);
		uint64_t now = now_ns();

		if (!tick)
			pthread_cond_wait(&t->changed, &t->lock);
		else if (tick->due > now)
			wait_until(t, tick->due);
		else
			run_one(t, tick, now);
	}
	return NULL;
}

int ticker_add(struct ticker *t, struct tick *tick)
{
	GUARD_MUTEX(&t->lock);

	if (!t->started)
		t->started = thread_start(&t->thread, run, t);
	if (!t->started)
		return -EAGAIN;
	tick->due = 0;
	tick->next = t->list;
	t->list = tick;
	pthread_cond_broadcast(&t->changed);
	return 0;
}

void ticker_remove(struct ticker *t, struct tick *tick)
{
	struct tick **link = &t->list;
	GUARD_MUTEX(&t->lock);

	/* First out of the list: a tick that is late runs again at once, and the thread does
	 * not let go of the lock in between. */
	while (*link && *link != tick)
		link = &(*link)->next;
	if (*link)
		*link = tick->next;
	while (t->running == tick)
		pthread_cond_wait(&t->changed, &t->lock);
}

void ticker_free(struct ticker *t)
{
	if (!t)
		return;
	{
		GUARD_MUTEX(&t->lock);
		t->ending = true;
		pthread_cond_broadcast(&t->changed);
	}
	if (t->started)
		pthread_join(t->thread, NULL);
	pthread_cond_destroy(&t->changed);
	pthread_mutex_destroy(&t->lock);
	free(t);
}

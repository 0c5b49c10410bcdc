/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Threads, and the count of helper threads for each user.
 */
#include "util/thread.h"

#include <signal.h>
#include <unistd.h>

#include "util/cleanup.h"
#include "util/request.h"

bool thread_start(pthread_t *thread, void *(*run)(void *), void *arg)
{
	sigset_t all, old;
	int r;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	r = pthread_create(thread, NULL, run, arg);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return r == 0;
}

bool thread_pays(void)
{
	return sysconf(_SC_NPROCESSORS_ONLN) > 1;
}

/* ---- helpers ---- */

static struct {
	pthread_mutex_t lock; /* guards the rest */
	unsigned count;
	uid_t uids[HELPERS_MAX]; /* of the helpers, in no order */
} pool = { .lock = PTHREAD_MUTEX_INITIALIZER };

static bool may_start(uid_t uid)
{
	unsigned mine = 0;

	if (!uid)
		return pool.count < HELPERS_MAX;
	for (unsigned i = 0; i < pool.count; i++)
		mine += pool.uids[i] == uid;
	return mine < HELPERS_EACH && pool.count < HELPERS_MAX - HELPERS_RESERVE;
}

static bool take_place(uid_t uid)
{
	GUARD_MUTEX(&pool.lock);

	if (!may_start(uid))
		return false;
	pool.uids[pool.count++] = uid;
	return true;
}

static void give_place(uid_t uid)
{
	unsigned i = 0;
	GUARD_MUTEX(&pool.lock);

	while (pool.uids[i] != uid)
		i++;
	pool.uids[i] = pool.uids[--pool.count];
}

bool helper_start(struct helper *h, const struct request *rq, void *(*run)(void *),
		  void *arg)
{
	h->uid = rq ? rq->uid : (uid_t)-1;
	if (!take_place(h->uid))
		return false;
	h->running = thread_start(&h->thread, run, arg);
	if (!h->running)
		give_place(h->uid);
	return h->running;
}

void helper_join(struct helper *h)
{
	if (!h->running)
		return;
	pthread_join(h->thread, NULL);
	h->running = false;
	give_place(h->uid);
}

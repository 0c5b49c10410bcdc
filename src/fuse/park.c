/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libfuse calls interrupt functions with a lock of the request held, which replying
 * would free. So the function only marks the request, which it finds by its address
 * in the list: by then the request may have been answered, but it is not freed as
 * long as the function runs.
 */
#include "fuse/park.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "fuse/fs.h"
#include "tree/tree.h"
#include "util/cleanup.h"
#include "util/request.h"
#include "util/thread.h"

/* How long a request over io_uring stays parked. */
#define RING_WAIT_S 1

struct parked {
	struct parked *next;
	fuse_req_t req;
	struct tree_file *file;
	size_t size;
	uid_t uid;
	unsigned wakes; /* of the file before it was read last */
	bool interrupted;
	struct timespec until; /* io_uring: to be answered then */
};

struct poller {
	struct poller *next;
	struct tree_file *file;
	struct fuse_pollhandle *ph;
	unsigned wakes;
};

struct park {
	struct fuse_session *io_uring; /* whose requests come that way, or NULL */
	pthread_mutex_t lock; /* guards the rest */
	pthread_cond_t changed;
	pthread_t thread;
	bool running; /* the thread */
	bool ending;
	bool woken; /* the lists are to be looked through */
	struct parked *list; /* without those that the thread is answering */
	struct parked *due, *serving; /* the thread's own, but for `interrupted` */
	unsigned count; /* of list, due and serving */
	struct poller *pollers; /* one for each file at most */
};

struct park *park_new(struct fuse_session *io_uring)
{
	struct park *p = calloc(1, sizeof(*p));
	pthread_condattr_t attr;

	if (!p)
		return NULL;
	p->io_uring = io_uring;
	pthread_mutex_init(&p->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&p->changed, &attr);
	pthread_condattr_destroy(&attr);
	return p;
}

static bool is_over(const struct timespec *until)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec > until->tv_sec ||
	       (now.tv_sec == until->tv_sec && now.tv_nsec >= until->tv_nsec);
}

/* ---- the thread; p->lock is held unless said otherwise ---- */

static bool is_late(const struct park *p, const struct parked *e)
{
	return p->io_uring && is_over(&e->until);
}

static bool is_due(const struct park *p, const struct parked *e)
{
	return p->ending || e->interrupted || e->wakes != tree_file_wakes(e->file) ||
	       is_late(p, e);
}

/* Move all that is due from the list to p->due, in the order of their arrival. */
static void collect_due(struct park *p)
{
	struct parked **link = &p->list, **last = &p->due, *e;

	while (*last)
		last = &(*last)->next;
	while ((e = *link)) {
		if (!is_due(p, e)) {
			link = &e->next;
			continue;
		}
		*link = e->next;
		e->next = NULL;
		*last = e;
		last = &e->next;
	}
}

static void notify_pollers(struct park *p)
{
	struct poller **link = &p->pollers, *e;

	while ((e = *link)) {
		if (e->wakes == tree_file_wakes(e->file)) {
			link = &e->next;
			continue;
		}
		*link = e->next;
		fuse_lowlevel_notify_poll(e->ph);
		fuse_pollhandle_destroy(e->ph);
		free(e);
	}
}

/* An answer, or -EAGAIN: still nothing. p->lock is not held. */
static int read_again(struct parked *e)
{
	const struct request rq = fs_request(e->req);
	_cleanup_buf_ struct buf out = BUF_INIT;
	int r;

	e->wakes = tree_file_wakes(e->file);
	r = tree_read(e->file, &rq, e->size, 0, &out);
	if (r == 0)
		fuse_reply_buf(e->req, out.data, out.len);
	else if (r != -EAGAIN)
		fs_reply_error(e->req, r);
	return r;
}

static void keep(struct park *p, struct parked *e)
{
	struct parked **last = &p->list;

	while (*last)
		last = &(*last)->next;
	e->next = NULL;
	*last = e;
}

static void drop(struct park *p, struct parked *e)
{
	p->count--;
	free(e);
}

/* A request over io_uring is memory of its ring, which libfuse frees as soon as the
 * session ends. The kernel has answered it by then. */
static bool ring_may_be_gone(const struct park *p)
{
	return p->io_uring && (p->ending || fuse_session_exited(p->io_uring));
}

/* Answer the first of p->due, or put it back. */
static void serve_one(struct park *p)
{
	struct parked *e = p->due;
	int error = p->ending	   ? ENODEV :
		    e->interrupted ? EINTR :
				     0;
	int r = 0;

	p->due = e->next;
	if (ring_may_be_gone(p)) {
		drop(p, e);
		return;
	}
	if (!error && e->wakes == tree_file_wakes(e->file) && is_late(p, e))
		error = EINTR;
	p->serving = e;
	pthread_mutex_unlock(&p->lock);
	if (error)
		fuse_reply_err(e->req, error);
	else
		r = read_again(e);
	pthread_mutex_lock(&p->lock);
	p->serving = NULL;
	if (r != -EAGAIN) {
		drop(p, e);
		return;
	}
	keep(p, e);
	/* It may have been woken or interrupted while it was read. */
	p->woken |= is_due(p, e);
}

static struct timespec first_to_end(const struct park *p)
{
	struct timespec first = p->list->until;

	for (const struct parked *e = p->list->next; e; e = e->next)
		if (e->until.tv_sec < first.tv_sec ||
		    (e->until.tv_sec == first.tv_sec && e->until.tv_nsec < first.tv_nsec))
			first = e->until;
	return first;
}

static void wait_for_change(struct park *p)
{
	struct timespec until;

	if (!p->io_uring || !p->list) {
		pthread_cond_wait(&p->changed, &p->lock);
		return;
	}
	until = first_to_end(p);
	if (pthread_cond_timedwait(&p->changed, &p->lock, &until) == ETIMEDOUT)
		p->woken = true;
}

static void *run(void *arg)
{
	struct park *p = arg;
	GUARD_MUTEX(&p->lock);

	while (!p->ending || p->list || p->due) {
		if (p->woken || p->ending) {
			p->woken = false;
			notify_pollers(p);
			collect_due(p);
		}
		if (p->due)
			serve_one(p);
		else if (!p->woken && !p->ending)
			wait_for_change(p);
	}
	return NULL;
}

/* ---- the others ---- */

static void wake(struct park *p)
{
	p->woken = true;
	pthread_cond_signal(&p->changed);
}

void park_wake(struct park *p)
{
	GUARD_MUTEX(&p->lock);

	if (p->list || p->due || p->serving || p->pollers)
		wake(p);
}

static struct parked *find(struct parked *list, fuse_req_t req)
{
	while (list && list->req != req)
		list = list->next;
	return list;
}

static void on_interrupt(fuse_req_t req, void *arg)
{
	struct park *p = arg;
	GUARD_MUTEX(&p->lock);
	struct parked *e = find(p->list, req) ?: find(p->due, req);

	if (!e && p->serving && p->serving->req == req)
		e = p->serving;
	if (!e)
		return;
	e->interrupted = true;
	wake(p);
}

static unsigned count_of(const struct park *p, uid_t uid)
{
	unsigned n = p->serving && p->serving->uid == uid;

	for (const struct parked *e = p->list; e; e = e->next)
		n += e->uid == uid;
	for (const struct parked *e = p->due; e; e = e->next)
		n += e->uid == uid;
	return n;
}

static bool has_room(const struct park *p, uid_t uid)
{
	if (p->io_uring)
		return p->count < PARK_RING;
	return !uid || (p->count < PARK_ALL && count_of(p, uid) < PARK_EACH);
}

/* The thread, if it does not run yet. */
static bool start(struct park *p)
{
	if (!p->running)
		p->running = thread_start(&p->thread, run, p);
	return p->running;
}

static int add(struct park *p, struct parked *e)
{
	GUARD_MUTEX(&p->lock);

	if (p->ending)
		return -ENODEV;
	/* From here on on_interrupt() finds it. */
	if (fuse_req_interrupted(e->req))
		return -EINTR;
	if (!has_room(p, e->uid) || !start(p))
		return -EAGAIN;
	p->count++;
	keep(p, e);
	/* A wake from now on finds it. Over io_uring it has a time limit. */
	if (p->io_uring || is_due(p, e))
		wake(p);
	return 0;
}

int park_read(struct park *p, fuse_req_t req, struct tree_file *f, size_t size,
	      unsigned wakes)
{
	struct parked *e = calloc(1, sizeof(*e));
	int r;

	if (!e)
		return -ENOMEM;
	*e = (struct parked){
		.req = req, .file = f, .size = size, .wakes = wakes,
		.uid = fuse_req_ctx(req)->uid,
	};
	clock_gettime(CLOCK_MONOTONIC, &e->until);
	e->until.tv_sec += RING_WAIT_S;
	fuse_req_interrupt_func(req, on_interrupt, p);
	r = add(p, e);
	if (r < 0)
		free(e);
	return r;
}

void park_poll(struct park *p, struct tree_file *f, struct fuse_pollhandle *ph,
	       unsigned wakes)
{
	struct poller *e = calloc(1, sizeof(*e));

	park_forget(p, f);
	if (!e) {
		fuse_pollhandle_destroy(ph);
		return;
	}
	*e = (struct poller){ .file = f, .ph = ph, .wakes = wakes };
	GUARD_MUTEX(&p->lock);
	start(p);
	e->next = p->pollers;
	p->pollers = e;
	wake(p);
}

void park_forget(struct park *p, struct tree_file *f)
{
	GUARD_MUTEX(&p->lock);
	struct poller **link = &p->pollers, *e;

	while (*link && (*link)->file != f)
		link = &(*link)->next;
	e = *link;
	if (!e)
		return;
	*link = e->next;
	fuse_pollhandle_destroy(e->ph);
	free(e);
}

static void end_thread(struct park *p)
{
	{
		GUARD_MUTEX(&p->lock);
		p->ending = true;
		pthread_cond_signal(&p->changed);
	}
	if (p->running)
		pthread_join(p->thread, NULL);
}

void park_free(struct park *p)
{
	if (!p)
		return;
	end_thread(p);
	while (p->pollers)
		park_forget(p, p->pollers->file);
	pthread_cond_destroy(&p->changed);
	pthread_mutex_destroy(&p->lock);
	free(p);
}

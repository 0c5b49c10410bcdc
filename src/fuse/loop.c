/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Each worker has its own buffer, which libfuse allocates before it reads the first
 * request into it, so a failed allocation loses no request.
 *
 *	waiting    in read(2) on /dev/fuse, can be cancelled
 *	busy       processes a request
 */
#include "fuse/loop.h"

#include <errno.h>
#include <fuse_lowlevel.h>
#include <linux/fuse.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>

#include "fuse/fs.h"
#include "fuse/share.h"
#include "util/cleanup.h"
#include "util/thread.h"

/* Pause before another try to allocate a buffer. */
#define SHORTAGE_NS (50 * 1000 * 1000)

struct worker {
	struct loop *loop;
	pthread_t thread;
	struct worker *next;
	struct fuse_buf buf;
};

struct loop {
	struct fuse_session *session;
	unsigned max_idle, max_threads;
	struct shares *shares;
	int ended; /* eventfd: the session is over */
	pthread_mutex_t lock; /* guards all below */
	struct worker *workers;
	unsigned waiting, total;
	bool initialized; /* FUSE_INIT was processed */
	int error;
};

static int receive(struct worker *w)
{
	int r;

	pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
	r = fuse_session_receive_buf(w->loop->session, &w->buf);
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
	return r;
}

static bool is_forget(const struct fuse_buf *buf)
{
	const struct fuse_in_header *in = buf->mem;

	return in->opcode == FUSE_FORGET || in->opcode == FUSE_BATCH_FORGET;
}

static void *work(void *arg);

/* l->lock is held. */
static int add_worker(struct loop *l)
{
	struct worker *w = calloc(1, sizeof(*w));

	if (!w)
		return -ENOMEM;
	w->loop = l;
	if (!thread_start(&w->thread, work, w)) {
		free(w);
		return -EAGAIN;
	}
	w->next = l->workers;
	l->workers = w;
	l->waiting++;
	l->total++;
	return 0;
}

/* A burst of FORGETs, which are short, needs no more threads. */
static void begin_request(struct worker *w)
{
	struct loop *l = w->loop;

	GUARD_MUTEX(&l->lock);
	l->waiting--;
	if (!l->waiting && l->initialized && l->total < l->max_threads && !is_forget(&w->buf))
		add_worker(l); /* without one, the request after this waits */
}

/* FUSE_INIT negotiates the size of requests: the next buffer gets that size. */
static void end_init(struct worker *w)
{
	free(w->buf.mem);
	w->buf = (struct fuse_buf){ 0 };
	w->loop->initialized = true;
}

static void unlink_worker(struct worker *w)
{
	struct worker **link = &w->loop->workers;

	while (*link != w)
		link = &(*link)->next;
	*link = w->next;
}

static void free_worker(struct worker *w)
{
	free(w->buf.mem);
	free(w);
}

/* False: w ends and was freed. */
static bool end_request(struct worker *w)
{
	struct loop *l = w->loop;

	{
		GUARD_MUTEX(&l->lock);
		l->waiting++;
		if (!l->initialized)
			end_init(w);
		/* At the end, fs_loop() joins those in the list. */
		if (l->waiting <= l->max_idle || fuse_session_exited(l->session))
			return true;
		l->waiting--;
		l->total--;
		unlink_worker(w);
	}
	pthread_detach(w->thread);
	free_worker(w);
	return false;
}

static void end_session(struct loop *l, int error)
{
	const uint64_t one = 1;

	GUARD_MUTEX(&l->lock);
	if (!l->error)
		l->error = error;
	fuse_session_exit(l->session);
	if (write(l->ended, &one, sizeof(one)) < 0)
		return; /* it is readable already */
}

static bool is_shortage(int r)
{
	return r == -ENOMEM || r == -ENOBUFS || r == -EAGAIN;
}

/* libfuse has not seen the request, so it cannot answer it. */
static void refuse(struct worker *w)
{
	const struct fuse_in_header *in = w->buf.mem;
	const struct fuse_out_header out = {
		.len = sizeof(out),
		.error = -ENOMEM,
		.unique = in->unique,
	};

	fs_fail_write(&w->buf, out.error);
	if (write(fuse_session_fd(w->loop->session), &out, sizeof(out)) < 0)
		return; /* its caller has gone */
}

static bool is_to_be_served(struct worker *w, uid_t *ret_uid)
{
	enum share_result r = shares_begin(w->loop->shares, &w->buf, ret_uid);

	if (r == SHARE_REFUSE)
		refuse(w);
	return r == SHARE_SERVE;
}

/* Serve a request, and those of the same user that waited for its end. At the end
 * of the session nobody waits for these any more, and there may be thousands. */
static void serve(struct loop *l, struct fuse_buf *buf, uid_t uid)
{
	struct fuse_buf next;

	fuse_session_process_buf(l->session, buf);
	while (shares_end(l->shares, &uid, &next)) {
		if (!fuse_session_exited(l->session))
			fuse_session_process_buf(l->session, &next);
		free(next.mem);
	}
}

/*
 * A cancelled thread leaves receive() without the returns of this function's frame,
 * so AddressSanitizer would take what it marked in that frame for the stack of the
 * functions that end the thread.
 */
__attribute__((no_sanitize_address)) static void *work(void *arg)
{
	struct worker *w = arg;
	struct loop *l = w->loop;

	uid_t uid;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
	while (!fuse_session_exited(l->session)) {
		int r = receive(w);

		if (is_shortage(r))
			nanosleep(&(struct timespec){ .tv_nsec = SHORTAGE_NS }, NULL);
		if (is_shortage(r) || r == -EINTR)
			continue;
		if (r <= 0) {
			end_session(l, r);
			break;
		}
		if (!is_to_be_served(w, &uid))
			continue;
		begin_request(w);
		serve(l, &w->buf, uid);
		if (!end_request(w))
			break;
	}
	return NULL;
}

/* Signals are blocked but in ppoll(), so none comes between test and wait. */
static void wait_for_end(struct loop *l)
{
	struct pollfd ended = { .fd = l->ended, .events = POLLIN };
	sigset_t block, old;

	sigemptyset(&block);
	sigaddset(&block, SIGHUP);
	sigaddset(&block, SIGINT);
	sigaddset(&block, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &block, &old);
	while (!fuse_session_exited(l->session))
		ppoll(&ended, 1, NULL, &old);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
}

/* Busy workers end their request first. */
static void join_workers(struct loop *l)
{
	struct worker *w, *next;

	pthread_mutex_lock(&l->lock);
	for (w = l->workers; w; w = w->next)
		pthread_cancel(w->thread);
	w = l->workers;
	l->max_threads = 0;
	pthread_mutex_unlock(&l->lock);
	for (; w; w = next) {
		next = w->next;
		pthread_join(w->thread, NULL);
		free_worker(w);
	}
}

int fs_loop(struct fuse_session *session, unsigned max_idle, unsigned max_threads)
{
	struct loop l = { .session = session, .max_idle = max_idle, .max_threads = max_threads,
			  .ended = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK) };
	int r;

	if (l.ended < 0)
		return -errno;
	l.shares = shares_new();
	if (!l.shares) {
		close(l.ended);
		return -ENOMEM;
	}
	pthread_mutex_init(&l.lock, NULL);
	{
		GUARD_MUTEX(&l.lock);
		r = add_worker(&l);
	}
	if (r == 0) {
		wait_for_end(&l);
		join_workers(&l);
		r = l.error;
	}
	pthread_mutex_destroy(&l.lock);
	shares_free(l.shares);
	close(l.ended);
	return r;
}

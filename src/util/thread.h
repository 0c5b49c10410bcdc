/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Threads of the daemon. Helpers run beside the thread that serves a request;
 * there are at most HELPERS_MAX of them, HELPERS_EACH for one user, and
 * HELPERS_RESERVE stay for root. Work that gets no helper runs without one.
 */
#ifndef BPFMAPFS_UTIL_THREAD_H
#define BPFMAPFS_UTIL_THREAD_H

#include <pthread.h>
#include <stdbool.h>
#include <sys/types.h>

struct request;

/* Like pthread_create(), but signals are left to the thread that serves the
 * mount. false: there can be none now. */
bool thread_start(pthread_t *thread, void *(*run)(void *), void *arg);

/* True if more than one CPU is available. */
bool thread_pays(void);

#define HELPERS_MAX 64
#define HELPERS_RESERVE 16
#define HELPERS_EACH 16

struct helper {
	pthread_t thread;
	uid_t uid; /* the user it is counted for */
	bool running;
};

/* Start a helper for the user of a request (NULL: of no user). false: there can be
 * none now. */
bool helper_start(struct helper *h, const struct request *rq, void *(*run)(void *),
		  void *arg);
/* Wait for its end. Not running: nothing. */
void helper_join(struct helper *h);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Threads of the daemon. Helpers run in parallel to the thread that serves a request;
 * there are at most HELPERS_MAX of them, HELPERS_EACH per user, and HELPERS_RESERVE are
 * reserved for root. Work that gets no helper is done without one.
 */
#ifndef BPFMAPFS_UTIL_THREAD_H
#define BPFMAPFS_UTIL_THREAD_H

#include <pthread.h>
#include <stdbool.h>
#include <sys/types.h>

struct request;

/* Like pthread_create(), but the new thread blocks signals: the thread that serves the
 * mount handles them. Returns false if no thread can be started now. */
bool thread_start(pthread_t *thread, void *(*run)(void *), void *arg);

/* True if more than one CPU is available. */
bool thread_pays(void);

#define HELPERS_MAX 64
#define HELPERS_RESERVE 16
#define HELPERS_EACH 16

struct helper {
	pthread_t thread;
	uid_t uid; /* the user whose limit it counts against */
	bool running;
};

/* Start a helper for the user of a request (NULL: of no user). Returns false if none
 * can be started now. */
bool helper_start(struct helper *h, const struct request *rq, void *(*run)(void *),
		  void *arg);
/* Wait for its end. Does nothing if it is not running. */
void helper_join(struct helper *h);

#endif

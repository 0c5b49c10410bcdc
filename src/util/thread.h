/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Threads that help with a request.
 */
#ifndef BPFMAPFS_UTIL_THREAD_H
#define BPFMAPFS_UTIL_THREAD_H

#include <pthread.h>
#include <stdbool.h>

/* Like pthread_create(), but signals are left to the thread that serves the
 * mount. false: there can be none now. */
bool thread_start(pthread_t *thread, void *(*run)(void *), void *arg);

/* Are there CPUs for more than one at a time? */
bool thread_pays(void);

#endif

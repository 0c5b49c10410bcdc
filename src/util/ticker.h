/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Periodic work: one thread runs all ticks, each at its own times. The thread starts
 * with the first tick. All functions lock; ticks run without the ticker's lock.
 */
#ifndef BPFMAPFS_UTIL_TICKER_H
#define BPFMAPFS_UTIL_TICKER_H

#include <stdbool.h>
#include <stdint.h>

struct ticker;

struct tick {
	/* Run it once. Returns when to run it again (ns, monotonic). It must not add or
	 * remove a tick. */
	uint64_t (*run)(struct tick *t, uint64_t now);
	/* the ticker's own: */
	struct tick *next;
	uint64_t due;
};

struct ticker *ticker_new(void); /* NULL: no memory */
void ticker_free(struct ticker *t); /* NULL is allowed; no tick is left */

/* Run it as soon as possible, and then periodically. -EAGAIN: the thread cannot be
 * started now. */
int ticker_add(struct ticker *t, struct tick *tick);
/* Returns when the tick is not running and will not run again. */
void ticker_remove(struct ticker *t, struct tick *tick);

#endif

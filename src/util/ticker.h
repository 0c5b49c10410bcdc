/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Work that is done again and again, each in its own time, by one thread for all. The
 * thread starts with the first piece of work. All functions lock; the work is done
 * without the ticker's lock.
 */
#ifndef BPFMAPFS_UTIL_TICKER_H
#define BPFMAPFS_UTIL_TICKER_H

#include <stdbool.h>
#include <stdint.h>

struct ticker;

struct tick {
	/* Do it once. Returns when to do it again (ns, monotonic). It must not add or
	 * remove a tick. */
	uint64_t (*run)(struct tick *t, uint64_t now);
	/* the ticker's own: */
	struct tick *next;
	uint64_t due;
};

struct ticker *ticker_new(void); /* NULL: no memory */
void ticker_free(struct ticker *t); /* NULL is allowed; no tick is left */

/* Do it as soon as possible, and from then on. -EAGAIN: there can be no thread now. */
int ticker_add(struct ticker *t, struct tick *tick);
/* Waits until it is not being done, and will not be done again. */
void ticker_remove(struct ticker *t, struct tick *tick);

#endif

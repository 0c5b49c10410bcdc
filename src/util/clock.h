/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A clock as one number, to compare and subtract.
 *
 * Everything that is valid for a limited time (names, sizes, snapshots) compares
 * clock_ns(CLOCK_MONOTONIC). Tests stop that clock and advance it, so that no test
 * depends on how fast it runs.
 */
#ifndef BPFMAPFS_UTIL_CLOCK_H
#define BPFMAPFS_UTIL_CLOCK_H

#include <stdint.h>
#include <time.h>

/* The time of the stopped monotonic clock; 0: it runs. Atomic. */
extern uint64_t clock_stopped_at;

/* Nanoseconds. */
static inline uint64_t clock_ns(clockid_t clock)
{
	uint64_t stopped = __atomic_load_n(&clock_stopped_at, __ATOMIC_RELAXED);
	struct timespec now;

	if (stopped && clock == CLOCK_MONOTONIC)
		return stopped;
	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* For tests. Threads may read the clock meanwhile. */
void clock_stop(void);
void clock_advance(uint64_t ns); /* of a stopped clock */
void clock_run(void);

#endif

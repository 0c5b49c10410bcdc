/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A clock as one number, to compare and subtract.
 */
#ifndef BPFMAPFS_UTIL_CLOCK_H
#define BPFMAPFS_UTIL_CLOCK_H

#include <stdint.h>
#include <time.h>

/* Nanoseconds. */
static inline uint64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

#endif

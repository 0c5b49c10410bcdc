/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The clock for tests, which can be stopped and advanced.
 */
#include "util/clock.h"

uint64_t clock_stopped_at;

void clock_stop(void)
{
	__atomic_store_n(&clock_stopped_at, clock_ns(CLOCK_MONOTONIC), __ATOMIC_RELAXED);
}

void clock_advance(uint64_t ns)
{
	__atomic_fetch_add(&clock_stopped_at, ns, __ATOMIC_RELAXED);
}

void clock_run(void)
{
	__atomic_store_n(&clock_stopped_at, 0, __ATOMIC_RELAXED);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Periodic work, done by one thread.
 */
#include <check.h>
#include <stdint.h>
#include <time.h>

#include "../suite.h"
#include "util/ticker.h"

struct counted {
	struct tick tick; /* first */
	unsigned runs; /* atomic */
	uint64_t next; /* what a run returns */
};

static uint64_t count(struct tick *tick, uint64_t now)
{
	static const struct timespec pause = { 0, 2000000 };
	struct counted *c = (struct counted *)tick;

	(void)now;
	nanosleep(&pause, NULL);
	__atomic_add_fetch(&c->runs, 1, __ATOMIC_RELAXED);
	return c->next;
}

static void wait_for_runs(struct counted *c, unsigned n)
{
	static const struct timespec pause = { 0, 1000000 };

	while (__atomic_load_n(&c->runs, __ATOMIC_RELAXED) < n)
		nanosleep(&pause, NULL);
}

/* One that is always late would run for ever, and its remover wait for ever. */
START_TEST(late_tick_can_be_removed)
{
	struct counted late = { .tick.run = count, .next = 0 };
	struct ticker *t = ticker_new();
	unsigned runs;

	ck_assert_ptr_nonnull(t);
	for (int i = 0; i < 20; i++) {
		ck_assert_int_eq(ticker_add(t, &late.tick), 0);
		wait_for_runs(&late, late.runs + 1);
		ticker_remove(t, &late.tick);
		runs = late.runs;
		nanosleep(&(const struct timespec){ 0, 5000000 }, NULL);
		ck_assert_uint_eq(late.runs, runs);
	}
	ticker_free(t);
}
END_TEST

START_TEST(late_tick_does_not_stop_another)
{
	struct counted late = { .tick.run = count, .next = 0 };
	struct counted other = { .tick.run = count, .next = 1 };
	struct ticker *t = ticker_new();

	ck_assert_ptr_nonnull(t);
	ck_assert_int_eq(ticker_add(t, &late.tick), 0);
	ck_assert_int_eq(ticker_add(t, &other.tick), 0);
	wait_for_runs(&late, 3);
	wait_for_runs(&other, 1);
	ticker_remove(t, &other.tick);
	wait_for_runs(&late, 6);
	ticker_free(t);
}
END_TEST

START_TEST(tick_that_is_not_due_does_not_run)
{
	struct counted done = { .tick.run = count, .next = UINT64_MAX };
	struct ticker *t = ticker_new();

	ck_assert_ptr_nonnull(t);
	ck_assert_int_eq(ticker_add(t, &done.tick), 0);
	wait_for_runs(&done, 1);
	nanosleep(&(const struct timespec){ 0, 20000000 }, NULL);
	ck_assert_uint_eq(done.runs, 1);
	ticker_remove(t, &done.tick);
	ticker_remove(t, &done.tick);
	ticker_free(t);
	ticker_free(NULL);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("ticker");
	TCase *tc = tcase_create("ticker");

	tcase_add_test(tc, late_tick_can_be_removed);
	tcase_add_test(tc, late_tick_does_not_stop_another);
	tcase_add_test(tc, tick_that_is_not_due_does_not_run);
	suite_add_tcase(s, tc);
	return run_suite(s);
}

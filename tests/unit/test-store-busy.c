/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A bucket is busy in the middle of a batch, according to a fake bpf(2): entries that
 * were read before it are returned, and entries that were taken before it are not lost.
 *
 * Linked with --wrap for the fake calls.
 */
#include <bpf/bpf.h>
#include <check.h>
#include <errno.h>
#include <stdlib.h>

#include "../suite.h"
#include "store/kernel/kernel.h"

#define ROOM 8u
#define TRIES_MAX 100

/* What each call answers; the last one again and again. */
static struct {
	int r;
	uint32_t count;
} answers[4];
static unsigned n_answers, calls;

static const struct store_map map = { .fd = -1 };
static uint32_t keys[ROOM], values[ROOM], cursor, count;

static int answer(uint32_t *ret_count)
{
	unsigned i = calls < n_answers ? calls : n_answers - 1;

	ck_assert_uint_eq(*ret_count, ROOM);
	ck_assert_uint_lt(calls++, TRIES_MAX);
	*ret_count = answers[i].count;
	return answers[i].r;
}

int __wrap_bpf_map_lookup_batch(int fd, void *in, void *out, void *k, void *v, __u32 *n,
				const struct bpf_map_batch_opts *opts);
int __wrap_bpf_map_lookup_and_delete_batch(int fd, void *in, void *out, void *k, void *v,
					   __u32 *n, const struct bpf_map_batch_opts *opts);

int __wrap_bpf_map_lookup_batch(int fd, void *in, void *out, void *k, void *v, __u32 *n,
				const struct bpf_map_batch_opts *opts)
{
	return answer(n);
}

int __wrap_bpf_map_lookup_and_delete_batch(int fd, void *in, void *out, void *k, void *v,
					   __u32 *n, const struct bpf_map_batch_opts *opts)
{
	return answer(n);
}

static void setup(void)
{
	n_answers = calls = 0;
	count = ROOM;
}

static void answer_next(int r, uint32_t n)
{
	answers[n_answers].r = r;
	answers[n_answers++].count = n;
}

static int look(void)
{
	return kernel_ops.lookup_batch(&map, NULL, &cursor, keys, values, &count, 0);
}

static int take(void)
{
	return kernel_ops.take_batch(&map, NULL, &cursor, keys, values, &count, 0);
}

START_TEST(busy_bucket_is_tried_again)
{
	answer_next(-EBUSY, 0);
	answer_next(-EBUSY, 0);
	answer_next(0, 5);
	ck_assert_int_eq(_i ? take() : look(), 0);
	ck_assert_uint_eq(count, 5);
	ck_assert_uint_eq(calls, 3);
}
END_TEST

START_TEST(bucket_that_stays_busy_is_ebusy)
{
	answer_next(-EBUSY, 0);
	ck_assert_int_eq(_i ? take() : look(), -EBUSY);
	ck_assert_uint_gt(calls, 1);
}
END_TEST

START_TEST(end_and_failure_are_not_tried_again)
{
	answer_next(_i ? -ENOENT : -EPERM, 2);
	ck_assert_int_eq(look(), _i ? -ENOENT : -EPERM);
	ck_assert_int_eq(count, 2);
	ck_assert_int_eq(calls, 1);
	setup();
	answer_next(_i ? -ENOENT : -EPERM, 2);
	ck_assert_int_eq(take(), _i ? -ENOENT : -EPERM);
	ck_assert_int_eq(calls, 1);
}
END_TEST

/* The pass goes on at the busy bucket. */
START_TEST(what_was_read_before_a_busy_bucket_counts)
{
	answer_next(-EBUSY, 3);
	ck_assert_int_eq(look(), 0);
	ck_assert_uint_eq(count, 3);
	ck_assert_uint_gt(calls, 1);
}
END_TEST

/* Those entries exist nowhere else: a second try would write others over them. */
START_TEST(what_was_taken_before_a_busy_bucket_is_handed_out)
{
	answer_next(-EBUSY, 3);
	answer_next(0, 0);
	ck_assert_int_eq(take(), 0);
	ck_assert_uint_eq(count, 3);
	ck_assert_uint_eq(calls, 1);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("store-busy");
	TCase *tc = tcase_create("store-busy");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_loop_test(tc, busy_bucket_is_tried_again, 0, 2);
	tcase_add_loop_test(tc, bucket_that_stays_busy_is_ebusy, 0, 2);
	tcase_add_loop_test(tc, end_and_failure_are_not_tried_again, 0, 2);
	tcase_add_test(tc, what_was_read_before_a_busy_bucket_counts);
	tcase_add_test(tc, what_was_taken_before_a_busy_bucket_is_handed_out);
	suite_add_tcase(s, tc);
	return run_suite(s);
}

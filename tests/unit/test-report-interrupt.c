/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every operation on a whole map ends with -EINTR when its caller no longer waits.
 */
#include <check.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>

#include "../suite.h"
#include "one-map.h"
#include "report/bulk.h"
#include "report/report.h"
#include "util/buf.h"
#include "util/request.h"

#define ENTRIES 20000u

static unsigned asked, after;

/* The caller waits for the first `after` questions. */
static bool interrupted(void *arg)
{
	return asked++ >= after;
}

static const struct request rq = { .interrupted = interrupted };

static void make(uint32_t type)
{
	struct store_spec spec = { .type = type, .key_size = 4, .value_size = 4,
				   .max_entries = ENTRIES, .name = "m" };

	make_map(&spec);
	for (uint32_t i = 0; i < ENTRIES; i++)
		ck_assert_int_eq(store_update(&ref, &i, &(uint32_t){ 7 }, STORE_ANY), 0);
	open_map(&rq);
	asked = after = 0;
}

static unsigned entries_left(void)
{
	uint32_t value, n = 0;

	for (uint32_t i = 0; i < ENTRIES; i++)
		n += store_lookup(&ref, &i, &value, 0) == 0 && value;
	return n;
}

START_TEST(count_ends)
{
	_cleanup_buf_ struct buf out = BUF_INIT;
	struct report report = { .map = &map, .rq = &rq };

	make(BPF_MAP_TYPE_HASH);
	ck_assert_int_eq(report_count(&report, &out), -EINTR);
	ck_assert_uint_eq(out.len, 0);
	after = ~0u;
	ck_assert_int_eq(report_count(&report, &out), 0);
	ck_assert_str_eq(buf_cstr(&out), "20000\n");
	close_map();
}
END_TEST

static int remove_others(const struct map *m, struct text_error *err)
{
	struct keyset *none = keyset_new(4);
	int r = bulk_remove_others(m, none, err);

	keyset_free(none);
	return r;
}

/* It stops behind a batch, and a second time finishes. */
static void expect_partial(uint32_t type, int (*fn)(const struct map *m,
						    struct text_error *err))
{
	struct text_error err = { 0 };
	unsigned left;

	make(type);
	ck_assert_int_eq(fn(&map, &err), -EINTR);
	left = entries_left();
	ck_assert_uint_gt(left, 0);
	ck_assert_uint_lt(left, ENTRIES);
	after = ~0u;
	ck_assert_int_eq(fn(&map, &err), 0);
	ck_assert_uint_eq(entries_left(), 0);
	close_map();
}

START_TEST(clearing_ends)
{
	expect_partial(BPF_MAP_TYPE_HASH, bulk_remove_all);
	expect_partial(BPF_MAP_TYPE_HASH, remove_others);
	expect_partial(BPF_MAP_TYPE_ARRAY, bulk_zero);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("interrupt");
	TCase *tc = tcase_create("interrupt");

	tcase_add_test(tc, count_ends);
	tcase_add_test(tc, clearing_ends);
	suite_add_tcase(s, tc);
	return run_suite(s);
}

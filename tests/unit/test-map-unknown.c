/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A map type that this program does not know: the store reports 99. Its entries are
 * listed and read as far as the plain operations allow, and nothing is written.
 */
#include <check.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>

#include "map/content.h"
#include "map/ops.h"
#include "map/map.h"
#include "map/scan/scan.h"
#include "report/report.h"
#include "one-map.h"
#include "store-fault.h"
#include "../suite.h"
#include "util/buf.h"

static void setup(void)
{
	struct store_spec spec = { .type = BPF_MAP_TYPE_HASH, .key_size = 4, .value_size = 4,
				   .max_entries = 8, .name = "newer" };

	make_map_of_type(&spec, 99);
	ck_assert_int_eq(store_update(&ref, "\1\0\0\0", "\2\0\0\0", STORE_ANY), 0);
	ck_assert_int_eq(store_update(&ref, "\3\0\0\0", "\4\0\0\0", STORE_ANY), 0);
	open_map(NULL);
}

START_TEST(type_is_a_number)
{
	_cleanup_buf_ struct buf out = BUF_INIT;
	_cleanup_live_map_ struct live_map *live = live_map_new(1, "m");
	struct report report = { .map = &map, .m = live };

	ck_assert_int_eq(report_type(&report, &out), 0);
	ck_assert_str_eq(buf_cstr(&out), "99\n");
	buf_clear(&out);
	ck_assert_int_eq(report_count(&report, &out), 0);
	ck_assert_str_eq(buf_cstr(&out), "2\n");
	buf_clear(&out);
	ck_assert_int_eq(report_def(&report, &out), 0);
	ck_assert_int_eq(report_btf(&report, &out), 0);
}
END_TEST

START_TEST(entries_are_listed_and_read)
{
	_cleanup_scan_ struct scan *scan = NULL;
	struct scan_batch b;

	ck_assert_int_eq(scan_new(&map, false, &scan), 0);
	ck_assert_int_eq(scan_next(scan, &b), 1);
	ck_assert_uint_eq(b.count, 2);
	for (size_t i = 0; i < b.count; i++) {
		_cleanup_buf_ struct buf out = BUF_INIT;
		uint8_t value[64];

		ck_assert_int_eq(map_lookup(&map, b.keys + i * 4, value), 0);
		ck_assert_int_eq(content_name(schema, b.keys + i * 4, &out), 0);
		buf_putc(&out, ' ');
		ck_assert_int_eq(content_format(schema, b.keys + i * 4, value, &out), 0);
		ck_assert_str_eq(buf_cstr(&out), b.keys[i * 4] == 1 ? "@01000000 @02000000\n" :
								      "@03000000 @04000000\n");
	}
}
END_TEST

/* Answers of GET_NEXT_KEY that never come to an end. */

static int always_the_same(void *arg, const void *key, void *next)
{
	(void)arg;
	(void)key;
	memcpy(next, "\3\0\0\0", 4);
	return 0;
}

/* Behind the last key comes the first one again. */
static int in_circles(void *arg, const void *key, void *next)
{
	(void)arg;
	memcpy(next, key && *(const char *)key == 3 ? "\1\0\0\0" : "\3\0\0\0", 4);
	return 0;
}

static int always_again(void *arg, const void *key, void *next)
{
	(void)arg;
	(void)key;
	(void)next;
	return -EAGAIN;
}

static int sometimes_again(void *arg, const void *key, void *next)
{
	unsigned *calls = arg;

	(void)key;
	(void)next;
	return ++*calls % 4 ? -EAGAIN : 1;
}

static const struct {
	int (*answer)(void *, const void *key, void *next);
	size_t keys; /* that are listed */
} endless[] = {
	{ always_the_same, 1 },
	{ in_circles, 2 },
	{ always_again, 0 },
	{ sometimes_again, 2 },
};

START_TEST(listing_ends_though_next_key_does_not)
{
	_cleanup_scan_ struct scan *scan = NULL;
	unsigned calls = 0;
	size_t n = 0;
	struct scan_batch b;
	int r;

	store_fault_answer(store, endless[_i].answer, &calls);
	ck_assert_int_eq(scan_new(&map, false, &scan), 0);
	while ((r = scan_next(scan, &b)) == 1)
		n += b.count;
	ck_assert_int_eq(r, 0);
	ck_assert_uint_eq(n, endless[_i].keys);
	ck_assert_uint_lt(store_fault_calls(store, FAULT_NEXT_KEY), 1000);
}
END_TEST

START_TEST(nothing_is_written)
{
	ck_assert_int_eq(map_update(&map, "\1\0\0\0", "\5\0\0\0", STORE_ANY), -EOPNOTSUPP);
	ck_assert_int_eq(map_remove(&map, "\1\0\0\0"), -EPERM);
	ck_assert_uint_eq(store_fault_calls(store, FAULT_REMOVE), 0);
}
END_TEST

/* It may have values for each CPU: the kernel then copies more than
 * value_size bytes, and only the known types have a layout. */
START_TEST(lookup_has_room_for_every_cpu)
{
	uint8_t value[4 + 1] = { 0, 0, 0, 0, 0xaa };

	store_fault_spill(store, 8 * store_possible_cpus());
	ck_assert_int_eq(map_lookup(&map, "\1\0\0\0", value), 0);
	ck_assert_uint_eq(value[0], 2);
	ck_assert_uint_eq(value[4], 0xaa);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("map-unknown");
	TCase *tc = tcase_create("memory");

	tcase_add_checked_fixture(tc, setup, close_map);
	tcase_add_test(tc, type_is_a_number);
	tcase_add_test(tc, entries_are_listed_and_read);
	tcase_add_loop_test(tc, listing_ends_though_next_key_does_not, 0,
			    sizeof(endless) / sizeof(endless[0]));
	tcase_add_test(tc, nothing_is_written);
	tcase_add_test(tc, lookup_has_room_for_every_cpu);
	suite_add_tcase(s, tc);
	return run_suite(s);
}

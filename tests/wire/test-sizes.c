/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * st_size of whole-map files is that of the text that is read, for programs that rely
 * on fstat(2) and for those that rely on an earlier stat(2).
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../unit/store-fault.h"
#include "util/clock.h"
#include "wire.h"

#define MS 1000000u

static struct wire *w;
static struct store *store;
static uint64_t dir, dot, fh;
static struct fuse_entry_out entries;

static void setup_with(const char *def)
{
	struct fuse_entry_out entry;
	struct store *memory;

	ck_assert_int_eq(store_memory_new(&memory), 0);
	ck_assert_int_eq(store_fault_new(memory, &store), 0);
	w = wire_new_over(store, def);
	ck_assert_int_eq(wire_mkdir(w, "m", &dir), 0);
	ck_assert_int_eq(wire_lookup(w, dir, ".map", &entry), 0);
	dot = entry.nodeid;
	clock_stop();
}

static void setup(void)
{
	setup_with("type=hash key=u32 value=u32 max_entries=1000");
	ck_assert_int_eq(wire_put(w, dir, "1", "11"), 0);
}

static void teardown(void)
{
	clock_run();
	wire_free(w);
}

static uint64_t look(void)
{
	ck_assert_int_eq(wire_lookup(w, dot, "entries", &entries), 0);
	return entries.attr.size;
}

static uint64_t size_now(void)
{
	struct fuse_attr attr;

	ck_assert_int_eq(wire_getattr(w, entries.nodeid, &attr), 0);
	return attr.size;
}

/* open(2) by a path that stat(2) has just walked. */
static void open_again(int flags)
{
	look();
	ck_assert_int_eq(wire_open(w, entries.nodeid, flags, &fh), 0);
}

/* Bytes of the open file. */
static size_t read_all(void)
{
	static char data[1 << 17];
	size_t len = 0;
	int n;

	while ((n = wire_read(w, fh, len, data, sizeof(data))) > 0)
		len += (size_t)n;
	ck_assert_int_eq(n, 0);
	return len;
}

static unsigned scans(void)
{
	return store_fault_calls(store, FAULT_LOOKUP_BATCH);
}

/* As a program would: 5 bytes more of text, at least. */
static void add_behind_the_tree(uint32_t key)
{
	const uint32_t value = 22;
	struct store_map map;
	uint32_t id;

	ck_assert_int_eq(store_next_id(w->store, 0, &id), 0);
	ck_assert_int_eq(store_open(w->store, id, STORE_READ | STORE_WRITE, &map), 0);
	ck_assert_int_eq(store_update(&map, &key, &value, STORE_ANY), 0);
	store_close(&map);
}

START_TEST(stat_then_open_by_one_thread_is_one_text)
{
	unsigned before = scans();

	ck_assert_uint_eq(look(), 5);
	add_behind_the_tree(2);
	clock_advance(99 * MS);
	ck_assert_uint_eq(size_now(), 5);
	open_again(O_RDONLY);
	ck_assert_uint_eq(entries.attr.size, 5);
	ck_assert_uint_eq(size_now(), 5);
	ck_assert_uint_eq(read_all(), 5);
	ck_assert_uint_eq(scans() - before, 1);
	wire_release(w, fh);
}
END_TEST

START_TEST(text_of_stat_serves_one_open)
{
	look();
	open_again(O_RDONLY);
	wire_release(w, fh);
	add_behind_the_tree(2);
	open_again(O_RDONLY);
	ck_assert_uint_eq(read_all(), 10);
	wire_release(w, fh);
}
END_TEST

START_TEST(text_of_stat_is_valid_for_100_ms)
{
	ck_assert_uint_eq(look(), 5);
	add_behind_the_tree(2);
	clock_advance(100 * MS);
	open_again(O_RDONLY);
	ck_assert_uint_eq(entries.attr.size, 10);
	ck_assert_uint_eq(read_all(), 10);
	wire_release(w, fh);
}
END_TEST

START_TEST(text_of_stat_is_for_its_thread)
{
	ck_assert_uint_eq(look(), 5);
	add_behind_the_tree(2);
	w->tid = 77;
	ck_assert_int_eq(wire_open(w, entries.nodeid, O_RDONLY, &fh), 0);
	ck_assert_uint_eq(read_all(), 10);
	wire_release(w, fh);
}
END_TEST

START_TEST(text_of_stat_is_not_older_than_a_write)
{
	look();
	ck_assert_int_eq(wire_put(w, dir, "2", "22"), 0);
	ck_assert_uint_eq(look(), 10);
	ck_assert_int_eq(wire_unlink(w, dir, "1"), 0);
	ck_assert_int_eq(wire_open(w, entries.nodeid, O_RDONLY, &fh), 0);
	ck_assert_uint_eq(size_now(), 5);
	ck_assert_uint_eq(read_all(), 5);
	wire_release(w, fh);
	look();
	ck_assert_int_eq(wire_dot_put(w, dir, "entries", "3\t33\n"), 0);
	open_again(O_RDONLY);
	ck_assert_uint_eq(read_all(), 10);
	wire_release(w, fh);
}
END_TEST

/* Nor than what takes entries out, or sets a slot of a map of maps. */
START_TEST(text_of_stat_is_not_older_than_a_command)
{
	look();
	ck_assert_int_eq(wire_dot_put(w, dir, "clear", "yes"), 0);
	open_again(O_RDONLY);
	ck_assert_uint_eq(read_all(), 0);
	wire_release(w, fh);
	ck_assert_int_eq(wire_put(w, dir, "1", "11"), 0);
	look();
	ck_assert_str_eq(wire_dot_text(w, dir, "drain"), "1\t11\n");
	open_again(O_RDONLY);
	ck_assert_uint_eq(read_all(), 0);
	wire_release(w, fh);
}
END_TEST

START_TEST(text_of_stat_is_not_older_than_a_link)
{
	static const char link[] = "1\0../m";
	struct fuse_entry_out entry;
	uint64_t outer;

	ck_assert_int_eq(wire_mkdir(w, "o", &outer), 0);
	ck_assert_int_eq(wire_dot_put(w, outer, "def", "type=hash_of_maps key=u32 inner=m"), 0);
	dot = wire_look(w, outer, ".map");
	ck_assert_uint_eq(look(), 0);
	ck_assert_int_gt(wire_request(w, FUSE_SYMLINK, outer, link, sizeof(link), NULL, 0,
				      &entry, sizeof(entry)), 0);
	open_again(O_RDONLY);
	ck_assert_uint_gt(read_all(), 0);
	wire_release(w, fh);
}
END_TEST

START_TEST(open_for_writing_formats_nothing)
{
	unsigned before;

	look();
	size_now();
	before = scans();
	ck_assert_int_eq(wire_open(w, entries.nodeid, O_WRONLY | O_APPEND, &fh), 0);
	ck_assert_int_eq(wire_write_text(w, fh, 0, "9\t9\n"), 0);
	ck_assert_int_eq(wire_flush(w, fh), 0);
	wire_release(w, fh);
	ck_assert_uint_eq(scans(), before);
	ck_assert_uint_eq(look(), 9);
}
END_TEST

START_TEST(open_file_keeps_its_text_and_size)
{
	look();
	clock_advance(200 * MS);
	ck_assert_int_eq(wire_open(w, entries.nodeid, O_RDONLY, &fh), 0);
	ck_assert_int_eq(wire_put(w, dir, "2", "22"), 0);
	ck_assert_uint_eq(size_now(), 5);
	ck_assert_uint_eq(read_all(), 5);
	/* From the start again: the present text. */
	ck_assert_uint_eq(read_all(), 10);
	ck_assert_uint_eq(size_now(), 10);
	wire_release(w, fh);
}
END_TEST

/* n entries of about 8 KiB of text. */
static void fill(uint32_t n)
{
	static char line[16384];

	open_again(O_WRONLY);
	for (uint32_t i = 0, end = 0; i < n; i++) {
		int len = snprintf(line, sizeof(line), "%u\t\"%08192u\"\n", i, i);

		ck_assert_int_eq(wire_write(w, fh, end, line, (size_t)len), len);
		end += (uint32_t)len;
	}
	ck_assert_int_eq(wire_flush(w, fh), 0);
	wire_release(w, fh);
}

/* Without a random seed: the number of entries is estimated from a batch of 64, and one
 * random estimate of 40 is wrong by a quarter. */
static void setup_large(void)
{
	setup_with("type=hash key=u32 value=bytes[4096] max_entries=4096 flags=zero_seed");
}

START_TEST(large_text_has_a_size_once_it_is_open)
{
	unsigned before;

	fill(100);
	ck_assert_uint_gt(look(), 100 * 8192);
	fill(200);
	ck_assert_uint_eq(look(), 0);
	before = scans();
	ck_assert_uint_eq(look(), 0);
	ck_assert_uint_eq(scans(), before);
	open_again(O_RDONLY);
	ck_assert_uint_gt(size_now(), 200 * 8192);
	ck_assert_uint_eq(size_now(), read_all());
	wire_release(w, fh);
	/* A second later it may have shrunk; what the tree itself changed, it knows. */
	ck_assert_int_eq(wire_dot_put(w, dir, "clear", "yes\n"), 0);
	ck_assert_uint_eq(look(), 0);
	fill(1);
	ck_assert_uint_eq(look(), 2 + 8192 + 3);
}
END_TEST

START_TEST(text_beyond_16_mib_is_a_stream)
{
	unsigned before;

	fill(3000);
	ck_assert_uint_eq(look(), 0);
	before = scans();
	ck_assert_int_eq(wire_open(w, entries.nodeid, O_RDONLY, &fh), 0);
	/* It was not formatted to find out: an estimate, and what is read ahead. */
	ck_assert_uint_lt(scans() - before, 60);
	ck_assert_uint_eq(size_now(), 0);
	ck_assert_uint_gt(read_all(), 3000 * 8192);
	ck_assert_uint_eq(size_now(), 0);
	wire_release(w, fh);
}
END_TEST

/* 250 bytes in each of the first n entries of an array. */
static void fill_array(uint32_t n)
{
	static char line[300];

	open_again(O_WRONLY);
	for (uint32_t i = 0, end = 0; i < n; i++) {
		int len = snprintf(line, sizeof(line), "%u\t\"%0250u\"\n", i, i);

		ck_assert_int_eq(wire_write(w, fh, end, line, (size_t)len), len);
		end += (uint32_t)len;
	}
	ck_assert_int_eq(wire_flush(w, fh), 0);
	wire_release(w, fh);
}

START_TEST(array_whose_rest_is_unused_has_a_size_before_it_is_open)
{
	uint64_t size;

	setup_with("type=array value=char[256] max_entries=20000");
	fill_array(1200);
	size = look();
	ck_assert_uint_gt(size, 1200 * 250);
	open_again(O_RDONLY);
	ck_assert_uint_eq(read_all(), size);
	wire_release(w, fh);
}
END_TEST

START_TEST(array_whose_rest_is_unused_has_a_size_once_it_is_open)
{
	setup_with("type=array value=char[256] max_entries=100000");
	fill_array(1500);
	ck_assert_uint_eq(look(), 0);
	open_again(O_RDONLY);
	ck_assert_uint_gt(size_now(), 1 << 20);
	ck_assert_uint_eq(size_now(), read_all());
	wire_release(w, fh);
}
END_TEST

/* The line of index 0 is longer than those of the others. */
START_TEST(array_whose_first_index_has_a_name_has_a_size_before_it_is_open)
{
	const char *keys;
	uint64_t size;

	setup_with("type=array value=u64 max_entries=80000");
	ck_assert_int_eq(wire_dot_put(w, dir, "def",
				      "key='enum { NONE_AT_ALL_OF_THEM = 0, TENS_AT_A_TIME_EACH = 10 }'\n"), 0);
	keys = wire_dot_text(w, dir, "keys");
	ck_assert_msg(strstr(keys, "NONE_AT_ALL") != NULL, "keys: %.60s", keys);
	size = look();
	ck_assert_uint_gt(size, 80000 * 8 - 40000);
	open_again(O_RDONLY);
	ck_assert_uint_eq(read_all(), size);
	wire_release(w, fh);
}
END_TEST

START_TEST(array_that_is_too_long_even_unused_is_not_formatted)
{
	unsigned before;

	setup_with("type=array value=u64 max_entries=2000000");
	ck_assert_uint_eq(look(), 0);
	before = scans();
	ck_assert_int_eq(wire_open(w, entries.nodeid, O_RDONLY, &fh), 0);
	ck_assert_uint_lt(scans() - before, 20);
	ck_assert_uint_eq(size_now(), 0);
	wire_release(w, fh);
}
END_TEST

/* A batch has few entries, whose buckets say little of how many there are. */
START_TEST(table_of_large_values_has_a_size_before_it_is_open)
{
	static char line[20000];

	setup_with("type=hash key=u32 value=bytes[8192] max_entries=64 flags=zero_seed");
	for (uint32_t stride = 1; stride < 30; stride++) {
		ck_assert_int_eq(wire_dot_put(w, dir, "clear", "yes\n"), 0);
		for (uint32_t i = 0; i < 60; i++) {
			int len = snprintf(line, sizeof(line), "%u\t\"%016384u\"\n",
					   i * stride, i);

			open_again(O_WRONLY);
			ck_assert_int_eq(wire_write(w, fh, 0, line, (size_t)len), len);
			wire_release(w, fh);
		}
		ck_assert_uint_gt(look(), 60 * 16384);
	}
}
END_TEST

START_TEST(file_open_for_reading_and_writing_is_a_stream)
{
	char data[16];

	look();
	ck_assert_int_eq(wire_open(w, entries.nodeid, O_RDWR, &fh), 0);
	ck_assert_uint_eq(size_now(), 0);
	ck_assert_int_eq(wire_read(w, fh, 0, data, sizeof(data)), 5);
	wire_release(w, fh);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("sizes");
	TCase *small = tcase_create("small"), *large = tcase_create("large");
	TCase *typical = tcase_create("typical");

	tcase_add_checked_fixture(small, setup, teardown);
	tcase_add_test(small, stat_then_open_by_one_thread_is_one_text);
	tcase_add_test(small, text_of_stat_serves_one_open);
	tcase_add_test(small, text_of_stat_is_valid_for_100_ms);
	tcase_add_test(small, text_of_stat_is_for_its_thread);
	tcase_add_test(small, text_of_stat_is_not_older_than_a_write);
	tcase_add_test(small, text_of_stat_is_not_older_than_a_command);
	tcase_add_test(small, text_of_stat_is_not_older_than_a_link);
	tcase_add_test(small, open_for_writing_formats_nothing);
	tcase_add_test(small, open_file_keeps_its_text_and_size);
	tcase_add_test(small, file_open_for_reading_and_writing_is_a_stream);
	suite_add_tcase(s, small);
	tcase_add_checked_fixture(large, setup_large, teardown);
	tcase_add_test(large, large_text_has_a_size_once_it_is_open);
	tcase_add_test(large, text_beyond_16_mib_is_a_stream);
	suite_add_tcase(s, large);
	tcase_add_checked_fixture(typical, NULL, teardown);
	tcase_add_test(typical, array_whose_rest_is_unused_has_a_size_before_it_is_open);
	tcase_add_test(typical, array_whose_rest_is_unused_has_a_size_once_it_is_open);
	tcase_add_test(typical, array_whose_first_index_has_a_name_has_a_size_before_it_is_open);
	tcase_add_test(typical, array_that_is_too_long_even_unused_is_not_formatted);
	tcase_add_test(typical, table_of_large_values_has_a_size_before_it_is_open);
	suite_add_tcase(s, typical);
	return run_suite(s);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * .map/changes and .map/rates: the differences from a second ago.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire.h"

#define SOON 15000

static struct wire *w;
static uint64_t dir;
static struct fuse_entry_out changes, rates;

static void begin(const char *def)
{
	struct fuse_entry_out dot;

	w = wire_new(def);
	ck_assert_int_eq(wire_mkdir(w, "m", &dir), 0);
	ck_assert_int_eq(wire_lookup(w, dir, ".map", &dot), 0);
	ck_assert_int_eq(wire_lookup(w, dot.nodeid, "changes", &changes), 0);
	/* Strings and bytes do not grow. */
	ck_assert_int_eq(wire_lookup(w, dot.nodeid, "rates", &rates),
			 strstr(def, "value=char") || strstr(def, "value=bytes") ? -ENOENT
										 : 0);
}

static uint64_t open_file(const struct fuse_entry_out *e)
{
	uint64_t fh;

	ck_assert_int_eq(wire_open(w, e->nodeid, O_RDONLY, &fh), 0);
	return fh;
}

static const char *wait_for_text(uint64_t fh, uint32_t size)
{
	static char text[1 << 17];
	uint64_t unique, mine = wire_begin_read(w, fh, size, 0);
	int error;

	ck_assert_int_eq(wire_next_reply(w, SOON, &unique, &error, text, sizeof(text)), 1);
	ck_assert_uint_eq(unique, mine);
	if (error)
		snprintf(text, sizeof(text), "errno %d", -error);
	return text;
}

static bool has_line(const char *text, const char *line)
{
	const char *at = strstr(text, line);

	return at && (at == text || at[-1] == '\n') && at[strlen(line)] == '\n';
}

START_TEST(new_changed_and_deleted_keys_are_reported)
{
	uint64_t fh;
	const char *text;

	begin("type=hash key=u32 value={a:u64,s:char[8]} max_entries=16");
	wire_put(w, dir, "1", "{\"a\":1,\"s\":\"x\"}\n");
	wire_put(w, dir, "2", "{\"a\":2}\n");
	wire_put(w, dir, "3", "{\"a\":3}\n");
	fh = open_file(&changes);
	wire_put(w, dir, "1", "{\"a\":11,\"s\":\"y\"}\n");
	wire_unlink(w, dir, "2");
	wire_put(w, dir, "4", "{\"a\":4}\n");
	text = wait_for_text(fh, 4096);
	ck_assert(has_line(text, "~1\t{\"a\":1,\"s\":\"x\"}\t{\"a\":11,\"s\":\"y\"}"));
	ck_assert(has_line(text, "-2"));
	ck_assert(has_line(text, "+4\t{\"a\":4,\"s\":\"\"}"));
	ck_assert_ptr_null(strstr(text, "3\t"));
	wire_put(w, dir, "3", "{\"a\":33}\n");
	ck_assert_str_eq(wait_for_text(fh, 4096),
			 "~3\t{\"a\":3,\"s\":\"\"}\t{\"a\":33,\"s\":\"\"}\n");
	wire_release(w, fh);
	wire_free(w);
}
END_TEST

START_TEST(all_readers_get_all_changes_at_their_own_speed)
{
	uint64_t fh[3];
	char text[3][32] = { "", "", "" };

	begin("type=hash key=u32 value=u32 max_entries=16");
	for (int i = 0; i < 3; i++)
		fh[i] = open_file(&changes);
	wire_put(w, dir, "7", "8\n");
	for (int i = 0; i < 3; i++)
		while (!strchr(text[i], '\n'))
			strcat(text[i], wait_for_text(fh[i], (uint32_t)(i * 2 + 1)));
	for (int i = 0; i < 3; i++) {
		ck_assert_str_eq(text[i], "+7\t8\n");
		wire_release(w, fh[i]);
	}
	wire_free(w);
}
END_TEST

START_TEST(changes_end_with_the_map)
{
	uint64_t fh, r, unique;
	char text[64];
	int error;

	begin("type=hash key=u32 value=u32 max_entries=16");
	fh = open_file(&changes);
	r = wire_begin_read(w, fh, 4096, 0);
	ck_assert_int_eq(wire_rmdir(w, WIRE_ROOT, "m"), 0);
	ck_assert_int_eq(wire_next_reply(w, SOON, &unique, &error, text, sizeof(text)), 1);
	ck_assert_uint_eq(unique, r);
	ck_assert_int_eq(error, 0);
	ck_assert_str_eq(text, "");
	wire_release(w, fh);
	wire_free(w);
}
END_TEST

/* More than is kept for it. */
START_TEST(slow_reader_reads_that_it_missed_some)
{
	static char text[1 << 17];
	uint64_t fh, other;
	size_t len = 0;

	begin("type=hash key=u32 value=char[2000] max_entries=6000");
	fh = open_file(&changes);
	other = open_file(&changes);
	for (unsigned i = 0; i < 6000; i++) {
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%u\t\"%01980u\"\n", i, 1);
		if (len < sizeof(text) - 4096 && i < 5999)
			continue;
		ck_assert_int_eq(wire_dot_put(w, dir, "entries", text), 0);
		len = 0;
	}
	/* 12 MB: too much for one period, or for two together. */
	ck_assert_str_ne(wait_for_text(other, 4096), "");
	len = 0;
	for (unsigned i = 0; i < 6000; i++) {
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%u\t\"%01980u\"\n", i, 2);
		if (len < sizeof(text) - 4096 && i < 5999)
			continue;
		ck_assert_int_eq(wire_dot_put(w, dir, "entries", text), 0);
		len = 0;
	}
	for (int i = 0; i < 3000; i++)
		if (strstr(wait_for_text(fh, 1 << 16), "# skipped\n"))
			break;
		else
			ck_assert_int_lt(i, 2999);
	wire_release(w, fh);
	wire_release(w, other);
	wire_free(w);
}
END_TEST

START_TEST(rates_take_a_second)
{
	uint64_t fh;
	long n = 0;

	begin("type=hash key=u32 value={a:u64,b:u32[2],s:char[4],c:u32} max_entries=16");
	wire_put(w, dir, "1", "{\"a\":1000,\"b\":[1,2],\"c\":50}\n");
	wire_put(w, dir, "2", "{\"a\":5}\n");
	wire_put(w, dir, "3", "{\"a\":5}\n");
	fh = open_file(&rates);
	ck_assert_int_eq(wire_poll(w, fh, 0), 0);
	wire_put(w, dir, "1", "{\"a\":101000,\"b\":[1,2],\"c\":50}\n");
	wire_put(w, dir, "2", "{\"a\":4}\n");
	wire_unlink(w, dir, "3");
	{
		const char *text = wait_for_text(fh, 4096), *at = strstr(text, "1\t{\"a\":");

		ck_assert_ptr_nonnull(at);
		ck_assert_int_eq(sscanf(at, "1\t{\"a\":%ld,\"b\":[0,0],\"c\":0}", &n), 1);
		ck_assert_int_gt(n, 5000);
		ck_assert_int_le(n, 100000);
		ck_assert_ptr_nonnull(strstr(text, "2\t{\"a\":"));
		ck_assert_ptr_null(strstr(text, "3\t"));
	}
	ck_assert_str_eq(wait_for_text(fh, 4096), "");
	wire_release(w, fh);
	/* Nothing changes: nothing is printed. */
	fh = open_file(&rates);
	ck_assert_str_eq(wait_for_text(fh, 4096), "");
	wire_release(w, fh);
	wire_free(w);
}
END_TEST

START_TEST(cpus_are_added_up)
{
	uint64_t fh;
	const char *text;
	long n = 0;

	begin("type=percpu_array key=u32 value=u64 max_entries=2");
	fh = open_file(&rates);
	wire_put(w, dir, "1", "50000\n");
	text = wait_for_text(fh, 4096);
	ck_assert_int_eq(sscanf(text, "1\t%ld\n", &n), 1);
	ck_assert_int_gt(n, 2000);
	ck_assert_int_le(n, 50000l * (long)store_possible_cpus());
	wire_release(w, fh);
	wire_free(w);
}
END_TEST

START_TEST(too_large_a_map_is_refused)
{
	uint64_t fh;

	begin("type=array key=u32 value=bytes[65536] max_entries=1000");
	ck_assert_int_eq(wire_open(w, changes.nodeid, O_RDONLY, &fh), -EFBIG);
	ck_assert_ptr_nonnull(strstr(wire_dot_text(w, dir, "errors"),
				      "more than 48 MiB are not compared: compare two copies "
				      "of .map/entries"));
	wire_free(w);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("changes");
	TCase *tc = tcase_create("changes");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, new_changed_and_deleted_keys_are_reported);
	tcase_add_test(tc, all_readers_get_all_changes_at_their_own_speed);
	tcase_add_test(tc, changes_end_with_the_map);
	tcase_add_test(tc, slow_reader_reads_that_it_missed_some);
	tcase_add_test(tc, rates_take_a_second);
	tcase_add_test(tc, cpus_are_added_up);
	tcase_add_test(tc, too_large_a_map_is_refused);
	suite_add_tcase(s, tc);
	return run_suite(s);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Truncated or inconsistent backups delete nothing, and a definition line of another
 * map is refused.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "wire.h"

#define DEF "type=hash key=u32 value={a:u8,b:u32} max_entries=4"

static struct wire *w;
static uint64_t dir;

static void setup(void)
{
	w = wire_new(DEF);
	ck_assert_int_eq(wire_mkdir(w, "m", &dir), 0);
	ck_assert_int_eq(wire_put(w, dir, "1", "{\"a\":1}"), 0);
	ck_assert_int_eq(wire_put(w, dir, "2", "{\"a\":2}"), 0);
}

static void teardown(void)
{
	wire_free(w);
}

static int restore(const char *text)
{
	return wire_dot_put(w, dir, "backup", text);
}

static void expect_error(const char *where)
{
	ck_assert_ptr_nonnull(strstr(wire_dot_text(w, dir, "errors"), where));
}

static void expect_count(const char *count)
{
	ck_assert_str_eq(wire_dot_text(w, dir, "count"), count);
}

START_TEST(end_with_another_count_deletes_nothing)
{
	static const char *const ends[] = { "0", "2", "100", "18446744073709551615",
					    "99999999999999999999999", "", "1x", "-1" };
	char text[128];

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		snprintf(text, sizeof(text), "3\t{\"a\":3}\n# end %s\n", ends[i]);
		ck_assert_int_eq(restore(text), -EINVAL);
		expect_count("3\n");
	}
	expect_error("line 2, column 7: ");
	ck_assert_int_eq(restore("3\t{\"a\":3}\n# end 1\n"), 0);
	expect_count("1\n");
}
END_TEST

/* cp opens, writes and closes in one thread, so its close can fail. The commands of
 * { a; b; } > backup close what the shell opened: the next one may bring the end. */
START_TEST(missing_end_fails_where_the_opener_closes)
{
	uint64_t fh;
	size_t lines;

	ck_assert_int_eq(restore("3\t{\"a\":3}\n"), -EINVAL);
	expect_error("line 2, column 1: the backup has no end");
	expect_count("3\n");

	fh = wire_writer(w, wire_look(w, dir, ".map"), "backup", O_WRONLY);
	w->tid = 77;
	ck_assert_int_eq(wire_write_text(w, fh, 0, "4\t{\"a\":4}\n"), 0);
	ck_assert_int_eq(wire_flush(w, fh), 0);
	w->tid = 0;
	/* A duplicate of the opener: echo ... >&3. */
	lines = strlen(wire_dot_text(w, dir, "errors"));
	ck_assert_int_eq(wire_flush(w, fh), -EINVAL);
	ck_assert_uint_eq(strlen(wire_dot_text(w, dir, "errors")), lines);
	ck_assert_int_eq(wire_write_text(w, fh, 10, "# end 1\n"), 0);
	ck_assert_int_eq(wire_flush(w, fh), 0);
	wire_release(w, fh);
	expect_count("1\n");
}
END_TEST

START_TEST(end_counts_lines_of_one_key)
{
	ck_assert_int_eq(restore("3\t{\"a\":3}\n3\t{\"a\":4}\n# end 1\n"), -EINVAL);
	expect_count("3\n");
	ck_assert_int_eq(restore("3\t{\"a\":3}\n3\t{\"a\":4}\n# end 2\n"), 0);
	expect_count("1\n");
}
END_TEST

START_TEST(text_behind_the_end_is_refused)
{
	ck_assert_int_eq(restore("3\t{\"a\":3}\n# end 1\n4\t{\"a\":4}\n"), -EINVAL);
	expect_count("1\n");
	ck_assert_int_eq(restore("3\t{\"a\":3}\n# end 1\n# end 1\n"), -EINVAL);
}
END_TEST

/* `dd conv=notrunc` again on the same descriptor: what the first text wrote is no part
 * of the second one. */
START_TEST(text_that_begins_again_spares_only_its_own_keys)
{
	static const char first[] = "1\t{\"a\":1}\n3\t{\"a\":3}\n# end 2\n";
	static const char second[] = "1\t{\"a\":9}\n# end 1\n";
	uint64_t fh = wire_writer(w, wire_look(w, dir, ".map"), "backup", O_WRONLY);

	ck_assert_int_eq(wire_write_text(w, fh, 0, first), 0);
	expect_count("2\n");
	ck_assert_int_eq(wire_write_text(w, fh, 0, second), 0);
	expect_count("1\n");
	ck_assert_int_eq(wire_flush(w, fh), 0);
	wire_release(w, fh);
	ck_assert_str_eq(wire_text(w, dir, "1"), "{\"a\":9,\"b\":0}\n");
}
END_TEST

/* Of a union the member counts that differs from what is there: after the line before. */
START_TEST(lines_of_one_key_see_each_other)
{
	ck_assert_int_eq(wire_mkdir(w, "u", &dir), 0);
	ck_assert_int_eq(wire_dot_put(w, dir, "def",
				      "key=u32 value='union { __u32 a; __u16 b; }'"), 0);
	ck_assert_int_eq(wire_dot_put(w, dir, "entries",
				      "1\t{\"a\":5,\"b\":5}\n1\t{\"a\":5,\"b\":7}\n"), 0);
	ck_assert_str_eq(wire_text(w, dir, "1"), "{\"a\":7,\"b\":7}\n");
}
END_TEST

/* The third entry finds no room, the fifth line is bad: the first failure counts. */
START_TEST(refused_entry_before_a_bad_line_is_reported)
{
	ck_assert_int_eq(wire_dot_put(w, dir, "entries",
				      "3\t{\"a\":3}\n4\t{\"a\":4}\n5\t{\"a\":5}\n\nbad\n"),
			 -ENOSPC);
	expect_error("line 3, column 1: the map is full");
	expect_count("4\n");
	ck_assert_int_eq(wire_dot_put(w, dir, "entries", "3\t{\"a\":9}\n\nbad\n"), -EINVAL);
	expect_error("line 3, column 4: ");
	ck_assert_str_eq(wire_text(w, dir, "3"), "{\"a\":9,\"b\":0}\n");
}
END_TEST

static const char *const other_defs[] = {
	"type=hash key=s32 value={a:u8,b:u32} max_entries=4",
	"type=hash key=ipv4 value={a:u8,b:u32} max_entries=4",
	"type=hash key=u32 value={b:u32,a:u8} max_entries=4",
	"type=hash key=u32 value={a:u8,c:u32} max_entries=4",
	"type=hash key=u64 value={a:u8,b:u32} max_entries=4",
	"type=hash key=u32 value={a:u8,b:u64} max_entries=4",
	"type=hash value={a:u8,b:u32} max_entries=4",
	"type=percpu_hash key=u32 value={a:u8,b:u32} max_entries=4",
	"key=u32 value={a:u8,b:u32} max_entries=4",
	"type=nonsense key=u32 value={a:u8,b:u32} max_entries=4",
	"type=hash key=u32 value={a:u8,b:nonsense} max_entries=4",
	"nonsense",
	"",
};

START_TEST(def_of_another_map_is_refused)
{
	char text[256];

	snprintf(text, sizeof(text), "# def %s\n3\t{\"a\":3}\n# end 1\n", other_defs[_i]);
	ck_assert_int_lt(restore(text), 0);
	expect_error("line 1, column ");
	expect_count("2\n");
}
END_TEST

/* Spelled otherwise, larger, or of a kind that holds the same. */
static const char *const same_defs[] = {
	DEF,
	"type=hash key='u32' value={a:u8,b:u32} max_entries=99",
	"max_entries=4 value={a:u8,b:u32} key=u32 type=lru_hash",
};

START_TEST(def_of_such_a_map_is_taken)
{
	char text[256];

	snprintf(text, sizeof(text), "# def %s\n3\t{\"a\":3}\n# end 1\n", same_defs[_i]);
	ck_assert_int_eq(restore(text), 0);
	expect_count("1\n");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("backup");
	TCase *tc = tcase_create("backup");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, end_with_another_count_deletes_nothing);
	tcase_add_test(tc, missing_end_fails_where_the_opener_closes);
	tcase_add_test(tc, end_counts_lines_of_one_key);
	tcase_add_test(tc, text_behind_the_end_is_refused);
	tcase_add_test(tc, text_that_begins_again_spares_only_its_own_keys);
	tcase_add_test(tc, lines_of_one_key_see_each_other);
	tcase_add_test(tc, refused_entry_before_a_bad_line_is_reported);
	tcase_add_loop_test(tc, def_of_another_map_is_refused, 0,
			    sizeof(other_defs) / sizeof(other_defs[0]));
	tcase_add_loop_test(tc, def_of_such_a_map_is_taken, 0,
			    sizeof(same_defs) / sizeof(same_defs[0]));
	suite_add_tcase(s, tc);
	return run_suite(s);
}

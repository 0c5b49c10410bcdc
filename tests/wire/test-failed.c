/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * After a failed write, all later writes to the open file fail, whatever its kind and
 * wherever the write was refused; held text does not take effect at close.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "tree/tree.h"
#include "wire.h"

static struct wire *w;
static uint64_t dir, dot, fh;

static void make(const char *def)
{
	w = wire_new(def);
	ck_assert_int_eq(wire_mkdir(w, "m", &dir), 0);
	dot = wire_look(w, dir, ".map");
}

static void setup(void)
{
	make("type=hash key=u32 value=u32 max_entries=8");
	ck_assert_int_eq(wire_put(w, dir, "1", "11"), 0);
}

static void teardown(void)
{
	wire_free(w);
}

static void open_file(uint64_t node, int flags)
{
	ck_assert_int_eq(wire_open(w, node, flags, &fh), 0);
}

static int put(uint64_t off, const char *text)
{
	return wire_write_text(w, fh, off, text);
}

/* The daemon has no memory to let the next write wait for its turn. */
static void refuse_next(void)
{
	tree_fail_write((struct tree_file *)(uintptr_t)fh, -ENOMEM);
}

static int end(void)
{
	int r = wire_flush(w, fh);

	wire_release(w, fh);
	return r;
}

START_TEST(raw_value_stays_failed)
{
	open_file(wire_look(w, wire_look(w, dot, "raw"), "1"), O_WRONLY | O_TRUNC);
	ck_assert_int_eq(put(0, "12345"), -EFBIG);
	ck_assert_int_eq(put(0, "1234"), -EFBIG);
	end();
	ck_assert_str_eq(wire_text(w, dir, "1"), "11\n");
}
END_TEST

START_TEST(key_stays_failed_that_did_not_come_to_its_write)
{
	open_file(wire_look(w, dir, "1"), O_WRONLY | O_APPEND);
	refuse_next();
	ck_assert_int_eq(put(0, "5\n"), -ENOMEM);
	ck_assert_int_eq(end(), 0);
	ck_assert_str_eq(wire_text(w, dir, "1"), "11\n");
	open_file(wire_look(w, dir, "1"), O_WRONLY | O_TRUNC);
	ck_assert_int_eq(put(0, "5\n"), 0);
	ck_assert_int_eq(end(), 0);
	ck_assert_str_eq(wire_text(w, dir, "1"), "5\n");
}
END_TEST

START_TEST(first_error_is_the_one_that_stays)
{
	open_file(wire_look(w, dir, "1"), O_WRONLY);
	ck_assert_int_eq(put(0, "x\n"), -EINVAL);
	refuse_next();
	ck_assert_int_eq(put(0, "5\n"), -EINVAL);
	end();
}
END_TEST

/* Text of a held block may go on, and would take effect at close. */
START_TEST(held_text_of_a_failed_file_takes_no_effect)
{
	char block[4097];

	wire_free(w);
	make("type=hash key=u32 value=char[8192] max_entries=8");
	ck_assert_int_eq(wire_put(w, dir, "1", "old"), 0);
	memset(block, 'a', 4096);
	block[4096] = '\0';
	open_file(wire_look(w, dir, "1"), O_WRONLY | O_TRUNC);
	ck_assert_int_eq(put(0, block), 0);
	refuse_next();
	ck_assert_int_eq(put(4096, "b\n"), -ENOMEM);
	ck_assert_int_eq(end(), 0);
	ck_assert_str_eq(wire_text(w, dir, "1"), "old\n");
}
END_TEST

START_TEST(whole_map_stays_failed)
{
	open_file(wire_look(w, dot, "entries"), O_WRONLY);
	ck_assert_int_eq(put(0, "1\t12\n2\t2"), 0);
	refuse_next();
	ck_assert_int_eq(put(8, "3\n3\t3\n"), -ENOMEM);
	end();
	ck_assert_str_eq(wire_dot_text(w, dir, "entries"), "1\t12\n");
}
END_TEST

START_TEST(small_file_stays_failed)
{
	open_file(wire_look(w, dot, "clear"), O_WRONLY);
	refuse_next();
	ck_assert_int_eq(put(0, "yes\n"), -ENOMEM);
	end();
	ck_assert_str_eq(wire_text(w, dir, "1"), "11\n");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("failed");
	TCase *tc = tcase_create("failed");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, raw_value_stays_failed);
	tcase_add_test(tc, key_stays_failed_that_did_not_come_to_its_write);
	tcase_add_test(tc, first_error_is_the_one_that_stays);
	tcase_add_test(tc, held_text_of_a_failed_file_takes_no_effect);
	tcase_add_test(tc, whole_map_stays_failed);
	tcase_add_test(tc, small_file_stays_failed);
	suite_add_tcase(s, tc);
	return run_suite(s);
}

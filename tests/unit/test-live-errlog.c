/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lines of .map/errors: each belongs to a user, and no name or reason can break out
 * of its line.
 */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../suite.h"
#include "live/errlog.h"
#include "util/buf.h"
#include "util/printable.h"

static struct errlog errors;

static void setup(void)
{
	errlog_init(&errors);
}

static void teardown(void)
{
	errlog_release(&errors);
}

/* What user `uid` sees, or everything; valid until the next call. */
static const char *shown(bool all, uid_t uid)
{
	static char text[8192];
	_cleanup_buf_ struct buf out = BUF_INIT;

	errlog_format(&errors, all, uid, &out);
	snprintf(text, sizeof(text), "%s", buf_cstr(&out));
	return text;
}

START_TEST(users_see_their_own_lines)
{
	errlog_add(&errors, 1000, "write", "a", -EINVAL, "one");
	errlog_add(&errors, 1001, "write", "b", -EINVAL, "two");
	errlog_add(&errors, ERRLOG_NOBODY, "drop", "c", -ENOSPC, "three");
	ck_assert_ptr_nonnull(strstr(shown(false, 1000), "write a: one"));
	ck_assert_ptr_null(strstr(shown(false, 1000), "two"));
	ck_assert_ptr_null(strstr(shown(false, 1000), "three"));
	ck_assert_ptr_nonnull(strstr(shown(false, 1001), "write b: two"));
	ck_assert_str_eq(shown(false, 1002), "");
	ck_assert_str_eq(shown(false, ERRLOG_NOBODY), "");
	ck_assert_ptr_nonnull(strstr(shown(true, 1002), "drop c: three"));
	ck_assert_ptr_nonnull(strstr(shown(true, 1002), "write a: one"));
	errlog_add(&errors, 1000, "open", "", -ENFILE, "four");
	ck_assert_ptr_nonnull(strstr(shown(false, 1000), "open: four"));
}
END_TEST

static unsigned lines(uid_t uid)
{
	_cleanup_buf_ struct buf out = BUF_INIT;
	unsigned n = 0;

	errlog_format(&errors, false, uid, &out);
	for (size_t i = 0; i < out.len; i++)
		n += out.data[i] == '\n';
	return n;
}

static void add_lines(uid_t uid, unsigned n)
{
	char name[16];

	for (unsigned i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "%u", i);
		errlog_add(&errors, uid, "write", name, -EINVAL, "x");
	}
}

START_TEST(one_user_pushes_out_no_other)
{
	add_lines(1000, 3);
	add_lines(1001, 1000);
	ck_assert_uint_eq(lines(1000), 3);
	ck_assert_uint_eq(lines(1001), ERRLOG_LINES - 3);
	/* The newest stay, in their order. */
	ck_assert_ptr_nonnull(strstr(shown(false, 1001), "write 939:"));
	ck_assert_ptr_null(strstr(shown(false, 1001), "write 938:"));
	/* A user that comes late gets its share, too. */
	add_lines(1002, 1000);
	ck_assert_uint_eq(lines(1000), 3);
	ck_assert_uint_eq(lines(1001) + lines(1002), ERRLOG_LINES - 3);
	ck_assert_uint_ge(lines(1001), (ERRLOG_LINES - 3) / 2);
	ck_assert_uint_ge(lines(1002), (ERRLOG_LINES - 3) / 2);
	ck_assert_ptr_nonnull(strstr(shown(false, 1001), "write 999:"));
}
END_TEST

START_TEST(more_users_than_lines_are_bounded)
{
	for (uid_t uid = 0; uid < 2 * ERRLOG_LINES; uid++)
		add_lines(uid, 2);
	ck_assert_uint_eq(errors.count, ERRLOG_LINES);
	ck_assert_uint_ge(lines(2 * ERRLOG_LINES - 1), 1);
	ck_assert_uint_eq(lines(0), 0);
}
END_TEST

static const struct {
	const char *raw, *shown;
} pieces[] = {
	{ "plain 50% \xc3\xa9", "plain 50% \xc3\xa9" },
	{ "a\x1b[31m", "a%1B[31m" },
	{ "a\nb", "a%0Ab" },
	{ "\a\x7f", "%07%7F" },
	{ "\xc2\x9b" "31m", "%C2%9B31m" },
	{ "\x9b" "31m", "%9B31m" },
	{ "\xc2", "%C2" },
	{ "\xed\xa0\x80", "%ED%A0%80" },
};

START_TEST(controls_stay_inside_the_line)
{
	char want[128], copy[64];

	errlog_add(&errors, 0, "mkdir", pieces[_i].raw, -EINVAL, "found %s", pieces[_i].raw);
	snprintf(want, sizeof(want), " mkdir %s: found %s (", pieces[_i].shown,
		 pieces[_i].shown);
	ck_assert_ptr_nonnull(strstr(shown(true, 0), want));
	copy_printable(copy, sizeof(copy), pieces[_i].raw);
	ck_assert_str_eq(copy, pieces[_i].shown);
}
END_TEST

START_TEST(copy_is_cut_at_a_character)
{
	char copy[6];

	copy_printable(copy, sizeof(copy), "abc\x1b");
	ck_assert_str_eq(copy, "abc");
	copy_printable(copy, sizeof(copy), "abcd\xc3\xa9");
	ck_assert_str_eq(copy, "abcd");
	copy_printable(copy, 1, "a");
	ck_assert_str_eq(copy, "");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("errlog");
	TCase *tc = tcase_create("errlog");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, users_see_their_own_lines);
	tcase_add_test(tc, one_user_pushes_out_no_other);
	tcase_add_test(tc, more_users_than_lines_are_bounded);
	tcase_add_loop_test(tc, controls_stay_inside_the_line, 0,
			    sizeof(pieces) / sizeof(pieces[0]));
	tcase_add_test(tc, copy_is_cut_at_a_character);
	suite_add_tcase(s, tc);
	return run_suite(s);
}

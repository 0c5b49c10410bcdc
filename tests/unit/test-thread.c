/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Helper threads: how many of them one user may have, all users, and root.
 */
#include <check.h>

#include "../suite.h"
#include "util/request.h"
#include "util/thread.h"

static struct helper helpers[HELPERS_MAX + 1];
static unsigned started;

static void setup(void)
{
	started = 0;
}

static void teardown(void)
{
	while (started)
		helper_join(&helpers[--started]);
}

static void *do_nothing(void *arg)
{
	return arg;
}

/* How many helpers a user gets beside those there are. A thread that has ended counts
 * until it is joined. */
static unsigned start_all(uid_t uid)
{
	const struct request rq = { .uid = uid };
	unsigned before = started;

	while (started <= HELPERS_MAX &&
	       helper_start(&helpers[started], &rq, do_nothing, NULL))
		started++;
	return started - before;
}

START_TEST(user_has_a_share_and_root_the_reserve)
{
	ck_assert_uint_eq(start_all(1000), HELPERS_EACH);
	ck_assert_uint_eq(start_all(1000), 0);
	ck_assert_uint_eq(start_all(1001), HELPERS_EACH);
	ck_assert_uint_eq(start_all(1002), HELPERS_MAX - HELPERS_RESERVE - 2 * HELPERS_EACH);
	ck_assert_uint_eq(start_all(1003), 0);
	ck_assert_uint_eq(start_all(0), HELPERS_RESERVE);
	ck_assert_uint_eq(start_all(0), 0);
}
END_TEST

START_TEST(joined_helper_makes_room_for_its_user)
{
	ck_assert_uint_eq(start_all(1000), HELPERS_EACH);
	helper_join(&helpers[--started]);
	ck_assert_uint_eq(start_all(1000), 1);
	/* One that does not run is no helper. */
	helper_join(&helpers[HELPERS_MAX]);
	ck_assert_uint_eq(start_all(1000), 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("thread");
	TCase *tc = tcase_create("thread");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, user_has_a_share_and_root_the_reserve);
	tcase_add_test(tc, joined_helper_makes_room_for_its_user);
	suite_add_tcase(s, tc);
	return run_suite(s);
}

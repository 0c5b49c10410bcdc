/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests of a user whose share is used up: which of them wait, and which are served
 * at once.
 */
#include <check.h>
#include <fuse_lowlevel.h>
#include <linux/fuse.h>
#include <stdlib.h>

#include "../suite.h"
#include "fuse/share.h"

#define USER 1000

static struct shares *shares;
static unsigned served;

static enum share_result arrive_of(uid_t user, uint32_t opcode, uint64_t off)
{
	struct {
		struct fuse_in_header in;
		struct fuse_read_in read;
	} request = { .in = { .opcode = opcode, .uid = user }, .read = { .offset = off } };
	struct fuse_buf buf = { .mem = &request, .size = sizeof(request) };
	enum share_result r;
	uid_t uid;

	request.in.len = sizeof(request);
	r = shares_begin(shares, &buf, &uid);
	served += r == SHARE_SERVE && uid == USER;
	return r;
}

static enum share_result arrive(uint32_t opcode, uint64_t off)
{
	return arrive_of(USER, opcode, off);
}

static void setup(void)
{
	shares = shares_new();
	ck_assert_ptr_nonnull(shares);
	for (served = 0; served < SHARE_EACH;)
		ck_assert_int_eq(arrive(FUSE_OPEN, 0), SHARE_SERVE);
}

static void teardown(void)
{
	struct fuse_buf next;
	uid_t uid = USER;

	while (served)
		if (shares_end(shares, &uid, &next))
			free(next.mem);
		else
			served--;
	shares_free(shares);
}

START_TEST(read_waits_for_its_turn)
{
	ck_assert_int_eq(arrive(FUSE_READ, 0), SHARE_WAITS);
	ck_assert_int_eq(arrive(FUSE_READ, 1u << 30), SHARE_WAITS);
}
END_TEST

START_TEST(release_does_not_wait)
{
	ck_assert_int_eq(arrive(FUSE_RELEASE, 0), SHARE_SERVE);
	ck_assert_int_eq(arrive(FUSE_FORGET, 0), SHARE_SERVE);
}
END_TEST

/* open(2) of the same file waits for the page that such a read has locked. */
START_TEST(read_of_the_page_that_open_stores_does_not_wait)
{
	ck_assert_int_eq(arrive(FUSE_READ, 1ull << 60), SHARE_SERVE);
	ck_assert_int_eq(arrive(FUSE_READ, (1ull << 60) - (1u << 20)), SHARE_SERVE);
}
END_TEST

/* Otherwise a user with many uids would take all threads. */
START_TEST(only_request_of_a_uid_waits_for_any_other_in_the_end)
{
	struct fuse_buf next;
	uid_t uid = USER + SHARE_EACH;

	for (unsigned n = SHARE_EACH; n < SHARE_MAX; n++)
		ck_assert_int_eq(arrive_of(USER + n, FUSE_READ, 0), SHARE_SERVE);
	ck_assert_int_eq(arrive_of(USER + 1, FUSE_READ, 0), SHARE_WAITS);
	ck_assert_int_eq(arrive_of(0, FUSE_READ, 0), SHARE_SERVE);
	ck_assert(shares_end(shares, &uid, &next));
	ck_assert_uint_eq(uid, USER + 1);
	free(next.mem);
	ck_assert(!shares_end(shares, &uid, &next));
	ck_assert_int_eq(arrive_of(USER + 2, FUSE_READ, 0), SHARE_SERVE);
	ck_assert_int_eq(arrive_of(USER + 3, FUSE_READ, 0), SHARE_WAITS);
	uid = USER + 2;
	ck_assert(shares_end(shares, &uid, &next));
	ck_assert_uint_eq(uid, USER + 3);
	free(next.mem);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("share");
	TCase *tc = tcase_create("share");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, read_waits_for_its_turn);
	tcase_add_test(tc, release_does_not_wait);
	tcase_add_test(tc, read_of_the_page_that_open_stores_does_not_wait);
	tcase_add_test(tc, only_request_of_a_uid_waits_for_any_other_in_the_end);
	suite_add_tcase(s, tc);
	return run_suite(s);
}

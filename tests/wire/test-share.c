/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests of one user that come while that user's share is in use: which wait,
 * which are served at once.
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

static enum share_result arrive(uint32_t opcode, uint64_t off)
{
	struct {
		struct fuse_in_header in;
		struct fuse_read_in read;
	} request = { .in = { .opcode = opcode, .uid = USER }, .read = { .offset = off } };
	struct fuse_buf buf = { .mem = &request, .size = sizeof(request) };
	enum share_result r;
	uid_t uid;

	request.in.len = sizeof(request);
	r = shares_begin(shares, &buf, &uid);
	served += r == SHARE_SERVE && uid == USER;
	return r;
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

	while (served)
		if (shares_end(shares, USER, &next))
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

int main(void)
{
	Suite *s = suite_create("share");
	TCase *tc = tcase_create("share");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, read_waits_for_its_turn);
	tcase_add_test(tc, release_does_not_wait);
	tcase_add_test(tc, read_of_the_page_that_open_stores_does_not_wait);
	suite_add_tcase(s, tc);
	return run_suite(s);
}

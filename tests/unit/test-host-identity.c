/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A thread acts on files as another user, and as itself again; other threads never do.
 * Only root can do this; for other users only the refusal is tested.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>

#include "host/identity.h"
#include "../suite.h"

#define OTHER 65534

static char path[] = "/tmp/bpfmapfs-test.XXXXXX";

static void setup(void)
{
	int fd = mkstemp(path);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fchmod(fd, 0040), 0);
	close(fd);
}

static void teardown(void)
{
	unlink(path);
}

/* 0 or an errno. */
static int open_error(void)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? errno : 0;
}

static void *in_thread(void *error)
{
	*(int *)error = open_error();
	return NULL;
}

static int open_error_of_other_thread(void)
{
	pthread_t thread;
	int error = -1;

	ck_assert_int_eq(pthread_create(&thread, NULL, in_thread, &error), 0);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	return error;
}

/* A thread inherits from the one that makes it, so this one exists before. */
static pthread_barrier_t barrier;

static void *waits(void *error)
{
	pthread_barrier_wait(&barrier);
	*(int *)error = open_error();
	return NULL;
}

START_TEST(thread_has_the_rights_of_a_user)
{
	struct identity old = IDENTITY_INIT;
	pthread_t thread;
	int error = -1;

	ck_assert_int_eq(pthread_barrier_init(&barrier, NULL, 2), 0);
	ck_assert_int_eq(pthread_create(&thread, NULL, waits, &error), 0);
	ck_assert_int_eq(identity_assume(OTHER, OTHER, NULL, 0, &old), 0);
	ck_assert_int_eq(open_error(), EACCES);
	pthread_barrier_wait(&barrier);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	ck_assert_int_eq(error, 0);
	identity_resume(&old);
	ck_assert_int_eq(open_error(), 0);
	ck_assert_int_eq(open_error_of_other_thread(), 0);
	pthread_barrier_destroy(&barrier);
}
END_TEST

/* The file is for its group alone. */
START_TEST(groups_count)
{
	_cleanup_identity_ struct identity old = IDENTITY_INIT;
	gid_t group;
	struct stat st;

	ck_assert_int_eq(stat(path, &st), 0);
	group = st.st_gid;
	ck_assert_int_eq(identity_assume(OTHER, OTHER, &group, 1, &old), 0);
	ck_assert_int_eq(open_error(), 0);
}
END_TEST

START_TEST(nobody_is_refused)
{
	struct identity old = IDENTITY_INIT;

	ck_assert_int_eq(identity_assume((uid_t)-1, 0, NULL, 0, &old), -EACCES);
	ck_assert_ptr_null(old.groups);
}
END_TEST

START_TEST(only_root_acts_as_others)
{
	struct identity old = IDENTITY_INIT;

	ck_assert_int_eq(identity_assume(geteuid() + 1, getegid(), NULL, 0, &old), -EACCES);
	ck_assert_int_eq(identity_assume(geteuid(), getegid(), NULL, 0, &old), 0);
	ck_assert_int_eq(open_error(), EACCES);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("host-identity");
	TCase *tc = tcase_create("identity");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, nobody_is_refused);
	if (geteuid() == 0) {
		tcase_add_test(tc, thread_has_the_rights_of_a_user);
		tcase_add_test(tc, groups_count);
	} else {
		tcase_add_test(tc, only_root_acts_as_others);
	}
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}

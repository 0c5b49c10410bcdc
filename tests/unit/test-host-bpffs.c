/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Changes of names that other processes change at the same time: only the intended file
 * is removed or moved. The test works on any file system.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "host/bpffs.h"
#include "../suite.h"
#include "util/buf.h"

static char path[] = "/tmp/bpfmapfs-test.XXXXXX";
static int dir;

static struct bpffs_file make(const char *name)
{
	_cleanup_close_ int fd = openat(dir, name, O_CREAT | O_EXCL | O_WRONLY, 0600);
	struct stat st;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fstat(fd, &st), 0);
	return (struct bpffs_file){ st.st_dev, st.st_ino };
}

static void setup(void)
{
	ck_assert_ptr_nonnull(mkdtemp(path));
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_ge(dir, 0);
}

static void teardown(void)
{
	_cleanup_buf_ struct buf names = BUF_INIT;

	ck_assert_int_eq(bpffs_list(dir, &names), 0);
	for (size_t at = 0; at < names.len; at += strlen(names.data + at) + 1)
		ck_assert_int_eq(bpffs_unlink_at(dir, names.data + at, NULL), 0);
	close(dir);
	rmdir(path);
}

START_TEST(file_that_took_the_name_stays)
{
	struct bpffs_file old = make("pin"), new;

	/* The new file exists before the old one goes, so they differ. */
	new = make("other");
	ck_assert_int_eq(bpffs_rename_at(dir, "other", &new, dir, "pin", &old, 0), 0);
	ck_assert_int_eq(bpffs_unlink_at(dir, "pin", &old), -ENOENT);
	ck_assert_int_eq(bpffs_rename_at(dir, "pin", &old, dir, "to", NULL, 0), -ENOENT);
	ck_assert(bpffs_has_name(dir, "pin"));
	ck_assert_int_eq(bpffs_unlink_at(dir, "pin", &new), 0);
	ck_assert(!bpffs_has_name(dir, "pin"));
}
END_TEST

START_TEST(only_what_was_seen_is_replaced)
{
	struct bpffs_file from = make("from"), to = make("to"), seen = make("seen");

	ck_assert_int_eq(bpffs_rename_at(dir, "from", &from, dir, "to", &seen, 0), -ENOENT);
	ck_assert_int_eq(bpffs_rename_at(dir, "from", &from, dir, "to", NULL,
					 BPFFS_NOREPLACE), -EEXIST);
	ck_assert_int_eq(bpffs_rename_at(dir, "from", &from, dir, "to", &to, 0), 0);
}
END_TEST

START_TEST(list_has_all_names)
{
	_cleanup_buf_ struct buf names = BUF_INIT;
	size_t count = 0;

	make("a");
	make("b c");
	ck_assert_int_eq(bpffs_list(dir, &names), 0);
	for (size_t at = 0; at < names.len; at += strlen(names.data + at) + 1)
		count++;
	ck_assert_uint_eq(count, 2);
	ck_assert_uint_eq(names.len, sizeof("a") + sizeof("b c"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("host-bpffs");
	TCase *tc = tcase_create("names");
	_cleanup_close_ int fd = bpffs_open_at(AT_FDCWD, ".", O_PATH);

	if (fd == -ENOSYS) { /* as under QEMU's user emulation before 9.2 */
		printf("1..0 # SKIP no openat2(2) here\n");
		return EXIT_SUCCESS;
	}
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, file_that_took_the_name_stays);
	tcase_add_test(tc, only_what_was_seen_is_replaced);
	tcase_add_test(tc, list_has_all_names);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}

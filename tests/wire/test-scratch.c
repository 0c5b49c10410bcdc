/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Scratch files: quotas of users, reports, lifetimes; and mv between scratch files and
 * keys.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../unit/store-fault.h"
#include "tree/scratch.h"
#include "util/clock.h"
#include "wire.h"

#define MIB (1u << 20)

static struct wire *w;
static struct store *store;
static uint64_t dir, fh;
static struct fuse_entry_out entry;

static void setup(void)
{
	struct store *memory;

	ck_assert_int_eq(store_memory_new(&memory), 0);
	ck_assert_int_eq(store_fault_new(memory, &store), 0);
	w = wire_new_over(store, "type=hash key=u32 value=u32 max_entries=2");
	ck_assert_int_eq(wire_mkdir(w, "m", &dir), 0);
}

static void teardown(void)
{
	wire_free(w);
}

static int make(const char *name)
{
	int r = wire_create(w, dir, name, O_RDWR | O_EXCL, &entry, &fh);

	if (r == 0)
		wire_forget(w, entry.nodeid, 1);
	return r;
}

/* A closed one with this text. */
static void make_text(const char *name, const char *text)
{
	ck_assert_int_eq(make(name), 0);
	ck_assert_int_eq(wire_write_text(w, fh, 0, text), 0);
	wire_release(w, fh);
}

static bool exists(const char *name)
{
	int r = wire_lookup(w, dir, name, &entry);

	if (r == 0)
		wire_forget(w, entry.nodeid, 1);
	return r == 0;
}

static unsigned lines(const char *word)
{
	const char *log = wire_dot_text(w, dir, "errors");
	unsigned n = 0;

	for (; (log = strstr(log, word)); log++)
		n++;
	return n;
}

static int rename_flags(const char *from, const char *to, uint32_t flags)
{
	struct fuse_rename2_in in = { .newdir = dir, .flags = flags };
	char names[64];
	int len = snprintf(names, sizeof(names), "%s%c%s", from, 0, to);

	return wire_request(w, FUSE_RENAME2, dir, &in, sizeof(in), names, (size_t)len + 1,
			    NULL, 0);
}

static int rename_to(const char *from, const char *to)
{
	return rename_flags(from, to, 0);
}

static int rename_noreplace(const char *from, const char *to)
{
	return rename_flags(from, to, 1);
}

/* ---- quotas ---- */

static void make_files(unsigned n)
{
	char name[32];

	for (unsigned i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "file%u", i);
		ck_assert_int_eq(make(name), 0);
		wire_release(w, fh);
	}
}

START_TEST(empty_files_count)
{
	make_files(SCRATCH_FILES_MAX);
	ck_assert(exists("file0"));
	ck_assert_int_eq(make("more"), 0);
	wire_release(w, fh);
	ck_assert(!exists("file0"));
	ck_assert(exists("file1"));
	/* they had no content to lose */
	ck_assert_uint_eq(lines(" drop "), 0);
}
END_TEST

START_TEST(other_users_files_stay)
{
	make_text("mine", "7\n");
	w->uid++;
	make_files(SCRATCH_FILES_MAX + 1);
	ck_assert(exists("mine"));
	ck_assert(!exists("file0"));
	ck_assert(exists("file1"));
}
END_TEST

static int grow(const char *name, size_t size)
{
	int r = make(name);

	return r < 0 ? r : wire_ftruncate(w, entry.nodeid, fh, size);
}

START_TEST(bytes_count_and_a_drop_is_reported)
{
	ck_assert_int_eq(grow("first", 40 * MIB), 0);
	wire_release(w, fh);
	w->uid++;
	ck_assert_int_eq(grow("other", 40 * MIB), 0);
	wire_release(w, fh);
	w->uid--;
	ck_assert_int_eq(grow("second", 40 * MIB), 0);
	wire_release(w, fh);
	ck_assert(!exists("first"));
	ck_assert(exists("second"));
	ck_assert(exists("other"));
	ck_assert_uint_eq(lines(" drop first: a scratch file of 41943040 bytes was dropped"), 1);
	ck_assert_uint_eq(lines(" drop "), 1);
}
END_TEST

START_TEST(memory_counts_until_it_is_freed)
{
	ck_assert_int_eq(grow("first", 40 * MIB), 0);
	ck_assert_int_eq(wire_ftruncate(w, entry.nodeid, fh, 0), 0);
	wire_release(w, fh);
	ck_assert_int_eq(grow("second", 40 * MIB), 0);
	wire_release(w, fh);
	ck_assert(exists("first"));
	ck_assert_int_eq(grow("third", 40 * MIB), 0);
	ck_assert_int_eq(wire_ftruncate(w, entry.nodeid, fh, 1), 0);
	wire_release(w, fh);
	ck_assert(!exists("second"));
	/* cut, but not freed */
	ck_assert_int_eq(grow("fourth", 40 * MIB), 0);
	wire_release(w, fh);
	ck_assert(!exists("third"));
}
END_TEST

static int truncate_path(const char *name, uint64_t size)
{
	struct fuse_setattr_in in = { .valid = FATTR_SIZE, .size = size };
	struct fuse_attr_out out;
	int r = wire_lookup(w, dir, name, &entry);

	if (r == 0)
		r = wire_request(w, FUSE_SETATTR, entry.nodeid, &in, sizeof(in), NULL, 0,
				 &out, sizeof(out));
	return r < 0 ? r : (int)out.attr.size;
}

START_TEST(truncation_has_an_effect_or_an_errno)
{
	make_text("some", "77\n");
	ck_assert_int_eq(truncate_path("some", 2), 2);
	ck_assert_str_eq(wire_text(w, dir, "some"), "77");
	ck_assert_int_eq(truncate_path("some", SCRATCH_BYTES_MAX + 1), -EFBIG);
	ck_assert_int_eq(truncate_path("some", 1ull << 62), -EFBIG);
	ck_assert_str_eq(wire_text(w, dir, "some"), "77");
	ck_assert_int_eq(grow("big", SCRATCH_BYTES_MAX), 0);
	ck_assert_int_eq(wire_ftruncate(w, entry.nodeid, fh, SCRATCH_BYTES_MAX + 1), -EFBIG);
	ck_assert_int_eq(wire_write_text(w, fh, SCRATCH_BYTES_MAX, "x"), -EFBIG);
	wire_release(w, fh);
	ck_assert(!exists("some"));
	ck_assert_uint_eq(lines(" truncate some: a scratch file of 2 bytes cannot become"), 2);
}
END_TEST

START_TEST(file_dropped_while_open_fails)
{
	uint64_t first;
	char text[8];

	ck_assert_int_eq(make("first"), 0);
	ck_assert_int_eq(wire_write_text(w, fh, 0, "7\n"), 0);
	first = fh;
	make_files(SCRATCH_FILES_MAX);
	ck_assert(!exists("first"));
	ck_assert_int_eq(wire_write_text(w, first, 2, "8\n"), -ENOSPC);
	ck_assert_int_eq(wire_read(w, first, 0, text, sizeof(text)), -ESTALE);
	wire_release(w, first);
	ck_assert_uint_eq(lines(" drop first: "), 1);
}
END_TEST

/* ---- time ---- */

static void sweep(uint64_t ns)
{
	scratch_sweep(w->fs.tree, clock_ns(CLOCK_MONOTONIC) + ns);
}

START_TEST(file_left_alone_is_reported_once)
{
	make_text("left", "7\n");
	ck_assert_int_eq(make("empty"), 0);
	wire_release(w, fh);
	ck_assert_int_eq(make("open"), 0);
	ck_assert_int_eq(wire_write_text(w, fh, 0, "8\n"), 0);
	sweep(SCRATCH_LEFT_AFTER - 1000000000u);
	ck_assert_uint_eq(lines("scratch file"), 0);
	sweep(SCRATCH_LEFT_AFTER);
	ck_assert_uint_eq(lines(" close left: a scratch file of 2 bytes was left behind"), 1);
	sweep(2 * SCRATCH_LEFT_AFTER);
	ck_assert_uint_eq(lines("scratch file"), 1);
	wire_release(w, fh);
	sweep(SCRATCH_LEFT_AFTER);
	ck_assert_uint_eq(lines(" close open: "), 1);
	ck_assert(exists("left"));
}
END_TEST

START_TEST(files_go_with_their_map)
{
	uint64_t node;

	ck_assert_int_eq(make("file"), 0);
	ck_assert_int_eq(wire_lookup(w, dir, "file", &entry), 0);
	node = entry.nodeid;
	ck_assert_int_eq(wire_write_text(w, fh, 0, "7\n"), 0);
	ck_assert_int_eq(wire_rmdir(w, WIRE_ROOT, "m"), 0);
	sweep(0);
	ck_assert_int_eq(wire_getattr(w, node, &(struct fuse_attr){ 0 }), -ESTALE);
	ck_assert_int_eq(wire_write_text(w, fh, 0, "7\n"), -ENOSPC);
	wire_release(w, fh);
}
END_TEST

/* ---- mv ---- */

START_TEST(key_does_not_become_a_scratch_file)
{
	wire_put(w, dir, "5", "55");
	ck_assert_int_eq(rename_to("5", "5~"), -EPERM);
	ck_assert_int_eq(rename_to("5", ".7.swp"), -EPERM);
	ck_assert_int_eq(rename_noreplace("5", "5~"), -EPERM);
	ck_assert_int_eq(rename_to("5", "backup"), -EINVAL);
	make_text("there", "7\n");
	ck_assert_int_eq(rename_to("5", "there"), -EPERM);
	ck_assert_str_eq(wire_text(w, dir, "5"), "55\n");
	ck_assert_str_eq(wire_text(w, dir, "there"), "7\n");
	ck_assert_uint_eq(lines(" mv 5~: a key cannot be renamed to a temporary file, as made by "
				"programs that make backups"), 2);
}
END_TEST

START_TEST(scratch_file_becomes_a_key)
{
	make_text("file", "7\n");
	ck_assert_int_eq(rename_noreplace("file", "5"), 0);
	ck_assert_str_eq(wire_text(w, dir, "5"), "7\n");
	ck_assert(!exists("file"));
	make_text("file", "8\n");
	ck_assert_int_eq(rename_noreplace("file", "5"), -EEXIST);
	ck_assert_int_eq(rename_to("file", "backup"), -EINVAL);
	ck_assert_int_eq(rename_to("file", "5~"), 0);
	ck_assert_int_eq(rename_to("5~", "5"), 0);
	ck_assert_str_eq(wire_text(w, dir, "5"), "8\n");
}
END_TEST

START_TEST(scratch_file_that_became_a_key_takes_no_more)
{
	ck_assert_int_eq(make("file"), 0);
	ck_assert_int_eq(wire_write_text(w, fh, 0, "7\n"), 0);
	ck_assert_int_eq(rename_to("file", "5"), 0);
	ck_assert_int_eq(wire_write_text(w, fh, 0, "8\n"), -ESTALE);
	wire_release(w, fh);
	ck_assert_str_eq(wire_text(w, dir, "5"), "7\n");
}
END_TEST

START_TEST(move_that_cannot_remove_is_undone)
{
	wire_put(w, dir, "1", "11");
	store_fault_fail(store, FAULT_REMOVE, 0, 1, -EPERM);
	ck_assert_int_eq(rename_noreplace("1", "2"), -EPERM);
	ck_assert_str_eq(wire_text(w, dir, "1"), "11\n");
	ck_assert_str_eq(wire_text(w, dir, "2"), "errno 2");
	ck_assert_uint_eq(lines(" mv 2: the old key cannot be removed ("), 1);
}
END_TEST

START_TEST(move_that_cannot_be_undone_says_so)
{
	wire_put(w, dir, "1", "11");
	wire_put(w, dir, "2", "22");
	store_fault_fail(store, FAULT_REMOVE, 0, 1, -EPERM);
	ck_assert_int_eq(rename_to("1", "2"), -EPERM);
	ck_assert_str_eq(wire_text(w, dir, "1"), "11\n");
	ck_assert_str_eq(wire_text(w, dir, "2"), "11\n");
	ck_assert_uint_eq(lines("the value is now under both names"), 1);
}
END_TEST

START_TEST(move_of_a_key_removed_meanwhile_is_done)
{
	wire_put(w, dir, "1", "11");
	store_fault_fail(store, FAULT_REMOVE, 0, 1, -ENOENT);
	ck_assert_int_eq(rename_to("1", "2"), 0);
	ck_assert_str_eq(wire_text(w, dir, "2"), "11\n");
	ck_assert_uint_eq(lines(" mv "), 0);
}
END_TEST

START_TEST(move_into_a_full_map_says_so)
{
	wire_put(w, dir, "1", "11");
	wire_put(w, dir, "2", "22");
	ck_assert_int_eq(rename_to("1", "3"), -ENOSPC);
	ck_assert_uint_eq(lines(" mv 3: the map is full: max_entries=2"), 1);
	ck_assert_str_eq(wire_text(w, dir, "1"), "11\n");
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("scratch");
	Suite *s = suite_create("scratch");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, empty_files_count);
	tcase_add_test(tc, other_users_files_stay);
	tcase_add_test(tc, bytes_count_and_a_drop_is_reported);
	tcase_add_test(tc, memory_counts_until_it_is_freed);
	tcase_add_test(tc, truncation_has_an_effect_or_an_errno);
	tcase_add_test(tc, file_dropped_while_open_fails);
	tcase_add_test(tc, file_left_alone_is_reported_once);
	tcase_add_test(tc, files_go_with_their_map);
	tcase_add_test(tc, key_does_not_become_a_scratch_file);
	tcase_add_test(tc, scratch_file_becomes_a_key);
	tcase_add_test(tc, scratch_file_that_became_a_key_takes_no_more);
	tcase_add_test(tc, move_that_cannot_remove_is_undone);
	tcase_add_test(tc, move_that_cannot_be_undone_says_so);
	tcase_add_test(tc, move_of_a_key_removed_meanwhile_is_done);
	tcase_add_test(tc, move_into_a_full_map_says_so);
	suite_add_tcase(s, tc);
	return run_suite(s);
}

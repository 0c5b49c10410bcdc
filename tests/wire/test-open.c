/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The content of an open file: a snapshot, refreshed on rewind, whose size stat reports
 * meanwhile; and files whose key or map is gone.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util/clock.h"
#include "wire.h"

#define MS 1000000u

static struct wire *w;
static uint64_t dir, node, fh;
static char text[64];

static void setup(void)
{
	struct fuse_entry_out entry;

	w = wire_new("type=hash key=u32 value=char[64] max_entries=8");
	ck_assert_int_eq(wire_mkdir(w, "m", &dir), 0);
	ck_assert_int_eq(wire_put(w, dir, "1", "first"), 0);
	ck_assert_int_eq(wire_lookup(w, dir, "1", &entry), 0);
	node = entry.nodeid;
	ck_assert_uint_eq(entry.attr.size, 6);
}

static void teardown(void)
{
	clock_run();
	wire_free(w);
}

static void open_reader(void)
{
	ck_assert_int_eq(wire_open(w, node, O_RDONLY, &fh), 0);
}

static const char *read_at(uint64_t off)
{
	int n = wire_read(w, fh, off, text, sizeof(text) - 1);

	ck_assert_int_ge(n, 0);
	text[n] = '\0';
	return text;
}

static uint64_t size_now(void)
{
	struct fuse_attr attr;

	ck_assert_int_eq(wire_getattr(w, node, &attr), 0);
	return attr.size;
}

/* A reader that keeps a file open does not hide the size of the value from others. */
START_TEST(size_of_a_snapshot_is_reported_for_a_second)
{
	clock_stop();
	open_reader();
	ck_assert_int_eq(wire_put(w, dir, "1", "a longer one"), 0);
	clock_advance(999 * MS);
	ck_assert_uint_eq(size_now(), 6);
	clock_advance(2 * MS);
	ck_assert_uint_eq(size_now(), 13);
	/* A new snapshot, a new second. */
	ck_assert_str_eq(read_at(0), "first\n");
	ck_assert_str_eq(read_at(0), "a longer one\n");
	ck_assert_int_eq(wire_put(w, dir, "1", "x"), 0);
	ck_assert_uint_eq(size_now(), 13);
	clock_advance(1001 * MS);
	ck_assert_uint_eq(size_now(), 2);
	wire_release(w, fh);
}
END_TEST

START_TEST(size_of_a_small_file_is_reported_for_a_second)
{
	struct fuse_entry_out dot;

	clock_stop();
	ck_assert_int_eq(wire_lookup(w, dir, ".map", &dot), 0);
	node = wire_look(w, dot.nodeid, "errors");
	open_reader();
	ck_assert_int_eq(wire_put(w, dir, "x", "1"), -EINVAL);
	ck_assert_uint_eq(size_now(), 0);
	clock_advance(1001 * MS);
	ck_assert_uint_gt(size_now(), 0);
	wire_release(w, fh);
}
END_TEST

START_TEST(read_after_a_write_returns_what_was_written)
{
	ck_assert_int_eq(wire_open(w, node, O_RDWR, &fh), 0);
	ck_assert_int_eq(wire_write_text(w, fh, 0, "second one\n"), 0);
	ck_assert_str_eq(read_at(0), "second one\n");
	wire_release(w, fh);
}
END_TEST

START_TEST(read_after_a_write_returns_what_was_written_to_a_new_key)
{
	struct fuse_entry_out entry;

	ck_assert_int_eq(wire_create(w, dir, "2", O_RDWR, &entry, &fh), 0);
	ck_assert_int_eq(wire_write_text(w, fh, 0, "new\n"), 0);
	ck_assert_str_eq(read_at(0), "new\n");
	wire_release(w, fh);
}
END_TEST

/* Bytes of a value: at any offset. */
START_TEST(read_after_a_patch_returns_the_patch)
{
	struct fuse_entry_out dot;

	ck_assert_int_eq(wire_lookup(w, dir, ".map", &dot), 0);
	node = wire_look(w, wire_look(w, dot.nodeid, "raw"), "1");
	ck_assert_int_eq(wire_open(w, node, O_RDWR, &fh), 0);
	ck_assert_str_eq(read_at(0), "first");
	ck_assert_int_eq(wire_write(w, fh, 2, "XY", 2), 2);
	ck_assert_str_eq(read_at(1), "iXYt");
	ck_assert_str_eq(read_at(0), "fiXYt");
	wire_release(w, fh);
}
END_TEST

START_TEST(read_after_a_command_returns_its_effect)
{
	struct fuse_entry_out dot;

	ck_assert_int_eq(wire_lookup(w, dir, ".map", &dot), 0);
	node = wire_look(w, dot.nodeid, "frozen");
	ck_assert_int_eq(wire_open(w, node, O_RDWR, &fh), 0);
	ck_assert_int_eq(wire_write_text(w, fh, 0, "1\n"), 0);
	ck_assert_str_eq(read_at(0), "1\n");
	wire_release(w, fh);
}
END_TEST

/* Text of the whole map: begun again. */
START_TEST(read_after_lines_returns_them)
{
	struct fuse_entry_out dot;

	ck_assert_int_eq(wire_lookup(w, dir, ".map", &dot), 0);
	node = wire_look(w, dot.nodeid, "entries");
	ck_assert_int_eq(wire_open(w, node, O_RDWR, &fh), 0);
	ck_assert_int_eq(wire_write_text(w, fh, 0, "1\t\"changed\"\n"), 0);
	ck_assert_str_eq(read_at(0), "1\t\"changed\"\n");
	wire_release(w, fh);
}
END_TEST

/* A file of .map/, whose content changes with every error. */
START_TEST(fstat_of_dot_file_tells_what_is_read)
{
	struct fuse_entry_out dot, errors;
	char long_text[1024];
	uint64_t later;
	int n;

	ck_assert_int_eq(wire_lookup(w, dir, ".map", &dot), 0);
	ck_assert_int_eq(wire_lookup(w, dot.nodeid, "errors", &errors), 0);
	node = errors.nodeid;
	open_reader();
	ck_assert_int_eq(wire_put(w, dir, "x", "1"), -EINVAL);
	ck_assert_uint_eq(size_now(), 0);
	ck_assert_str_eq(read_at(0), "");
	ck_assert_int_eq(wire_open(w, node, O_RDONLY, &later), 0);
	ck_assert_int_eq(wire_put(w, dir, "y", "1"), -EINVAL);
	n = wire_read(w, later, 0, long_text, sizeof(long_text));
	ck_assert_int_gt(n, 0);
	ck_assert_uint_eq(size_now(), (uint64_t)n);
	wire_release(w, later);
	n = wire_read(w, fh, 0, long_text, sizeof(long_text));
	ck_assert_uint_eq(size_now(), (uint64_t)n);
	wire_release(w, fh);
}
END_TEST

START_TEST(open_of_vanished_key_is_estale)
{
	ck_assert_int_eq(wire_unlink(w, dir, "1"), 0);
	ck_assert_int_eq(wire_open(w, node, O_RDONLY, &fh), -ESTALE);
	ck_assert_int_eq(wire_open(w, node, O_WRONLY, &fh), -ESTALE);
	ck_assert_int_eq(wire_open(w, node, O_WRONLY | O_TRUNC, &fh), -ESTALE);
}
END_TEST

/* As a program would. */
static void remove_behind_the_tree(void)
{
	const uint8_t key[4] = { 1 };
	struct store_map map;
	uint32_t id;

	ck_assert_int_eq(store_next_id(w->store, 0, &id), 0);
	ck_assert_int_eq(store_open(w->store, id, STORE_READ | STORE_WRITE, &map), 0);
	ck_assert_int_eq(store_remove(&map, key), 0);
	store_close(&map);
}

/* Open the key for writing when it has just been removed: for 20 ms it is believed
 * to be there. */
static uint64_t writer_of_removed(void)
{
	struct fuse_entry_out entry;
	uint64_t writer = 0;

	clock_stop();
	ck_assert_int_eq(wire_lookup(w, dir, "1", &entry), 0);
	remove_behind_the_tree();
	clock_advance(19 * MS);
	ck_assert_int_eq(wire_open(w, node, O_WRONLY | O_TRUNC, &writer), 0);
	return writer;
}

START_TEST(open_for_writing_does_not_look_for_what_was_just_seen)
{
	uint64_t writer = writer_of_removed();

	ck_assert_int_eq(wire_open(w, node, O_RDONLY, &fh), -ESTALE);
	ck_assert_int_eq(wire_open(w, node, O_RDWR, &fh), -ESTALE);
	ck_assert_int_eq(wire_write_text(w, writer, 0, "x\n"), 0);
	ck_assert_int_eq(wire_flush(w, writer), 0);
	wire_release(w, writer);
	ck_assert_str_eq(wire_text(w, dir, "1"), "x\n");
}
END_TEST

START_TEST(open_of_key_that_vanished_a_while_ago_is_estale)
{
	clock_stop();
	ck_assert_int_eq(wire_put(w, dir, "1", "first"), 0);
	remove_behind_the_tree();
	clock_advance(20 * MS);
	ck_assert_int_eq(wire_open(w, node, O_WRONLY | O_TRUNC, &fh), -ESTALE);
}
END_TEST

START_TEST(vanished_key_opened_and_not_written_is_zeros)
{
	wire_release(w, writer_of_removed());
	ck_assert_str_eq(wire_text(w, dir, "1"), "\n");
}
END_TEST

START_TEST(vanished_key_opened_and_refused_stays_away)
{
	uint64_t writer = writer_of_removed();
	const char *too_long =
		"0123456789012345678901234567890123456789012345678901234567890123456789\n";

	ck_assert_int_eq(wire_write_text(w, writer, 0, too_long), -EFBIG);
	wire_release(w, writer);
	ck_assert_str_eq(wire_text(w, dir, "1"), "errno 2");
}
END_TEST

START_TEST(open_of_key_of_vanished_map_is_estale)
{
	ck_assert_int_eq(wire_unlink(w, dir, "1"), 0);
	ck_assert_int_eq(wire_request(w, FUSE_RMDIR, WIRE_ROOT, "m", 2, NULL, 0, NULL, 0), 0);
	ck_assert_int_eq(wire_open(w, node, O_RDONLY, &fh), -ESTALE);
}
END_TEST

START_TEST(open_file_of_vanished_map_is_estale_on_read_and_write)
{
	uint64_t writer;

	open_reader();
	writer = wire_writer(w, dir, "1", O_WRONLY);
	read_at(0);
	ck_assert_int_eq(wire_unlink(w, dir, "1"), 0);
	ck_assert_int_eq(wire_request(w, FUSE_RMDIR, WIRE_ROOT, "m", 2, NULL, 0, NULL, 0), 0);
	ck_assert_int_eq(wire_read(w, fh, 0, text, sizeof(text)), -ESTALE);
	ck_assert_int_eq(wire_write_text(w, writer, 0, "x"), -ESTALE);
	wire_release(w, fh);
	wire_release(w, writer);
}
END_TEST

static uint64_t open_dot(const char *file, int flags)
{
	struct fuse_entry_out dot, entry;
	uint64_t ret;

	ck_assert_int_eq(wire_lookup(w, dir, ".map", &dot), 0);
	ck_assert_int_eq(wire_lookup(w, dot.nodeid, file, &entry), 0);
	ck_assert_int_eq(wire_open(w, entry.nodeid, flags, &ret), 0);
	return ret;
}

START_TEST(open_dot_file_of_vanished_map_is_estale)
{
	static const char *const read[] = { "id", "count", "info", "btf", "def", "keys",
					    "entries", "backup", "drain" };
	static const struct {
		const char *file, *text;
	} written[] = { { "frozen", "1\n" }, { "clear", "yes\n" } };
	const size_t n = sizeof(read) / sizeof(read[0]);
	uint64_t readers[sizeof(read) / sizeof(read[0])], writers[2];

	for (size_t i = 0; i < n; i++)
		readers[i] = open_dot(read[i], O_RDONLY);
	for (size_t i = 0; i < n - 1; i++)
		ck_assert_int_ge(wire_read(w, readers[i], 0, text, sizeof(text)), 0);
	for (size_t i = 0; i < 2; i++)
		writers[i] = open_dot(written[i].file, O_WRONLY);
	ck_assert_int_eq(wire_unlink(w, dir, "1"), 0);
	ck_assert_int_eq(wire_request(w, FUSE_RMDIR, WIRE_ROOT, "m", 2, NULL, 0, NULL, 0), 0);
	for (size_t i = 0; i < n; i++)
		ck_assert_int_eq(wire_read(w, readers[i], 0, text, sizeof(text)), -ESTALE);
	for (size_t i = 0; i < 2; i++)
		ck_assert_int_eq(wire_write_text(w, writers[i], 0, written[i].text), -ESTALE);
}
END_TEST

START_TEST(read_behind_a_change_continues_the_old_text)
{
	open_reader();
	ck_assert_int_eq(wire_put(w, dir, "1", "another"), 0);
	ck_assert_str_eq(read_at(2), "rst\n");
	ck_assert_str_eq(read_at(6), "");
	wire_release(w, fh);
}
END_TEST

START_TEST(size_is_that_of_the_snapshot_while_open)
{
	open_reader();
	ck_assert_int_eq(wire_put(w, dir, "1", "something longer"), 0);
	ck_assert_uint_eq(size_now(), 6);
	ck_assert_str_eq(read_at(0), "first\n");
	wire_release(w, fh);
	ck_assert_uint_eq(size_now(), 17);
}
END_TEST

START_TEST(second_read_at_zero_is_fresh_and_so_is_the_size)
{
	open_reader();
	ck_assert_str_eq(read_at(0), "first\n");
	ck_assert_int_eq(wire_put(w, dir, "1", "second one"), 0);
	ck_assert_str_eq(read_at(0), "second one\n");
	ck_assert_uint_eq(size_now(), 11);
	wire_release(w, fh);
}
END_TEST

START_TEST(read_at_zero_of_removed_key_is_enoent)
{
	open_reader();
	read_at(0);
	ck_assert_int_eq(wire_unlink(w, dir, "1"), 0);
	ck_assert_str_eq(read_at(3), "st\n");
	ck_assert_int_eq(wire_read(w, fh, 0, text, sizeof(text)), -ENOENT);
	wire_release(w, fh);
}
END_TEST

START_TEST(truncating_open_changes_nothing_and_reads_the_old_value)
{
	uint64_t writer = wire_writer(w, dir, "1", O_WRONLY | O_TRUNC);

	open_reader();
	ck_assert_str_eq(read_at(0), "first\n");
	wire_release(w, fh);
	wire_flush(w, writer);
	wire_release(w, writer);
	ck_assert_str_eq(wire_text(w, dir, "1"), "first\n");
}
END_TEST

START_TEST(mtime_changes_with_the_value_and_ctime_does_not)
{
	struct fuse_attr a, b;

	ck_assert_int_eq(wire_getattr(w, node, &a), 0);
	ck_assert_int_eq(wire_getattr(w, node, &b), 0);
	ck_assert(a.mtime == b.mtime && a.mtimensec == b.mtimensec);
	ck_assert_int_eq(wire_put(w, dir, "1", "other"), 0);
	ck_assert_int_eq(wire_getattr(w, node, &b), 0);
	ck_assert(a.mtime != b.mtime || a.mtimensec != b.mtimensec);
	ck_assert(a.ctime == b.ctime && a.ctimensec == b.ctimensec);
	ck_assert_uint_eq(b.nlink, 1);
}
END_TEST

START_TEST(reader_of_dot_file_refreshes_on_rewind)
{
	struct fuse_entry_out entry;

	ck_assert_int_eq(wire_lookup(w, dir, ".map", &entry), 0);
	ck_assert_int_eq(wire_lookup(w, entry.nodeid, "count", &entry), 0);
	ck_assert_int_eq(wire_open(w, entry.nodeid, O_RDONLY, &fh), 0);
	ck_assert_str_eq(read_at(0), "1\n");
	ck_assert_int_eq(wire_put(w, dir, "2", "x"), 0);
	ck_assert_str_eq(read_at(0), "2\n");
	wire_release(w, fh);
}
END_TEST

START_TEST(entries_reread_from_the_start_or_any_offset)
{
	struct fuse_entry_out entry;
	char all[64];

	ck_assert_int_eq(wire_put(w, dir, "2", "x"), 0);
	ck_assert_int_eq(wire_lookup(w, dir, ".map", &entry), 0);
	ck_assert_int_eq(wire_lookup(w, entry.nodeid, "entries", &entry), 0);
	ck_assert_int_eq(wire_open(w, entry.nodeid, O_RDONLY, &fh), 0);
	strcpy(all, read_at(0));
	ck_assert_uint_eq(strlen(all), strlen("1\t\"first\"\n2\t\"x\"\n"));
	ck_assert_str_eq(read_at(strlen(all)), "");
	ck_assert_str_eq(read_at(3), all + 3);
	ck_assert_str_eq(read_at(1000), "");
	ck_assert_str_eq(read_at(0), all);
	wire_release(w, fh);
}
END_TEST

/* The end of the test frees tree and store, which checks that nobody holds a
 * map. */
START_TEST(files_open_at_the_end_are_closed)
{
	struct fuse_entry_out entry;

	open_reader();
	ck_assert_int_eq(wire_opendir(w, dir, &fh), 0);
	ck_assert_int_eq(wire_create(w, dir, "2", O_WRONLY, &entry, &fh), 0);
	ck_assert_int_eq(wire_lookup(w, dir, ".map", &entry), 0);
	ck_assert_int_eq(wire_lookup(w, entry.nodeid, "entries", &entry), 0);
	ck_assert_int_eq(wire_open(w, entry.nodeid, O_RDONLY, &fh), 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("open");
	TCase *tc = tcase_create("open");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, size_of_a_snapshot_is_reported_for_a_second);
	tcase_add_test(tc, size_of_a_small_file_is_reported_for_a_second);
	tcase_add_test(tc, read_after_a_write_returns_what_was_written);
	tcase_add_test(tc, read_after_a_write_returns_what_was_written_to_a_new_key);
	tcase_add_test(tc, read_after_a_patch_returns_the_patch);
	tcase_add_test(tc, read_after_a_command_returns_its_effect);
	tcase_add_test(tc, read_after_lines_returns_them);
	tcase_add_test(tc, fstat_of_dot_file_tells_what_is_read);
	tcase_add_test(tc, open_of_vanished_key_is_estale);
	tcase_add_test(tc, open_for_writing_does_not_look_for_what_was_just_seen);
	tcase_add_test(tc, open_of_key_that_vanished_a_while_ago_is_estale);
	tcase_add_test(tc, vanished_key_opened_and_not_written_is_zeros);
	tcase_add_test(tc, vanished_key_opened_and_refused_stays_away);
	tcase_add_test(tc, open_of_key_of_vanished_map_is_estale);
	tcase_add_test(tc, open_file_of_vanished_map_is_estale_on_read_and_write);
	tcase_add_test(tc, open_dot_file_of_vanished_map_is_estale);
	tcase_add_test(tc, read_behind_a_change_continues_the_old_text);
	tcase_add_test(tc, size_is_that_of_the_snapshot_while_open);
	tcase_add_test(tc, second_read_at_zero_is_fresh_and_so_is_the_size);
	tcase_add_test(tc, read_at_zero_of_removed_key_is_enoent);
	tcase_add_test(tc, truncating_open_changes_nothing_and_reads_the_old_value);
	tcase_add_test(tc, mtime_changes_with_the_value_and_ctime_does_not);
	tcase_add_test(tc, reader_of_dot_file_refreshes_on_rewind);
	tcase_add_test(tc, entries_reread_from_the_start_or_any_offset);
	tcase_add_test(tc, files_open_at_the_end_are_closed);
	suite_add_tcase(s, tc);
	return run_suite(s);
}

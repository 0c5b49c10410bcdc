/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests without a caller, and callers that no longer wait: RELEASE without FLUSH,
 * which the kernel sends for a process killed in write(2) and for a fixed file of
 * io_uring, and FUSE_INTERRUPT.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "wire.h"

static struct wire *w;
static uint64_t dir;

static void setup(void)
{
	w = wire_new("type=hash key=u32 value=u32 max_entries=1024");
	ck_assert_int_eq(wire_mkdir(w, "m", &dir), 0);
	wire_put(w, dir, "1", "11");
}

static void teardown(void)
{
	wire_free(w);
}

static uint64_t open_dot(const char *file, int flags)
{
	uint64_t node = wire_look(w, wire_look(w, dir, ".map"), file);
	uint64_t fh;

	ck_assert_int_eq(wire_open(w, node, flags, &fh), 0);
	return fh;
}

/* The last line has no newline, so it is held until the file is closed. */
START_TEST(held_line_takes_effect_at_release_without_flush)
{
	uint64_t fh = open_dot("entries", O_WRONLY);

	ck_assert_int_eq(wire_write_text(w, fh, 0, "2\t22\n3\t33"), 0);
	wire_release(w, fh);
	ck_assert_str_eq(wire_text(w, dir, "2"), "22\n");
	ck_assert_str_eq(wire_text(w, dir, "3"), "33\n");
}
END_TEST

START_TEST(backup_cut_off_by_release_deletes_nothing)
{
	uint64_t fh = open_dot("backup", O_WRONLY);

	ck_assert_int_eq(wire_write_text(w, fh, 0, "2\t22\n# end 1"), 0);
	wire_release(w, fh);
	fh = open_dot("backup", O_WRONLY);
	ck_assert_int_eq(wire_write_text(w, fh, 0, "2\t22\n3\t3"), 0);
	wire_release(w, fh);
	ck_assert_str_eq(wire_text(w, dir, "2"), "22\n");
	ck_assert_str_eq(wire_text(w, dir, "3"), "errno 2");
	ck_assert_ptr_nonnull(strstr(wire_dot_text(w, dir, "errors"), "backup"));
}
END_TEST

START_TEST(delete_ends_with_release_without_flush)
{
	uint64_t fh = open_dot("delete", O_WRONLY);

	ck_assert_int_eq(wire_write_text(w, fh, 0, "1"), 0);
	ck_assert_str_eq(wire_text(w, dir, "1"), "11\n");
	wire_release(w, fh);
	ck_assert_str_eq(wire_text(w, dir, "1"), "errno 2");
}
END_TEST

/* libfuse remembers an interrupt that comes before its request. */
static void interrupt_next_request(void)
{
	struct fuse_interrupt_in in = { .unique = atomic_load(&w->unique) + 2 };

	wire_request(w, FUSE_INTERRUPT, 0, &in, sizeof(in), NULL, 0, NULL, 0);
}

START_TEST(interrupted_count_is_eintr)
{
	uint64_t node = wire_look(w, wire_look(w, dir, ".map"), "count"), fh;

	interrupt_next_request();
	ck_assert_int_eq(wire_open(w, node, O_RDONLY, &fh), -EINTR);
	ck_assert_int_eq(wire_open(w, node, O_RDONLY, &fh), 0);
	wire_release(w, fh);
}
END_TEST

START_TEST(interrupted_clear_is_eintr)
{
	uint64_t fh = open_dot("clear", O_WRONLY);

	interrupt_next_request();
	ck_assert_int_eq(wire_write_text(w, fh, 0, "yes\n"), -EINTR);
	wire_release(w, fh);
}
END_TEST

START_TEST(interrupted_dump_goes_on_with_the_next_read)
{
	uint64_t fh = open_dot("entries", O_RDONLY);
	char text[64] = "";

	interrupt_next_request();
	wire_read(w, fh, 0, text, sizeof(text) - 1);
	ck_assert_int_eq(wire_read(w, fh, 0, text, sizeof(text) - 1), 5);
	ck_assert_str_eq(text, "1\t11\n");
	wire_release(w, fh);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("release");
	Suite *s = suite_create("release");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, held_line_takes_effect_at_release_without_flush);
	tcase_add_test(tc, backup_cut_off_by_release_deletes_nothing);
	tcase_add_test(tc, delete_ends_with_release_without_flush);
	tcase_add_test(tc, interrupted_count_is_eintr);
	tcase_add_test(tc, interrupted_clear_is_eintr);
	tcase_add_test(tc, interrupted_dump_goes_on_with_the_next_read);
	suite_add_tcase(s, tc);
	return run_suite(s);
}

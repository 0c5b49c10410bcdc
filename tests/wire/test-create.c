/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * New keys are inserted with their first complete text, in one update; touch, exclusive
 * creates and cancelled ones. Per-CPU lines.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire.h"

static struct wire *w;
static uint64_t dir, fh;
static struct fuse_entry_out entry;

static void make(const char *def)
{
	w = wire_new(def);
	ck_assert_int_eq(wire_mkdir(w, "m", &dir), 0);
}

static void setup(void)
{
	make("type=hash key=u32 value={a:u32,b:u32} max_entries=2");
}

static void setup_percpu(void)
{
	make("type=percpu_array value=u32 max_entries=4");
}

static void teardown(void)
{
	wire_free(w);
}

static int create(const char *name, int flags)
{
	return wire_create(w, dir, name, flags, &entry, &fh);
}

static void expect_created(const char *name, int flags)
{
	ck_assert_int_eq(create(name, flags), 0);
	wire_forget(w, entry.nodeid, 1);
}

static int end(void)
{
	int r = wire_flush(w, fh);

	wire_release(w, fh);
	return r;
}

static const char *count(void)
{
	return wire_dot_text(w, dir, "count");
}

START_TEST(created_key_enters_with_its_first_complete_text)
{
	expect_created("1", O_WRONLY | O_TRUNC);
	ck_assert_str_eq(count(), "0\n");
	ck_assert_int_eq(wire_write_text(w, fh, 0, "{\"a\":1,"), 0);
	ck_assert_str_eq(count(), "0\n");
	ck_assert_int_eq(wire_write_text(w, fh, 7, "\"b\":2}\n"), 0);
	ck_assert_str_eq(count(), "1\n");
	ck_assert_str_eq(wire_text(w, dir, "1"), "{\"a\":1,\"b\":2}\n");
	ck_assert_int_eq(end(), 0);
	ck_assert_str_eq(count(), "1\n");
}
END_TEST

START_TEST(created_key_resolves_with_size_zero)
{
	ck_assert_int_eq(create("1", O_WRONLY), 0);
	ck_assert_uint_eq(entry.attr.size, 0);
	ck_assert_int_eq(wire_lookup(w, dir, "1", &entry), 0);
	ck_assert_uint_eq(entry.attr.size, 0);
	ck_assert_str_eq(wire_text(w, dir, "1"), "");
	end();
}
END_TEST

START_TEST(created_key_that_nobody_wrote_is_zeros)
{
	expect_created("1", O_WRONLY);
	ck_assert_int_eq(end(), 0);
	ck_assert_str_eq(wire_text(w, dir, "1"), "{\"a\":0,\"b\":0}\n");
}
END_TEST

START_TEST(created_key_refused_leaves_nothing)
{
	expect_created("1", O_WRONLY);
	ck_assert_int_eq(wire_write_text(w, fh, 0, "nonsense\n"), -EINVAL);
	end();
	ck_assert_str_eq(wire_text(w, dir, "1"), "errno 2");
	ck_assert_str_eq(count(), "0\n");
}
END_TEST

START_TEST(created_key_cut_off_leaves_nothing)
{
	expect_created("1", O_WRONLY);
	ck_assert_int_eq(wire_write_text(w, fh, 0, "{\"a\":"), 0);
	ck_assert_int_eq(end(), -EINVAL);
	ck_assert_str_eq(count(), "0\n");
}
END_TEST

START_TEST(exclusive_create_that_nobody_wrote_leaves_nothing)
{
	expect_created("1", O_WRONLY | O_EXCL);
	ck_assert_int_eq(end(), 0);
	ck_assert_str_eq(wire_text(w, dir, "1"), "errno 2");
	ck_assert_uint_eq(wire_known_keys(w), 0);
	ck_assert_ptr_nonnull(strstr(wire_dot_text(w, dir, "errors"), "is not inserted"));
}
END_TEST

START_TEST(exclusive_create_with_text_enters)
{
	expect_created("1", O_RDWR | O_EXCL);
	ck_assert_int_eq(wire_write_text(w, fh, 0, "{\"a\":1}\n"), 0);
	ck_assert_int_eq(wire_write_text(w, fh, 0, "{\"a\":2}\n"), 0);
	ck_assert_int_eq(end(), 0);
	ck_assert_str_eq(wire_text(w, dir, "1"), "{\"a\":2,\"b\":0}\n");
}
END_TEST

START_TEST(exclusive_create_of_present_key_is_eexist)
{
	ck_assert_int_eq(wire_put(w, dir, "1", "{}"), 0);
	ck_assert_int_eq(create("1", O_WRONLY | O_EXCL), -EEXIST);
	ck_assert_int_eq(create("0x1", O_WRONLY | O_EXCL), -EEXIST);
	ck_assert_uint_eq(wire_known_keys(w), 0);
}
END_TEST

START_TEST(exclusive_create_loses_against_an_insert_meanwhile)
{
	uint64_t mine;

	expect_created("1", O_WRONLY | O_EXCL);
	mine = fh;
	ck_assert_int_eq(wire_put(w, dir, "@01000000", "{\"a\":7}"), 0);
	ck_assert_int_eq(wire_write_text(w, mine, 0, "{\"a\":1}"), -EEXIST);
	ck_assert_ptr_nonnull(strstr(wire_dot_text(w, dir, "errors"), "exists already"));
	wire_release(w, mine);
	ck_assert_str_eq(wire_text(w, dir, "1"), "{\"a\":7,\"b\":0}\n");
}
END_TEST

START_TEST(create_of_key_inserted_since_the_lookup_opens_it)
{
	ck_assert_int_eq(wire_put(w, dir, "1", "{\"a\":7}"), 0);
	expect_created("1", O_WRONLY);
	end();
	ck_assert_str_eq(wire_text(w, dir, "1"), "{\"a\":7,\"b\":0}\n");
}
END_TEST

START_TEST(rm_cancels_a_created_key)
{
	expect_created("1", O_WRONLY);
	ck_assert_int_eq(wire_unlink(w, dir, "1"), 0);
	ck_assert_int_eq(wire_lookup(w, dir, "1", &entry), -ENOENT);
	ck_assert_int_eq(wire_write_text(w, fh, 0, "{}\n"), -ENOENT);
	end();
	ck_assert_str_eq(count(), "0\n");
}
END_TEST

START_TEST(rm_cancels_even_without_a_write)
{
	expect_created("1", O_WRONLY);
	ck_assert_int_eq(wire_unlink(w, dir, "1"), 0);
	end();
	ck_assert_str_eq(count(), "0\n");
}
END_TEST

START_TEST(cancelled_create_does_not_end_a_later_one)
{
	uint64_t first;

	expect_created("1", O_WRONLY);
	first = fh;
	ck_assert_int_eq(wire_unlink(w, dir, "1"), 0);
	expect_created("1", O_WRONLY);
	wire_flush(w, first);
	wire_release(w, first);
	ck_assert_str_eq(wire_text(w, dir, "1"), "");
	ck_assert_int_eq(wire_write_text(w, fh, 0, "{\"a\":1}\n"), 0);
	end();
	ck_assert_str_eq(wire_text(w, dir, "1"), "{\"a\":1,\"b\":0}\n");
}
END_TEST

START_TEST(two_creates_of_one_key_both_write)
{
	uint64_t first;

	expect_created("1", O_WRONLY);
	first = fh;
	expect_created("1", O_WRONLY);
	ck_assert_int_eq(wire_write_text(w, fh, 0, "{\"a\":1}\n"), 0);
	ck_assert_int_eq(end(), 0);
	ck_assert_str_eq(wire_text(w, dir, "1"), "{\"a\":1,\"b\":0}\n");
	wire_release(w, first);
	ck_assert_str_eq(wire_text(w, dir, "1"), "{\"a\":1,\"b\":0}\n");
}
END_TEST

START_TEST(create_of_bad_name_names_the_errno)
{
	ck_assert_int_eq(create("x", O_WRONLY), -EINVAL);
	ck_assert_int_eq(create("4294967296", O_WRONLY), -ERANGE);
	ck_assert_int_eq(create("-1", O_WRONLY), -ERANGE);
	ck_assert_int_eq(create("@0102", O_WRONLY), -EINVAL);
	ck_assert_uint_eq(wire_known_keys(w), 0);
}
END_TEST

START_TEST(full_map_is_enospc_and_says_so)
{
	ck_assert_int_eq(wire_put(w, dir, "1", "{}"), 0);
	ck_assert_int_eq(wire_put(w, dir, "2", "{}"), 0);
	ck_assert_int_eq(wire_put(w, dir, "3", "{}"), -ENOSPC);
	ck_assert_str_eq(count(), "2\n");
	ck_assert_ptr_nonnull(strstr(wire_dot_text(w, dir, "errors"), "write 3: "));
	expect_created("4", O_WRONLY);
	end();
	ck_assert_str_eq(count(), "2\n");
	ck_assert_ptr_nonnull(strstr(wire_dot_text(w, dir, "errors"), " 4: "));
}
END_TEST

/* ---- per-CPU lines ---- */

static const char *lines(unsigned n, unsigned first)
{
	static char text[65536];
	size_t len = 0;

	text[0] = '\0';
	for (unsigned i = 0; i < n; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%u\n", first + i);
	return text;
}

static const char *same(unsigned n, unsigned value)
{
	static char text[65536];
	size_t len = 0;

	for (unsigned i = 0; i < n; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%u\n", value);
	return text;
}

START_TEST(one_line_sets_every_cpu)
{
	ck_assert_int_eq(wire_put(w, dir, "0", "7\n"), 0);
	ck_assert_str_eq(wire_text(w, dir, "0"), same(store_possible_cpus(), 7));
	ck_assert_int_eq(wire_put(w, dir, "0", "8"), 0);
	ck_assert_str_eq(wire_text(w, dir, "0"), same(store_possible_cpus(), 8));
}
END_TEST

START_TEST(as_many_lines_as_cpus_set_each_its_own)
{
	unsigned cpus = store_possible_cpus();

	ck_assert_int_eq(wire_put(w, dir, "0", lines(cpus, 5)), 0);
	ck_assert_str_eq(wire_text(w, dir, "0"), lines(cpus, 5));
	ck_assert_str_eq(wire_text(w, dir, "1"), same(cpus, 0));
}
END_TEST

START_TEST(another_number_of_lines_is_einval)
{
	unsigned cpus = store_possible_cpus();

	ck_assert_int_eq(wire_put(w, dir, "0", lines(cpus + 1, 5)), -EINVAL);
	if (cpus > 2)
		ck_assert_int_eq(wire_put(w, dir, "0", lines(cpus - 1, 5)), -EINVAL);
	ck_assert_int_eq(wire_put(w, dir, "0", "\n"), -EINVAL);
	ck_assert_str_eq(wire_text(w, dir, "0"), same(cpus, 0));
}
END_TEST

START_TEST(index_past_the_end_is_efbig_on_create)
{
	ck_assert_int_eq(wire_lookup(w, dir, "4", &entry), -ENOENT);
	ck_assert_int_eq(create("4", O_WRONLY), -EFBIG);
	ck_assert_int_eq(wire_unlink(w, dir, "3"), -EPERM);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("create");
	TCase *tc = tcase_create("create"), *percpu = tcase_create("percpu");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, created_key_enters_with_its_first_complete_text);
	tcase_add_test(tc, created_key_resolves_with_size_zero);
	tcase_add_test(tc, created_key_that_nobody_wrote_is_zeros);
	tcase_add_test(tc, created_key_refused_leaves_nothing);
	tcase_add_test(tc, created_key_cut_off_leaves_nothing);
	tcase_add_test(tc, exclusive_create_that_nobody_wrote_leaves_nothing);
	tcase_add_test(tc, exclusive_create_with_text_enters);
	tcase_add_test(tc, exclusive_create_of_present_key_is_eexist);
	tcase_add_test(tc, exclusive_create_loses_against_an_insert_meanwhile);
	tcase_add_test(tc, create_of_key_inserted_since_the_lookup_opens_it);
	tcase_add_test(tc, rm_cancels_a_created_key);
	tcase_add_test(tc, rm_cancels_even_without_a_write);
	tcase_add_test(tc, cancelled_create_does_not_end_a_later_one);
	tcase_add_test(tc, two_creates_of_one_key_both_write);
	tcase_add_test(tc, create_of_bad_name_names_the_errno);
	tcase_add_test(tc, full_map_is_enospc_and_says_so);
	tcase_add_checked_fixture(percpu, setup_percpu, teardown);
	tcase_add_test(percpu, one_line_sets_every_cpu);
	tcase_add_test(percpu, as_many_lines_as_cpus_set_each_its_own);
	tcase_add_test(percpu, another_number_of_lines_is_einval);
	tcase_add_test(percpu, index_past_the_end_is_efbig_on_create);
	suite_add_tcase(s, tc);
	suite_add_tcase(s, percpu);
	return run_suite(s);
}

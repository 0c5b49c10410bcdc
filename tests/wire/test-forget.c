/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Node numbers and lookup counts: exactly the keys that the kernel knows are
 * remembered, and no number ever refers to two keys.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include "wire.h"

static struct wire *w;
static uint64_t dir;

static void setup(void)
{
	w = wire_new("type=hash key=u32 value=u32 max_entries=8192");
	ck_assert_int_eq(wire_mkdir(w, "m", &dir), 0);
}

static void teardown(void)
{
	wire_free(w);
}

static uint64_t look_number(unsigned i)
{
	char name[16];

	snprintf(name, sizeof(name), "%u", i);
	return wire_look(w, dir, name);
}

static void fill(unsigned n)
{
	char name[16];

	for (unsigned i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "%u", i);
		ck_assert_int_eq(wire_put(w, dir, name, name), 0);
	}
}

START_TEST(lookup_of_missing_key_is_enoent_and_not_remembered)
{
	struct fuse_entry_out entry;

	ck_assert_int_eq(wire_lookup(w, dir, "7", &entry), -ENOENT);
	ck_assert_int_eq(wire_lookup(w, dir, "no number", &entry), -ENOENT);
	ck_assert_uint_eq(wire_known_keys(w), 0);
}
END_TEST

START_TEST(lookup_twice_gives_one_number_until_both_are_forgotten)
{
	struct fuse_attr attr;
	uint64_t node;

	fill(1);
	node = wire_look(w, dir, "0");
	ck_assert_uint_eq(wire_look(w, dir, "0x0"), node);
	wire_forget(w, node, 1);
	ck_assert_int_eq(wire_getattr(w, node, &attr), 0);
	wire_forget(w, node, 1);
	ck_assert_uint_eq(wire_known_keys(w), 0);
	ck_assert_int_eq(wire_getattr(w, node, &attr), -ESTALE);
}
END_TEST

START_TEST(forgotten_number_is_not_used_for_another_key)
{
	struct fuse_attr attr;
	uint64_t old, new, fh;

	fill(2);
	old = wire_look(w, dir, "0");
	wire_forget(w, old, 1);
	new = wire_look(w, dir, "1");
	ck_assert_uint_ne(old, new);
	ck_assert_int_eq(wire_getattr(w, old, &attr), -ESTALE);
	ck_assert_int_eq(wire_open(w, old, O_RDONLY, &fh), -ESTALE);
	ck_assert_int_eq(wire_open(w, old, O_WRONLY, &fh), -ESTALE);
	wire_forget(w, new, 1);
}
END_TEST

START_TEST(forgotten_number_stays_stale_after_the_table_was_given_back)
{
	enum { N = 3000 };
	static uint64_t before[N], after[N];
	struct fuse_attr attr;

	fill(N);
	for (unsigned i = 0; i < N; i++)
		before[i] = look_number(i);
	for (unsigned i = 0; i < N; i++)
		wire_forget(w, before[i], 1);
	ck_assert_uint_eq(wire_known_keys(w), 0);
	for (unsigned i = 0; i < N; i++)
		after[i] = look_number(N - 1 - i);
	for (unsigned i = 0; i < N; i++)
		ck_assert_int_eq(wire_getattr(w, before[i], &attr), -ESTALE);
	for (unsigned i = 0; i < N; i++)
		wire_forget(w, after[i], 1);
	ck_assert_uint_eq(wire_known_keys(w), 0);
}
END_TEST

START_TEST(batch_forget_drops_each_count)
{
	struct fuse_forget_one nodes[2];

	fill(2);
	for (unsigned i = 0; i < 2; i++)
		nodes[i] = (struct fuse_forget_one){ look_number(i), i + 1 };
	wire_look(w, dir, "1");
	ck_assert_uint_eq(wire_known_keys(w), 2);
	wire_batch_forget(w, nodes, 2);
	ck_assert_uint_eq(wire_known_keys(w), 0);
}
END_TEST

START_TEST(forget_of_too_many_or_unknown_is_harmless)
{
	uint64_t node;

	fill(1);
	node = wire_look(w, dir, "0");
	wire_forget(w, node, UINT64_MAX);
	wire_forget(w, node, 1);
	wire_forget(w, UINT64_MAX, 1);
	wire_forget(w, 0, 1);
	wire_forget(w, dir, 5);
	ck_assert_uint_eq(wire_known_keys(w), 0);
	ck_assert_str_eq(wire_text(w, dir, "0"), "0\n");
}
END_TEST

START_TEST(removed_key_keeps_its_number_while_looked_up)
{
	struct fuse_attr attr;
	uint64_t node;

	fill(2);
	node = wire_look(w, dir, "0");
	ck_assert_int_eq(wire_unlink(w, dir, "0"), 0);
	ck_assert_int_eq(wire_getattr(w, node, &attr), -ESTALE);
	ck_assert_uint_ne(wire_look(w, dir, "1"), node);
	ck_assert_int_eq(wire_put(w, dir, "0", "5"), 0);
	ck_assert_uint_eq(wire_look(w, dir, "0"), node);
}
END_TEST

START_TEST(forgotten_key_lives_while_open)
{
	uint64_t node, fh;
	char text[8];

	fill(1);
	node = wire_look(w, dir, "0");
	ck_assert_int_eq(wire_open(w, node, O_RDONLY, &fh), 0);
	wire_forget(w, node, 1);
	ck_assert_uint_eq(wire_known_keys(w), 1);
	ck_assert_int_eq(wire_read(w, fh, 0, text, sizeof(text)), 2);
	wire_release(w, fh);
	ck_assert_uint_eq(wire_known_keys(w), 0);
}
END_TEST

START_TEST(lookup_interrupted_is_taken_back)
{
	struct fuse_entry_out entry;

	fill(1);
	w->interrupted = true;
	wire_lookup(w, dir, "0", &entry);
	ck_assert_uint_eq(wire_known_keys(w), 0);
}
END_TEST

START_TEST(open_interrupted_is_closed)
{
	uint64_t node, fh;

	fill(1);
	node = wire_look(w, dir, "0");
	w->interrupted = true;
	wire_request(w, FUSE_OPEN, node, &(struct fuse_open_in){ .flags = O_RDONLY },
		     sizeof(struct fuse_open_in), NULL, 0, &fh, 0);
	wire_forget(w, node, 1);
	ck_assert_uint_eq(wire_known_keys(w), 0);
}
END_TEST

static const uint32_t create_flags[] = { O_CREAT | O_WRONLY, O_CREAT | O_EXCL | O_WRONLY };

START_TEST(create_interrupted_is_taken_back)
{
	struct fuse_create_in in = { .flags = create_flags[_i] };

	w->interrupted = true;
	wire_request(w, FUSE_CREATE, dir, &in, sizeof(in), "5", 2, NULL, 0);
	ck_assert_uint_eq(wire_known_keys(w), 0);
	ck_assert_str_eq(wire_text(w, dir, "5"), "errno 2");
}
END_TEST

START_TEST(inode_number_is_the_same_after_forgetting)
{
	struct fuse_entry_out entry;
	uint64_t ino;

	fill(1);
	ck_assert_int_eq(wire_lookup(w, dir, "0", &entry), 0);
	ino = entry.attr.ino;
	wire_forget(w, entry.nodeid, 1);
	ck_assert_int_eq(wire_lookup(w, dir, "0", &entry), 0);
	ck_assert_uint_eq(entry.attr.ino, ino);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("forget");
	TCase *tc = tcase_create("forget");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, lookup_of_missing_key_is_enoent_and_not_remembered);
	tcase_add_test(tc, lookup_twice_gives_one_number_until_both_are_forgotten);
	tcase_add_test(tc, forgotten_number_is_not_used_for_another_key);
	tcase_add_test(tc, forgotten_number_stays_stale_after_the_table_was_given_back);
	tcase_add_test(tc, batch_forget_drops_each_count);
	tcase_add_test(tc, forget_of_too_many_or_unknown_is_harmless);
	tcase_add_test(tc, removed_key_keeps_its_number_while_looked_up);
	tcase_add_test(tc, forgotten_key_lives_while_open);
	tcase_add_test(tc, lookup_interrupted_is_taken_back);
	tcase_add_test(tc, open_interrupted_is_closed);
	tcase_add_loop_test(tc, create_interrupted_is_taken_back, 0, 2);
	tcase_add_test(tc, inode_number_is_the_same_after_forgetting);
	suite_add_tcase(s, tc);
	return run_suite(s);
}

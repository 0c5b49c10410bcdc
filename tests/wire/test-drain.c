/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * .map/drain: every entry is printed once and removed from the map, whatever the size
 * of the reads and the number of readers.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../unit/store-fault.h"
#include "wire.h"

#define KEYS 5000

static struct wire *w;
static struct store *store;
static uint64_t dir;
static struct fuse_entry_out drain;
static unsigned times[KEYS];

static void begin(const char *def, unsigned n)
{
	struct fuse_entry_out entry;
	struct store *memory;
	static char text[KEYS * 16];
	size_t len = 0;

	ck_assert_int_eq(store_memory_new(&memory), 0);
	ck_assert_int_eq(store_fault_new(memory, &store), 0);
	w = wire_new_over(store, def);
	ck_assert_int_eq(wire_mkdir(w, "m", &dir), 0);
	for (unsigned i = 0; i < n; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%u\t7\n", i);
	ck_assert_int_eq(wire_dot_put(w, dir, "entries", text), 0);
	ck_assert_int_eq(wire_lookup(w, dir, ".map", &entry), 0);
	ck_assert_int_eq(wire_lookup(w, entry.nodeid, "drain", &drain), 0);
	memset(times, 0, sizeof(times));
}

static uint64_t open_drain(void)
{
	uint64_t fh;

	ck_assert_int_eq(wire_open(w, drain.nodeid, O_RDONLY, &fh), 0);
	return fh;
}

/* Count the lines "KEY\t..." of a text. */
static void note(const char *text)
{
	unsigned key;

	for (; *text; text = strchr(text, '\n') + 1) {
		ck_assert_int_eq(sscanf(text, "%u\t", &key), 1);
		ck_assert_uint_lt(key, KEYS);
		ck_assert_ptr_nonnull(strchr(text, '\n'));
		times[key]++;
	}
}

/* Read to the end in pieces. */
static void drain_all(uint64_t fh, uint32_t piece)
{
	static char all[KEYS * 32];
	size_t len = 0;
	int n;

	while ((n = wire_read(w, fh, len, all + len, piece)) > 0)
		len += (size_t)n;
	ck_assert_int_eq(n, 0);
	all[len] = '\0';
	note(all);
}

static void expect_once(unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		ck_assert_uint_eq(times[i], 1);
	ck_assert_str_eq(wire_dot_text(w, dir, "count"), "0\n");
}

static const char *const defs[] = {
	"type=hash key=u32 value=u32 max_entries=5000",
	"type=lru_hash key=u32 value=u32 max_entries=50000",
	"type=percpu_hash key=u32 value=u32 max_entries=5000",
	"type=lru_percpu_hash key=u32 value=u32 max_entries=50000",
};
static const uint32_t pieces[] = { 1, 7, 4096, 1 << 17 };

START_TEST(every_entry_is_printed_once_and_removed)
{
	unsigned n = pieces[_i % 4] < 4096 ? 500 : KEYS;
	uint64_t fh;

	begin(defs[_i / 4], n);
	fh = open_drain();
	drain_all(fh, pieces[_i % 4]);
	wire_release(w, fh);
	expect_once(n);
	wire_free(w);
}
END_TEST

/* A kernel without LOOKUP_AND_DELETE_BATCH. */
START_TEST(without_batches_key_by_key)
{
	uint64_t fh;

	begin(defs[0], KEYS);
	store_fault_fail(store, FAULT_TAKE_BATCH, 0, 1000, -STORE_ENOTSUPP);
	fh = open_drain();
	drain_all(fh, 1 << 17);
	wire_release(w, fh);
	expect_once(KEYS);
	wire_free(w);
}
END_TEST

START_TEST(trie_is_drained)
{
	struct fuse_entry_out entry;
	uint64_t fh;
	char text[64];
	int n;

	w = wire_new("type=lpm_trie key=prefix(ipv4) value=u32 max_entries=10");
	ck_assert_int_eq(wire_mkdir(w, "m", &dir), 0);
	ck_assert_int_eq(wire_put(w, dir, "10.0.0.0_8", "1"), 0);
	ck_assert_int_eq(wire_put(w, dir, "10.1.0.0_16", "2"), 0);
	ck_assert_int_eq(wire_lookup(w, dir, ".map", &entry), 0);
	ck_assert_int_eq(wire_lookup(w, entry.nodeid, "drain", &drain), 0);
	fh = open_drain();
	n = wire_read(w, fh, 0, text, sizeof(text) - 1);
	ck_assert_int_gt(n, 0);
	text[n] = '\0';
	ck_assert_ptr_nonnull(strstr(text, "10.0.0.0_8\t1\n"));
	ck_assert_ptr_nonnull(strstr(text, "10.1.0.0_16\t2\n"));
	ck_assert_str_eq(wire_dot_text(w, dir, "keys"), "");
	wire_release(w, fh);
	wire_free(w);
}
END_TEST

/* One reads a line and a half; what it did not get whole goes to the next. */
START_TEST(rest_goes_to_the_next_reader)
{
	uint64_t fh;
	char text[16];
	char *line;

	begin(defs[0], 1000);
	fh = open_drain();
	for (int i = 0; i < 16; i++)
		ck_assert_int_eq(wire_read(w, fh, (uint64_t)i, text + i, 1), 1);
	/* Whole lines of these 16 bytes have been handed out. */
	line = text;
	for (int i = 0; i < 16; i++)
		if (text[i] == '\n')
			line = text + i + 1;
	ck_assert_ptr_ne(line, text);
	*line = '\0';
	note(text);
	wire_release(w, fh);
	fh = open_drain();
	drain_all(fh, 4096);
	wire_release(w, fh);
	expect_once(1000);
	wire_free(w);
}
END_TEST

START_TEST(two_readers_share)
{
	static char text[1 << 15];
	uint64_t fh[2], off[2] = { 0 };
	int n;

	begin(defs[0], KEYS);
	fh[0] = open_drain();
	fh[1] = open_drain();
	for (int i = 0; i < 4; i++) {
		n = wire_read(w, fh[i % 2], off[i % 2], text, 1000);
		ck_assert_int_gt(n, 0);
		while (text[n - 1] != '\n') {
			ck_assert_int_eq(wire_read(w, fh[i % 2], off[i % 2] + (uint64_t)n,
						   text + n, 1), 1);
			n++;
		}
		text[n] = '\0';
		off[i % 2] += (uint64_t)n;
		note(text);
	}
	wire_release(w, fh[0]);
	wire_release(w, fh[1]);
	fh[0] = open_drain();
	drain_all(fh[0], 1 << 15);
	wire_release(w, fh[0]);
	expect_once(KEYS);
	wire_free(w);
}
END_TEST

START_TEST(error_loses_nothing)
{
	uint64_t fh;
	char text[64];

	begin(defs[0], 1000);
	store_fault_fail(store, FAULT_TAKE_BATCH, 0, 1, -ENOMEM);
	fh = open_drain();
	ck_assert_int_eq(wire_read(w, fh, 0, text, sizeof(text)), -ENOMEM);
	drain_all(fh, 4096);
	wire_release(w, fh);
	expect_once(1000);
	wire_free(w);
}
END_TEST

START_TEST(opening_takes_nothing_and_arrays_have_none)
{
	struct fuse_entry_out entry;

	begin(defs[0], 10);
	wire_release(w, open_drain());
	ck_assert_str_eq(wire_dot_text(w, dir, "count"), "10\n");
	wire_free(w);
	w = wire_new("type=array key=u32 value=u32 max_entries=10");
	ck_assert_int_eq(wire_mkdir(w, "m", &dir), 0);
	ck_assert_int_eq(wire_lookup(w, dir, ".map", &entry), 0);
	ck_assert_int_eq(wire_lookup(w, entry.nodeid, "drain", &drain), -ENOENT);
	wire_free(w);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("drain");
	TCase *tc = tcase_create("drain");

	tcase_add_loop_test(tc, every_entry_is_printed_once_and_removed, 0, 16);
	tcase_add_test(tc, without_batches_key_by_key);
	tcase_add_test(tc, trie_is_drained);
	tcase_add_test(tc, rest_goes_to_the_next_reader);
	tcase_add_test(tc, two_readers_share);
	tcase_add_test(tc, error_loses_nothing);
	tcase_add_test(tc, opening_takes_nothing_and_arrays_have_none);
	suite_add_tcase(s, tc);
	return run_suite(s);
}

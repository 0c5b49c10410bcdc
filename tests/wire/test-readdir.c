/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Listings: every key once whatever the size of the buffer, offsets that can
 * be returned to, lookup counts only for what is in a reply.
 */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/clock.h"
#include "wire.h"

#define MS 1000000u

#define KEYS 300
#define BUFFER 65536

static struct wire *w;
static uint64_t dir, fh;

/* One entry of a reply. */
struct seen {
	char name[1100];
	uint64_t node; /* 0: a name without attributes */
	uint64_t offset;
	uint64_t size;
};

static void make(const char *def)
{
	w = wire_new(def);
	ck_assert_int_eq(wire_mkdir(w, "m", &dir), 0);
	/* A batch is handed out with attributes for 20 ms. */
	clock_stop();
}

/* Key number i: 7, or 0.0.1.44_32 in a trie. */
static bool is_trie;

static const char *name_of(unsigned i)
{
	static char name[32];

	if (is_trie)
		snprintf(name, sizeof(name), "0.0.%u.%u_32", i / 256, i % 256);
	else
		snprintf(name, sizeof(name), "%u", i);
	return name;
}

static unsigned number_of(const char *name)
{
	unsigned high = 0, low = 0;

	ck_assert_int_ge(is_trie ? sscanf(name, "0.0.%u.%u_32", &high, &low) :
				   sscanf(name, "%u", &low), 1);
	return high * 256 + low;
}

static void fill(const char *def)
{
	make(def);
	for (unsigned i = 0; i < KEYS; i++)
		ck_assert_int_eq(wire_put(w, dir, name_of(i), "1"), 0);
	ck_assert_int_eq(wire_opendir(w, dir, &fh), 0);
}

static void setup(void)
{
	fill("type=hash key=u32 value=u32 max_entries=1024");
}

/* Values so large that a pass is made of many batches. */
static void setup_batches(void)
{
	fill("type=hash key=u32 value=char[30000] max_entries=1024");
}

static void setup_trie(void)
{
	is_trie = true;
	fill("type=lpm_trie key=prefix(ipv4) value=char[30000] max_entries=1024");
}

static void setup_large(void)
{
	make("type=array value=u32 max_entries=40000");
	ck_assert_int_eq(wire_opendir(w, dir, &fh), 0);
}

static void teardown(void)
{
	clock_run();
	wire_releasedir(w, fh);
	wire_free(w);
}

static size_t next_plain(const char *p, struct seen *s)
{
	const struct fuse_dirent *de = (const void *)p;

	ck_assert_uint_lt(de->namelen, sizeof(s->name));
	memcpy(s->name, de->name, de->namelen);
	s->name[de->namelen] = '\0';
	s->offset = de->off;
	s->node = 0;
	return FUSE_DIRENT_SIZE(de);
}

static size_t next_plus(const char *p, struct seen *s)
{
	const struct fuse_direntplus *de = (const void *)p;

	next_plain((const char *)&de->dirent, s);
	s->node = de->entry_out.nodeid;
	s->size = de->entry_out.attr.size;
	return FUSE_DIRENTPLUS_SIZE(de);
}

/* One reply, "." and ".." left out. Returns the number of entries, 0 at the
 * end; *off moves behind them. */
static int list_some(uint32_t opcode, uint64_t *off, uint32_t size, struct seen *s)
{
	static char data[BUFFER];
	int len = wire_readdir(w, opcode, fh, *off, data, size), n = 0;

	ck_assert_int_ge(len, 0);
	for (int i = 0; i < len;) {
		i += (int)(opcode == FUSE_READDIR ? next_plain(data + i, &s[n]) :
						    next_plus(data + i, &s[n]));
		*off = s[n].offset;
		n += s[n].name[0] != '.';
	}
	return len ? n ?: -1 : 0;
}

/* The whole listing from *off on; returns the number of entries. */
static int list_from(uint32_t opcode, uint64_t off, uint32_t size, struct seen *s)
{
	int n = 0, some;

	while ((some = list_some(opcode, &off, size, s + n)))
		n += some < 0 ? 0 : some;
	return n;
}

static void forget_all(const struct seen *s, int n)
{
	for (int i = 0; i < n; i++)
		wire_forget(w, s[i].node, 1);
}

static struct seen seen[2 * KEYS];
static int times[2 * KEYS];

static void expect_every_key_once(int n)
{
	memset(times, 0, sizeof(times));
	for (int i = 0; i < n; i++)
		times[number_of(seen[i].name)]++;
	for (int i = 0; i < KEYS; i++)
		ck_assert_msg(times[i] == 1, "key %d appears %d times", i, times[i]);
}

#define N_SIZES 6
static const uint32_t sizes[N_SIZES] = { 40, 1000, 64, 257, 4096, 65536 };

START_TEST(readdir_with_any_buffer_gives_every_key_once)
{
	ck_assert_int_eq(list_from(FUSE_READDIR, 0, sizes[_i], seen), KEYS);
	expect_every_key_once(KEYS);
	ck_assert_uint_eq(wire_known_keys(w), 0);
}
END_TEST

static const uint32_t plus_sizes[N_SIZES] = { 168, 1000, 200, 319, 4096, 65536 };

START_TEST(readdirplus_with_any_buffer_gives_every_key_once)
{
	ck_assert_int_eq(list_from(FUSE_READDIRPLUS, 0, plus_sizes[_i], seen), KEYS);
	expect_every_key_once(KEYS);
}
END_TEST

START_TEST(readdirplus_counts_only_entries_in_the_reply)
{
	uint64_t off = 0;
	int n = 0;

	while (n < 50) {
		int some = list_some(FUSE_READDIRPLUS, &off, 1000, seen + n);

		n += some < 0 ? 0 : some;
	}
	ck_assert_uint_eq(wire_known_keys(w), (size_t)n);
	forget_all(seen, n);
	ck_assert_uint_eq(wire_known_keys(w), 0);
}
END_TEST

START_TEST(readdirplus_interrupted_is_taken_back)
{
	uint64_t off = 0;

	w->interrupted = true;
	ck_assert_int_eq(list_some(FUSE_READDIRPLUS, &off, 4096, seen), 0);
	ck_assert_uint_eq(wire_known_keys(w), 0);
}
END_TEST

START_TEST(readdirplus_tells_size_of_each_value)
{
	ck_assert_int_eq(wire_put(w, dir, name_of(5), "12345"), 0);
	wire_releasedir(w, fh);
	ck_assert_int_eq(wire_opendir(w, dir, &fh), 0);
	ck_assert_int_eq(list_from(FUSE_READDIRPLUS, 0, 4096, seen), KEYS);
	for (int i = 0; i < KEYS; i++)
		ck_assert_uint_eq(seen[i].size, (number_of(seen[i].name) == 5 ? 6u : 2u));
}
END_TEST

START_TEST(readdir_with_too_small_buffer_is_empty_and_harmless)
{
	uint64_t off = 0;

	ck_assert_int_eq(list_some(FUSE_READDIR, &off, 0, seen), 0);
	ck_assert_int_eq(list_some(FUSE_READDIRPLUS, &off, 16, seen), 0);
	ck_assert_uint_eq(wire_known_keys(w), 0);
	ck_assert_int_eq(list_from(FUSE_READDIR, 0, 4096, seen), KEYS);
}
END_TEST

START_TEST(seek_to_any_offset_goes_on_behind_it)
{
	struct seen rest[8];
	uint64_t off;

	ck_assert_int_eq(list_from(FUSE_READDIR, 0, 1000, seen), KEYS);
	for (int i = KEYS - 2; i >= 0; i -= 7) {
		off = seen[i].offset;
		ck_assert_int_ge(list_some(FUSE_READDIR, &off, 64, rest), 1);
		ck_assert_str_eq(rest[0].name, seen[i + 1].name);
	}
	off = seen[KEYS - 1].offset;
	ck_assert_int_eq(list_some(FUSE_READDIR, &off, 4096, rest), 0);
}
END_TEST

START_TEST(seek_to_zero_shows_keys_made_since)
{
	ck_assert_int_eq(list_from(FUSE_READDIR, 0, 4096, seen), KEYS);
	ck_assert_int_eq(wire_put(w, dir, name_of(400), "1"), 0);
	ck_assert_int_eq(list_from(FUSE_READDIR, 0, 4096, seen), KEYS + 1);
}
END_TEST

START_TEST(deletes_between_requests_lose_no_other_key)
{
	uint64_t off = 0;
	int n = 0, some;
	char name[sizeof(seen[0].name)];

	/* Delete every key that was shown: the rest must still appear. */
	while ((some = list_some(FUSE_READDIR, &off, 300, seen + n))) {
		for (int i = 0; i < some; i++) {
			snprintf(name, sizeof(name), "%s", seen[n + i].name);
			ck_assert_int_eq(wire_unlink(w, dir, name), 0);
		}
		n += some < 0 ? 0 : some;
	}
	ck_assert_int_eq(n, KEYS);
	expect_every_key_once(n);
	ck_assert_int_eq(list_from(FUSE_READDIR, 0, 4096, seen), 0);
}
END_TEST

START_TEST(inserts_between_requests_show_no_key_twice)
{
	uint64_t off = 0;
	int n = 0, some;

	for (unsigned new = KEYS; (some = list_some(FUSE_READDIR, &off, 300, seen + n)); new++) {
		ck_assert_int_eq(wire_put(w, dir, name_of(new), "1"), 0);
		n += some < 0 ? 0 : some;
	}
	expect_every_key_once(n);
	for (int i = KEYS; i < 2 * KEYS; i++)
		ck_assert_int_le(times[i], 1);
}
END_TEST

START_TEST(dot_map_is_not_listed)
{
	struct fuse_entry_out entry;

	ck_assert_int_eq(wire_lookup(w, dir, ".map", &entry), 0);
	for (int i = list_from(FUSE_READDIR, 0, 4096, seen); i-- > 0;)
		ck_assert_str_ne(seen[i].name, ".map");
}
END_TEST

START_TEST(readdirplus_of_large_map_gives_plain_names)
{
	uint64_t off = 0;
	int n = list_some(FUSE_READDIRPLUS, &off, 65536, seen);

	ck_assert_int_gt(n, 100);
	for (int i = 0; i < n; i++)
		ck_assert_uint_eq(seen[i].node, 0);
	ck_assert_uint_eq(wire_known_keys(w), 0);
}
END_TEST

START_TEST(readdir_of_large_map_ends_at_its_last_index)
{
	uint64_t off = 0;
	int n = 0, some;

	while ((some = list_some(FUSE_READDIR, &off, 8000, seen)))
		n += some < 0 ? 0 : some;
	ck_assert_int_eq(n, 40000);
}
END_TEST

/* Names that no directory entry can hold would fail the whole listing. */
START_TEST(key_with_overlong_name_is_not_listed_but_in_keys)
{
	static char key[1100];
	char value[4] = { 1 };
	struct store_map map;
	uint32_t id = 0;

	make("type=hash key=char[1100] value=u32 max_entries=8");
	ck_assert_int_eq(wire_put(w, dir, "short", "1"), 0);
	ck_assert_int_eq(store_next_id(w->store, 0, &id), 0);
	ck_assert_int_eq(store_open(w->store, id, STORE_READ | STORE_WRITE, &map), 0);
	memset(key, 'a', 1025);
	ck_assert_int_eq(store_update(&map, key, value, STORE_ANY), 0);
	key[1024] = '\0';
	ck_assert_int_eq(store_update(&map, key, value, STORE_ANY), 0);
	store_close(&map);
	ck_assert_int_eq(wire_opendir(w, dir, &fh), 0);
	ck_assert_int_eq(list_from(FUSE_READDIR, 0, 4096, seen), 2);
	ck_assert_int_eq(list_from(FUSE_READDIRPLUS, 0, 4096, seen), 2);
	ck_assert_uint_eq(strlen(wire_dot_text(w, dir, "keys")), 1026 + 1025 + 6);
}
END_TEST

/* some_sizes: how many of the buffer sizes to try. */
static TCase *key_tests(const char *name, void (*prepare)(void), int some_sizes)
{
	TCase *tc = tcase_create(name);

	tcase_set_timeout(tc, 30);
	tcase_add_checked_fixture(tc, prepare, teardown);
	tcase_add_loop_test(tc, readdir_with_any_buffer_gives_every_key_once, 0, some_sizes);
	tcase_add_loop_test(tc, readdirplus_with_any_buffer_gives_every_key_once, 0,
			    some_sizes);
	tcase_add_test(tc, readdirplus_counts_only_entries_in_the_reply);
	tcase_add_test(tc, readdirplus_interrupted_is_taken_back);
	tcase_add_test(tc, readdirplus_tells_size_of_each_value);
	tcase_add_test(tc, readdir_with_too_small_buffer_is_empty_and_harmless);
	tcase_add_test(tc, seek_to_any_offset_goes_on_behind_it);
	tcase_add_test(tc, seek_to_zero_shows_keys_made_since);
	tcase_add_test(tc, deletes_between_requests_lose_no_other_key);
	tcase_add_test(tc, inserts_between_requests_show_no_key_twice);
	tcase_add_test(tc, dot_map_is_not_listed);
	return tc;
}

/* How many of the next entries have attributes, of how many. */
static int with_attributes(uint64_t *off, int *ret_all)
{
	int n = 0;

	*ret_all = list_some(FUSE_READDIRPLUS, off, 8192, seen);
	for (int i = 0; i < *ret_all; i++)
		n += seen[i].node != 0;
	return n;
}

/* The kernel would give the old sizes to everybody. */
START_TEST(listing_that_paused_has_names_only)
{
	uint64_t off = 0;
	int n, all;

	ck_assert_int_gt(with_attributes(&off, &all), 0);
	clock_advance(19 * MS);
	n = with_attributes(&off, &all);
	ck_assert_int_gt(n, 0);
	ck_assert_int_eq(n, all);
	clock_advance(1 * MS);
	n = with_attributes(&off, &all);
	ck_assert_int_eq(n, 0);
	ck_assert_int_gt(all, 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("readdir");
	TCase *large = tcase_create("large"), *names = tcase_create("names");
	TCase *pause = tcase_create("pause");

	suite_add_tcase(s, key_tests("hash", setup, N_SIZES));
	suite_add_tcase(s, key_tests("batches", setup_batches, 2));
	suite_add_tcase(s, key_tests("trie", setup_trie, 2));
	tcase_add_checked_fixture(large, setup_large, teardown);
	tcase_add_test(large, readdirplus_of_large_map_gives_plain_names);
	tcase_add_test(large, readdir_of_large_map_ends_at_its_last_index);
	tcase_add_checked_fixture(names, NULL, teardown);
	tcase_add_test(names, key_with_overlong_name_is_not_listed_but_in_keys);
	suite_add_tcase(s, large);
	suite_add_tcase(s, names);
	tcase_add_checked_fixture(pause, setup, teardown);
	tcase_add_test(pause, listing_that_paused_has_names_only);
	suite_add_tcase(s, pause);
	return run_suite(s);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An apply_queue with many entries: a key's last line wins; when the map becomes full,
 * it stops at exactly that line, and nothing after it was written, however many lanes
 * there are. On both stores.
 */
#include <check.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>

#include "map/map.h"
#include "report/apply-queue.h"
#include "store-pair.h"

enum {
	LINES_PER_WRITE = 20000,
	/* Many enough for two lanes, and then some. */
	MANY = 150000,
};

static struct store_map ref;
static struct schema *schema;
static struct map map;
static struct apply_queue *apply_queue;

static void begin(int store, uint32_t type, uint32_t flags, uint32_t max_entries, bool removes)
{
	const struct store_spec spec = { .type = type, .key_size = 4, .value_size = 8,
					 .flags = flags, .max_entries = max_entries };

	ck_assert_int_eq(store_create(pair.stores[store], &spec, &ref), 0);
	ck_assert_int_eq(schema_new(&ref, &schema), 0);
	ck_assert_int_eq(map_open(NULL, pair.stores[store], schema, STORE_READ | STORE_WRITE, &map), 0);
	apply_queue = apply_queue_new(&map, removes, false);
	ck_assert_ptr_nonnull(apply_queue);
}

static void end(void)
{
	apply_queue_free(apply_queue);
	map_close(&map);
	schema_unref(schema);
	store_close(&ref);
}

/* Line n says key_of(n) = n. */
static int write_lines(uint64_t from, uint64_t to, uint32_t (*key_of)(uint64_t), uint64_t *line)
{
	int r = 0;

	for (uint64_t n = from; r == 0 && n < to;) {
		apply_queue_begin(apply_queue);
		for (int i = 0; r == 0 && i < LINES_PER_WRITE && n < to; i++, n++) {
			uint8_t *key, *value;
			uint32_t k = key_of(n);

			apply_queue_next(apply_queue, &key, &value);
			memcpy(key, &k, sizeof(k));
			if (value)
				memcpy(value, &n, sizeof(n));
			r = apply_queue_add(apply_queue, n);
		}
		r = apply_queue_finish(apply_queue, line) ?: r;
	}
	return r;
}

static uint64_t value_of(uint32_t key)
{
	uint64_t value = UINT64_MAX;

	ck_assert_int_eq(store_lookup(&ref, &key, &value, 0), 0);
	return value;
}

static bool has(uint32_t key)
{
	uint64_t value;

	return store_lookup(&ref, &key, &value, 0) == 0;
}

static uint32_t key_itself(uint64_t n)
{
	return (uint32_t)n;
}

/* Each key every 999 lines. */
static uint32_t key_again(uint64_t n)
{
	return (uint32_t)(n % 999);
}

static const struct {
	uint32_t type, flags, max_entries;
} kinds[] = {
	{ BPF_MAP_TYPE_HASH, 0, 1000 }, /* full: one lane */
	{ BPF_MAP_TYPE_HASH, 0, 2 * MANY },
	{ BPF_MAP_TYPE_HASH, BPF_F_NO_PREALLOC, 2 * MANY },
	{ BPF_MAP_TYPE_LRU_HASH, 0, 2 * MANY },
	{ BPF_MAP_TYPE_ARRAY, 0, 1000 },
};
enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

START_TEST(last_line_of_a_key_wins)
{
	int kind = _i % KINDS;
	uint64_t line;

	begin(_i / KINDS, kinds[kind].type, kinds[kind].flags, kinds[kind].max_entries, false);
	ck_assert(!apply_queue_changed(apply_queue));
	ck_assert_int_eq(write_lines(0, MANY, key_again, &line), 0);
	ck_assert(apply_queue_changed(apply_queue));
	for (uint32_t key = 0; key < 999; key++)
		ck_assert_uint_eq(value_of(key), key + (MANY - 1 - key) / 999 * 999);
	end();
}
END_TEST

/* Full in the first batch, before and after two lanes were possible, and one
 * more than fits. */
static const uint32_t rooms[] = { 7, 5000, 70000, 2 * MANY - 1 };
enum { ROOMS = sizeof(rooms) / sizeof(rooms[0]) };

START_TEST(full_map_stops_at_the_line)
{
	static const uint32_t flags[] = { 0, BPF_F_NO_PREALLOC };
	uint32_t room = rooms[_i % ROOMS];
	uint64_t line = 0;

	begin(_i / ROOMS / 2, BPF_MAP_TYPE_HASH, flags[_i / ROOMS % 2], room, false);
	ck_assert_int_eq(write_lines(0, 2 * MANY, key_itself, &line), -ENOSPC);
	ck_assert_uint_eq(line, room);
	for (uint32_t key = 0; key < room + 4000; key++)
		ck_assert_int_eq(has(key), key < room);
	end();
}
END_TEST

static uint32_t one_too_many(uint64_t n)
{
	return n == 5000 ? 1000 : (uint32_t)(n % 1000);
}

START_TEST(nothing_behind_the_line_is_written)
{
	uint64_t line = 0;

	begin(_i, BPF_MAP_TYPE_HASH, 0, 1000, false);
	ck_assert_int_eq(write_lines(0, LINES_PER_WRITE, one_too_many, &line), -ENOSPC);
	ck_assert_uint_eq(line, 5000);
	for (uint32_t key = 0; key < 1000; key++)
		ck_assert_uint_eq(value_of(key), 4000 + key);
	end();
}
END_TEST

START_TEST(finish_forgets_what_failed)
{
	uint64_t line = 0;

	begin(_i, BPF_MAP_TYPE_HASH, 0, 10, false);
	ck_assert_int_eq(write_lines(0, 11, key_itself, &line), -ENOSPC);
	ck_assert_uint_eq(line, 10);
	ck_assert_int_eq(apply_queue_finish(apply_queue, &line), 0);
	ck_assert_int_eq(write_lines(5, 10, key_itself, &line), 0);
	end();
}
END_TEST

START_TEST(many_keys_are_removed)
{
	uint64_t line = 0;

	begin(_i, BPF_MAP_TYPE_HASH, 0, MANY, false);
	ck_assert_int_eq(write_lines(0, MANY, key_itself, &line), 0);
	apply_queue_free(apply_queue);
	apply_queue = apply_queue_new(&map, true, false);
	ck_assert_ptr_nonnull(apply_queue);
	/* All but ten, and some that are not there. */
	ck_assert_int_eq(write_lines(10, MANY + 1000, key_itself, &line), 0);
	for (uint32_t key = 0; key < MANY; key++)
		ck_assert_int_eq(has(key), key < 10);
	end();
}
END_TEST

START_TEST(frozen_map_takes_nothing)
{
	uint64_t line = 99;

	begin(_i, BPF_MAP_TYPE_HASH, 0, MANY, false);
	ck_assert_int_eq(store_freeze(&ref), 0);
	ck_assert_int_eq(write_lines(3, MANY, key_itself, &line), -EPERM);
	ck_assert_uint_eq(line, 3);
	ck_assert(!apply_queue_changed(apply_queue));
	end();
}
END_TEST

/* By then there are two lanes, and neither can write. */
START_TEST(first_of_the_lines_that_fail_is_reported)
{
	uint64_t line = 0;

	begin(_i, BPF_MAP_TYPE_ARRAY, 0, MANY, false);
	ck_assert_int_eq(write_lines(0, MANY - 100, key_itself, &line), 0);
	ck_assert_int_eq(store_freeze(&ref), 0);
	ck_assert_int_eq(write_lines(MANY - 100, MANY, key_itself, &line), -EPERM);
	ck_assert_uint_eq(line, MANY - 100);
	end();
}
END_TEST

int main(void)
{
	Suite *s = suite_create("report-apply_queue");
	TCase *tc = tcase_create("apply_queue");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, last_line_of_a_key_wins, 0, 2 * KINDS);
	tcase_add_loop_test(tc, full_map_stops_at_the_line, 0, 2 * 2 * ROOMS);
	tcase_add_loop_test(tc, nothing_behind_the_line_is_written, 0, 2);
	tcase_add_loop_test(tc, finish_forgets_what_failed, 0, 2);
	tcase_add_loop_test(tc, many_keys_are_removed, 0, 2);
	tcase_add_loop_test(tc, frozen_map_takes_nothing, 0, 2);
	tcase_add_loop_test(tc, first_of_the_lines_that_fail_is_reported, 0, 2);
	suite_add_tcase(s, tc);
	return run_pair(s);
}

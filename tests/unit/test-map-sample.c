/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Entries of two samples of a map are paired by key, whatever changed in between.
 */
#include <check.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>

#include "../suite.h"
#include "map/sample.h"
#include "one-map.h"

#define KEYS 3000

static void setup(void)
{
	const struct store_spec spec = { .type = BPF_MAP_TYPE_HASH, .key_size = 12,
					 .value_size = 4, .max_entries = KEYS };

	make_map(&spec);
	open_map(NULL);
}

static void put(uint32_t i, uint32_t value)
{
	const uint32_t key[3] = { i, ~i, 7 };

	ck_assert_int_eq(store_update(&ref, key, &value, STORE_ANY), 0);
}

static void drop(uint32_t i)
{
	const uint32_t key[3] = { i, ~i, 7 };
	int r = store_remove(&ref, key);

	ck_assert(r == 0 || r == -ENOENT);
}

static struct sample *take(void)
{
	struct sample *s;

	ck_assert_int_eq(sample_take(&map, &s), 0);
	return s;
}

static uint32_t number_of(const struct sample *s, size_t i)
{
	uint32_t number;

	memcpy(&number, sample_key(s, i), sizeof(number));
	return number;
}

/* Each entry of the one that is in the other has its pair, and no other has one. */
static void check_pairs(const struct sample *before, const struct sample *now)
{
	_cleanup_sample_pairs_ struct sample_pairs pairs;
	static uint32_t at[KEYS]; /* index + 1 in `before` */
	size_t seen = 0, paired = 0;

	ck_assert_int_eq(sample_pair(before, now, &pairs), 0);
	memset(at, 0, sizeof(at));
	for (size_t i = 0; i < sample_count(before); i++)
		at[number_of(before, i)] = (uint32_t)i + 1;
	for (size_t i = 0; i < sample_count(now); i++) {
		ck_assert_uint_eq(pairs.of[i], at[number_of(now, i)]);
		paired += pairs.of[i] != 0;
		if (pairs.of[i])
			ck_assert(pairs.seen[pairs.of[i] - 1]);
	}
	for (size_t i = 0; i < sample_count(before); i++)
		seen += pairs.seen[i];
	ck_assert_uint_eq(seen, paired);
}

START_TEST(empty_samples_have_no_pairs)
{
	_cleanup_sample_ struct sample *none = take(), *some = NULL;

	check_pairs(none, none);
	put(1, 1);
	some = take();
	check_pairs(none, some);
	check_pairs(some, none);
	check_pairs(some, some);
}
END_TEST

/* From hardly any changes to all. */
START_TEST(changed_maps_are_paired)
{
	static const unsigned parts[] = { 1, 10, 500, KEYS };

	srandom(1);
	for (uint32_t i = 0; i < KEYS; i += 2)
		put(i, 0);
	for (unsigned round = 0; round < 40; round++) {
		_cleanup_sample_ struct sample *before = take(), *now = NULL;
		unsigned part = parts[round % 4];

		for (unsigned i = 0; i < part; i++)
			drop((uint32_t)random() % KEYS);
		for (unsigned i = 0; i < part; i++)
			put((uint32_t)random() % KEYS, round);
		now = take();
		check_pairs(before, now);
		check_pairs(now, before);
	}
}
END_TEST

/* Also where the order of an entry's neighbours is all that changed. */
START_TEST(other_orders_are_paired)
{
	_cleanup_sample_ struct sample *before = NULL, *now = NULL;

	for (uint32_t i = 0; i < KEYS; i++)
		put(i, 0);
	before = take();
	for (uint32_t i = KEYS; i-- > 0;)
		drop(i);
	for (uint32_t i = KEYS; i-- > 0;)
		put(i, 1);
	now = take();
	ck_assert_uint_eq(sample_count(now), KEYS);
	check_pairs(before, now);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("map-sample");
	TCase *tc = tcase_create("sample");

	tcase_add_checked_fixture(tc, setup, close_map);
	tcase_add_test(tc, empty_samples_have_no_pairs);
	tcase_add_test(tc, changed_maps_are_paired);
	tcase_add_test(tc, other_orders_are_paired);
	suite_add_tcase(s, tc);
	return run_suite(s);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sets of keys: a set has each added key once, and no others.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "text-util.h"
#include "util/keyset.c" /* for the seed: keys that collide can be found then */

static struct keyset *keyset;

static void teardown(void)
{
	keyset_free(keyset);
	keyset = NULL;
}

/* A key of any size that differs from others by a number somewhere in it. */
static const void *key_of(uint8_t *key, size_t size, size_t at, uint64_t number)
{
	memset(key, 0x5a, size);
	for (size_t i = at; i < size && i < at + 8; i++, number >>= 8)
		key[i] = (uint8_t)number;
	return key;
}

static void check_numbers(size_t size, size_t at, uint64_t count)
{
	uint8_t *key = malloc(size);
	uint64_t wrong = 0, others = size - at > 1 ? 1000 : 0;

	keyset = keyset_new(size);
	ck_assert_uint_eq(keyset_count(keyset), 0);
	for (uint64_t i = 0; i < count; i++)
		wrong += keyset_add(keyset, key_of(key, size, at, i)) != 1;
	for (uint64_t i = 0; i < count; i++)
		wrong += keyset_add(keyset, key_of(key, size, at, i)) != 0;
	for (uint64_t i = 0; i < count; i++)
		wrong += !keyset_has(keyset, key_of(key, size, at, i));
	for (uint64_t i = count; i < count + others; i++)
		wrong += keyset_has(keyset, key_of(key, size, at, i));
	ck_assert_uint_eq(wrong, 0);
	ck_assert_uint_eq(keyset_count(keyset), count);
	free(key);
}

static const struct {
	size_t size, at;
	uint64_t count;
} shapes[] = {
	{ 1, 0, 256 },	       { 2, 0, 60000 },	       { 3, 0, 60000 },	    { 4, 0, 500000 },
	{ 7, 0, 100000 },      { 8, 0, 100000 },       { 9, 0, 100000 },    { 9, 8, 256 },
	{ 16, 0, 100000 },     { 16, 8, 100000 },      { 17, 16, 256 },	    { 4096, 0, 5000 },
	{ 4096, 2040, 5000 },  { 4096, 4088, 5000 },   { 4095, 4093, 5000 }, { 1 << 20, 0, 50 },
	{ 1 << 20, (1 << 20) - 8, 50 },
};

START_TEST(keys_are_told_apart)
{
	check_numbers(shapes[_i].size, shapes[_i].at, shapes[_i].count);
}
END_TEST

/* A byte more or less is another key, wherever it is. */
START_TEST(every_bit_counts)
{
	static const size_t sizes[] = { 1, 4, 8, 9, 15, 16, 17, 64 };
	uint8_t key[64];

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		memset(key, 0, sizeof(key));
		keyset = keyset_new(sizes[i]);
		ck_assert_int_eq(keyset_add(keyset, key), 1);
		for (size_t bit = 0; bit < 8 * sizes[i]; bit++) {
			key[bit / 8] ^= (uint8_t)(1 << bit % 8);
			ck_assert_int_eq(keyset_add(keyset, key), 1);
			key[bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
		ck_assert_uint_eq(keyset_count(keyset), 8 * sizes[i] + 1);
		teardown();
	}
}
END_TEST

/* Digest 0 looks like a free slot. */
START_TEST(key_without_digest_is_a_key)
{
	uint64_t key, other = 1;

	keyset = keyset_new(sizeof(key));
	key = keyset->seed;
	ck_assert_uint_eq(digest(keyset, (const void *)&key), 0);
	ck_assert(!keyset_has(keyset, &key));
	ck_assert_int_eq(keyset_add(keyset, &key), 1);
	ck_assert_int_eq(keyset_add(keyset, &key), 0);
	ck_assert_int_eq(keyset_add(keyset, &other), 1);
	ck_assert(keyset_has(keyset, &key));
	ck_assert_uint_eq(keyset_count(keyset), 2);
}
END_TEST

/* All want the last slot, and go on at the first. */
START_TEST(keys_that_collide_are_told_apart)
{
	enum { WANTED = 700 };
	uint32_t number = 0, found[WANTED];

	keyset = keyset_new(sizeof(number));
	for (size_t n = 0; n < WANTED; number++)
		if ((digest(keyset, (const void *)&number) & keyset->mask) == keyset->mask)
			found[n++] = number;
	for (size_t i = 0; i < WANTED; i += 2)
		ck_assert_int_eq(keyset_add(keyset, &found[i]), 1);
	for (size_t i = 0; i < WANTED; i++)
		ck_assert_int_eq(keyset_has(keyset, &found[i]), i % 2 == 0);
	for (size_t i = 1; i < WANTED; i += 2)
		ck_assert_int_eq(keyset_add(keyset, &found[i]), 1);
	ck_assert_uint_eq(keyset_count(keyset), WANTED);
}
END_TEST

/* The count is set by hand: 12 million keys take more than a minute on a loaded machine. */
START_TEST(more_than_the_largest_is_refused)
{
	uint32_t number;

	keyset = keyset_new(sizeof(number));
	keyset->seed = 0; /* so that 0 is the key without digest */
	for (number = 0; number < 1000; number++)
		ck_assert_int_eq(keyset_add(keyset, &number), 1);
	keyset->count = KEYSET_MAX - 1;
	ck_assert_int_eq(keyset_add(keyset, &number), 1);
	number++;
	ck_assert_int_eq(keyset_add(keyset, &number), -E2BIG);
	ck_assert(!keyset_has(keyset, &number));
	/* What was there still is, and says so. */
	number = 5;
	ck_assert_int_eq(keyset_add(keyset, &number), 0);
	ck_assert_uint_eq(keyset_count(keyset), KEYSET_MAX + 1);
}
END_TEST

START_TEST(nothing_can_be_freed)
{
	keyset_free(NULL);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("keyset");
	TCase *tc = tcase_create("keyset");

	tcase_add_checked_fixture(tc, NULL, teardown);
	tcase_set_timeout(tc, 300); /* millions of keys on a busy machine */
	tcase_add_loop_test(tc, keys_are_told_apart, 0, sizeof(shapes) / sizeof(shapes[0]));
	tcase_add_test(tc, every_bit_counts);
	tcase_add_test(tc, key_without_digest_is_a_key);
	tcase_add_test(tc, keys_that_collide_are_told_apart);
	tcase_add_test(tc, more_than_the_largest_is_refused);
	tcase_add_test(tc, nothing_can_be_freed);
	suite_add_tcase(s, tc);
	return run_suite(s);
}

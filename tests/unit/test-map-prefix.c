/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An update of a prefix keeps the host bits that the trie has stored, in either
 * store, however the trie has changed since the last one.
 */
#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <linux/bpf.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "map/map.h"
#include "store-require.h"
#include "../suite.h"

enum { KEYS = 3000, STORES = 2 };

struct key {
	uint32_t length;
	uint8_t data[4];
};

static struct store *store;
static struct store_map ref;
static struct schema *schema;
static struct map map;

static void begin(int kernel, uint32_t key_size)
{
	struct store_spec spec = { .type = BPF_MAP_TYPE_LPM_TRIE,
				   .flags = BPF_F_NO_PREALLOC,
				   .key_size = key_size,
				   .value_size = 4,
				   .max_entries = 100000 };

	ck_assert_int_eq(kernel ? store_kernel_new(&store) : store_memory_new(&store), 0);
	ck_assert_int_eq(store_create(store, &spec, &ref), 0);
	ck_assert_int_eq(schema_new(&ref, &schema), 0);
	ck_assert_int_eq(map_open(NULL, store, schema, STORE_READ | STORE_WRITE, &map), 0);
}

static void end(void)
{
	map_close(&map);
	schema_unref(schema);
	store_close(&ref);
	store_free(store);
}

/* The i-th of prefixes of many lengths that differ, with host bits if `host`. */
static struct key key_of(uint32_t i, uint32_t host)
{
	struct key key = { .length = 12 + i % 18 };
	uint32_t net = htonl(i * 2654435761u), mask = htonl(~(UINT32_MAX >> key.length));

	net = (net & mask) | (host & ~mask);
	memcpy(key.data, &net, sizeof(net));
	return key;
}

static void insert(uint32_t i, uint32_t host)
{
	struct key key = key_of(i, host);

	ck_assert_int_eq(store_update(&ref, &key, &i, STORE_ANY), 0);
}

/* The key as the trie has it; false: it has none. */
static bool find(struct key key, struct key *ret)
{
	struct key next;
	const struct key *at = NULL;
	uint32_t mask = htonl(~(UINT32_MAX >> key.length)), a, b;

	memcpy(&a, key.data, sizeof(a));
	while (store_next_key(&ref, at, &next) == 0) {
		memcpy(&b, next.data, sizeof(b));
		*ret = next;
		at = ret;
		if (next.length == key.length && !((a ^ b) & mask))
			return true;
	}
	return false;
}

/* Write a prefix under another spelling: the value changes, the key does not. */
static void check(uint32_t i)
{
	const struct key other = key_of(i, ~i);
	struct key before, after;
	uint32_t value = i ^ 0xffff, got = 0;

	ck_assert(find(other, &before));
	ck_assert_int_eq(map_update(&map, &other, &value, STORE_ANY), 0);
	ck_assert(find(other, &after));
	ck_assert_mem_eq(&before, &after, sizeof(before));
	ck_assert_int_eq(map_lookup(&map, &other, &got), 0);
	ck_assert_uint_eq(got, value);
}

START_TEST(update_keeps_stored_bits)
{
	begin(_i, sizeof(struct key));
	for (uint32_t i = 0; i < KEYS; i++)
		insert(i, i);
	for (uint32_t i = 0; i < KEYS; i += 37)
		check(i);
	end();
}
END_TEST

/* What the index knows is not there any more, or is elsewhere. */
START_TEST(update_follows_changes)
{
	begin(_i, sizeof(struct key));
	for (uint32_t round = 0; round < 4; round++) {
		for (uint32_t i = round; i < KEYS; i++)
			insert(i, i + round);
		for (uint32_t i = 0; i < KEYS; i += 53)
			if (i % 4 >= round)
				check(i);
		for (uint32_t i = 0; i < KEYS; i++) {
			struct key key = key_of(i, 0);

			if (i % 4 == round)
				ck_assert_int_eq(store_remove(&ref, &key), 0);
		}
		for (uint32_t i = round + 1; i < KEYS; i += 4 * 53)
			check(i);
		for (uint32_t i = 0; i < KEYS; i++)
			if (i % 4 <= round)
				insert(i, 0);
	}
	end();
}
END_TEST

START_TEST(new_prefix_is_stored_as_spelled)
{
	struct key key = key_of(5, 0x01020304), got;
	uint32_t value = 1;

	begin(_i, sizeof(struct key));
	ck_assert_int_eq(map_update(&map, &key, &value, STORE_NOEXIST), 0);
	ck_assert(find(key, &got));
	ck_assert_mem_eq(&key, &got, sizeof(key));
	end();
}
END_TEST

/* Keys so long that the index must drop some. */
START_TEST(index_is_bounded)
{
	enum { SIZE = 260, COUNT = 40000 };
	uint8_t key[SIZE] = { 0 }, next[SIZE], other[SIZE];
	uint32_t bits = 64, value = 0;

	begin(_i, SIZE);
	memcpy(key, &bits, sizeof(bits));
	for (uint32_t i = 0; i < COUNT; i++) {
		memcpy(key + 4, &i, sizeof(i));
		memset(key + 12, (int)(i % 251), 8);
		ck_assert_int_eq(store_update(&ref, key, &i, STORE_ANY), 0);
	}
	for (uint32_t i = 0; i < COUNT; i += 777) {
		memcpy(other, key, SIZE);
		memcpy(other + 4, &i, sizeof(i));
		memset(other + 12, 0, 8);
		ck_assert_int_eq(map_update(&map, other, &value, STORE_ANY), 0);
	}
	for (uint32_t n = 0; n < COUNT; n++) {
		uint32_t i;

		ck_assert_int_eq(store_next_key(&ref, n ? key : NULL, next), 0);
		memcpy(&i, next + 4, sizeof(i));
		ck_assert_uint_eq(next[12], i % 251);
		memcpy(key, next, SIZE);
	}
	end();
}
END_TEST

/* ---- others change the trie meanwhile ---- */

static bool stop; /* atomic */

static void *churn(void *arg)
{
	for (uint32_t n = 0; !__atomic_load_n(&stop, __ATOMIC_RELAXED); n++) {
		uint32_t i = n % KEYS;
		struct key key = key_of(i, i);

		if (i % 2) /* these stay, with their bits */
			store_update(&ref, &key, &i, STORE_ANY);
		else if (n / KEYS % 2)
			store_update(&ref, &key, &i, STORE_ANY);
		else
			store_remove(&ref, &key);
	}
	return NULL;
}

START_TEST(bits_are_kept_while_others_write)
{
	pthread_t thread;
	struct key want, got;
	uint32_t value = 7;

	begin(_i, sizeof(struct key));
	for (uint32_t i = 0; i < KEYS; i++)
		insert(i, i);
	stop = false;
	ck_assert_int_eq(pthread_create(&thread, NULL, churn, NULL), 0);
	for (uint32_t n = 0; n < 3; n++)
		for (uint32_t i = 1; i < KEYS; i += 46) {
			want = key_of(i, ~i);
			ck_assert_int_eq(map_update(&map, &want, &value, STORE_ANY), 0);
		}
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	for (uint32_t i = 1; i < KEYS; i += 46) {
		want = key_of(i, i);
		ck_assert(find(want, &got));
		ck_assert_mem_eq(&want, &got, sizeof(want));
	}
	end();
}
END_TEST

int main(void)
{
	Suite *s = suite_create("map-prefix");
	TCase *tc = tcase_create("map-prefix");
	struct store *kernel;
	int r = store_kernel_new(&kernel), stores = r < 0 ? 1 : STORES;

	if (r == 0)
		store_free(kernel);
	else if (getenv("TEST_REQUIRE") && strstr(getenv("TEST_REQUIRE"), "bpf"))
		return without_kernel_store(r);
	tcase_add_loop_test(tc, update_keeps_stored_bits, 0, stores);
	tcase_add_loop_test(tc, update_follows_changes, 0, stores);
	tcase_add_loop_test(tc, new_prefix_is_stored_as_spelled, 0, stores);
	tcase_add_loop_test(tc, index_is_bounded, 0, stores);
	tcase_add_loop_test(tc, bits_are_kept_while_others_write, 0, stores);
	suite_add_tcase(s, tc);
	return run_suite(s);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Maps without keys and maps of maps of the in-process store: limits, order, and
 * lifetimes of inner maps. test-differential-objects compares them with the kernel's.
 */
#include <check.h>
#include <errno.h>
#include <linux/bpf.h>

#include "store/store.h"
#include "../suite.h"

static struct store *store;

static void setup(void)
{
	ck_assert_int_eq(store_memory_new(&store), 0);
}

static void teardown(void)
{
	store_free(store);
}

static struct store_map make(uint32_t type, uint32_t key_size, uint32_t value_size,
			     uint32_t max_entries, const struct store_map *inner)
{
	const struct store_spec spec = { .type = type, .key_size = key_size,
					 .value_size = value_size,
					 .max_entries = max_entries, .inner = inner };
	struct store_map m = STORE_MAP_INIT;

	ck_assert_int_eq(store_create(store, &spec, &m), 0);
	return m;
}

static struct store_map make_inner(uint32_t max_entries)
{
	return make(BPF_MAP_TYPE_HASH, 4, 8, max_entries, NULL);
}

static uint32_t id_of(const struct store_map *m)
{
	struct store_info info;

	ck_assert_int_eq(store_info(m, &info), 0);
	return info.id;
}

static bool is_live(uint32_t id)
{
	_cleanup_store_map_ struct store_map m = STORE_MAP_INIT;

	return store_open(store, id, STORE_READ, &m) == 0;
}

/* --- creation -------------------------------------------------------------- */

#define QUEUE BPF_MAP_TYPE_QUEUE
#define BLOOM BPF_MAP_TYPE_BLOOM_FILTER
#define ARRAYS BPF_MAP_TYPE_ARRAY_OF_MAPS
#define HASHES BPF_MAP_TYPE_HASH_OF_MAPS

static const struct {
	uint32_t type, key_size, value_size, max_entries, flags;
	uint64_t extra;
	int error;
} limits[] = {
	{ QUEUE, 0, 8, 4, 0, 0, 0 },
	{ QUEUE, 4, 8, 4, 0, 0, EINVAL },
	{ QUEUE, 0, 0, 4, 0, 0, EINVAL },
	{ QUEUE, 0, 8, 0, 0, 0, EINVAL },
	{ QUEUE, 0, 8, 4, 0, 1, EINVAL },
	{ QUEUE, 0, 4194304, 1, 0, 0, 0 },
	{ QUEUE, 0, 4194305, 1, 0, 0, E2BIG },
	{ QUEUE, 0, 8, 4, BPF_F_NO_PREALLOC, 0, EINVAL },
	{ QUEUE, 0, 4194304, UINT32_MAX, 0, 0, ENOMEM },
	{ BLOOM, 0, 8, 4, 0, 0, 0 },
	{ BLOOM, 0, 8, 4, BPF_F_ZERO_SEED, 15, 0 },
	{ BLOOM, 0, 8, 4, 0, 16, EINVAL },
	{ BLOOM, 4, 8, 4, 0, 0, EINVAL },
	{ BLOOM, 0, 4194305, 4, BPF_F_NO_PREALLOC, 0, E2BIG },
	{ ARRAYS, 4, 4, 4, 0, 0, EBADF },
	{ ARRAYS, 4, 8, 4, 0, 0, EINVAL },
	{ ARRAYS, 8, 4, 4, 0, 0, EINVAL },
	{ HASHES, 8, 4, 4, 0, 0, EBADF },
	{ HASHES, 8, 8, 4, 0, 0, EINVAL },
};

START_TEST(creation_keeps_the_kernels_limits)
{
	struct store_map m = STORE_MAP_INIT;
	const struct store_spec spec = {
		.type = limits[_i].type,
		.key_size = limits[_i].key_size,
		.value_size = limits[_i].value_size,
		.max_entries = limits[_i].max_entries,
		.flags = limits[_i].flags,
		.map_extra = limits[_i].extra,
	};

	ck_assert_int_eq(store_create(store, &spec, &m), -limits[_i].error);
	store_close(&m);
}
END_TEST

START_TEST(map_of_maps_cannot_be_an_inner_map)
{
	_cleanup_store_map_ struct store_map inner = make_inner(4);
	_cleanup_store_map_ struct store_map outer = make(HASHES, 4, 4, 4, &inner);
	struct store_map m = STORE_MAP_INIT;
	const struct store_spec spec = { .type = ARRAYS, .key_size = 4, .value_size = 4,
					 .max_entries = 1, .inner = &outer };

	ck_assert_int_eq(store_create(store, &spec, &m), -EINVAL);
}
END_TEST

/* --- queue, stack ---------------------------------------------------------- */

static uint32_t pop(const struct store_map *m)
{
	uint32_t value;
	int r = store_lookup_and_delete(m, NULL, &value, 0);

	return r ? (uint32_t)r : value;
}

static void push_four_into_three(const struct store_map *m)
{
	const uint32_t four = 4;

	for (uint32_t i = 1; i <= 3; i++)
		ck_assert_int_eq(store_update(m, NULL, &i, STORE_ANY), 0);
	ck_assert_int_eq(store_update(m, NULL, &four, STORE_ANY), -E2BIG);
	ck_assert_int_eq(store_update(m, NULL, &four, STORE_NOEXIST), -EINVAL);
	ck_assert_int_eq(store_update(m, NULL, &four, STORE_EXIST), 0);
}

START_TEST(full_queue_drops_the_oldest_on_demand)
{
	_cleanup_store_map_ struct store_map m = make(QUEUE, 0, 4, 3, NULL);

	push_four_into_three(&m);
	ck_assert_uint_eq(pop(&m), 2);
	ck_assert_uint_eq(pop(&m), 3);
	ck_assert_uint_eq(pop(&m), 4);
	ck_assert_int_eq((int)pop(&m), -ENOENT);
}
END_TEST

START_TEST(full_stack_drops_the_oldest_on_demand)
{
	_cleanup_store_map_ struct store_map m = make(BPF_MAP_TYPE_STACK, 0, 4, 3, NULL);

	push_four_into_three(&m);
	ck_assert_uint_eq(pop(&m), 4);
	ck_assert_uint_eq(pop(&m), 3);
	ck_assert_uint_eq(pop(&m), 2);
	ck_assert_int_eq((int)pop(&m), -ENOENT);
}
END_TEST

/* --- maps of maps ---------------------------------------------------------- */

START_TEST(inner_map_lives_as_long_as_a_slot_holds_it)
{
	_cleanup_store_map_ struct store_map outer = STORE_MAP_INIT;
	struct store_map a = make_inner(4), b = make_inner(9);
	uint32_t first = id_of(&a), second = id_of(&b), key = 1, other = 2, id;

	outer = make(HASHES, 4, 4, 4, &a);
	ck_assert_int_eq(store_update_map(&outer, &key, &a, STORE_NOEXIST), 0);
	ck_assert_int_eq(store_update_map(&outer, &key, &b, STORE_NOEXIST), -EEXIST);
	ck_assert_int_eq(store_update_map(&outer, &other, &b, STORE_ANY), 0);
	store_close(&a);
	ck_assert(is_live(first));
	/* replaced by another one: the first goes */
	ck_assert_int_eq(store_update_map(&outer, &key, &b, STORE_EXIST), 0);
	ck_assert(!is_live(first));
	store_close(&b);
	ck_assert_int_eq(store_lookup(&outer, &key, &id, 0), 0);
	ck_assert_uint_eq(id, second);
	/* held twice: one is left */
	ck_assert_int_eq(store_remove(&outer, &key), 0);
	ck_assert(is_live(second));
	store_close(&outer);
	ck_assert(!is_live(second));
}
END_TEST

START_TEST(array_slot_is_empty_until_it_is_set)
{
	_cleanup_store_map_ struct store_map inner = make_inner(4);
	_cleanup_store_map_ struct store_map outer = make(ARRAYS, 4, 4, 2, &inner);
	uint32_t key = 1, beyond = 2, id, next;

	ck_assert_int_eq(store_lookup(&outer, &key, &id, 0), -ENOENT);
	ck_assert_int_eq(store_remove(&outer, &key), -ENOENT);
	ck_assert_int_eq(store_remove(&outer, &beyond), -E2BIG);
	ck_assert_int_eq(store_update_map(&outer, &beyond, &inner, 0), -E2BIG);
	ck_assert_int_eq(store_update_map(&outer, &key, &inner, STORE_NOEXIST), -EINVAL);
	ck_assert_int_eq(store_update_map(&outer, &key, &inner, 0), 0);
	ck_assert_int_eq(store_next_key(&outer, NULL, &next), 0);
	ck_assert_uint_eq(next, 0);
	ck_assert_int_eq(store_remove(&outer, &key), 0);
	ck_assert_int_eq(store_lookup(&outer, &key, &id, 0), -ENOENT);
}
END_TEST

START_TEST(inner_map_must_fit_the_template)
{
	_cleanup_store_map_ struct store_map inner = make(BPF_MAP_TYPE_ARRAY, 4, 8, 4, NULL);
	_cleanup_store_map_ struct store_map longer = make(BPF_MAP_TYPE_ARRAY, 4, 8, 5, NULL);
	_cleanup_store_map_ struct store_map wider = make(BPF_MAP_TYPE_ARRAY, 4, 12, 4, NULL);
	_cleanup_store_map_ struct store_map hash = make_inner(4);
	_cleanup_store_map_ struct store_map outer = make(ARRAYS, 4, 4, 2, &inner);
	uint32_t key = 0;

	ck_assert_int_eq(store_update_map(&outer, &key, &longer, 0), -EINVAL);
	ck_assert_int_eq(store_update_map(&outer, &key, &wider, 0), -EINVAL);
	ck_assert_int_eq(store_update_map(&outer, &key, &hash, 0), -EINVAL);
	ck_assert_int_eq(store_update_map(&outer, &key, &inner, 0), 0);
	ck_assert_int_eq(store_freeze(&outer), 0);
	ck_assert_int_eq(store_update_map(&outer, &key, &inner, 0), -EPERM);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("store-objects");
	TCase *tc = tcase_create("objects");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, creation_keeps_the_kernels_limits, 0,
			    sizeof(limits) / sizeof(limits[0]));
	tcase_add_test(tc, map_of_maps_cannot_be_an_inner_map);
	tcase_add_test(tc, full_queue_drops_the_oldest_on_demand);
	tcase_add_test(tc, full_stack_drops_the_oldest_on_demand);
	tcase_add_test(tc, inner_map_lives_as_long_as_a_slot_holds_it);
	tcase_add_test(tc, array_slot_is_empty_until_it_is_set);
	tcase_add_test(tc, inner_map_must_fit_the_template);
	suite_add_tcase(s, tc);
	return run_suite(s);
}

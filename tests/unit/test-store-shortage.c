/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The in-process store without memory: each allocation of each operation fails once;
 * the store returns -ENOMEM, continues to work, and loses nothing; and it stays within
 * its limit.
 */
#include <bpf/btf.h>
#include <check.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>

#include "shortage.h"
#include "store-btf.h"
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
	store_memory_limit(UINT64_MAX);
}

static const struct shape {
	uint32_t type, key_size, value_size, flags;
	bool typed;
} shapes[] = {
	{ BPF_MAP_TYPE_HASH, 4, 8, 0, true },
	{ BPF_MAP_TYPE_PERCPU_HASH, 4, 8, 0, false },
	{ BPF_MAP_TYPE_LRU_HASH, 4, 8, 0, false },
	{ BPF_MAP_TYPE_ARRAY, 4, 8, 0, true },
	{ BPF_MAP_TYPE_PERCPU_ARRAY, 4, 8, 0, false },
	{ BPF_MAP_TYPE_LPM_TRIE, 8, 8, BPF_F_NO_PREALLOC, false },
	{ BPF_MAP_TYPE_QUEUE, 0, 8, 0, false },
	{ BPF_MAP_TYPE_STACK, 0, 8, 0, false },
	{ BPF_MAP_TYPE_BLOOM_FILTER, 0, 8, 0, false },
};

static struct store_spec spec_of(const struct shape *shape)
{
	struct store_spec spec = { .type = shape->type, .key_size = shape->key_size,
				   .value_size = shape->value_size, .max_entries = 4096,
				   .flags = shape->flags };

	if (shape->typed) {
		spec.btf_key_type_id = BTF_U32;
		spec.btf_value_type_id = BTF_U64;
		spec.btf_data = store_btf_types(&spec.btf_size);
	}
	return spec;
}

/* What is expected of an operation that this type may not have. */
static int known(int r)
{
	return r == -STORE_ENOTSUPP || r == -EOPNOTSUPP || r == -ENOENT || r == -EINVAL ||
		       r == -EFAULT ? 0 : r;
}

static uint64_t values[64 * 128]; /* of up to 128 CPUs */

/* All operations on a map, to the first failure. */
static int use(const struct store_map *m, bool has_keys)
{
	uint32_t key[2] = { 8, 1 }, next[2], keys[256], count = 64, cursor[2];
	struct store_info info;
	struct btf *btf = NULL;
	int r = store_info(m, &info);

	if (r == 0)
		r = store_update(m, has_keys ? key : NULL, values, STORE_ANY);
	if (r == 0)
		r = known(store_lookup(m, has_keys ? key : NULL, values, 0));
	if (r == 0)
		r = known(store_next_key(m, NULL, next));
	if (r == 0 && has_keys)
		r = known(store_lookup_batch(m, NULL, cursor, keys, values, &count, 0));
	count = 64;
	if (r == 0 && has_keys)
		r = known(store_take_batch(m, NULL, cursor, keys, values, &count, 0));
	if (r == 0)
		r = known(store_lookup_and_delete(m, has_keys ? key : NULL, values, 0));
	if (r == 0 && info.btf_id)
		r = store_btf(store, info.btf_id, &btf);
	btf__free(btf);
	return r;
}

/* spec was made before: what it takes are allocations, too. */
static int make_and_use(const struct store_spec *spec)
{
	_cleanup_store_map_ struct store_map m = STORE_MAP_INIT, outer = STORE_MAP_INIT;
	struct store_spec outer_spec = { .type = BPF_MAP_TYPE_HASH_OF_MAPS, .key_size = 4,
					 .value_size = 4, .max_entries = 4, .inner = &m };
	uint32_t key = 1;
	int r = store_create(store, spec, &m);

	if (r == 0)
		r = use(&m, spec->key_size != 0);
	if (r == 0)
		r = store_create(store, &outer_spec, &outer);
	if (r == 0)
		r = store_update_map(&outer, &key, &m, 0);
	return r ? r : store_remove(&outer, &key);
}

START_TEST(any_allocation_may_fail)
{
	struct store_spec spec = spec_of(&shapes[_i]);
	unsigned n = 0, failed = 0;
	bool reached;
	uint32_t id;

	do {
		int r;

		shortage_after(++n);
		r = make_and_use(&spec);
		reached = shortage_end();
		ck_assert_msg(r == 0 || r == -ENOMEM, "allocation %u: %d", n, r);
		failed += r == -ENOMEM;
		ck_assert_int_eq(store_next_id(store, 0, &id), -ENOENT);
		ck_assert_int_eq(make_and_use(&spec), 0);
	} while (reached);
	ck_assert_uint_ge(failed, 2);
}
END_TEST

enum { MIB = 1 << 20 };

/* Insert until it fails; how many fit. */
static uint32_t fill(const struct store_map *m, size_t key_size, int *ret)
{
	uint32_t key[2] = { 32, 0 }, n;

	*ret = 0;
	for (n = 0; *ret == 0; n++) {
		key[key_size == 4 ? 0 : 1] = n;
		*ret = store_update(m, key, values, STORE_ANY);
	}
	return n - 1;
}

START_TEST(entries_stay_within_the_limit)
{
	static const struct {
		uint32_t type, key_size, flags;
	} types[] = {
		{ BPF_MAP_TYPE_HASH, 4, 0 },
		{ BPF_MAP_TYPE_LRU_HASH, 4, 0 },
		{ BPF_MAP_TYPE_LPM_TRIE, 8, BPF_F_NO_PREALLOC },
	};
	struct store_spec spec = { .type = types[_i].type, .key_size = types[_i].key_size,
				   .flags = types[_i].flags, .value_size = 1024,
				   .max_entries = 1 << 20 };
	uint32_t first = 0;
	int r;

	store_memory_limit(8 * MIB);
	for (int round = 0; round < 3; round++) {
		_cleanup_store_map_ struct store_map m = STORE_MAP_INIT;
		uint32_t n, key[2] = { 32, 0 };

		ck_assert_int_eq(store_create(store, &spec, &m), 0);
		n = fill(&m, spec.key_size, &r);
		ck_assert_int_eq(r, -ENOMEM);
		ck_assert_uint_le(n, 8 * MIB / 1024);
		ck_assert_uint_ge(n, round ? first : 1 * MIB / 1024);
		first = n;
		/* What is there still works, also as a place for others. */
		ck_assert_int_eq(store_lookup(&m, key, values, 0), 0);
		ck_assert_int_eq(store_update(&m, key, values, STORE_EXIST), 0);
		ck_assert_int_eq(store_remove(&m, key), 0);
		ck_assert_int_eq(store_update(&m, key, values, STORE_NOEXIST), 0);
	}
}
END_TEST

START_TEST(tables_and_maps_stay_within_the_limit)
{
	static struct store_map maps[1024];
	struct store_spec array = { .type = BPF_MAP_TYPE_ARRAY, .key_size = 4,
				    .value_size = 1024, .max_entries = 8 * 1024 };
	struct store_spec small = array;
	size_t n = 0;
	int r = 0;

	store_memory_limit(8 * MIB);
	ck_assert_int_eq(store_create(store, &array, &maps[0]), -ENOMEM);
	array.max_entries /= 2;
	ck_assert_int_eq(store_create(store, &array, &maps[0]), 0);
	store_close(&maps[0]);
	small.max_entries = 1;
	while (n < 1024 && (r = store_create(store, &small, &maps[n])) == 0)
		n++;
	ck_assert_int_eq(r, -ENOMEM);
	ck_assert_uint_gt(n, 100);
	while (n--)
		store_close(&maps[n]);
	ck_assert_int_eq(store_create(store, &array, &maps[0]), 0);
	store_close(&maps[0]);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("store-shortage");
	TCase *tc = tcase_create("shortage");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, any_allocation_may_fail, 0,
			    sizeof(shapes) / sizeof(shapes[0]));
	tcase_add_loop_test(tc, entries_stay_within_the_limit, 0, 3);
	tcase_add_test(tc, tables_and_maps_stay_within_the_limit);
	suite_add_tcase(s, tc);
	return run_suite(s);
}

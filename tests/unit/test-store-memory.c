/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The in-process store by itself: lifetimes of maps and types, cursors, and order.
 * test-differential compares it with the kernel; test-store-memory-create has the
 * limits of creation.
 */
#include <bpf/btf.h>
#include <check.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>

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
}

static struct store_map make(const struct store_spec *spec)
{
	struct store_map m = STORE_MAP_INIT;

	ck_assert_int_eq(store_create(store, spec, &m), 0);
	return m;
}

static struct store_map make_hash(uint32_t max_entries)
{
	return make(&(struct store_spec){ .type = BPF_MAP_TYPE_HASH, .key_size = 4,
					  .value_size = 8, .max_entries = max_entries });
}

static uint32_t id_of(const struct store_map *m)
{
	struct store_info info;

	ck_assert_int_eq(store_info(m, &info), 0);
	return info.id;
}

static int put(const struct store_map *m, uint32_t key, uint64_t value, unsigned flags)
{
	return store_update(m, &key, &value, flags);
}

static int get(const struct store_map *m, uint32_t key)
{
	uint64_t value;
	int r = store_lookup(m, &key, &value, 0);

	return r ? r : (int)value;
}

/* --- lives ----------------------------------------------------------------- */

START_TEST(id_is_not_reused_at_once)
{
	struct store_map a = make_hash(1), b = make_hash(1), c;
	uint32_t first = id_of(&a), second = id_of(&b), id;

	store_close(&a);
	c = make_hash(1);
	ck_assert_uint_gt(id_of(&c), second);
	ck_assert_int_eq(store_next_id(store, 0, &id), 0);
	ck_assert_uint_eq(id, second);
	ck_assert_int_eq(store_open(store, first, STORE_READ, &a), -ENOENT);
	ck_assert_int_eq(store_next_id(store, id_of(&c), &id), -ENOENT);
	ck_assert_int_eq(store_next_id(store, UINT32_MAX, &id), -EINVAL);
	store_close(&b);
	store_close(&c);
	store_close(&c); /* closed: allowed */
}
END_TEST

START_TEST(map_lives_until_the_last_close)
{
	struct store_map a = make_hash(4), b, c;
	uint32_t id = id_of(&a);

	ck_assert_int_eq(put(&a, 1, 5, 0), 0);
	ck_assert_int_eq(store_open(store, id, STORE_READ, &b), 0);
	store_close(&a);
	ck_assert_int_eq(get(&b, 1), 5);
	ck_assert_int_eq(store_open(store, id, STORE_READ, &c), 0);
	store_close(&b);
	store_close(&c);
	ck_assert_int_eq(store_open(store, id, STORE_READ, &a), -ENOENT);
}
END_TEST

START_TEST(types_live_as_long_as_their_map)
{
	struct store_spec spec = store_btf_spec(BPF_MAP_TYPE_HASH, BTF_U32, BTF_LOCKED,
						4, 0);
	struct store_map m = make(&spec);
	struct store_info info;
	struct btf *btf, *after;

	ck_assert_int_eq(store_info(&m, &info), 0);
	ck_assert_uint_ne(info.btf_id, 0);
	ck_assert_uint_eq(info.btf_value_type_id, BTF_LOCKED);
	ck_assert_int_eq(store_btf(store, info.btf_id, &btf), 0);
	store_close(&m);
	ck_assert_int_eq(store_btf(store, info.btf_id, &after), -ENOENT);
	/* a copy is the caller's */
	ck_assert_int_eq(btf__find_by_name(btf, "locked"), BTF_LOCKED);
	btf__free(btf);
}
END_TEST

START_TEST(access_binds_the_opener)
{
	struct store_map m = make_hash(4), ro, wo;
	uint64_t value;
	uint32_t key = 1;

	ck_assert_int_eq(store_open(store, id_of(&m), STORE_READ, &ro), 0);
	ck_assert_int_eq(store_open(store, id_of(&m), STORE_WRITE, &wo), 0);
	ck_assert_int_eq(put(&ro, 1, 1, 0), -EPERM);
	ck_assert_int_eq(put(&wo, 1, 1, 0), 0);
	ck_assert_int_eq(get(&wo, 1), -EPERM);
	ck_assert_int_eq(get(&ro, 1), 1);
	ck_assert_int_eq(store_next_key(&wo, NULL, &key), -EPERM);
	ck_assert_int_eq(store_lookup_and_delete(&wo, &key, &value, 0), -EPERM);
	ck_assert_int_eq(store_freeze(&ro), -EPERM);
	ck_assert_int_eq(store_freeze(&wo), 0);
	ck_assert_int_eq(store_freeze(&wo), -EPERM);
	ck_assert_int_eq(put(&m, 1, 1, 0), -EPERM);
	ck_assert_int_eq(store_remove(&m, &key), -EPERM);
	ck_assert_int_eq(get(&m, 1), 1);
	store_close(&m);
	store_close(&ro);
	store_close(&wo);
}
END_TEST

/* --- elements -------------------------------------------------------------- */

START_TEST(lock_bytes_are_ignored_and_zero)
{
	struct store_spec spec = store_btf_spec(BPF_MAP_TYPE_HASH, BTF_U32, BTF_LOCKED,
						4, 0);
	struct store_map m = make(&spec);
	uint32_t key = 1, value[4] = { 7, 0xdeadbeef, 8, 9 };

	ck_assert_int_eq(store_update(&m, &key, value, STORE_LOCK), 0);
	ck_assert_int_eq(store_lookup(&m, &key, value, STORE_LOCK), 0);
	ck_assert_uint_eq(value[0], 7);
	ck_assert_uint_eq(value[1], 0);
	ck_assert_uint_eq(value[3], 9);
	ck_assert_int_eq(store_freeze(&m), -STORE_ENOTSUPP);
	store_close(&m);

	m = make_hash(4);
	ck_assert_int_eq(put(&m, 1, 1, STORE_LOCK), -EINVAL);
	store_close(&m);
}
END_TEST

START_TEST(percpu_padding_is_kept)
{
	const struct store_spec spec = { .type = BPF_MAP_TYPE_PERCPU_HASH, .key_size = 4,
					 .value_size = 5, .max_entries = 4 };
	struct store_map m = make(&spec);
	size_t stride = 8 * (size_t)store_possible_cpus();
	char *in = malloc(stride), *out = malloc(stride);
	uint32_t key = 1;

	for (size_t i = 0; i < stride; i++)
		in[i] = (char)(i + 1);
	ck_assert_int_eq(store_update(&m, &key, in, 0), 0);
	ck_assert_int_eq(store_lookup(&m, &key, out, 0), 0);
	ck_assert_mem_eq(in, out, stride);
	store_close(&m);
	free(in);
	free(out);
}
END_TEST

START_TEST(huge_map_costs_nothing_until_used)
{
	struct store_map m = make_hash(1u << 24);
	struct store_usage usage;
	uint32_t key, next;

	for (uint32_t i = 0; i < 3; i++)
		ck_assert_int_eq(put(&m, i, i, 0), 0);
	ck_assert_int_eq(store_next_key(&m, NULL, &key), 0);
	ck_assert_int_eq(store_next_key(&m, &key, &next), 0);
	ck_assert_int_eq(store_next_key(&m, &next, &key), 0);
	ck_assert_int_eq(store_next_key(&m, &key, &next), -ENOENT);
	ck_assert_int_eq(store_usage(&m, &usage), 0);
	ck_assert_uint_lt(usage.memlock, 80u << 20);
	store_close(&m);
}
END_TEST

START_TEST(full_map_takes_one_when_one_goes)
{
	struct store_map m = make_hash(4);
	uint32_t key = 2;

	for (uint32_t i = 0; i < 4; i++)
		ck_assert_int_eq(put(&m, i, i, 0), 0);
	ck_assert_int_eq(put(&m, 4, 4, 0), -E2BIG);
	ck_assert_int_eq(put(&m, 4, 4, STORE_NOEXIST), -E2BIG);
	ck_assert_int_eq(put(&m, 4, 4, STORE_EXIST), -ENOENT);
	ck_assert_int_eq(put(&m, 3, 7, 0), 0);
	ck_assert_int_eq(store_remove(&m, &key), 0);
	ck_assert_int_eq(put(&m, 4, 4, 0), 0);
	ck_assert_int_eq(get(&m, 2), -ENOENT);
	ck_assert_int_eq(get(&m, 3), 7);
	store_close(&m);
}
END_TEST

/* --- order and cursors ----------------------------------------------------- */

START_TEST(long_bucket_is_taken_whole_or_not)
{
	enum { COUNT = 512 };
	struct store_map m = make_hash(COUNT);
	uint32_t keys[COUNT], cursor = 0, count, room = 1, refused = 0;
	uint64_t values[COUNT];
	bool seen[COUNT] = { false };
	int r;

	for (uint32_t i = 0; i < COUNT; i++)
		ck_assert_int_eq(put(&m, i, i, 0), 0);
	do {
		uint32_t before = cursor;

		count = room;
		r = store_lookup_batch(&m, &cursor, &cursor, keys, values, &count, 0);
		ck_assert_uint_ge(cursor, before);
		if (r == -ENOSPC) {
			ck_assert_uint_eq(count, 0);
			refused++;
			room++;
			continue;
		}
		for (uint32_t i = 0; i < count; i++) {
			ck_assert(!seen[keys[i]]);
			ck_assert_uint_eq(values[i], keys[i]);
			seen[keys[i]] = true;
		}
		room = 1;
	} while (r != -ENOENT);
	for (uint32_t i = 0; i < COUNT; i++)
		ck_assert(seen[i]);
	ck_assert_uint_gt(refused, 0);
	ck_assert_uint_eq(cursor, COUNT); /* number of buckets */
	count = 1;
	ck_assert_int_eq(store_lookup_batch(&m, &cursor, &cursor, keys, values, &count, 0),
			 -ENOENT);
	ck_assert_uint_eq(count, 0);
	store_close(&m);
}
END_TEST

START_TEST(deleted_cursor_restarts_the_walk)
{
	struct store_map m = make_hash(16);
	uint32_t first, key, again, steps = 0;

	for (uint32_t i = 0; i < 10; i++)
		ck_assert_int_eq(put(&m, i, i, 0), 0);
	ck_assert_int_eq(store_next_key(&m, NULL, &first), 0);
	ck_assert_int_eq(store_next_key(&m, &first, &key), 0);
	ck_assert_int_eq(store_remove(&m, &key), 0);
	ck_assert_int_eq(store_next_key(&m, &key, &again), 0);
	ck_assert_uint_eq(again, first);
	/* so a walk that deletes what it gets ends with an empty map */
	for (; store_next_key(&m, &key, &key) == 0; steps++)
		ck_assert_int_eq(store_remove(&m, &key), 0);
	ck_assert_uint_eq(steps, 9);
	ck_assert_int_eq(store_next_key(&m, NULL, &key), -ENOENT);
	store_close(&m);
}
END_TEST

START_TEST(array_batch_ends_with_or_without_a_rest)
{
	const struct store_spec spec = { .type = BPF_MAP_TYPE_ARRAY, .key_size = 4,
					 .value_size = 8, .max_entries = 10 };
	struct store_map m = make(&spec);
	uint32_t keys[10], cursor = 77, count = 5;
	uint64_t values[10];

	ck_assert_int_eq(store_lookup_batch(&m, NULL, &cursor, keys, values, &count, 0), 0);
	ck_assert_uint_eq(cursor, 4);
	ck_assert_int_eq(store_lookup_batch(&m, &cursor, &cursor, keys, values, &count, 0),
			 0);
	ck_assert_uint_eq(keys[4], 9);
	ck_assert_int_eq(store_lookup_batch(&m, &cursor, &cursor, keys, values, &count, 0),
			 -ENOENT);
	ck_assert_uint_eq(count, 0);
	ck_assert_uint_eq(cursor, 9);
	count = 2;
	ck_assert_int_eq(store_remove_batch(&m, keys, &count), -STORE_ENOTSUPP);
	ck_assert_int_eq(store_remove(&m, keys), -EINVAL);
	store_close(&m);
}
END_TEST

/* --- LPM trie -------------------------------------------------------------- */

struct prefix {
	uint32_t length;
	uint8_t data[4];
};

static struct store_map make_trie(void)
{
	return make(&(struct store_spec){ .type = BPF_MAP_TYPE_LPM_TRIE, .key_size = 8,
					  .value_size = 8, .max_entries = 4,
					  .flags = BPF_F_NO_PREALLOC });
}

static int put_prefix(const struct store_map *m, struct prefix p, uint64_t value)
{
	return store_update(m, &p, &value, 0);
}

static int get_prefix(const struct store_map *m, struct prefix p)
{
	uint64_t value;
	int r = store_lookup(m, &p, &value, 0);

	return r ? r : (int)value;
}

START_TEST(trie_lists_the_specific_first)
{
	static const struct prefix in[] = {
		{ 0, { 0 } }, { 8, { 10 } }, { 16, { 10, 1 } }, { 24, { 10, 1, 1 } },
	};
	struct store_map m = make_trie();
	struct prefix p, *key = NULL;

	for (uint32_t i = 0; i < 4; i++)
		ck_assert_int_eq(put_prefix(&m, in[i], i), 0);
	for (uint32_t i = 4; i--; key = &p) {
		ck_assert_int_eq(store_next_key(&m, key, &p), 0);
		ck_assert_mem_eq(&p, &in[i], sizeof(p));
	}
	ck_assert_int_eq(store_next_key(&m, key, &p), -ENOENT);
	ck_assert_int_eq(put_prefix(&m, (struct prefix){ 32, { 1 } }, 1), -ENOSPC);
	ck_assert_int_eq(get_prefix(&m, (struct prefix){ 32, { 10, 1, 2, 3 } }), 2);
	ck_assert_int_eq(get_prefix(&m, (struct prefix){ 12, { 10, 1, 2, 3 } }), 1);
	ck_assert_int_eq(get_prefix(&m, (struct prefix){ 33, { 10, 1, 2, 3 } }), -ENOENT);
	store_close(&m);
}
END_TEST

START_TEST(trie_keeps_host_bits_of_the_last_writer)
{
	struct store_map m = make_trie();
	struct prefix p = { 8, { 10, 1, 2, 3 } }, next;
	uint64_t value = 1;

	ck_assert_int_eq(put_prefix(&m, p, 1), 0);
	p = (struct prefix){ 8, { 10, 9, 9, 9 } };
	ck_assert_int_eq(store_update(&m, &p, &value, STORE_NOEXIST), -EEXIST);
	ck_assert_int_eq(put_prefix(&m, p, 2), 0);
	ck_assert_int_eq(store_next_key(&m, NULL, &next), 0);
	ck_assert_mem_eq(&next, &p, sizeof(p));
	p = (struct prefix){ 32, { 10, 9, 9, 9 } };
	ck_assert_int_eq(get_prefix(&m, p), 2);
	ck_assert_int_eq(store_remove(&m, &p), -ENOENT);
	p = (struct prefix){ 8, { 10, 77 } };
	ck_assert_int_eq(store_remove(&m, &p), 0);
	ck_assert_int_eq(store_next_key(&m, NULL, &next), -ENOENT);
	store_close(&m);
}
END_TEST

/* --- LRU ------------------------------------------------------------------- */

START_TEST(lru_evicts_the_old_and_spares_the_updated)
{
	enum { ROOM = 64 };
	const struct store_spec spec = { .type = BPF_MAP_TYPE_LRU_HASH, .key_size = 4,
					 .value_size = 8, .max_entries = ROOM };
	struct store_map m = make(&spec);
	uint32_t held = 0;

	for (uint32_t i = 0; i < ROOM; i++)
		ck_assert_int_eq(put(&m, i, i, 0), 0);
	for (uint32_t i = 0; i < 8; i++)
		ck_assert_int_eq(put(&m, i, i, STORE_EXIST), 0);
	for (uint32_t i = 0; i < 16; i++)
		ck_assert_int_eq(put(&m, 1000 + i, 1, 0), 0);
	for (uint32_t i = 0; i < 8; i++)
		ck_assert_int_eq(get(&m, i), (int)i);
	for (uint32_t i = 8; i < 24; i++)
		ck_assert_int_eq(get(&m, i), -ENOENT);
	for (uint32_t i = 0; i < 1016; i++)
		held += get(&m, i) >= 0;
	ck_assert_uint_eq(held, ROOM);
	store_close(&m);
}
END_TEST

START_TEST(lru_without_common_list_rounds_up)
{
	const struct store_spec spec = { .type = BPF_MAP_TYPE_LRU_HASH, .key_size = 4,
					 .value_size = 8, .max_entries = 1,
					 .flags = BPF_F_NO_COMMON_LRU };
	struct store_map m = make(&spec);
	struct store_info info;

	ck_assert_int_eq(store_info(&m, &info), 0);
	ck_assert_uint_eq(info.max_entries, store_possible_cpus());
	store_close(&m);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("store-memory");
	TCase *tc = tcase_create("memory");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, id_is_not_reused_at_once);
	tcase_add_test(tc, map_lives_until_the_last_close);
	tcase_add_test(tc, types_live_as_long_as_their_map);
	tcase_add_test(tc, access_binds_the_opener);
	tcase_add_test(tc, lock_bytes_are_ignored_and_zero);
	tcase_add_test(tc, percpu_padding_is_kept);
	tcase_add_test(tc, huge_map_costs_nothing_until_used);
	tcase_add_test(tc, full_map_takes_one_when_one_goes);
	tcase_add_test(tc, long_bucket_is_taken_whole_or_not);
	tcase_add_test(tc, deleted_cursor_restarts_the_walk);
	tcase_add_test(tc, array_batch_ends_with_or_without_a_rest);
	tcase_add_test(tc, trie_lists_the_specific_first);
	tcase_add_test(tc, trie_keeps_host_bits_of_the_last_writer);
	tcase_add_test(tc, lru_evicts_the_old_and_spares_the_updated);
	tcase_add_test(tc, lru_without_common_list_rounds_up);
	suite_add_tcase(s, tc);
	return s;
}

int main(void)
{
	return run_suite(suite());
}

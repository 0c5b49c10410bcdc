/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The in-process store by itself. That it equals the kernel is the matter of
 * test-differential; here is what needs no kernel to know: limits measured
 * there, lives of maps and types, cursors, and order.
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

/* --- creation -------------------------------------------------------------- */

#define HASH BPF_MAP_TYPE_HASH
#define ARRAY BPF_MAP_TYPE_ARRAY
#define PERCPU_HASH BPF_MAP_TYPE_PERCPU_HASH
#define PERCPU_ARRAY BPF_MAP_TYPE_PERCPU_ARRAY
#define LRU_HASH BPF_MAP_TYPE_LRU_HASH
#define LRU_PERCPU_HASH BPF_MAP_TYPE_LRU_PERCPU_HASH
#define LPM BPF_MAP_TYPE_LPM_TRIE
#define N STORE_ENOTSUPP

static const struct {
	uint32_t type, key_size, value_size, max_entries, flags;
	int error;
} limits[] = {
	{ HASH, 4, 8, 4, 0, 0 },
	{ HASH, 0, 8, 4, 0, EINVAL },
	{ HASH, 4, 0, 4, 0, EINVAL },
	{ HASH, 4, 8, 0, 0, EINVAL },
	{ HASH, 1048576, 8, 4, 0, 0 },
	{ HASH, 4, 4194251, 1, 0, 0 },
	{ HASH, 4, 4194252, 1, 0, E2BIG },
	{ HASH, 4194247, 8, 1, 0, 0 },
	{ HASH, 4194248, 8, 1, 0, E2BIG },
	{ HASH, 4, 8, 1u << 27, BPF_F_NO_PREALLOC, 0 },
	{ HASH, 4, 8, (1u << 27) + 1, 0, E2BIG },
	{ HASH, 4, 8, UINT32_MAX, 0, E2BIG },
	{ HASH, 4, 8, 4, BPF_F_NO_COMMON_LRU, EINVAL },
	{ HASH, 4, 8, 4, BPF_F_MMAPABLE, EINVAL },
	{ HASH, 4, 8, 4, BPF_F_RDONLY | BPF_F_WRONLY, EINVAL },
	{ HASH, 4, 8, 4, BPF_F_RDONLY_PROG | BPF_F_WRONLY_PROG, EINVAL },
	{ HASH, 4, 8, 4, BPF_F_RDONLY_PROG | BPF_F_WRONLY, 0 },
	{ HASH, 4, 8, 4, 1u << 20, EINVAL },
	{ PERCPU_HASH, 4, 32768, 1, 0, 0 },
	{ PERCPU_HASH, 4, 32769, 1, 0, E2BIG },
	{ PERCPU_HASH, 4, 8, 1, BPF_F_NUMA_NODE, EINVAL },
	{ LRU_HASH, 4, 8, 4, 0, 0 },
	{ LRU_HASH, 4, 8, 4, BPF_F_NO_COMMON_LRU, 0 },
	{ LRU_HASH, 4, 8, 4, BPF_F_NO_PREALLOC, N },
	{ LRU_PERCPU_HASH, 4, 32769, 4, 0, E2BIG },
	{ LRU_PERCPU_HASH, 4, 8, 4, BPF_F_NO_PREALLOC, N },
	{ ARRAY, 4, 8, 4, 0, 0 },
	{ ARRAY, 8, 8, 4, 0, EINVAL },
	{ ARRAY, 4, 0, 4, 0, EINVAL },
	{ ARRAY, 4, 8, 0, 0, EINVAL },
	{ ARRAY, 4, 1u << 31, 1, 0, E2BIG },
	{ ARRAY, 4, 1u << 30, UINT32_MAX, 0, ENOMEM },
	{ ARRAY, 4, 8, 4, BPF_F_NO_PREALLOC, EINVAL },
	{ ARRAY, 4, 8, 4, BPF_F_MMAPABLE | BPF_F_INNER_MAP, 0 },
	{ PERCPU_ARRAY, 4, 32768, 1, 0, 0 },
	{ PERCPU_ARRAY, 4, 32769, 1, 0, E2BIG },
	{ PERCPU_ARRAY, 4, 8, 1, BPF_F_MMAPABLE, EINVAL },
	{ LPM, 8, 8, 4, BPF_F_NO_PREALLOC, 0 },
	{ LPM, 8, 8, 4, 0, EINVAL },
	{ LPM, 4, 8, 4, BPF_F_NO_PREALLOC, EINVAL },
	{ LPM, 5, 8, 4, BPF_F_NO_PREALLOC, 0 },
	{ LPM, 260, 8, 4, BPF_F_NO_PREALLOC, 0 },
	{ LPM, 261, 8, 4, BPF_F_NO_PREALLOC, EINVAL },
	{ LPM, 8, 4194024, 1, BPF_F_NO_PREALLOC, 0 },
	{ LPM, 8, 4194025, 1, BPF_F_NO_PREALLOC, EINVAL },
	{ LPM, 8, 8, UINT32_MAX, BPF_F_NO_PREALLOC, 0 },
	{ BPF_MAP_TYPE_USER_RINGBUF, 0, 0, 4096, 0, EOPNOTSUPP },
	{ 1000, 4, 4, 1, 0, EOPNOTSUPP },
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
	};

	ck_assert_int_eq(store_create(store, &spec, &m), -limits[_i].error);
	store_close(&m);
}
END_TEST

static const struct {
	uint32_t type, key_type, value_type, max_entries, flags;
	int error;
} typed[] = {
	{ HASH, BTF_U32, BTF_U64, 4, 0, 0 },
	{ HASH, BTF_ENUM, BTF_U64, 4, 0, 0 },
	{ HASH, BTF_PREFIX, BTF_UNION, 4, 0, 0 },
	{ HASH, 0, BTF_U64, 4, 0, EINVAL },
	{ HASH, BTF_U32, 0, 4, 0, EINVAL },
	{ HASH, BTF_U32, BTF_COUNT, 4, 0, EINVAL },
	{ HASH, BTF_U32, BTF_LOCKED, 4, 0, 0 },
	{ HASH, BTF_U32, BTF_LOCKED, 4, BPF_F_RDONLY_PROG, EACCES },
	{ PERCPU_HASH, BTF_U32, BTF_LOCKED, 4, 0, EOPNOTSUPP },
	{ LRU_HASH, BTF_U32, BTF_LOCKED, 4, 0, EOPNOTSUPP },
	{ LRU_HASH, BTF_U32, BTF_TIMED, 4, 0, 0 },
	{ PERCPU_HASH, BTF_U32, BTF_TIMED, 4, 0, EOPNOTSUPP },
	{ ARRAY, BTF_U32, BTF_LOCKED, 4, 0, 0 },
	{ ARRAY, BTF_TYPEDEF, BTF_U64, 4, 0, 0 },
	{ ARRAY, BTF_ENUM, BTF_U64, 4, 0, EINVAL },
	{ ARRAY, BTF_INDEX, BTF_U64, 4, 0, EINVAL },
	{ ARRAY, 0, BTF_DATASEC, 1, 0, 0 },
	{ ARRAY, 0, BTF_DATASEC, 2, 0, EINVAL },
	{ ARRAY, 0, BTF_U64, 1, 0, EINVAL },
	{ PERCPU_ARRAY, 0, BTF_DATASEC, 1, 0, EINVAL },
	{ LPM, BTF_PREFIX, BTF_U64, 4, BPF_F_NO_PREALLOC, 0 },
	{ LPM, BTF_U64, BTF_U64, 4, BPF_F_NO_PREALLOC, EINVAL },
	{ LPM, 0, BTF_U64, 4, BPF_F_NO_PREALLOC, EINVAL },
	{ LPM, BTF_PREFIX, BTF_LOCKED, 4, BPF_F_NO_PREALLOC, EOPNOTSUPP },
};

/* A spec of one of the types above, with sizes to match. */
static struct store_spec typed_spec(uint32_t type, uint32_t key_type, uint32_t value_type,
				    uint32_t max_entries, uint32_t flags)
{
	struct store_spec spec = {
		.type = type,
		.key_size = key_type ? store_btf_size(key_type) : type == LPM ? 8 : 4,
		.value_size = value_type && value_type < BTF_COUNT
			      ? store_btf_size(value_type) : 8,
		.max_entries = max_entries,
		.flags = flags,
		.btf_key_type_id = key_type,
		.btf_value_type_id = value_type,
	};

	spec.btf_data = store_btf_types(&spec.btf_size);
	return spec;
}

START_TEST(creation_takes_the_kernels_types)
{
	struct store_map m = STORE_MAP_INIT;
	struct store_spec spec = typed_spec(typed[_i].type, typed[_i].key_type,
					    typed[_i].value_type, typed[_i].max_entries,
					    typed[_i].flags);

	ck_assert_int_eq(store_create(store, &spec, &m), -typed[_i].error);
	store_close(&m);
}
END_TEST

static const struct {
	const char *name;
	int error;
} names[] = {
	{ "", 0 }, { ".", 0 }, { "..", 0 }, { ".rodata.str1.1", 0 }, { "A_z.09", 0 },
	{ "123456789012345", 0 }, { "1234567890123456", EINVAL }, { "a-b", EINVAL },
	{ "a b", EINVAL }, { "a/b", EINVAL }, { "\xc3\xa4", EINVAL },
};

START_TEST(creation_takes_the_kernels_names)
{
	struct store_map m = STORE_MAP_INIT;
	const struct store_spec spec = { .type = ARRAY, .key_size = 4, .value_size = 4,
					 .max_entries = 1, .name = names[_i].name };
	struct store_info info;

	ck_assert_int_eq(store_create(store, &spec, &m), -names[_i].error);
	if (!names[_i].error) {
		ck_assert_int_eq(store_info(&m, &info), 0);
		ck_assert_str_eq(info.name, names[_i].name);
	}
	store_close(&m);
}
END_TEST

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
	struct store_spec spec = typed_spec(HASH, BTF_U32, BTF_LOCKED, 4, 0);
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
	struct store_spec spec = typed_spec(HASH, BTF_U32, BTF_LOCKED, 4, 0);
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
	const struct store_spec spec = { .type = PERCPU_HASH, .key_size = 4,
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
	const struct store_spec spec = { .type = ARRAY, .key_size = 4, .value_size = 8,
					 .max_entries = 10 };
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
	return make(&(struct store_spec){ .type = LPM, .key_size = 8, .value_size = 8,
					  .max_entries = 4, .flags = BPF_F_NO_PREALLOC });
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
	const struct store_spec spec = { .type = LRU_HASH, .key_size = 4, .value_size = 8,
					 .max_entries = ROOM };
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
	const struct store_spec spec = { .type = LRU_HASH, .key_size = 4, .value_size = 8,
					 .max_entries = 1, .flags = BPF_F_NO_COMMON_LRU };
	struct store_map m = make(&spec);
	struct store_info info;

	ck_assert_int_eq(store_info(&m, &info), 0);
	ck_assert_uint_eq(info.max_entries, store_possible_cpus());
	store_close(&m);
}
END_TEST

#define COUNT_OF(array) ((int)(sizeof(array) / sizeof((array)[0])))

static Suite *suite(void)
{
	Suite *s = suite_create("store-memory");
	TCase *tc = tcase_create("memory");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, creation_keeps_the_kernels_limits, 0, COUNT_OF(limits));
	tcase_add_loop_test(tc, creation_takes_the_kernels_types, 0, COUNT_OF(typed));
	tcase_add_loop_test(tc, creation_takes_the_kernels_names, 0, COUNT_OF(names));
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

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Creation in the in-process store: sizes, flags, types and names are refused within
 * the limits that were measured in the kernel.
 */
#include <check.h>
#include <errno.h>
#include <linux/bpf.h>

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

START_TEST(creation_takes_the_kernels_types)
{
	struct store_map m = STORE_MAP_INIT;
	struct store_spec spec = store_btf_spec(typed[_i].type, typed[_i].key_type,
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

#define COUNT_OF(array) ((int)(sizeof(array) / sizeof((array)[0])))

int main(void)
{
	Suite *s = suite_create("store-memory-create");
	TCase *tc = tcase_create("create");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, creation_keeps_the_kernels_limits, 0, COUNT_OF(limits));
	tcase_add_loop_test(tc, creation_takes_the_kernels_types, 0, COUNT_OF(typed));
	tcase_add_loop_test(tc, creation_takes_the_kernels_names, 0, COUNT_OF(names));
	suite_add_tcase(s, tc);
	return run_suite(s);
}

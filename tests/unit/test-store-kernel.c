/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel store by itself: tests that cannot be differential, because the memory
 * store has no descriptors, no fdinfo and no vmlinux. Skipped if the kernel's maps may
 * not be used.
 */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "store-btf.h"
#include "store-require.h"
#include "store/store.h"
#include "../suite.h"

static struct store *store;

static unsigned open_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned count = 0;

	ck_assert_ptr_nonnull(dir);
	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

static unsigned before;

static void setup(void)
{
	before = open_descriptors();
	ck_assert_int_eq(store_kernel_new(&store), 0);
}

static void teardown(void)
{
	store_free(store);
	ck_assert_uint_eq(open_descriptors(), before);
}

static struct store_spec locked_spec(void)
{
	struct store_spec spec = {
		.type = BPF_MAP_TYPE_HASH,
		.key_size = 4,
		.value_size = store_btf_size(BTF_LOCKED),
		.max_entries = 16,
		.name = "store_kernel",
		.btf_key_type_id = BTF_U32,
		.btf_value_type_id = BTF_LOCKED,
	};

	spec.btf_data = store_btf_types(&spec.btf_size);
	return spec;
}

static struct store_map make(const struct store_spec *spec)
{
	struct store_map m = STORE_MAP_INIT;

	ck_assert_int_eq(store_create(store, spec, &m), 0);
	return m;
}

/* Types by number: <linux/bpf.h> may be older. */
START_TEST(missing_type_is_told_from_wrong_sizes)
{
	static const struct {
		uint32_t type, flags;
	} types[] = {
		{ BPF_MAP_TYPE_RINGBUF, 0 },
		{ 31 /* user_ringbuf */, 0 },
		{ 33 /* arena */, BPF_F_MMAPABLE },
	};
	struct store_spec spec = { .type = types[_i].type, .flags = types[_i].flags,
				   .max_entries = _i == 2 ? 1 : 4096 };
	struct store_map m = STORE_MAP_INIT;
	int r = store_create(store, &spec, &m);

	store_close(&m);
	ck_assert(r == 0 || r == -EOPNOTSUPP);
	spec.key_size = 1;
	ck_assert_int_eq(store_create(store, &spec, &m), r ?: -EINVAL);
	ck_assert_int_eq(store_create(store, &spec, &m), r ?: -EINVAL);
}
END_TEST

/* Leave so many descriptors free. */
static void limit_descriptors(rlim_t more)
{
	struct rlimit limit;
	int lowest = open("/dev/null", O_RDONLY | O_CLOEXEC);

	ck_assert_int_ge(lowest, 0);
	close(lowest);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = (rlim_t)lowest + more;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

static void allow_descriptors(void)
{
	struct rlimit limit;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = limit.rlim_max;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

START_TEST(without_descriptors_the_errno_is_emfile)
{
	struct store_spec spec = locked_spec();
	struct store_map m = make(&spec), other = STORE_MAP_INIT;
	struct store_info info;
	struct store_usage usage;
	struct btf *btf = NULL;
	uint32_t key = 1, id, program = 0;
	uint64_t value[8] = { 0 };
	int fd;

	ck_assert_int_eq(store_info(&m, &info), 0);
	limit_descriptors(0);
	ck_assert_int_eq(store_open(store, info.id, STORE_READ, &other), -EMFILE);
	ck_assert_int_eq(store_create(store, &spec, &other), -EMFILE);
	ck_assert_int_eq(store_btf(store, info.btf_id, &btf), -EMFILE);
	ck_assert_int_eq(store_btf(store, 0, &btf), -EMFILE);
	ck_assert_int_eq(store_usage(&m, &usage), -EMFILE);
	ck_assert_int_eq(store_let_go(&m), -EMFILE);
	if (store_next_program(store, 0, &program) == 0) {
		struct store_program p = STORE_PROGRAM_INIT;

		ck_assert_int_eq(store_program(store, program, &p), -EMFILE);
		ck_assert_int_eq(store_open_program(store, program, &fd), -EMFILE);
	}
	/* What needs no descriptor works. */
	ck_assert_int_eq(store_next_id(store, 0, &id), 0);
	ck_assert_int_eq(store_info(&m, &info), 0);
	ck_assert_int_eq(store_update(&m, &key, value, 0), 0);
	ck_assert_int_eq(store_lookup(&m, &key, value, 0), 0);

	/* One: for the BTF of a map to be made, but not for the map. */
	allow_descriptors();
	limit_descriptors(1);
	ck_assert_int_eq(store_create(store, &spec, &other), -EMFILE);

	allow_descriptors();
	ck_assert_int_eq(store_create(store, &spec, &other), 0);
	ck_assert_int_eq(store_btf(store, info.btf_id, &btf), 0);
	ck_assert_int_eq(store_usage(&m, &usage), 0);
	btf__free(btf);
	store_close(&other);
	store_close(&m);
}
END_TEST

START_TEST(descriptor_does_not_outlive_exec)
{
	struct store_spec spec = locked_spec();
	struct store_map m = make(&spec), again;
	struct store_info info;

	ck_assert_int_eq(store_info(&m, &info), 0);
	ck_assert_int_eq(store_open(store, info.id, STORE_READ, &again), 0);
	ck_assert_int_eq(fcntl(m.fd, F_GETFD), FD_CLOEXEC);
	ck_assert_int_eq(fcntl(again.fd, F_GETFD), FD_CLOEXEC);
	store_close(&m);
	store_close(&again);
}
END_TEST

START_TEST(failed_creation_leaks_nothing)
{
	struct store_map m = STORE_MAP_INIT;
	struct store_spec spec = locked_spec();

	spec.value_size++; /* not the size of its type */
	ck_assert_int_eq(store_create(store, &spec, &m), -EINVAL);
	spec = locked_spec();
	spec.btf_data = "no BTF";
	spec.btf_size = 6;
	ck_assert_int_eq(store_create(store, &spec, &m), -EINVAL);
	spec = locked_spec();
	spec.name = "longer_than_15_bytes";
	ck_assert_int_eq(store_create(store, &spec, &m), -EINVAL);
	ck_assert_ptr_null(m.store);
}
END_TEST

START_TEST(map_tells_what_it_was_made_from)
{
	struct store_spec spec = locked_spec();
	struct store_map m = make(&spec);
	struct store_info info;
	struct store_usage usage;
	struct btf *btf;
	uint32_t id;

	ck_assert_int_eq(store_info(&m, &info), 0);
	ck_assert_str_eq(info.name, "store_kernel");
	ck_assert_uint_eq(info.btf_value_type_id, BTF_LOCKED);
	ck_assert_int_eq(store_next_id(store, info.id - 1, &id), 0);
	ck_assert_uint_eq(id, info.id);
	ck_assert_int_eq(store_usage(&m, &usage), 0);
	ck_assert_uint_gt(usage.memlock, 16 * (4 + 16));
	ck_assert(!usage.frozen);
	ck_assert_int_eq(store_btf(store, info.btf_id, &btf), 0);
	ck_assert_int_eq(btf__find_by_name(btf, "locked"), BTF_LOCKED);
	btf__free(btf);
	store_close(&m);
}
END_TEST

START_TEST(freezing_shows)
{
	const struct store_spec spec = { .type = BPF_MAP_TYPE_ARRAY, .key_size = 4,
					 .value_size = 4, .max_entries = 1 };
	struct store_map m = make(&spec);
	struct store_usage usage;

	ck_assert_int_eq(store_freeze(&m), 0);
	ck_assert_int_eq(store_usage(&m, &usage), 0);
	ck_assert(usage.frozen);
	store_close(&m);
}
END_TEST

START_TEST(reader_may_only_read)
{
	struct store_spec spec = locked_spec();
	struct store_map m = make(&spec), ro, wo;
	uint32_t key = 1, value[4] = { 0 };
	struct store_info info;

	ck_assert_int_eq(store_info(&m, &info), 0);
	ck_assert_int_eq(store_open(store, info.id, STORE_READ, &ro), 0);
	ck_assert_int_eq(store_open(store, info.id, STORE_WRITE, &wo), 0);
	ck_assert_int_eq(store_update(&ro, &key, value, 0), -EPERM);
	ck_assert_int_eq(store_update(&wo, &key, value, 0), 0);
	ck_assert_int_eq(store_lookup(&wo, &key, value, 0), -EPERM);
	ck_assert_int_eq(store_lookup(&ro, &key, value, STORE_LOCK), 0);
	store_close(&m);
	store_close(&ro);
	store_close(&wo);
}
END_TEST

START_TEST(map_that_is_gone_is_enoent)
{
	struct store_map m;
	struct btf *btf;

	ck_assert_int_eq(store_open(store, INT32_MAX - 1, STORE_READ, &m), -ENOENT);
	ck_assert_int_eq(store_btf(store, INT32_MAX - 1, &btf), -ENOENT);
}
END_TEST

/* The kernel's own BTF is whole; a module's builds on it. */
START_TEST(kernel_and_module_types_are_complete)
{
	uint32_t id = 0;
	unsigned seen = 0;

	while (seen < 4 && bpf_btf_get_next_id(id, &id) == 0) {
		struct btf *btf;
		int r = store_btf(store, id, &btf);

		if (r == -ENOENT) /* gone since */
			continue;
		ck_assert_int_eq(r, 0);
		for (uint32_t i = 1; i < btf__type_cnt(btf) && i < 100; i++)
			ck_assert_ptr_nonnull(btf__type_by_id(btf, i));
		btf__free(btf);
		seen++;
	}
}
END_TEST

/* As the memory store says, see test-map-data. */
START_TEST(patch_needs_a_mapping)
{
	static const struct {
		uint32_t type, flags;
		unsigned access;
		bool freeze;
		uint64_t offset;
		int want;
	} cases[] = {
		{ BPF_MAP_TYPE_ARRAY, BPF_F_MMAPABLE, 3, false, 20, 0 },
		{ BPF_MAP_TYPE_ARRAY, BPF_F_MMAPABLE, 3, true, 20, -EPERM },
		{ BPF_MAP_TYPE_ARRAY, BPF_F_MMAPABLE, STORE_READ, false, 20, -EACCES },
		{ BPF_MAP_TYPE_ARRAY, BPF_F_MMAPABLE, STORE_WRITE, false, 20, -EACCES },
		{ BPF_MAP_TYPE_ARRAY, BPF_F_MMAPABLE, 3, false, 1u << 20, -EINVAL },
		{ BPF_MAP_TYPE_ARRAY, BPF_F_MMAPABLE, 3, false, UINT64_MAX, -EINVAL },
		{ BPF_MAP_TYPE_ARRAY, 0, 3, false, 20, -EINVAL },
		{ BPF_MAP_TYPE_ARRAY, BPF_F_MMAPABLE | BPF_F_RDONLY_PROG, 3, false, 20, -EACCES },
		{ BPF_MAP_TYPE_HASH, 0, 3, false, 0, -STORE_ENOTSUPP },
	};
	struct store_spec spec = { .type = cases[_i].type, .flags = cases[_i].flags,
				   .key_size = 4, .value_size = 12, .max_entries = 4 };
	struct store_map m = make(&spec), again;
	struct store_info info;
	uint32_t value[3] = { 0 }, one = 1;

	if (cases[_i].freeze)
		ck_assert_int_eq(store_freeze(&m), 0);
	ck_assert_int_eq(store_info(&m, &info), 0);
	ck_assert_int_eq(store_open(store, info.id, cases[_i].access, &again), 0);
	ck_assert_int_eq(store_patch(&again, cases[_i].offset, "abcd", 4), cases[_i].want);
	if (cases[_i].want == 0) {
		/* 16 bytes an element: this is the second word of element 1 */
		ck_assert_int_eq(store_lookup(&m, &one, value, 0), 0);
		ck_assert_uint_eq(value[0], 0);
		ck_assert_mem_eq(&value[1], "abcd", 4);
		ck_assert_uint_eq(value[2], 0);
		/* nothing stays mapped */
		ck_assert_int_eq(store_freeze(&m), 0);
	}
	store_close(&again);
	store_close(&m);
}
END_TEST

START_TEST(symbols_of_the_kernel_are_found)
{
	struct store_symbol symbol = { .name = "" };
	unsigned long long address = 0;
	FILE *f = fopen("/proc/kallsyms", "r");
	char line[1024];

	ck_assert_ptr_nonnull(f);
	while (fgets(line, sizeof(line), f) && !strstr(line, " T vfs_read\n"))
		;
	ck_assert_int_eq(sscanf(line, "%llx", &address), 1);
	fclose(f);
	ck_assert_int_eq(store_symbol(store, address + 5, &symbol), address ? 0 : -ENOENT);
	if (address) {
		ck_assert_str_eq(symbol.name, "vfs_read");
		ck_assert_str_eq(symbol.module, "");
		ck_assert_uint_eq(symbol.offset, 5);
	}
	ck_assert_int_eq(store_symbol(store, 4096, &symbol), -ENOENT);
	ck_assert_int_eq(store_symbol(store, UINT64_MAX, &symbol), -ENOENT);
}
END_TEST

START_TEST(only_user_ring_buffers_are_pushed_to)
{
	struct store_spec spec = { .type = BPF_MAP_TYPE_USER_RINGBUF, .max_entries = 4096 };
	struct store_map ring = make(&spec), array;
	static char record[4096];

	ck_assert_int_eq(store_ring_push(&ring, record, 4096), -EFBIG);
	ck_assert_int_eq(store_ring_push(&ring, record, 4089), -EFBIG);
	ck_assert_int_eq(store_ring_push(&ring, record, 4081), 0);
	ck_assert_int_eq(store_ring_push(&ring, record, 1), -ENOSPC);
	spec.type = BPF_MAP_TYPE_RINGBUF;
	array = make(&spec);
	ck_assert_int_eq(store_ring_push(&array, record, 1), -EINVAL);
	store_close(&array);
	store_close(&ring);
}
END_TEST

/* Read-only; the consumer's page alone can be written, and not the data. */
START_TEST(ring_buffer_is_mapped_to_look_or_to_take)
{
	struct store_spec spec = { .type = BPF_MAP_TYPE_RINGBUF, .max_entries = 8192 };
	struct store_map map = make(&spec), user;
	struct store_ring ring = STORE_RING_INIT;

	ck_assert_int_eq(store_ring_map(&map, STORE_READ, &ring), 0);
	ck_assert_uint_eq(ring.size, 8192);
	ck_assert_uint_eq(*ring.producer, 0);
	ck_assert_ptr_null(ring.overwritten);
	store_ring_unmap(&ring);
	ck_assert_int_eq(store_ring_map(&map, STORE_READ | STORE_WRITE, &ring), 0);
	__atomic_store_n(ring.consumer, 0, __ATOMIC_RELEASE);
	store_ring_unmap(&ring);
	spec.type = BPF_MAP_TYPE_USER_RINGBUF;
	user = make(&spec);
	ck_assert_int_eq(store_ring_map(&user, STORE_READ, &ring), -EINVAL);
	store_close(&user);
	ck_assert_int_eq(store_freeze(&map), 0);
	ck_assert_int_eq(store_ring_map(&map, STORE_READ | STORE_WRITE, &ring), -EPERM);
	ck_assert_int_eq(store_ring_map(&map, STORE_READ, &ring), 0);
	store_close(&map);
	store_ring_unmap(&ring);
	store_ring_unmap(&ring);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("store-kernel");
	TCase *tc = tcase_create("kernel");
	int failed = store_kernel_new(&store);

	if (failed)
		return without_kernel_store(failed);
	store_free(store);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, missing_type_is_told_from_wrong_sizes, 0, 3);
	tcase_add_test(tc, without_descriptors_the_errno_is_emfile);
	tcase_add_test(tc, descriptor_does_not_outlive_exec);
	tcase_add_test(tc, failed_creation_leaks_nothing);
	tcase_add_test(tc, map_tells_what_it_was_made_from);
	tcase_add_test(tc, freezing_shows);
	tcase_add_test(tc, reader_may_only_read);
	tcase_add_test(tc, map_that_is_gone_is_enoent);
	tcase_add_test(tc, kernel_and_module_types_are_complete);
	tcase_add_loop_test(tc, patch_needs_a_mapping, 0, 9);
	tcase_add_test(tc, symbols_of_the_kernel_are_found);
	tcase_add_test(tc, only_user_ring_buffers_are_pushed_to);
	tcase_add_test(tc, ring_buffer_is_mapped_to_look_or_to_take);
	suite_add_tcase(s, tc);
	return run_suite(s);
}

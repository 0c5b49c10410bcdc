/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Numbers, not names, because the <linux/bpf.h> of the build may lack newer types;
 * they are kernel ABI and never change.
 */
#include "map/types.h"

#include <stddef.h>
#include <string.h>

#include "map/ops.h"

#define STORAGE (MAP_TAKES_BTF | MAP_NO_PREALLOC | MAP_KEY_U32 | MAP_UNLIMITED)
#define NO_ENTRIES (MAP_NO_KEYS | MAP_NO_VALUES)

static const struct map_type types[] = {
	{ 1, "hash", MAP_TAKES_BTF, .ops = &map_ops_keyed },
	{ 2, "array", MAP_INDEXED | MAP_TAKES_BTF, .ops = &map_ops_indexed },
	{ 3, "prog_array", MAP_INDEXED | MAP_DESCRIPTORS, .ops = &map_ops_program_array,
	  .value = "u32" },
	{ 4, "perf_event_array", MAP_INDEXED, .ops = &map_ops_perf_event_array,
	  .value = "u32" },
	{ 5, "percpu_hash", MAP_PER_CPU | MAP_TAKES_BTF, .ops = &map_ops_keyed },
	{ 6, "percpu_array", MAP_PER_CPU | MAP_INDEXED | MAP_TAKES_BTF,
	  .ops = &map_ops_indexed },
	{ 7, "stack_trace", MAP_INDEXED, .ops = &map_ops_stack, .value = "u64[127]" },
	{ 8, "cgroup_array", MAP_INDEXED | MAP_DESCRIPTORS, .ops = &map_ops_cgroup_array,
	  .value = "u32" },
	{ 9, "lru_hash", MAP_EVICTS | MAP_TAKES_BTF, .ops = &map_ops_keyed },
	{ 10, "lru_percpu_hash", MAP_PER_CPU | MAP_EVICTS | MAP_TAKES_BTF,
	  .ops = &map_ops_keyed },
	{ 11, "lpm_trie", MAP_PREFIX | MAP_TAKES_BTF | MAP_NO_PREALLOC,
	  .ops = &map_ops_prefix },
	{ 12, "array_of_maps", MAP_INDEXED | MAP_OF_MAPS, .ops = &map_ops_map_in_map },
	{ 13, "hash_of_maps", MAP_OF_MAPS, .ops = &map_ops_map_in_map },
	{ 14, "devmap", MAP_INDEXED | MAP_RDONLY_PROG | MAP_DESCRIPTORS,
	  .ops = &map_ops_devmap, .value = "u32" },
	{ 15, "sockmap", MAP_INDEXED | MAP_DESCRIPTORS, .ops = &map_ops_socket_array,
	  .value = "u64" },
	{ 16, "cpumap", MAP_INDEXED | MAP_DESCRIPTORS, .ops = &map_ops_cpumap,
	  .value = "u32" },
	{ 17, "xskmap", MAP_INDEXED | MAP_DESCRIPTORS, .ops = &map_ops_xskmap,
	  .value = "u32" },
	{ 18, "sockhash", MAP_DESCRIPTORS, .ops = &map_ops_sockhash, .value = "u64" },
	{ 19, "cgroup_storage", MAP_UNLIMITED, .ops = &map_ops_cgroup_storage },
	{ 20, "reuseport_sockarray", MAP_INDEXED | MAP_DESCRIPTORS,
	  .ops = &map_ops_socket_array, .value = "u64" },
	{ 21, "percpu_cgroup_storage", MAP_PER_CPU | MAP_UNLIMITED,
	  .ops = &map_ops_cgroup_storage },
	{ 22, "queue", MAP_NO_KEYS | MAP_TAKES_BTF, .ops = &map_ops_queue },
	{ 23, "stack", MAP_NO_KEYS | MAP_TAKES_BTF, .ops = &map_ops_queue },
	{ 24, "sk_storage", STORAGE | MAP_DESCRIPTORS, .ops = &map_ops_sk_storage },
	{ 25, "devmap_hash", MAP_RDONLY_PROG | MAP_KEY_U32 | MAP_DESCRIPTORS,
	  .ops = &map_ops_devmap_hash, .value = "u32" },
	{ 26, "struct_ops", MAP_INDEXED, .ops = &map_ops_struct_ops },
	{ 27, "ringbuf", NO_ENTRIES | MAP_RECORDS, .ops = &map_ops_ring },
	{ 28, "inode_storage", STORAGE | MAP_DESCRIPTORS, .ops = &map_ops_inode_storage },
	{ 29, "task_storage", STORAGE, .ops = &map_ops_task_storage },
	{ 30, "bloom_filter", MAP_NO_KEYS | MAP_SET | MAP_TAKES_BTF,
	  .ops = &map_ops_bloom },
	{ 31, "user_ringbuf", NO_ENTRIES | MAP_RECORDS, .ops = &map_ops_user_ring },
	{ 32, "cgrp_storage", STORAGE, .ops = &map_ops_cgrp_storage },
	{ 33, "arena", NO_ENTRIES | MAP_NEEDS_MMAP, .ops = &map_ops_arena },
};

/* Types of newer kernels: entries as far as bpf(2) can read them. */
static const struct map_type unknown_type = { 0, NULL, 0, .ops = &map_ops_generic };

const struct map_type *map_type_by_id(uint32_t id)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (types[i].id == id)
			return &types[i];
	return &unknown_type;
}

const struct map_type *map_type_by_name(const char *name)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (!strcmp(types[i].name, name))
			return &types[i];
	return NULL;
}

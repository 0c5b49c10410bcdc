/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A map of every type that a program can declare, with the types of keys and
 * values that programs have. (struct_ops: congestion.bpf.c.) The program
 * fills those that only programs can fill.
 */
#include <linux/bpf.h>
#include <stdbool.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

/* Newer than many a <linux/bpf.h>. */
#define CGRP_STORAGE 32
#define ARENA 33

enum state { STATE_NEW, STATE_OPEN = 5, STATE_CLOSED };

struct peer {
	__be32 addr;
	__be16 port;
	__u16 zone;
};

struct seen {
	__u64 packets;
	enum state state;
	char label[8];
	__u8 mac[6];
	bool up;
	union {
		__be32 ip4;
		__u8 raw[4];
	} via;
};

struct route {
	struct bpf_lpm_trie_key trie;
	__be32 net;
};

#define TYPED(map_type, key_type, value_type, entries) \
	__uint(type, map_type);                        \
	__uint(max_entries, entries);                  \
	__type(key, key_type);                         \
	__type(value, value_type)

#define SIZED(map_type, key, value, entries) \
	__uint(type, map_type);              \
	__uint(max_entries, entries);        \
	__uint(key_size, key);               \
	__uint(value_size, value)

#define MAP(name, ...)      \
	struct {            \
		__VA_ARGS__; \
	} name SEC(".maps")

MAP(t_hash_000000, TYPED(BPF_MAP_TYPE_HASH, struct peer, struct seen, 4));
MAP(t_pchash_000000, TYPED(BPF_MAP_TYPE_PERCPU_HASH, struct peer, struct seen, 4));
MAP(t_lru_000000, TYPED(BPF_MAP_TYPE_LRU_HASH, struct peer, struct seen, 64));
MAP(t_pclru_000000, TYPED(BPF_MAP_TYPE_LRU_PERCPU_HASH, struct peer, struct seen, 64));
MAP(t_array_000000, TYPED(BPF_MAP_TYPE_ARRAY, __u32, struct seen, 3));
MAP(t_pcarra_000000, TYPED(BPF_MAP_TYPE_PERCPU_ARRAY, __u32, struct seen, 3));
MAP(t_lpm_000000, TYPED(BPF_MAP_TYPE_LPM_TRIE, struct route, struct seen, 4);
    __uint(map_flags, BPF_F_NO_PREALLOC));
MAP(t_queue_000000, TYPED(BPF_MAP_TYPE_QUEUE, struct {}, struct seen, 2));
MAP(t_stack_000000, SIZED(BPF_MAP_TYPE_STACK, 0, 8, 2));
MAP(t_bloom_000000, __uint(type, BPF_MAP_TYPE_BLOOM_FILTER); __uint(max_entries, 64);
    __type(value, struct peer));

MAP(inner_000000, TYPED(BPF_MAP_TYPE_ARRAY, __u32, struct seen, 1));
struct {
	TYPED(BPF_MAP_TYPE_ARRAY_OF_MAPS, __u32, __u32, 2);
	__array(values, typeof(inner_000000));
} t_amaps_000000 SEC(".maps") = { .values = { &inner_000000 } };
struct {
	TYPED(BPF_MAP_TYPE_HASH_OF_MAPS, struct peer, __u32, 2);
	__array(values, typeof(inner_000000));
} t_hmaps_000000 SEC(".maps");

MAP(t_progs_000000, SIZED(BPF_MAP_TYPE_PROG_ARRAY, 4, 4, 2));
MAP(t_perf_000000, SIZED(BPF_MAP_TYPE_PERF_EVENT_ARRAY, 4, 4, 2));
MAP(t_cgrps_000000, SIZED(BPF_MAP_TYPE_CGROUP_ARRAY, 4, 4, 2));
MAP(t_devs_000000, TYPED(BPF_MAP_TYPE_DEVMAP, __u32, struct bpf_devmap_val, 2));
MAP(t_devh_000000, TYPED(BPF_MAP_TYPE_DEVMAP_HASH, __u32, struct bpf_devmap_val, 2));
MAP(t_cpus_000000, TYPED(BPF_MAP_TYPE_CPUMAP, __u32, struct bpf_cpumap_val, 2));
MAP(t_socks_000000, TYPED(BPF_MAP_TYPE_SOCKMAP, __u32, __u64, 2));
MAP(t_sockh_000000, TYPED(BPF_MAP_TYPE_SOCKHASH, struct peer, __u64, 2));
MAP(t_xsks_000000, TYPED(BPF_MAP_TYPE_XSKMAP, __u32, __u32, 2));
MAP(t_reuse_000000, TYPED(BPF_MAP_TYPE_REUSEPORT_SOCKARRAY, __u32, __u64, 2));

MAP(t_trace_000000, SIZED(BPF_MAP_TYPE_STACK_TRACE, 4, 8 * 8, 64));
MAP(t_ring_000000, __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 4096));
MAP(t_uring_000000, __uint(type, BPF_MAP_TYPE_USER_RINGBUF); __uint(max_entries, 4096));
MAP(t_arena_000000, __uint(type, ARENA); __uint(max_entries, 1);
    __uint(map_flags, BPF_F_MMAPABLE));

#define STORAGE(map_type, key_type)                   \
	__uint(type, map_type);                       \
	__uint(map_flags, BPF_F_NO_PREALLOC);         \
	__type(key, key_type);                        \
	__type(value, struct seen)
#define OLD_STORAGE(map_type)                         \
	__uint(type, map_type);                       \
	__type(key, struct bpf_cgroup_storage_key);   \
	__type(value, struct seen)

MAP(t_task_000000, STORAGE(BPF_MAP_TYPE_TASK_STORAGE, int));
MAP(t_inode_000000, STORAGE(BPF_MAP_TYPE_INODE_STORAGE, int));
MAP(t_sk_000000, STORAGE(BPF_MAP_TYPE_SK_STORAGE, int));
MAP(t_cgrp_000000, STORAGE(CGRP_STORAGE, int));
MAP(t_cgold_000000, OLD_STORAGE(BPF_MAP_TYPE_CGROUP_STORAGE));
MAP(t_cgpc_000000, OLD_STORAGE(BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE));

SEC(".data.every") struct seen variable = { 1, STATE_OPEN, "data", { 2 }, true, { 0 } };
SEC(".rodata.target") const volatile __u32 target; /* whose stack is taken */

SEC("raw_tracepoint/sys_enter")
int take_stack(void *ctx)
{
	if (bpf_get_current_pid_tgid() >> 32 == target) {
		variable.packets++;
		bpf_get_stackid(ctx, &t_trace_000000, 0);
	}
	return 0;
}

char LICENSE[] SEC("license") = "GPL";

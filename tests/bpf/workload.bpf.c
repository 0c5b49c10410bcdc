/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Programs that keep maps of many shapes busy while tests read them through
 * the tree. workload.c loads and feeds them.
 *
 * Map names end in six zeros, which the loader overwrites: maps of tests that
 * run side by side have different names.
 */
#include <linux/bpf.h>
#include <linux/types.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <stdbool.h>

#define ENTRIES 256
#define KEYS 16 /* distinct keys of each hash map */

#define SECOND 1000000000ull

enum flow_state {
	FLOW_NEW,
	FLOW_OPEN = 5,
	FLOW_CLOSED,
};

struct flow_key {
	__be32 saddr;
	__be32 daddr;
	__be16 sport;
	__be16 dport;
	__u32 proto; /* no padding: bpftool and the tree see the same bytes */
};

struct flow {
	__u64 packets;
	__u64 bytes;
	enum flow_state state;
	__u32 syn : 1;
	__u32 ttl : 8;
	__u32 window : 16;
	__u32 rest : 7;
	bool active;
	__u8 mac[6];
	char comm[17];
	union {
		__u32 mark;
		__u8 bytes4[4];
	} tag;
	struct {
		__u16 min;
		__u16 max;
	} size;
	__s32 delta;
};

struct calls {
	__u64 count;
	__u64 nanoseconds;
};

struct prefix {
	__u32 prefixlen;
	__be32 addr;
};

/* One writer under the lock: readers under it see a == b. */
struct guarded {
	struct bpf_spin_lock lock;
	__u32 turns;
	__u64 a;
	__u64 b;
};

struct ticking {
	__u64 ticks;
	struct bpf_timer timer;
};

#define MAP(map_type, map_key, map_value, map_entries) \
	__uint(type, map_type);                        \
	__uint(max_entries, map_entries);              \
	__type(key, map_key);                          \
	__type(value, map_value)

struct {
	MAP(BPF_MAP_TYPE_HASH, struct flow_key, struct flow, ENTRIES);
} flows_000000 SEC(".maps");

struct {
	MAP(BPF_MAP_TYPE_HASH, __u32, __u64, ENTRIES);
} hash_000000 SEC(".maps");

struct {
	MAP(BPF_MAP_TYPE_PERCPU_HASH, __u32, struct calls, ENTRIES);
} pcphash_000000 SEC(".maps");

struct {
	MAP(BPF_MAP_TYPE_ARRAY, __u32, __u64, 8);
} array_000000 SEC(".maps");

struct {
	MAP(BPF_MAP_TYPE_PERCPU_ARRAY, __u32, __u64, 4);
} pcparray_000000 SEC(".maps");

struct {
	MAP(BPF_MAP_TYPE_LRU_HASH, __u64, __s32, 1024);
} lru_000000 SEC(".maps");

struct {
	MAP(BPF_MAP_TYPE_LPM_TRIE, struct prefix, __u32, ENTRIES);
	__uint(map_flags, BPF_F_NO_PREALLOC);
} routes_000000 SEC(".maps");

struct {
	MAP(BPF_MAP_TYPE_HASH, __u32, struct guarded, 4);
} locked_000000 SEC(".maps");

struct {
	MAP(BPF_MAP_TYPE_ARRAY, __u32, struct ticking, 1);
} timers_000000 SEC(".maps");

SEC(".rodata.target") const volatile __u32 target; /* the process whose system calls count */

static void add_call(void *map, __u32 key, __u64 now)
{
	struct calls first = { 1, now }, *calls;

	calls = bpf_map_lookup_elem(map, &key);
	if (!calls) {
		bpf_map_update_elem(map, &key, &first, BPF_ANY);
		return;
	}
	calls->count++;
	calls->nanoseconds = now;
}

static void add(void *map, void *key)
{
	__u64 one = 1, *n;

	n = bpf_map_lookup_elem(map, key);
	if (n)
		__sync_fetch_and_add(n, 1);
	else
		bpf_map_update_elem(map, key, &one, BPF_ANY);
}

static void add_flow(__u32 i)
{
	struct flow_key key = {
		.saddr = bpf_htonl(0x0a000001 + i),
		.daddr = bpf_htonl(0xc0a80001),
		.sport = bpf_htons(40000 + i),
		.dport = bpf_htons(443),
		.proto = 6,
	};
	struct flow new = {
		.state = i % 3 ? FLOW_OPEN : FLOW_CLOSED,
		.syn = 1,
		.ttl = 64,
		.window = 1024 + i,
		.active = i % 2,
		.mac = { 2, 0, 0, 0, 0, i },
		.tag.mark = i,
		.size = { 60, 1500 },
		.delta = -(__s32)i,
	};
	struct flow *flow = bpf_map_lookup_elem(&flows_000000, &key);

	if (!flow) {
		bpf_get_current_comm(new.comm, sizeof(new.comm));
		bpf_map_update_elem(&flows_000000, &key, &new, BPF_ANY);
		return;
	}
	__sync_fetch_and_add(&flow->packets, 1);
	__sync_fetch_and_add(&flow->bytes, 1500);
}

static void add_route(__u32 i)
{
	/* 10.0.0.0/8 covers all others */
	struct prefix prefix = { i ? 24 : 8, bpf_htonl(0x0a000000 | i << 8) };

	bpf_map_update_elem(&routes_000000, &prefix, &i, BPF_ANY);
}

SEC("raw_tracepoint/sys_enter")
int count_system_calls_of_target(struct bpf_raw_tracepoint_args *ctx)
{
	__u32 id = ctx->args[1], zero = 0, i;
	__u64 now = bpf_ktime_get_ns(), seen;

	if (bpf_get_current_pid_tgid() >> 32 != target)
		return 0;
	i = bpf_get_prandom_u32() % KEYS;
	add_flow(i);
	add(&hash_000000, &i);
	add_call(&pcphash_000000, i, now);
	add(&pcparray_000000, &zero);
	add_route(i);
	add(&array_000000, &zero);
	seen = now / SECOND;
	bpf_map_update_elem(&lru_000000, &seen, &id, BPF_ANY);
	return 0;
}

/* Programs of tracepoints may not use locks and timers: run by the loader. */
SEC("tc")
int turn_locked(struct __sk_buff *skb)
{
	struct guarded first = { .turns = 1, .a = 1, .b = 1 }, *g;
	__u32 key = 7;

	(void)skb;
	g = bpf_map_lookup_elem(&locked_000000, &key);
	if (!g) {
		bpf_map_update_elem(&locked_000000, &key, &first, BPF_NOEXIST);
		return 0;
	}
	bpf_spin_lock(&g->lock);
	g->turns++;
	g->a = g->a * 3 + 1;
	g->b = g->b * 3 + 1;
	bpf_spin_unlock(&g->lock);
	return 0;
}

static int on_tick(void *map, __u32 *key, struct ticking *t)
{
	(void)map;
	(void)key;
	t->ticks++;
	bpf_timer_start(&t->timer, SECOND / 100, 0);
	return 0;
}

SEC("tc")
int start_timer(struct __sk_buff *skb)
{
	__u32 zero = 0;
	struct ticking *t = bpf_map_lookup_elem(&timers_000000, &zero);

	(void)skb;
	if (!t || bpf_timer_init(&t->timer, &timers_000000, 1 /* CLOCK_MONOTONIC */))
		return 1;
	bpf_timer_set_callback(&t->timer, on_tick);
	return bpf_timer_start(&t->timer, SECOND / 100, 0) ? 1 : 0;
}

char LICENSE[] SEC("license") = "GPL";

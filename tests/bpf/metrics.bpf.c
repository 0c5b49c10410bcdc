/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A program that counts for a monitoring system: typedefs of Inspektor Gadget say what
 * its numbers are. Each system call of the target is a call, and the number of calls so
 * far is its latency, for a histogram.
 */
#include <linux/bpf.h>
#include <linux/types.h>
#include <bpf/bpf_helpers.h>

#define SLOTS 8

typedef __u64 gadget_counter__u64;
typedef __u32 gadget_gauge__u32;
typedef __u64 gadget_histogram_slot__u64;

struct call_key {
	char comm[16];
	__u32 odd;
};

struct call {
	gadget_counter__u64 calls;
	__u64 unsaid;
	gadget_gauge__u32 level;
	__u32 rest;
	gadget_histogram_slot__u64 latency[SLOTS];
};

/* The kernel counts per CPU, the tree adds up. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, 64);
	__type(key, struct call_key);
	__type(value, struct call);
} calls_000000 SEC(".maps");

struct bucket_key {
	__u32 odd;
	__u64 bucket;
};

/* As ebpf_exporter has histograms. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, struct bucket_key);
	__type(value, __u64);
} delay_000000 SEC(".maps");

SEC(".rodata.target") const volatile __u32 target;

static __u32 log2(__u64 v)
{
	__u32 r = 0;

	for (int i = 0; i < SLOTS && v > 1; i++) {
		v >>= 1;
		r++;
	}
	return r;
}

static void count_bucket(__u32 odd, __u64 latency)
{
	struct bucket_key key = { odd, log2(latency) };
	__u64 one = 1, *n = bpf_map_lookup_elem(&delay_000000, &key);

	if (n)
		__sync_fetch_and_add(n, 1);
	else
		bpf_map_update_elem(&delay_000000, &key, &one, BPF_ANY);
}

SEC("raw_tracepoint/sys_enter")
int count_call(struct bpf_raw_tracepoint_args *ctx)
{
	struct call_key key = { .odd = ctx->args[1] & 1 };
	struct call first = { 0 }, *call;
	__u32 slot;

	if (bpf_get_current_pid_tgid() >> 32 != target)
		return 0;
	bpf_get_current_comm(key.comm, sizeof(key.comm));
	call = bpf_map_lookup_elem(&calls_000000, &key);
	if (!call) {
		bpf_map_update_elem(&calls_000000, &key, &first, BPF_NOEXIST);
		call = bpf_map_lookup_elem(&calls_000000, &key);
	}
	if (!call)
		return 0;
	slot = log2(call->calls);
	if (slot < SLOTS)
		call->latency[slot]++;
	call->calls++;
	call->unsaid += 2;
	call->level = 7;
	count_bucket(key.odd, call->calls);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";

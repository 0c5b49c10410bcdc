/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A small packet filter, for the recipes: tests run it on their own packets. It drops
 * packets from addresses in a list, or in the list in a slot, and counts.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

struct prefix {
	__u32 prefixlen;
	__be32 addr;
};

struct flow {
	__u64 packets;
	__u64 bytes;
#ifdef GROWN
	__u32 dropped;
#endif
};

#define LIST                                    \
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);    \
	__uint(max_entries, 20000);             \
	__uint(map_flags, BPF_F_NO_PREALLOC);   \
	__type(key, struct prefix);             \
	__type(value, __u32)

#define COUNTERS                                \
	__uint(type, BPF_MAP_TYPE_HASH);        \
	__uint(max_entries, 256);               \
	__type(key, __u8);                      \
	__type(value, __u64)

struct {
	LIST;
} blocked SEC(".maps");

struct list {
	LIST;
} list SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__type(key, __u32);
	__array(values, struct list);
} lists SEC(".maps") = { .values = { &list } };

struct counters {
	COUNTERS;
} counters SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__type(key, __u32);
	__array(values, struct counters);
} protocols SEC(".maps") = { .values = { &counters } };

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__type(key, __be32);
	__type(value, struct flow);
} flows SEC(".maps");

/* How long a packet took, in powers of two. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 32);
	__type(key, __u32);
	__type(value, __u64);
} latency_ns SEC(".maps");

__u32 verbose SEC(".data") = 0;
__u64 logged SEC(".data") = 0;

static int on_list(void *list, __be32 addr)
{
	struct prefix prefix = { 32, addr };

	return list && bpf_map_lookup_elem(list, &prefix);
}

static void count_protocol(__u8 protocol)
{
	__u32 zero = 0;
	__u64 one = 1, *n;
	void *counts = bpf_map_lookup_elem(&protocols, &zero);

	if (!counts)
		return;
	n = bpf_map_lookup_elem(counts, &protocol);
	if (n)
		__sync_fetch_and_add(n, 1);
	else
		bpf_map_update_elem(counts, &protocol, &one, BPF_NOEXIST);
}

static void count_flow(__be32 addr, __u64 bytes)
{
	struct flow first = { .packets = 1, .bytes = bytes }, *flow;

	flow = bpf_map_lookup_elem(&flows, &addr);
	if (!flow) {
		bpf_map_update_elem(&flows, &addr, &first, BPF_ANY);
		return;
	}
	flow->packets++;
	flow->bytes += bytes;
}

static void count_latency(__u64 ns)
{
	__u32 slot = 0;
	__u64 *n;

	for (int i = 0; i < 31 && ns > 1; i++, ns >>= 1)
		slot++;
	n = bpf_map_lookup_elem(&latency_ns, &slot);
	if (n)
		(*n)++;
}

static int judge(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct iphdr *ip = data + sizeof(struct ethhdr);
	__u32 zero = 0;

	if ((void *)(ip + 1) > end)
		return XDP_PASS;
	if (verbose)
		__sync_fetch_and_add(&logged, 1);
	count_protocol(ip->protocol);
	count_flow(ip->saddr, end - data);
	if (on_list(&blocked, ip->saddr) ||
	    on_list(bpf_map_lookup_elem(&lists, &zero), ip->saddr))
		return XDP_DROP;
	return XDP_PASS;
}

SEC("xdp")
int firewall(struct xdp_md *ctx)
{
	__u64 begin = bpf_ktime_get_ns();
	int verdict = judge(ctx);

	count_latency(bpf_ktime_get_ns() - begin);
	return verdict;
}

char LICENSE[] SEC("license") = "GPL";

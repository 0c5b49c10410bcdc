/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * LPM tries with common layouts of keys. The program looks up 10.1.2.3 at each system
 * call and counts the results.
 */
#include <linux/bpf.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

struct plain_key {
	__u32 prefixlen;
	__u32 data;
};

struct in6_key {
	struct bpf_lpm_trie_key trie;
	__u8 addr[16];
};

/* Bits before the address that every key has in full. */
struct scoped_key {
	struct bpf_lpm_trie_key trie;
	__u16 cluster_id;
	__u8 pad;
	__u8 family;
	union {
		__be32 ip4;
		__u8 ip6[16];
	};
};

struct mac_key {
	__u32 prefixlen;
	__u8 mac[6];
};

#define TRIE(name, key_type, value_type)                                               \
	struct {                                                                       \
		__uint(type, BPF_MAP_TYPE_LPM_TRIE);                                   \
		__uint(max_entries, 16);                                               \
		__uint(map_flags, BPF_F_NO_PREALLOC);                                  \
		__type(key, key_type);                                                 \
		__type(value, value_type);                                             \
	} name SEC(".maps")

TRIE(p_plain_000000, struct plain_key, __u64);
TRIE(p_in6_000000, struct in6_key, __u32);
TRIE(p_scop_000000, struct scoped_key, __u32);
TRIE(p_mac_000000, struct mac_key, __u32);

SEC("raw_tracepoint/sys_enter")
int count_match(void *ctx)
{
	struct plain_key key = { 32, bpf_htonl(0x0a010203) };
	__u64 *hits = bpf_map_lookup_elem(&p_plain_000000, &key);
	struct in6_key in6 = { { 128 } };
	struct scoped_key scoped = { { 32 } };
	struct mac_key mac = { 48 };

	if (hits)
		__sync_fetch_and_add(hits, 1);
	bpf_map_lookup_elem(&p_in6_000000, &in6);
	bpf_map_lookup_elem(&p_scop_000000, &scoped);
	bpf_map_lookup_elem(&p_mac_000000, &mac);
	return 0;
}

char _license[] SEC("license") = "GPL";

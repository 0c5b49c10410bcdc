/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Programs that count their runs in one map, to be attached in as many ways as there
 * are. places.c does that.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} places_000000 SEC(".maps");

static void count(void)
{
	__u32 zero = 0;
	__u64 *runs = bpf_map_lookup_elem(&places_000000, &zero);

	if (runs)
		__sync_fetch_and_add(runs, 1);
}

#define COUNT(section, name, type, result) \
	SEC(section) int name(type *ctx)   \
	{                                  \
		(void)ctx;                 \
		count();                   \
		return result;             \
	}

COUNT("raw_tracepoint/sys_exit", at_raw, void, 0)
COUNT("tracepoint/syscalls/sys_enter_getppid", at_tracepoint, void, 0)
COUNT("kprobe/bpf_fentry_test1", at_kprobe, void, 0)
COUNT("fentry/bpf_fentry_test1", at_fentry, void, 0)
COUNT("tp_btf/sched_process_exit", at_tp_btf, void, 0)
COUNT("iter/bpf_map", at_iter, void, 0)
COUNT("cgroup_skb/egress", at_cgroup, struct __sk_buff, 1)
COUNT("xdp", at_xdp, struct xdp_md, XDP_PASS)
COUNT("tc", nowhere, struct __sk_buff, 0)

char LICENSE[] SEC("license") = "GPL";

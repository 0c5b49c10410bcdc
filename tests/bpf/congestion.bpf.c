/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The smallest TCP congestion control: a struct_ops map.
 */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct sock;

/* libbpf finds the members of the kernel's by name. */
struct tcp_congestion_ops {
	__u32 (*ssthresh)(struct sock *sk);
	void (*cong_avoid)(struct sock *sk, __u32 ack, __u32 acked);
	__u32 (*undo_cwnd)(struct sock *sk);
	char name[16];
};

SEC("struct_ops/test_ssthresh")
__u32 test_ssthresh(__u64 *ctx)
{
	(void)ctx;
	return 2;
}

SEC("struct_ops/test_cong_avoid")
int test_cong_avoid(__u64 *ctx)
{
	(void)ctx;
	return 0;
}

SEC("struct_ops/test_undo_cwnd")
__u32 test_undo_cwnd(__u64 *ctx)
{
	(void)ctx;
	return 2;
}

SEC(".struct_ops")
struct tcp_congestion_ops test_ops = {
	.ssthresh = (void *)test_ssthresh,
	.cong_avoid = (void *)test_cong_avoid,
	.undo_cwnd = (void *)test_undo_cwnd,
	.name = "bpf_test_000000",
};

char LICENSE[] SEC("license") = "GPL";

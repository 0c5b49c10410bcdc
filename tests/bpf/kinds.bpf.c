/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records of two types in one ring buffer, alternately: each call of getppid(2) writes
 * one.
 */
#include <linux/bpf.h>
#include <linux/types.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

enum kind {
	KIND_NAME = 1,
	KIND_NUMBER,
	KIND_OTHER, /* of which the tests' views know nothing */
};

struct kind_name {
	enum kind kind;
	char name[12];
};

struct kind_number {
	enum kind kind;
	__be32 addr;
	__u64 number;
	__s32 rest[2];
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} kinds_000000 SEC(".maps");

SEC(".rodata.target") const volatile __u32 target;

__u64 calls;

/* So that BTF has the types. */
const struct kind_name *unused_name __attribute__((unused));
const struct kind_number *unused_number __attribute__((unused));

static void put_name(void)
{
	struct kind_name r = { KIND_NAME, "first" };

	bpf_ringbuf_output(&kinds_000000, &r, sizeof(r), 0);
}

static void put_number(__u64 n)
{
	struct kind_number r = { KIND_NUMBER, bpf_htonl(0x0a000001), n, { -1, 2 } };

	bpf_ringbuf_output(&kinds_000000, &r, sizeof(r), 0);
}

SEC("tracepoint/syscalls/sys_enter_getppid")
int put_one(void *ctx)
{
	enum kind other = KIND_OTHER;
	__u64 n;

	(void)ctx;
	if (bpf_get_current_pid_tgid() >> 32 != target)
		return 0;
	n = calls++;
	if (n % 3 == 0)
		put_name();
	else if (n % 3 == 1)
		put_number(n);
	else
		bpf_ringbuf_output(&kinds_000000, &other, sizeof(other), 0);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";

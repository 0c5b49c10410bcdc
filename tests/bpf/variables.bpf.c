/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A program with variables in every kind of section, that also fills stack
 * traces and drains a user ring buffer. `hits` and the map `counts` count the
 * same; writing `verbose` must not disturb that.
 */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

enum mode { MODE_OFF, MODE_ON, MODE_AUTO };

struct limits {
	__u32 low, high;
	__u8 strict : 1, level : 3;
	enum mode mode;
	struct {
		__u64 bytes;
	} total;
};

/* .data: everything has a value, or it would be in .bss. */
__u32 verbose = 1;
__u64 hits = 1;
struct limits limits = { 10, 20, 1, 5, MODE_AUTO, { 1000 } };
char label[16] = "first";
__s16 table[3] = { -1, 0, 1 };
static volatile __u8 hidden = 7;
void *where = (void *)0x1122334455667788;
_Bool enabled = 1;

/* .bss */
__u64 switches;
__u64 last_command, commands_seen;

/* sections of their own */
SEC(".data.mine") __u32 mine = 42;
const volatile __u32 fixed = 5;
SEC(".rodata.target") const volatile __u32 target; /* the process that counts */

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} counts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	__uint(max_entries, 64);
	__uint(key_size, 4);
	__uint(value_size, 16 * 8);
} stacks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	__uint(max_entries, 64);
	__uint(map_flags, BPF_F_STACK_BUILD_ID);
	__uint(key_size, 4);
	__uint(value_size, 16 * 32);
} user_stacks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_USER_RINGBUF);
	__uint(max_entries, 4096);
} commands SEC(".maps");

static __u32 last_verbose = 1;

static long on_command(struct bpf_dynptr *record, void *context)
{
	__u64 command = 0;

	(void)context;
	if (bpf_dynptr_read(&command, sizeof(command), record, 0, 0))
		return 0;
	last_command = command;
	commands_seen++;
	return 0;
}

SEC("raw_tracepoint/sys_enter")
int on_sys_enter(struct bpf_raw_tracepoint_args *ctx)
{
	__u32 zero = 0, now = *(volatile __u32 *)&verbose;
	__u64 *count;

	if (bpf_get_current_pid_tgid() >> 32 != target)
		return 0;
	__sync_fetch_and_add(&hits, 1);
	count = bpf_map_lookup_elem(&counts, &zero);
	if (count)
		__sync_fetch_and_add(count, 1);
	if (now != last_verbose)
		switches++;
	last_verbose = now;
	mine += fixed + hidden - 12 + enabled - 1 + (limits.low > 1000000) + !where;
	mine += label[0] == 0 && table[0] == 0;
	bpf_get_stackid(ctx, &stacks, 0);
	bpf_get_stackid(ctx, &user_stacks, BPF_F_USER_STACK);
	/* The test says when, so that the buffer can also be full. */
	if (now == 2)
		bpf_user_ringbuf_drain(&commands, on_command, 0, 0);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";

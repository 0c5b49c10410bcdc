/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Counts system calls in storage maps: per thread, and per cgroup.
 */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

struct cgroup;

struct css_set {
	struct cgroup *dfl_cgrp;
} __attribute__((preserve_access_index));

struct task_struct {
	int tgid;
	struct css_set *cgroups;
} __attribute__((preserve_access_index));

struct calls {
	__u64 count;
	__u32 tgid;
	__u32 mark;
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct calls);
} of_tasks SEC(".maps");

struct {
	__uint(type, 32); /* BPF_MAP_TYPE_CGRP_STORAGE */
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, __u64);
} of_cgroups SEC(".maps");

SEC("tp_btf/sys_enter")
int BPF_PROG(with_of_tasks)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct calls *calls;

	calls = bpf_task_storage_get(&of_tasks, task, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (calls) {
		calls->count++;
		calls->tgid = task->tgid;
	}
	return 0;
}

/* Before Linux 6.2 there is no such type; see object.h. */
SEC("tp_btf/sys_enter")
int BPF_PROG(with_of_cgroups)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u64 *count;

	count = bpf_cgrp_storage_get(&of_cgroups, task->cgroups->dfl_cgrp, NULL,
				     BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (count)
		__sync_fetch_and_add(count, 1);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";

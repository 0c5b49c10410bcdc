/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Links of the running kernel: where programs are attached. The kernel reports only
 * links; a program that is attached in another way (tc filters, BPF_PROG_ATTACH, a perf
 * event by ioctl) has no link.
 *
 * Information about a link is read twice: the first result has the link's type, which
 * determines whether room for a name is needed.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>

#include "store/kernel/kernel.h"

/* struct bpf_link_info as of Linux 6.18: many a <linux/bpf.h> has less of it. Kernels
 * that have less leave zeros. */
struct link_info {
	uint32_t type, id, program, pad;
	union {
		struct {
			uint64_t name;
			uint32_t len;
		} raw_tracepoint, iter;
		struct {
			uint32_t attach_type;
			uint32_t object; /* BTF; if the target is a program: that */
			uint32_t function;
		} tracing;
		struct {
			uint64_t id;
			uint32_t attach_type;
		} cgroup;
		struct {
			uint32_t number, attach_type;
		} netns, tcx, sockmap, xdp;
		struct {
			uint64_t addresses;
			uint32_t count, flags;
		} kprobe_multi;
		struct {
			uint64_t path, offsets, counters, cookies;
			uint32_t path_size, count;
		} uprobe_multi;
		struct {
			uint32_t family, hook;
		} netfilter;
		struct {
			uint32_t type, pad;
			uint64_t name;
			uint32_t len, offset;
		} perf_event;
		uint64_t room[16];
	};
};

struct asking {
	struct store *store;
	int fd;
	struct link_info info;
	struct store_attach *to;
};

static int get_info(int fd, struct link_info *info)
{
	uint32_t len = sizeof(*info);
	int r = bpf_obj_get_info_by_fd(fd, info, &len);

	/* A name was longer than the room for it, and was cut. */
	return r == -ENOSPC ? 0 : r;
}

/* ---- names of attach types ---- */

struct attach_name {
	uint32_t type;
	const char *name;
};

/* Their names in sections of object files. The type of freplace is 0. */
static const struct attach_name tracing_names[] = {
	{ 0, "freplace" },
	{ BPF_TRACE_FENTRY, "fentry" },
	{ BPF_TRACE_FEXIT, "fexit" },
	{ BPF_MODIFY_RETURN, "fmod_ret" },
	{ BPF_LSM_MAC, "lsm" },
	{ 0, NULL },
};

/* Newer than libbpf 1.1. */
static const struct attach_name new_names[] = {
	{ 46, "tcx_ingress" },
	{ 47, "tcx_egress" },
	{ 49, "cgroup_unix_connect" },
	{ 50, "cgroup_unix_sendmsg" },
	{ 51, "cgroup_unix_recvmsg" },
	{ 52, "cgroup_unix_getpeername" },
	{ 53, "cgroup_unix_getsockname" },
	{ 54, "netkit_primary" },
	{ 55, "netkit_peer" },
	{ 58, "fsession" },
	{ 0, NULL },
};

static const char *find_name(const struct attach_name *list, uint32_t type)
{
	while (list->name && list->type != type)
		list++;
	return list->name;
}

static void set_kind(struct store_attach *to, uint32_t attach_type)
{
	const char *name = libbpf_bpf_attach_type_str((enum bpf_attach_type)attach_type) ?:
			   find_name(new_names, attach_type);

	if (name)
		snprintf(to->kind, sizeof(to->kind), "%s", name);
	else
		snprintf(to->kind, sizeof(to->kind), "attach_type_%u", attach_type);
}

static void set_number(struct store_attach *to, enum store_place place, uint64_t number)
{
	to->place = place;
	to->number = number;
}

/* ---- one function per type of link ---- */

/* name: where in the information the address of the room for it goes, and its length. */
static int get_name(struct asking *a, uint64_t *name, uint32_t *len, enum store_place place)
{
	int r;

	*name = (uintptr_t)a->to->name;
	*len = sizeof(a->to->name);
	r = get_info(a->fd, &a->info);
	a->to->name[sizeof(a->to->name) - 1] = '\0';
	if (r == 0 && *a->to->name)
		a->to->place = place;
	/* A path is not cut. */
	return r == -ENAMETOOLONG ? 0 : r;
}

static int ask_raw_tracepoint(struct asking *a)
{
	return get_name(a, &a->info.raw_tracepoint.name, &a->info.raw_tracepoint.len,
			STORE_PLACE_NAME);
}

static const struct perf_kind {
	const char *name;
	bool is_file;
} perf_kinds[] = {
	[1] = { "uprobe", true },  [2] = { "uretprobe", true },   [3] = { "kprobe", false },
	[4] = { "kretprobe", false }, [5] = { "tracepoint", false },
};

/* Before Linux 6.6 the kind of event is not known (0). */
static int ask_perf_event(struct asking *a)
{
	uint32_t type = a->info.perf_event.type;
	bool known = type && type < sizeof(perf_kinds) / sizeof(perf_kinds[0]);
	const struct perf_kind *kind = &perf_kinds[known ? type : 0];
	int r;

	if (!known)
		return 0;
	snprintf(a->to->kind, sizeof(a->to->kind), "%s", kind->name);
	r = get_name(a, &a->info.perf_event.name, &a->info.perf_event.len,
		     kind->is_file ? STORE_PLACE_PATH : STORE_PLACE_NAME);
	if (r == 0 && type != 5)
		a->to->offset = a->info.perf_event.offset;
	return r;
}

/* A hook is the name of a function behind this. */
static void drop_prefix(char *name)
{
	static const char prefix[] = "bpf_lsm_";
	size_t len = sizeof(prefix) - 1;

	if (!strncmp(name, prefix, len))
		memmove(name, name + len, strlen(name + len) + 1);
}

/* The BTF of what the program is attached to. The program knows that of a function of
 * the kernel; else the link says which program it is. */
static int target_btf(struct asking *a, uint32_t *ret)
{
	uint32_t btf_id = 0;
	int r = kernel_program_target(a->info.program, &btf_id);

	if (r == 0 && !btf_id) {
		_cleanup_store_program_ struct store_program target = STORE_PROGRAM_INIT;

		r = kernel_program(a->store, a->info.tracing.object, &target);
		btf_id = target.btf_id;
	}
	*ret = btf_id;
	return r == 0 && !btf_id ? -ENODATA : r;
}

/* A target without a name is left out. */
static int ask_tracing(struct asking *a)
{
	uint32_t type = a->info.tracing.attach_type, btf_id;
	const char *name = find_name(tracing_names, type);

	if (name)
		snprintf(a->to->kind, sizeof(a->to->kind), "%s", name);
	else
		set_kind(a->to, type);
	if (target_btf(a, &btf_id) < 0 ||
	    kernel_type_name(a->store, btf_id, a->info.tracing.function, a->to->name,
			     sizeof(a->to->name)) < 0)
		return 0;
	drop_prefix(a->to->name);
	if (*a->to->name)
		a->to->place = STORE_PLACE_NAME;
	return 0;
}

static int ask_cgroup(struct asking *a)
{
	set_kind(a->to, a->info.cgroup.attach_type);
	set_number(a->to, STORE_PLACE_CGROUP, a->info.cgroup.id);
	return 0;
}

static int ask_netns(struct asking *a)
{
	set_kind(a->to, a->info.netns.attach_type);
	set_number(a->to, STORE_PLACE_NUMBER, a->info.netns.number);
	return 0;
}

static int ask_xdp(struct asking *a)
{
	set_number(a->to, STORE_PLACE_INTERFACE, a->info.xdp.number);
	return 0;
}

static int ask_tcx(struct asking *a)
{
	set_kind(a->to, a->info.tcx.attach_type);
	return ask_xdp(a);
}

/* The number of functions. */
static int ask_kprobe_multi(struct asking *a)
{
	set_number(a->to, STORE_PLACE_NUMBER, a->info.kprobe_multi.count);
	return 0;
}

static int ask_netfilter(struct asking *a)
{
	static const char *const hooks[] = { "prerouting", "input", "forward", "output",
					     "postrouting" };
	uint32_t family = a->info.netfilter.family, hook = a->info.netfilter.hook;

	if (hook >= sizeof(hooks) / sizeof(hooks[0]))
		return 0;
	snprintf(a->to->name, sizeof(a->to->name), "%s/%s", family == 10 ? "ip6" : "ip",
		 hooks[hook]);
	a->to->place = STORE_PLACE_NAME;
	return 0;
}

static int ask_uprobe_multi(struct asking *a)
{
	return get_name(a, &a->info.uprobe_multi.path, &a->info.uprobe_multi.path_size,
			STORE_PLACE_PATH);
}

/* By BPF_LINK_TYPE_*, by number: some are newer than many a <linux/bpf.h>. Links of
 * struct_ops (9) name no program. */
static const struct link_type {
	const char *kind; /* where the function does not say it */
	int (*ask)(struct asking *a);
} link_types[] = {
	[1] = { "raw_tracepoint", ask_raw_tracepoint },
	[2] = { "tracing", ask_tracing },
	[3] = { "cgroup", ask_cgroup },
	[4] = { "iter", ask_raw_tracepoint },
	[5] = { "netns", ask_netns },
	[6] = { "xdp", ask_xdp },
	[7] = { "perf_event", ask_perf_event },
	[8] = { "kprobe_multi", ask_kprobe_multi },
	[10] = { "netfilter", ask_netfilter },
	[11] = { "tcx", ask_tcx },
	[12] = { "uprobe_multi", ask_uprobe_multi },
	[13] = { "netkit", ask_tcx },
	[14] = { "sockmap", ask_netns },
};

/* ---- the ops ---- */

int kernel_next_link(struct store *s, uint32_t id, uint32_t *ret)
{
	uint32_t next;
	int r = bpf_link_get_next_id(id, &next);

	(void)s;
	if (r == 0)
		*ret = next;
	return r;
}

int kernel_link_program(struct store *s, uint32_t id, uint32_t *ret)
{
	_cleanup_close_ int fd = bpf_link_get_fd_by_id(id);
	struct link_info info = { 0 };
	int r = fd < 0 ? fd : get_info(fd, &info);

	(void)s;
	if (r == 0)
		*ret = info.program;
	return r;
}

int kernel_link_attach(struct store *s, uint32_t id, struct store_attach *ret)
{
	_cleanup_close_ int fd = bpf_link_get_fd_by_id(id);
	struct store_attach to = { .kind = "" };
	struct asking a = { .store = s, .fd = fd, .to = &to };
	int r = fd < 0 ? fd : get_info(fd, &a.info);

	if (r)
		return r;
	if (a.info.type < sizeof(link_types) / sizeof(link_types[0]) &&
	    link_types[a.info.type].kind) {
		const struct link_type *type = &link_types[a.info.type];

		snprintf(to.kind, sizeof(to.kind), "%s", type->kind);
		r = type->ask(&a);
	} else {
		snprintf(to.kind, sizeof(to.kind), "link_type_%u", a.info.type);
	}
	if (r == 0)
		*ret = to;
	return r;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The filter of system calls: a list of those that are allowed, each with the needs that
 * it serves. A call that is not in the list fails with ENOSYS, as on a kernel that does
 * not have it: libc then falls back to an older one. bpf(2) is allowed by command.
 *
 * To find out what a change needs, let seccomp_init() have SCMP_ACT_LOG and run the
 * tests: the kernel then logs each call that is not in the list (dmesg, type=1326).
 */
#include "host/privilege.h"

#include <errno.h>

#ifdef WANT_SECCOMP
#include <linux/bpf.h>
#include <linux/fuse.h>
#include <linux/sockios.h>
#include <sched.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* Everything that is allowed has the needs of its row, all of them. */
struct call {
	unsigned needs;
	const char *name; /* libseccomp knows which ones a machine has */
};

#define SERVE PRIVILEGE_SERVE
#define BPF PRIVILEGE_BPF
#define WRITE PRIVILEGE_WRITE
#define IDS PRIVILEGE_IDS
#define PIN PRIVILEGE_PIN
#define URING PRIVILEGE_IO_URING
#define TAKE PRIVILEGE_TAKE
#define UNMOUNT PRIVILEGE_UNMOUNT

static const struct call calls[] = {
	/* memory */
	{ 0, "brk" }, { 0, "munmap" }, { 0, "mremap" }, { 0, "madvise" },
	{ 0, "membarrier" }, { SERVE, "get_mempolicy" },
	/* threads and signals */
	{ 0, "exit" }, { 0, "exit_group" }, { 0, "futex" }, { 0, "futex_time64" },
	{ 0, "rt_sigaction" }, { 0, "rt_sigprocmask" }, { 0, "rt_sigreturn" },
	{ 0, "sigreturn" }, { 0, "sigaltstack" }, { 0, "restart_syscall" },
	{ 0, "set_robust_list" }, { 0, "set_tid_address" }, { 0, "rseq" }, { 0, "sched_yield" },
	{ 0, "sched_getaffinity" }, { 0, "gettid" }, { 0, "getpid" }, { 0, "getppid" },
	{ SERVE, "rt_sigtimedwait" }, { SERVE, "rt_sigtimedwait_time64" },
	{ SERVE, "signalfd4" }, { 0, "wait4" }, { 0, "waitid" },
	/* time and other facts */
	{ 0, "clock_gettime" }, { 0, "clock_gettime64" }, { 0, "clock_getres" },
	{ 0, "clock_nanosleep" }, { 0, "clock_nanosleep_time64" }, { 0, "nanosleep" },
	{ 0, "gettimeofday" }, { 0, "time" }, { 0, "getrandom" }, { 0, "getuid" },
	{ 0, "geteuid" }, { 0, "getgid" }, { 0, "getegid" }, { 0, "uname" },
	{ SERVE, "getgroups" }, { SERVE, "getrusage" }, { SERVE, "sysinfo" },
	{ SERVE, "times" }, { SERVE, "getcpu" }, { 0, "getrlimit" }, { 0, "ugetrlimit" },
	/* descriptors */
	{ 0, "read" }, { 0, "write" }, { 0, "readv" }, { 0, "writev" }, { 0, "close" },
	{ 0, "close_range" }, { 0, "dup" }, { 0, "dup2" }, { 0, "dup3" }, { 0, "fcntl" },
	{ 0, "fcntl64" }, { 0, "lseek" }, { 0, "_llseek" }, { 0, "poll" }, { 0, "ppoll" },
	{ 0, "ppoll_time64" }, { SERVE, "pread64" }, { SERVE, "pwrite64" },
	{ SERVE, "preadv" }, { SERVE, "pwritev" }, { SERVE, "select" },
	{ SERVE, "pselect6" }, { SERVE, "pipe2" }, { SERVE, "eventfd2" },
	{ SERVE, "timerfd_create" }, { SERVE, "timerfd_settime" },
	{ SERVE, "timerfd_gettime" }, { SERVE, "epoll_create1" }, { SERVE, "epoll_ctl" },
	{ SERVE, "epoll_wait" }, { SERVE, "epoll_pwait" },
	/* files; which of them may be written is up to the kernel */
	{ 0, "open" }, { 0, "openat" }, { 0, "openat2" }, { 0, "stat" }, { 0, "stat64" },
	{ 0, "lstat" }, { 0, "lstat64" }, { 0, "fstat" }, { 0, "fstat64" },
	{ 0, "newfstatat" }, { 0, "fstatat64" }, { 0, "statx" }, { 0, "access" },
	{ 0, "faccessat" }, { 0, "faccessat2" }, { 0, "readlink" }, { 0, "readlinkat" },
	{ SERVE, "statfs" }, { SERVE, "statfs64" }, { SERVE, "fstatfs" },
	{ SERVE, "fstatfs64" }, { SERVE, "getdents" }, { SERVE, "getdents64" },
	{ SERVE, "getcwd" }, { SERVE, "umask" }, { SERVE, "inotify_init1" },
	{ SERVE, "inotify_add_watch" }, { SERVE, "inotify_rm_watch" },
	/* sockets: to syslog(3), and to the helper */
	{ 0, "sendmsg" }, { 0, "recvmsg" }, { 0, "sendto" }, { 0, "recvfrom" },
	{ 0, "connect" }, { SERVE, "shutdown" }, { SERVE, "getsockopt" },
	/* threads and cgroups as keys of storages */
	{ SERVE | BPF, "pidfd_open" }, { SERVE | BPF, "name_to_handle_at" },
	{ SERVE | IDS, "open_by_handle_at" },
	/* pins */
	{ PIN, "mkdir" }, { PIN, "mkdirat" }, { PIN, "unlink" }, { PIN, "unlinkat" },
	{ PIN, "rmdir" }, { PIN, "rename" }, { PIN, "renameat" }, { PIN, "renameat2" },
	{ PIN, "symlink" }, { PIN, "symlinkat" }, { PIN, "chmod" }, { PIN, "fchmod" },
	{ PIN, "fchmodat" }, { PIN, "fchmodat2" }, { PIN, "chown" }, { PIN, "fchown" },
	{ PIN, "fchownat" }, { PRIVILEGE_AS_CALLER, "setfsuid" },
	{ PRIVILEGE_AS_CALLER, "setfsuid32" }, { PRIVILEGE_AS_CALLER, "setfsgid" },
	{ PRIVILEGE_AS_CALLER, "setfsgid32" }, { PRIVILEGE_AS_CALLER, "setgroups" },
	{ PRIVILEGE_AS_CALLER, "setgroups32" },
	{ URING, "io_uring_setup" }, { URING, "io_uring_enter" },
	{ URING, "io_uring_register" },
	/* the other processes */
	{ TAKE, "clone" }, { TAKE, "fork" }, { TAKE, "vfork" }, { TAKE, "pidfd_open" },
	{ TAKE, "pidfd_getfd" }, { TAKE, "alarm" }, { TAKE, "setitimer" },
	{ TAKE, "getdents64" }, { TAKE, "getdents" }, { TAKE, "fstatfs" },
	{ TAKE, "fstatfs64" }, { TAKE, "open_by_handle_at" },
	{ UNMOUNT, "umount2" },
};

/* These seem to succeed: libfuse unmounts at the end, too, after the unmounter. */
static const struct call pretended[] = {
	{ SERVE, "umount2" },
};

/* A call with a condition on one argument: (argument & mask) == value. */
struct condition {
	unsigned needs;
	const char *name;
	unsigned argument;
	uint64_t mask, value;
};

#define ALL UINT32_MAX
/* In place of a value: that of getpid(). */
#define OWN_PID UINT64_MAX

#ifdef __s390__
#define CLONE_FLAGS 1
#else
#define CLONE_FLAGS 0
#endif

static const struct condition conditions[] = {
	/* No new code. */
	{ 0, "mmap", 2, PROT_EXEC, 0 },
	{ 0, "mmap2", 2, PROT_EXEC, 0 },
	{ 0, "mprotect", 2, PROT_EXEC, 0 },
	/* Threads, no processes. clone3(2) keeps its flags in memory, where a filter cannot
	 * see them: libc does without. */
	{ SERVE, "clone", CLONE_FLAGS, CLONE_THREAD, CLONE_THREAD },
	{ 0, "prctl", 0, ALL, PR_SET_NAME },
	{ 0, "prctl", 0, ALL, PR_GET_DUMPABLE },
	{ TAKE, "prctl", 0, ALL, PR_SET_PDEATHSIG },
	/* Whether a thread exists. */
	{ SERVE | BPF, "kill", 1, ALL, 0 },
	{ 0, "socket", 0, ALL, AF_UNIX },
	{ 0, "socketpair", 0, ALL, AF_UNIX },
	/* Read limits, not set them. */
	{ 0, "prlimit64", 2, UINT64_MAX, 0 },
	{ 0, "tgkill", 0, ALL, OWN_PID },
#ifndef __GLIBC__
	/* musl cancels a thread with its signal 33. */
	{ SERVE, "tkill", 1, ALL, 33 },
#endif
	{ 0, "ioctl", 1, ALL, TCGETS },
	{ SERVE, "ioctl", 1, ALL, SIOCGIFINDEX },
	{ SERVE, "ioctl", 1, ALL, SIOCGIFNAME },
	{ SERVE, "ioctl", 1, ALL, FUSE_DEV_IOC_CLONE },
};

static const struct command {
	unsigned needs;
	int command;
} commands[] = {
	{ BPF, BPF_MAP_LOOKUP_ELEM },
	{ BPF, BPF_MAP_GET_NEXT_KEY },
	{ BPF, BPF_MAP_LOOKUP_BATCH },
	{ BPF, BPF_OBJ_GET },
	{ BPF, BPF_OBJ_GET_INFO_BY_FD },
	{ BPF | IDS, BPF_MAP_GET_NEXT_ID },
	{ BPF | IDS, BPF_MAP_GET_FD_BY_ID },
	{ BPF | IDS, BPF_PROG_GET_NEXT_ID },
	{ BPF | IDS, BPF_PROG_GET_FD_BY_ID },
	{ BPF | IDS, BPF_BTF_GET_NEXT_ID },
	{ BPF | IDS, BPF_BTF_GET_FD_BY_ID },
	{ BPF | IDS, BPF_LINK_GET_NEXT_ID },
	{ BPF | IDS, BPF_LINK_GET_FD_BY_ID },
	{ BPF | WRITE, BPF_MAP_UPDATE_ELEM },
	{ BPF | WRITE, BPF_MAP_UPDATE_BATCH },
	{ BPF | WRITE, BPF_MAP_DELETE_ELEM },
	{ BPF | WRITE, BPF_MAP_DELETE_BATCH },
	{ BPF | WRITE, BPF_MAP_LOOKUP_AND_DELETE_ELEM },
	{ BPF | WRITE, BPF_MAP_LOOKUP_AND_DELETE_BATCH },
	{ BPF | WRITE, BPF_MAP_FREEZE },
	{ BPF | WRITE, BPF_MAP_CREATE },
	{ BPF | WRITE, BPF_BTF_LOAD },
	{ BPF | WRITE | PIN, BPF_OBJ_PIN },
};

#define N(list) (sizeof(list) / sizeof((list)[0]))

static bool includes(unsigned needs, unsigned all)
{
	return (needs & all) == all;
}

/* A call that this machine does not have is left out. */
static int add(scmp_filter_ctx filter, uint32_t action, const char *name, unsigned n,
	       const struct scmp_arg_cmp *condition)
{
	int number = seccomp_syscall_resolve_name(name), r = 0;

	if (number >= 0)
		r = seccomp_rule_add_array(filter, action, number, n, condition);
	/* A rule may occur twice. */
	return r == -EEXIST ? 0 : r;
}

static int add_calls(scmp_filter_ctx filter, unsigned needs, uint32_t action,
		     const struct call *list, size_t n)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++)
		if (includes(needs, list[i].needs))
			r = add(filter, action, list[i].name, 0, NULL);
	return r;
}

static int add_conditions(scmp_filter_ctx filter, unsigned needs)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < N(conditions); i++) {
		const struct condition *c = &conditions[i];
		uint64_t value = c->value == OWN_PID ? (uint64_t)getpid() : c->value;
		struct scmp_arg_cmp compare =
			SCMP_CMP(c->argument, SCMP_CMP_MASKED_EQ, c->mask, value);

		if (includes(needs, c->needs))
			r = add(filter, SCMP_ACT_ALLOW, c->name, 1, &compare);
	}
	return r;
}

static int add_commands(scmp_filter_ctx filter, unsigned needs)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < N(commands); i++) {
		struct scmp_arg_cmp compare = SCMP_CMP(0, SCMP_CMP_MASKED_EQ, ALL,
						       (scmp_datum_t)commands[i].command);

		if (includes(needs, commands[i].needs))
			r = add(filter, SCMP_ACT_ALLOW, "bpf", 1, &compare);
	}
	return r;
}

static int make(scmp_filter_ctx filter, unsigned needs)
{
	int r = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);

	if (r == 0)
		r = add_calls(filter, needs, SCMP_ACT_ALLOW, calls, N(calls));
	if (r == 0)
		r = add_calls(filter, needs, SCMP_ACT_ERRNO(0), pretended, N(pretended));
	if (r == 0)
		r = add_conditions(filter, needs);
	if (r == 0)
		r = add_commands(filter, needs);
	return r == 0 ? seccomp_load(filter) : r;
}

int seccomp_install(unsigned needs)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
	int r = filter ? make(filter, needs) : -ENOMEM;

	seccomp_release(filter);
	/* EINVAL: a kernel without filters */
	return r == -EINVAL ? -EOPNOTSUPP : r;
}
#else
int seccomp_install(unsigned needs)
{
	return -EOPNOTSUPP;
}
#endif

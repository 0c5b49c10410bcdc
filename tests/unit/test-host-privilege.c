/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Operations that are still possible after privilege_drop(), by trying them. Each
 * attempt is made in a separate process, because privileges cannot be regained.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/privilege.h"
#include "util/cleanup.h"
#include "../suite.h"

#define READ (PRIVILEGE_SERVE | PRIVILEGE_BPF | PRIVILEGE_IDS)
#define WRITE (READ | PRIVILEGE_WRITE)

/* A check in the process: the line of the first that failed is its exit status. */
#define EXPECT(condition)                         \
	do {                                      \
		if (!(condition))                 \
			return __LINE__ % 200 + 1; \
	} while (0)

static void after_drop(unsigned needs, int (*check)(void))
{
	pid_t child = fork();
	int status;

	if (child == 0)
		_exit(privilege_drop(needs) < 0 ? 255 : check());
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_msg(status == 0, "status %#x, line %d mod 200", (unsigned)status,
		      WEXITSTATUS(status) - 1);
}

/* A field of /proc/self/status in hexadecimal. */
static uint64_t status_field(const char *name)
{
	FILE *f = fopen("/proc/self/status", "re");
	uint64_t value = UINT64_MAX;
	size_t len = strlen(name);
	char line[256];

	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, name, len) && line[len] == ':')
			value = strtoull(line + len + 1, NULL, 16);
	if (f)
		fclose(f);
	return value;
}

/* ---- capabilities ---- */

static uint64_t before; /* permitted to this process */

#define BIT(capability) (UINT64_C(1) << (capability))

static int keeps(uint64_t capabilities)
{
	EXPECT(status_field("NoNewPrivs") == 1);
#ifdef HAVE_LIBCAP_NG
	EXPECT(status_field("CapEff") == (before & capabilities));
	EXPECT(status_field("CapPrm") == (before & capabilities));
	EXPECT(status_field("CapAmb") == 0);
	EXPECT(!(before & BIT(CAP_SETPCAP)) || status_field("CapBnd") == 0);
#endif
	return 0;
}

static int keeps_nothing(void)
{
	return keeps(0);
}

static int keeps_admin(void)
{
	return keeps(BIT(CAP_SYS_ADMIN));
}

static int keeps_for_callers(void)
{
	return keeps(BIT(CAP_SYS_ADMIN) | BIT(CAP_SETUID) | BIT(CAP_SETGID) | BIT(CAP_CHOWN) |
		     BIT(CAP_FOWNER) | BIT(CAP_DAC_OVERRIDE) | BIT(CAP_DAC_READ_SEARCH));
}

static int keeps_for_taking(void)
{
	return keeps(BIT(CAP_SYS_PTRACE) | BIT(CAP_DAC_READ_SEARCH));
}

START_TEST(capabilities_are_those_of_the_needs)
{
	before = status_field("CapPrm");
	after_drop(PRIVILEGE_SERVE, keeps_nothing);
	after_drop(PRIVILEGE_SERVE | PRIVILEGE_BPF, keeps_nothing);
	after_drop(READ, keeps_admin);
	after_drop(WRITE | PRIVILEGE_PIN, keeps_admin);
	after_drop(WRITE | PRIVILEGE_PIN | PRIVILEGE_AS_CALLER | PRIVILEGE_ALL_PINS,
		   keeps_for_callers);
	after_drop(PRIVILEGE_TAKE, keeps_for_taking);
	after_drop(PRIVILEGE_UNMOUNT, keeps_admin);
}
END_TEST

static int is_not_dumpable(void)
{
	EXPECT(prctl(PR_GET_DUMPABLE) == 0);
	return 0;
}

START_TEST(process_is_not_dumpable)
{
#ifndef INSTRUMENTED
	after_drop(PRIVILEGE_SERVE, is_not_dumpable);
#else
	(void)is_not_dumpable;
#endif
}
END_TEST

#ifdef WANT_SECCOMP

/* ---- commands of bpf(2) ---- */

/* Whether the filter lets a command through: no map has this descriptor. */
static bool bpf_reaches_kernel(int command)
{
	union bpf_attr attr;

	memset(&attr, 0xff, sizeof(attr));
	return syscall(SYS_bpf, command, &attr, sizeof(attr)) == 0 || errno != ENOSYS;
}

static const int reading[] = {
	BPF_MAP_LOOKUP_ELEM,  BPF_MAP_GET_NEXT_KEY,   BPF_MAP_LOOKUP_BATCH,
	BPF_OBJ_GET,	      BPF_OBJ_GET_INFO_BY_FD,
};
static const int by_id[] = {
	BPF_MAP_GET_NEXT_ID,   BPF_MAP_GET_FD_BY_ID, BPF_PROG_GET_NEXT_ID,
	BPF_PROG_GET_FD_BY_ID, BPF_BTF_GET_FD_BY_ID,
};
static const int writing[] = {
	BPF_MAP_UPDATE_ELEM,  BPF_MAP_DELETE_ELEM,
	BPF_MAP_UPDATE_BATCH, BPF_MAP_DELETE_BATCH,
	BPF_MAP_FREEZE,	      BPF_MAP_LOOKUP_AND_DELETE_ELEM,
	BPF_MAP_CREATE,	      BPF_MAP_LOOKUP_AND_DELETE_BATCH,
	BPF_BTF_LOAD,
};
static const int pinning[] = { BPF_OBJ_PIN };
static const int never[] = {
	BPF_PROG_LOAD,	 BPF_PROG_ATTACH, BPF_PROG_DETACH, BPF_PROG_TEST_RUN,
	BPF_LINK_CREATE, BPF_LINK_UPDATE, BPF_LINK_DETACH, BPF_RAW_TRACEPOINT_OPEN,
	BPF_ITER_CREATE, BPF_ENABLE_STATS,
};

#define REACH(list, expected)                                                    \
	for (size_t i_ = 0; i_ < sizeof(list) / sizeof((list)[0]); i_++)         \
		EXPECT(bpf_reaches_kernel((list)[i_]) == (expected))

static int no_commands(void)
{
	REACH(reading, false);
	REACH(by_id, false);
	REACH(writing, false);
	REACH(pinning, false);
	REACH(never, false);
	return 0;
}

static int pinned_read_only(void)
{
	REACH(reading, true);
	REACH(by_id, false);
	REACH(writing, false);
	REACH(pinning, false);
	REACH(never, false);
	return 0;
}

static int read_only(void)
{
	REACH(reading, true);
	REACH(by_id, true);
	REACH(writing, false);
	REACH(pinning, false);
	REACH(never, false);
	return 0;
}

static int writable(void)
{
	REACH(reading, true);
	REACH(by_id, true);
	REACH(writing, true);
	REACH(pinning, false);
	REACH(never, false);
	return 0;
}

static int can_pin(void)
{
	REACH(writing, true);
	REACH(pinning, true);
	REACH(never, false);
	return 0;
}

START_TEST(bpf_is_filtered_by_command)
{
	after_drop(PRIVILEGE_SERVE, no_commands);
	after_drop(PRIVILEGE_TAKE, no_commands);
	after_drop(PRIVILEGE_UNMOUNT, no_commands);
	after_drop(PRIVILEGE_SERVE | PRIVILEGE_BPF, pinned_read_only);
	after_drop(READ, read_only);
	after_drop(WRITE, writable);
	after_drop(WRITE | PRIVILEGE_PIN, can_pin);
}
END_TEST

/* ---- other calls ---- */

#define FORBIDDEN(call) EXPECT((call) < 0 && errno == ENOSYS)

static int is_confined(void)
{
	char *none[] = { NULL };

	FORBIDDEN(execve("/bin/true", none, none));
	FORBIDDEN(socket(AF_INET, SOCK_STREAM, 0));
	FORBIDDEN(socket(AF_NETLINK, SOCK_RAW, 0));
	FORBIDDEN(syscall(SYS_ptrace, 0, 0, 0, 0));
	FORBIDDEN(syscall(SYS_process_vm_readv, getppid(), NULL, 0, NULL, 0, 0));
	FORBIDDEN(syscall(SYS_init_module, NULL, 0, ""));
	FORBIDDEN(mount("none", "/nowhere", "tmpfs", 0, NULL));
	FORBIDDEN(unshare(CLONE_NEWUSER));
	FORBIDDEN(syscall(SYS_setns, 0, 0));
	FORBIDDEN(syscall(SYS_pidfd_getfd, 0, 0, 0));
	FORBIDDEN(syscall(SYS_perf_event_open, NULL, 0, 0, 0, 0));
	FORBIDDEN(syscall(SYS_chroot, "/"));
	FORBIDDEN(syscall(SYS_setuid, 0));
	FORBIDDEN(kill(getppid(), SIGTERM));
	FORBIDDEN(prctl(PR_SET_DUMPABLE, 1));
	errno = 0;
	EXPECT(mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
	       MAP_FAILED);
	return 0;
}

static int cannot_start_processes(void)
{
	EXPECT(is_confined() == 0);
	FORBIDDEN(fork());
	FORBIDDEN(mkdir("/tmp/bpfmapfs-never", 0700));
	return 0;
}

static pthread_barrier_t barrier;

static void *in_thread(void *arg)
{
	return arg;
}

static int serves(void)
{
	_cleanup_close_ int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
	pthread_t thread;
	void *result, *arg = &barrier;

	EXPECT(fd >= 0);
	EXPECT(pthread_create(&thread, NULL, in_thread, arg) == 0);
	EXPECT(pthread_join(thread, &result) == 0 && result == arg);
	EXPECT(kill(getpid(), 0) == 0);
	return 0;
}

static int cannot_unmount(void)
{
	/* It seems to succeed, and does nothing: without the filter this is ENOENT. */
	EXPECT(umount2("/nowhere", 0) == 0);
	return 0;
}

START_TEST(other_calls_are_filtered)
{
	after_drop(PRIVILEGE_SERVE, cannot_start_processes);
	after_drop(PRIVILEGE_SERVE, cannot_unmount);
	after_drop(WRITE, serves);
	after_drop(WRITE, cannot_start_processes);
	after_drop(PRIVILEGE_UNMOUNT, cannot_start_processes);
}
END_TEST

/* A thread that was there before is filtered, too. */
static void *tries_later(void *arg)
{
	pthread_barrier_wait(&barrier);
	*(bool *)arg = socket(AF_INET, SOCK_STREAM, 0) < 0 && errno == ENOSYS;
	return NULL;
}

START_TEST(filter_is_for_all_threads)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		bool forbidden = false;
		pthread_t thread;

		pthread_barrier_init(&barrier, NULL, 2);
		pthread_create(&thread, NULL, tries_later, &forbidden);
		if (privilege_drop(PRIVILEGE_SERVE) < 0)
			_exit(2);
		pthread_barrier_wait(&barrier);
		pthread_join(thread, NULL);
		_exit(forbidden ? 0 : 1);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
}
END_TEST
#endif

int main(void)
{
	Suite *suite = suite_create("host-privilege");
	TCase *tc = tcase_create("drop");

	tcase_add_test(tc, capabilities_are_those_of_the_needs);
	tcase_add_test(tc, process_is_not_dumpable);
#ifdef WANT_SECCOMP
	tcase_add_test(tc, bpf_is_filtered_by_command);
	tcase_add_test(tc, other_calls_are_filtered);
	tcase_add_test(tc, filter_is_for_all_threads);
#endif
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}

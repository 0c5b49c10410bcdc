/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Processes and threads, from /proc. A process may end between any two calls; if its
 * files cannot be read then, it is treated as if it had not existed.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "host/system.h"

/* ---- directories of numbers ---- */

static bool is_number(const char *name)
{
	size_t len = strspn(name, "0123456789");

	return len && len < 10 && !name[len];
}

static int each_number(int dir_fd, const char *path, host_number_fn *fn, void *arg)
{
	int fd = openat(dir_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_closedir_ DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *e;
	int r = dir ? 0 : -errno;

	if (fd >= 0 && !dir)
		close(fd);
	while (r == 0 && (e = readdir(dir)))
		if (is_number(e->d_name))
			r = fn(arg, (uint32_t)strtoul(e->d_name, NULL, 10));
	return r;
}

int proc_each_process(host_number_fn *fn, void *arg)
{
	return each_number(AT_FDCWD, "/proc", fn, arg);
}

int proc_each_thread(uint32_t pid, host_number_fn *fn, void *arg)
{
	char path[64];
	int r;

	snprintf(path, sizeof(path), "/proc/%u/task", pid);
	r = each_number(AT_FDCWD, path, fn, arg);
	return r == -ENOENT || r == -ESRCH ? 0 : r;
}

/* ---- one process ---- */

/* Up to size - 1 bytes of a small file, NUL-terminated; false: none. */
static bool proc_read(int dir_fd, const char *path, char *text, size_t size)
{
	_cleanup_close_ int fd = openat(dir_fd, path, O_RDONLY | O_CLOEXEC);
	ssize_t len = fd < 0 ? -1 : read(fd, text, size - 1);

	if (len <= 0)
		return false;
	text[len] = '\0';
	return true;
}

static int open_process(uint32_t pid)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/%u", pid);
	return open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

struct maps_of {
	int process;
	host_number_fn *fn;
	void *arg;
};

/* Only descriptors of maps are worth opening their fdinfo. */
static int each_if_map(void *arg, uint32_t fd)
{
	const struct maps_of *of = arg;
	char path[32], text[2048];
	const char *field;
	ssize_t len;

	snprintf(path, sizeof(path), "fd/%u", fd);
	len = readlinkat(of->process, path, text, sizeof(text) - 1);
	if (len < 0)
		return 0;
	text[len] = '\0';
	if (strcmp(text, "anon_inode:bpf-map"))
		return 0;
	snprintf(path, sizeof(path), "fdinfo/%u", fd);
	if (!proc_read(of->process, path, text, sizeof(text)))
		return 0;
	field = strstr(text, "\nmap_id:");
	if (!field)
		return 0;
	return of->fn(of->arg, (uint32_t)strtoul(field + strlen("\nmap_id:"), NULL, 10));
}

int proc_each_map(uint32_t pid, host_number_fn *fn, void *arg)
{
	_cleanup_close_ int process = open_process(pid);
	struct maps_of of = { process, fn, arg };
	int r = process < 0 ? -ESRCH : each_number(process, "fd", each_if_map, &of);

	return r == -ENOENT || r == -ESRCH ? 0 : r == -EPERM ? -EACCES : r;
}

void proc_command(uint32_t pid, char name[HOST_COMMAND_LEN])
{
	char path[32];

	name[0] = '\0';
	snprintf(path, sizeof(path), "/proc/%u/comm", pid);
	proc_read(AT_FDCWD, path, name, HOST_COMMAND_LEN);
	name[strcspn(name, "\n")] = '\0';
}

/* Newer than many a <linux/pidfd.h>. */
#ifndef PIDFD_THREAD
#define PIDFD_THREAD O_EXCL
#endif

int proc_open_thread(uint32_t tid)
{
	int fd = (int)syscall(SYS_pidfd_open, tid, PIDFD_THREAD);

	if (fd < 0 && errno == EINVAL)
		fd = (int)syscall(SYS_pidfd_open, tid, 0);
	if (fd >= 0 || errno != EINVAL)
		return fd >= 0 ? fd : -errno;
	/* A thread without a pidfd, or a number that no thread has (0: a whole group). */
	return tid && tid <= INT_MAX && kill((pid_t)tid, 0) == 0 ? -EOPNOTSUPP : -ESRCH;
}

/* ---- what a caller may ---- */

/* CapEff of a "status" file: a line "CapEff:\t0000003fffffffff". */
static bool has_admin(const char *status)
{
	const char *field = strstr(status, "\nCapEff:");
	uint64_t caps = field ? strtoull(field + strlen("\nCapEff:"), NULL, 16) : 0;

	return caps >> CAP_SYS_ADMIN & 1;
}

static bool same_user_namespace(int thread)
{
	struct stat theirs, ours;

	return fstatat(thread, "ns/user", &theirs, 0) == 0 &&
	       stat("/proc/self/ns/user", &ours) == 0 && theirs.st_dev == ours.st_dev &&
	       theirs.st_ino == ours.st_ino;
}

bool proc_is_privileged(uid_t uid, pid_t tid)
{
	_cleanup_close_ int thread = open_process((uint32_t)tid);
	char status[4096];

	return uid == 0 && thread >= 0 &&
	       proc_read(thread, "status", status, sizeof(status)) && has_admin(status) &&
	       same_user_namespace(thread);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A child of the helper serves one request. It may block at each step; the daemon
 * waits for it at most HOST_TAKE_MS.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "host/helper.h"
#include "host/system.h"

/* A child keeps what it took at most so long after it has answered, in case
 * that the daemon does not use it at once. */
#define KEEP_SECONDS 10

#define PATH_LEN 64

static const char *path_of(const struct helper_request *rq, char path[PATH_LEN])
{
	snprintf(path, PATH_LEN, "/proc/%u/fd/%u", rq->pid, rq->fd);
	return path;
}

/* Why /proc/PID/fd/FD is not there. */
static int missing(const struct helper_request *rq)
{
	char path[PATH_LEN];

	snprintf(path, sizeof(path), "/proc/%u", rq->pid);
	return access(path, F_OK) < 0 ? -ESRCH : -EBADF;
}

static int explain(const struct helper_request *rq, int error)
{
	return error == ENOENT ? missing(rq) : error == EPERM ? -EACCES : -error;
}

/* ---- sockets ---- */

/* Check the type before duplicating: only sockets are duplicated. */
static int check_link(const struct helper_request *rq)
{
	char path[PATH_LEN], target[16] = "";

	if (readlink(path_of(rq, path), target, sizeof(target) - 1) < 0)
		return explain(rq, errno);
	return strncmp(target, "socket:[", 8) ? -ENOTSOCK : 0;
}

/* The process may have put another file there since. Closing that is left to
 * exit(), which may wait. */
static int check_taken(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode) ? 0 : -ENOTSOCK;
}

static int take_socket(const struct helper_request *rq, int *ret)
{
	int r = check_link(rq), process, fd;

	if (r < 0)
		return r;
	process = (int)syscall(SYS_pidfd_open, rq->pid, 0);
	if (process < 0) /* EINVAL: a thread, and not the first one */
		return errno == EINVAL ? -ESRCH : -errno;
	fd = (int)syscall(SYS_pidfd_getfd, process, rq->fd, 0);
	if (fd < 0)
		return errno == EPERM ? -EACCES : -errno;
	*ret = fd;
	return check_taken(fd);
}

/* ---- inodes ---- */

/* O_PATH opens no file: neither this nor closing it is a request to a file
 * system. */
static int open_inode(const struct helper_request *rq, int *ret)
{
	char path[PATH_LEN];
	int fd = open(path_of(rq, path), O_PATH | O_CLOEXEC), r;

	if (fd < 0)
		return explain(rq, errno);
	*ret = fd;
	r = mounts_has_file(fd);
	return r > 0 ? -ELOOP : r;
}

/* ---- cgroups ---- */

static int open_cgroup(const struct helper_request *rq, int *ret)
{
	int fd = cgroup_open((uint64_t)rq->pid << 32 | rq->fd);

	if (fd >= 0)
		*ret = fd;
	return fd < 0 ? fd : 0;
}

/* ---- looking ---- */

struct gathering {
	struct helper_maps *maps;
	uint32_t skip;
};

static int gather(void *arg, uint32_t id)
{
	struct gathering *g = arg;

	if (g->skip) {
		g->skip--;
		return 0;
	}
	g->maps->ids[g->maps->count++] = id;
	return g->maps->count == HELPER_MAPS_MAX;
}

static void answer_maps(const struct helper_request *rq, int reply)
{
	struct helper_maps maps = { 0 };
	struct gathering g = { &maps, rq->fd };
	int r = proc_each_map(rq->pid, gather, &g);

	if (r < 0)
		maps.count = r;
	helper_send(reply, &maps, sizeof(maps), -1);
}

static void answer_privileged(const struct helper_request *rq, int reply)
{
	int r = proc_is_privileged(rq->fd, (pid_t)rq->pid);

	helper_send(reply, &r, sizeof(r), -1);
}

bool helper_look(const struct helper_request *rq, int reply)
{
	static void (*const kinds[])(const struct helper_request *rq, int reply) = {
		[HELPER_MAPS] = answer_maps,
		[HELPER_PRIVILEGED] = answer_privileged,
	};

	if (rq->kind >= sizeof(kinds) / sizeof(kinds[0]) || !kinds[rq->kind])
		return false;
	kinds[rq->kind](rq, reply);
	return true;
}

void helper_answer(const struct helper_request *rq, int reply)
{
	static int (*const kinds[])(const struct helper_request *rq, int *ret) = {
		[HELPER_SOCKET] = take_socket,
		[HELPER_INODE] = open_inode,
		[HELPER_CGROUP] = open_cgroup,
	};
	int fd = -1, r;
	char end;

	alarm(HOST_TAKE_MS / 1000);
	r = kinds[rq->kind](rq, &fd);
	if (helper_send(reply, &r, sizeof(r), r == 0 ? fd : -1) == 0 && r == 0) {
		alarm(KEEP_SECONDS);
		while (recv(reply, &end, 1, 0) < 0 && errno == EINTR)
			;
	}
	_exit(0);
}

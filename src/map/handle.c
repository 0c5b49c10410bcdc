/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "map/handle.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "map/content.h"
#include "text/error.h"
#include "util/request.h"
#include "util/cleanup.h"

int handle_parse_u32(const char *text, size_t len, uint32_t *ret)
{
	uint64_t v = 0;

	if (!len)
		return -EINVAL;
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -EINVAL;
		if (v <= UINT32_MAX)
			v = v * 10 + (uint64_t)(text[i] - '0');
	}
	if (v > UINT32_MAX)
		return -ERANGE;
	*ret = (uint32_t)v;
	return 0;
}

int handle_parse_fd(const char *text, size_t len, struct handle_fd *ret,
		    struct text_error *err)
{
	const char *colon = memchr(text, ':', len);
	size_t n = colon ? (size_t)(colon - text) : len;
	char quoted[TEXT_QUOTE_SIZE];
	struct handle_fd h;

	if (!colon || handle_parse_u32(text, n, &h.pid) < 0 ||
	    handle_parse_u32(colon + 1, len - n - 1, &h.fd) < 0 || h.pid > INT_MAX ||
	    h.fd > INT_MAX)
		return text_fail(
			err, -EINVAL, 0,
			"expected PID:FD, a process and its descriptor, found %s",
			text_quote(quoted, text, len));
	*ret = h;
	return 0;
}

/* The mount that the file behind a descriptor is on; 0: nobody knows. */
static unsigned mount_of(uint32_t pid, uint32_t fd)
{
	char path[64], line[128];
	unsigned id = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%u/fdinfo/%u", pid, fd);
	f = fopen(path, "re");
	if (!f)
		return 0;
	while (!id && fgets(line, sizeof(line), f))
		if (sscanf(line, "mnt_id: %u", &id) != 1)
			id = 0;
	fclose(f);
	return id;
}

/*
 * Is it a file of a tree like this one? Such files are not touched: closing a
 * duplicate flushes the file, that is, this daemon asks itself while it holds
 * what it needs to answer. In a shell `echo 1 > $$:1` means the very file that
 * is written. /proc tells without a request to any file system.
 */
static bool is_of_tree(uint32_t pid, unsigned mount)
{
	char path[64], *line = NULL;
	bool found = false;
	size_t size = 0;
	unsigned id;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%u/mountinfo", pid);
	f = mount ? fopen(path, "re") : NULL;
	if (!f)
		return false;
	while (!found && getline(&line, &size, f) > 0)
		found = sscanf(line, "%u", &id) == 1 && id == mount &&
			strstr(line, " - fuse.bpfmapfs ");
	free(line);
	fclose(f);
	return found;
}

static void *close_it(void *fd)
{
	close((int)(intptr_t)fd);
	return NULL;
}

/* Nobody waits for the flush that this brings. Without memory for a thread the
 * descriptor is lost, which is better than a daemon that waits for itself. */
static void drop(int fd)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, close_it, (void *)(intptr_t)fd) == 0)
		pthread_detach(thread);
}

int handle_open_fd(const struct request *rq, const struct handle_fd *h)
{
	_cleanup_close_ int process = -1;
	int fd;

	if (!request_is_root(rq) && !request_is_process(rq, (pid_t)h->pid))
		return -EACCES;
	if (is_of_tree(h->pid, mount_of(h->pid, h->fd)))
		return -ELOOP;
	process = (int)syscall(SYS_pidfd_open, h->pid, 0);
	if (process < 0) /* EINVAL: a thread, and not the first one */
		return errno == EINVAL ? -ESRCH : -errno;
	fd = (int)syscall(SYS_pidfd_getfd, process, h->fd, 0);
	if (fd < 0)
		return errno == EPERM ? -EACCES : -errno;
	/* Another file may have taken its place since. */
	if (is_of_tree(h->pid, mount_of((uint32_t)getpid(), (uint32_t)fd))) {
		drop(fd);
		return -ELOOP;
	}
	return fd;
}

/* Newer than many a <linux/pidfd.h>. */
#ifndef PIDFD_THREAD
#define PIDFD_THREAD O_EXCL
#endif

int handle_open_thread(uint32_t tid)
{
	int fd = (int)syscall(SYS_pidfd_open, tid, PIDFD_THREAD);

	if (fd < 0 && errno == EINVAL)
		fd = (int)syscall(SYS_pidfd_open, tid, 0);
	/* EINVAL again: no process, or a number that none has */
	return fd >= 0 ? fd : errno == EINVAL ? -ESRCH : -errno;
}

int handle_check_fd(const struct request *rq, const struct handle_fd *h,
		    struct text_error *err)
{
	_cleanup_close_ int fd = handle_open_fd(rq, h);

	switch (fd) {
	case -EACCES:
		return text_fail(
			err, fd, 0,
			"descriptors of other processes than one's own are for root");
	case -ESRCH: return text_fail(err, -EINVAL, 0, "there is no process %u", h->pid);
	case -EBADF:
		return text_fail(err, -EINVAL, 0, "process %u has no descriptor %u",
				 h->pid, h->fd);
	case -ELOOP:
		return text_fail(err, -EINVAL, 0,
				 "descriptor %u of process %u is a file of this tree",
				 h->fd, h->pid);
	default: return fd < 0 ? fd : 0;
	}
}

/* The mount point of a line of mountinfo, which has \040 for a space; NULL: it
 * is not of a tree like this one. */
static char *tree_of_line(const char *line)
{
	char *root, *p;

	if (!strstr(line, " - fuse.bpfmapfs ") ||
	    sscanf(line, "%*u %*u %*s %*s %ms", &root) != 1)
		return NULL;
	for (char *from = p = root; *from; p++) {
		unsigned octal;
		bool escaped = sscanf(from, "\\%3o", &octal) == 1;

		*p = escaped ? (char)octal : *from;
		from += escaped ? 4 : 1;
	}
	*p = '\0';
	return root;
}

/*
 * Does a path begin in a tree like this one? Following it would ask this daemon
 * itself, and a thread that has all requests of a CPU to itself waits for its
 * own answer.
 */
static bool path_is_of_tree(const char *path)
{
	_cleanup_free_ char *line = NULL;
	bool found = false;
	size_t size = 0;
	FILE *f = fopen("/proc/self/mountinfo", "re");

	while (f && !found && getline(&line, &size, f) > 0) {
		_cleanup_free_ char *root = tree_of_line(line);
		size_t len = root ? strlen(root) : 0;

		found = root && !strncmp(path, root, len) &&
			(!path[len] || path[len] == '/');
	}
	if (f)
		fclose(f);
	return found;
}

int handle_parse_path(const struct content_text *t, char **ret)
{
	size_t len = handle_trim(t->text, t->len);
	struct text_error *err = t->err;
	const char *text = t->text;
	_cleanup_free_ char *path = NULL;
	char quoted[TEXT_QUOTE_SIZE];

	if (!len || *text != '/')
		return text_fail(err, -EINVAL, 0, "expected a path from / on, found %s",
				 text_quote(quoted, text, len));
	if (memchr(text, '\0', len) || len >= PATH_MAX)
		return text_fail(err, -EINVAL, 0, "this is no path");
	if (!request_is_root(t->rq))
		return text_fail(
			err, -EACCES, 0,
			"the daemon follows paths with its own rights: only for root");
	path = strndup(text, len);
	if (!path)
		return -ENOMEM;
	if (path_is_of_tree(path))
		return text_fail(
			err, -EINVAL, 0,
			"this names a file of this tree, which nothing is pinned to");
	*ret = take_ptr(path);
	return 0;
}

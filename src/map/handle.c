/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "map/handle.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "text/error.h"
#include "util/caller.h"
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

int handle_open_fd(const struct handle_fd *h)
{
	_cleanup_close_ int process = -1;
	int fd;

	if (!caller_is_root() && !caller_is_process((pid_t)h->pid))
		return -EACCES;
	process = (int)syscall(SYS_pidfd_open, h->pid, 0);
	if (process < 0) /* EINVAL: a thread, and not the first one */
		return errno == EINVAL ? -ESRCH : -errno;
	fd = (int)syscall(SYS_pidfd_getfd, process, h->fd, 0);
	if (fd < 0)
		return errno == EPERM ? -EACCES : -errno;
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

int handle_check_fd(const struct handle_fd *h, struct text_error *err)
{
	_cleanup_close_ int fd = handle_open_fd(h);

	switch (fd) {
	case -EACCES:
		return text_fail(
			err, fd, 0,
			"descriptors of other processes than one's own are for root");
	case -ESRCH: return text_fail(err, -EINVAL, 0, "there is no process %u", h->pid);
	case -EBADF:
		return text_fail(err, -EINVAL, 0, "process %u has no descriptor %u",
				 h->pid, h->fd);
	default: return fd < 0 ? fd : 0;
	}
}

int handle_parse_path(const char *text, size_t len, char **ret, struct text_error *err)
{
	char quoted[TEXT_QUOTE_SIZE];

	if (!len || *text != '/')
		return text_fail(err, -EINVAL, 0, "expected a path from / on, found %s",
				 text_quote(quoted, text, len));
	if (memchr(text, '\0', len) || len >= PATH_MAX)
		return text_fail(err, -EINVAL, 0, "this is no path");
	if (!caller_is_root())
		return text_fail(
			err, -EACCES, 0,
			"the daemon follows paths with its own rights: only for root");
	*ret = strndup(text, len);
	return *ret ? 0 : -ENOMEM;
}

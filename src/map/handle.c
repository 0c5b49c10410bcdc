/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Parse "PID:FD", ids and paths, check the caller's rights and obtain the descriptor.
 */
#include "map/handle.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "host/host.h"
#include "map/content.h"
#include "store/store.h"
#include "text/error.h"
#include "util/cleanup.h"
#include "util/request.h"

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

int handle_for_root(const struct request *rq, struct text_error *err)
{
	if (request_is_root(rq) && host_caller_is_privileged(rq->uid, rq->tid))
		return 0;
	return text_fail(err, -EACCES, 0,
			 "only root may do this, because the daemon acts with its own "
			 "rights");
}

int handle_take_socket(const struct request *rq, const struct handle_fd *h,
		       struct host_fd *ret)
{
	return handle_for_root(rq, NULL) ?: host_take_socket(h->pid, h->fd, ret);
}

int handle_open_inode(const struct request *rq, const struct handle_fd *h,
		       struct host_fd *ret)
{
	return handle_for_root(rq, NULL) ?: host_open_inode(h->pid, h->fd, ret);
}

int handle_open_program(const struct request *rq, struct store *store, uint32_t id, int *ret)
{
	return handle_for_root(rq, NULL) ?: store_open_program(store, id, ret);
}

int handle_open_cgroup(const struct request *rq, uint64_t id)
{
	return handle_for_root(rq, NULL) ?: host_cgroup_open(id);
}

int handle_check_socket(const struct request *rq, const struct handle_fd *h,
			struct text_error *err)
{
	_cleanup_host_fd_ struct host_fd fd = HOST_FD_INIT;
	int r = handle_for_root(rq, err);

	if (r < 0)
		return r;
	r = host_take_socket(h->pid, h->fd, &fd);
	if (r == -ESRCH)
		return text_fail(err, -EINVAL, 0, "no such process: %u", h->pid);
	if (r == -EBADF)
		return text_fail(err, -EINVAL, 0, "process %u has no descriptor %u", h->pid,
				 h->fd);
	if (r == -ENOTSOCK)
		return text_fail(err, -EINVAL, 0, "descriptor %u of process %u is not a socket",
				 h->fd, h->pid);
	if (r == -EACCES || r == -EPERM)
		return text_fail(err, -EACCES, 0,
				 "the daemon may not take descriptors of process %u", h->pid);
	if (r == -ETIMEDOUT)
		return text_fail(err, r, 0, "process %u did not release the descriptor "
					    "within %d s",
				 h->pid, HOST_TAKE_MS / 1000);
	return r;
}

int handle_parse_path(const struct content_text *t, char **ret)
{
	size_t len = handle_trim(t->text, t->len);
	struct text_error *err = t->err;
	const char *text = t->text;
	_cleanup_free_ char *path = NULL;
	char quoted[TEXT_QUOTE_SIZE];

	if (!len || *text != '/')
		return text_fail(err, -EINVAL, 0, "expected an absolute path, found %s",
				 text_quote(quoted, text, len));
	if (memchr(text, '\0', len) || len >= PATH_MAX)
		return text_fail(err, -EINVAL, 0, "not a path");
	if (handle_for_root(t->rq, err) < 0)
		return -EACCES;
	path = strndup(text, len);
	if (!path)
		return -ENOMEM;
	if (host_is_in_tree(path))
		return text_fail(err, -EINVAL, 0,
				 "the path is in this tree, where nothing can be pinned");
	*ret = take_ptr(path);
	return 0;
}

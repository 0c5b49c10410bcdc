/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Descriptors for maps whose values are such: programs, and the rule that
 * some values live only as long as the map is open somewhere.
 */
#include "store/kernel.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Put something else behind a descriptor's number, which stays. */
static int replace(int fd, int by)
{
	return dup3(by, fd, O_CLOEXEC) < 0 ? -errno : 0;
}

int kernel_let_go(const struct store_map *m)
{
	_cleanup_close_ int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
	_cleanup_close_ int again = -1;
	struct bpf_map_info info = { 0 };
	uint32_t len = sizeof(info);
	int r;

	if (nothing < 0)
		return -errno;
	r = bpf_obj_get_info_by_fd(m->fd, &info, &len);
	if (r == 0)
		r = replace(m->fd, nothing);
	if (r < 0)
		return r;
	again = bpf_map_get_fd_by_id(info.id);
	return again < 0 ? again : replace(m->fd, again);
}

int kernel_open_program(struct store *s, uint32_t id, int *ret)
{
	int fd = bpf_prog_get_fd_by_id(id);

	(void)s;
	if (fd < 0)
		return fd;
	*ret = fd;
	return 0;
}

/* The answer about another kind of object would be one of another shape. */
static bool is_program(int fd)
{
	char path[64], kind[64];
	ssize_t len;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	len = readlink(path, kind, sizeof(kind) - 1);
	if (len < 0)
		return false;
	kind[len] = '\0';
	return !strcmp(kind, "anon_inode:bpf-prog");
}

int kernel_pinned_program(struct store *s, const char *path, uint32_t *ret_id)
{
	_cleanup_close_ int fd = bpf_obj_get(path);
	struct bpf_prog_info info = { 0 };
	uint32_t len = sizeof(info);
	int r;

	(void)s;
	if (fd < 0)
		return fd;
	if (!is_program(fd))
		return -EINVAL;
	r = bpf_obj_get_info_by_fd(fd, &info, &len);
	if (r == 0)
		*ret_id = info.id;
	return r;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Maps whose keys or values are descriptors to the kernel: the names and texts that
 * stand for descriptors, and how to open them. Nothing is kept open: a handle_*()
 * descriptor lives as long as one store call needs it.
 *
 * The daemon's rights must not give access to an object that the caller could not
 * open itself: see struct request. Safe from any thread.
 */
#ifndef BPFMAPFS_MAP_HANDLE_H
#define BPFMAPFS_MAP_HANDLE_H

#include <stddef.h>
#include <stdint.h>

#include "host/host.h"

struct content_text;
struct request;
struct store;
struct text_error;

/* "PID:FD": a descriptor of a process. */
struct handle_fd {
	uint32_t pid, fd;
};

/* Parse the whole text; -EINVAL, -ERANGE. */
int handle_parse_fd(const char *text, size_t len, struct handle_fd *ret,
		    struct text_error *err);
int handle_parse_u32(const char *text, size_t len, uint32_t *ret);

/*
 * Descriptors of other processes, programs and cgroups, whether named by text or by the
 * bytes of a value, are opened with the daemon's rights, so only root may name them.
 * The functions below that open one check this. -EACCES with err.
 */
int handle_for_root(const struct request *rq, struct text_error *err);

/* Errors as in struct host_ops. */
int handle_take_socket(const struct request *rq, const struct handle_fd *h,
		       struct host_fd *ret);
int handle_open_inode(const struct request *rq, const struct handle_fd *h,
		       struct host_fd *ret);
/* -ENOENT, -EPERM: see store.h. */
int handle_open_program(const struct request *rq, struct store *store, uint32_t id, int *ret);
/* The descriptor is returned. */
int handle_open_cgroup(const struct request *rq, uint64_t id);

/* Check that it is a socket that the caller may use. -EACCES, -EINVAL, -ETIMEDOUT with
 * err. */
int handle_check_socket(const struct request *rq, const struct handle_fd *h,
			struct text_error *err);

/* Parse an absolute path, which only root may use; free() *ret. One final newline is
 * ignored. -EACCES, -EINVAL. */
int handle_parse_path(const struct content_text *t, char **ret);

/* The text of a file without its last newline. */
static inline size_t handle_trim(const char *text, size_t len)
{
	return len && text[len - 1] == '\n' ? len - 1 : len;
}

#endif

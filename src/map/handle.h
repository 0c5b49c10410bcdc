/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Maps whose keys or values are descriptors to the kernel: what stands for
 * them in names and texts, and how to come by the descriptor. Nothing is kept
 * open: a handle_*() descriptor lives as long as one store call needs it.
 *
 * What a name reaches by way of the daemon's rights, the caller must have
 * been able to reach himself: see struct request. Safe from any thread.
 */
#ifndef BPFMAPFS_MAP_HANDLE_H
#define BPFMAPFS_MAP_HANDLE_H

#include <stddef.h>
#include <stdint.h>

struct content_text;
struct request;
struct text_error;

/* "PID:FD": a descriptor of a process. */
struct handle_fd {
	uint32_t pid, fd;
};

/* The whole text; -EINVAL, -ERANGE. */
int handle_parse_fd(const char *text, size_t len, struct handle_fd *ret,
		    struct text_error *err);
int handle_parse_u32(const char *text, size_t len, uint32_t *ret);

/* A duplicate of it, to be closed. -EACCES: neither is the caller root, nor
 * is it his own process; -ESRCH, -EBADF; -ELOOP: it is a file of this tree. */
int handle_open_fd(const struct request *rq, const struct handle_fd *h);

/* A pidfd of a thread; of processes only where the kernel has no others. -ESRCH. */
int handle_open_thread(uint32_t tid);

/* Is it there, and may the caller use it? -EACCES, -EINVAL with err. */
int handle_check_fd(const struct request *rq, const struct handle_fd *h,
		    struct text_error *err);

/* An absolute path for root, NUL-terminated; free() it. One final newline is
 * ignored. -EACCES, -EINVAL. */
int handle_parse_path(const struct content_text *t, char **ret);

/* The text of a file without its last newline. */
static inline size_t handle_trim(const char *text, size_t len)
{
	return len && text[len - 1] == '\n' ? len - 1 : len;
}

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files of the administrator.
 */
#ifndef BPFMAPFS_HOST_FILE_H
#define BPFMAPFS_HOST_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "util/attributes.h"

struct buf;

/*
 * Append a whole regular file. It must belong to root or to this process's user, and
 * nobody else may write to it (-EPERM). -EINVAL: not a regular file; -EFBIG: more than
 * max bytes; -ENOENT, -EACCES, -EIO...; -ENOMEM.
 */
int host_read_private(const char *path, size_t max, struct buf *out) _must_check_;

/* The file exists and this process may read it. */
bool host_can_read(const char *path);

#endif

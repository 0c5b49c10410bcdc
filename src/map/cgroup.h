/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Cgroups by their ids, which are the inode numbers of their directories, and
 * by their paths below the mount of the cgroup2 file system.
 *
 * Looked for at /sys/fs/cgroup, /sys/fs/cgroup/unified, then among all
 * mounts. Safe from any thread.
 */
#ifndef BPFMAPFS_MAP_CGROUP_H
#define BPFMAPFS_MAP_CGROUP_H

#include <stddef.h>
#include <stdint.h>

struct buf;
struct request;

/* A descriptor of its directory, to be closed. -ESTALE: gone; -EACCES;
 * -ENOENT: no cgroup2 file system is mounted. */
int cgroup_open(uint64_t id);

/* The cgroup whose directory is at an absolute path. -ENOENT, -EINVAL (not
 * of a cgroup2 file system), ... */
int cgroup_id_at(const char *path, uint64_t *ret);

/* Append its path below the mount, "/" for the first one. Errors as
 * cgroup_open(). */
int cgroup_path(uint64_t id, struct buf *out);

/* The cgroup of such a path, with or without a leading slash. -ENOENT. */
int cgroup_find(const char *path, size_t len, uint64_t *ret);

/* Call fn for each of them, as long as it returns 0. -EINTR:
 * the request was interrupted. */
int cgroup_each(const struct request *rq, int (*fn)(void *arg, uint64_t id), void *arg);

#endif

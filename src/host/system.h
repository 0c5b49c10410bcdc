/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Internals of host_system, for src/host only. Contracts are in host.h.
 *
 *	system.c      the table, interfaces
 *	proc.c        /proc: processes, threads, what a caller may
 *	mounts.c      mounts of this program
 *	cgroup.c      the cgroup2 file system
 *	child.c       starting a process beside the daemon, and ending it
 *	helper.c      the helper process: start, stop, ask it
 *	helper-take.c what runs in it
 *
 * These headers of src/host have no fake: identity.h, bpffs.h, mounts.h, privilege.h,
 * unmounter.h.
 */
#ifndef BPFMAPFS_HOST_SYSTEM_H
#define BPFMAPFS_HOST_SYSTEM_H

#include "host/host.h"

int proc_each_process(host_number_fn *fn, void *arg);
int proc_each_thread(uint32_t pid, host_number_fn *fn, void *arg);
int proc_each_map(uint32_t pid, host_number_fn *fn, void *arg);
void proc_command(uint32_t pid, char name[HOST_COMMAND_LEN]);
int proc_open_thread(uint32_t tid);
bool proc_is_privileged(uid_t uid, pid_t tid);

bool mounts_is_in_tree(const char *path);
/* 1: the open file is on a mount of this program; 0: it is not. No file system is
 * accessed. */
int mounts_has_file(int fd);

int cgroup_open(uint64_t id);
int cgroup_id_at(const char *path, uint64_t *ret);
int cgroup_path(uint64_t id, struct buf *out);
int cgroup_find(const char *path, size_t len, uint64_t *ret);
int cgroup_each(host_cgroup_fn *fn, void *arg);

int helper_take_socket(uint32_t pid, uint32_t fd, struct host_fd *ret);
int helper_open_inode(uint32_t pid, uint32_t fd, struct host_fd *ret);
/* As cgroup_open(). */
int helper_open_cgroup(uint64_t id);
/* Like the function of proc.c, done by the helper if there is one. */
int helper_each_map(uint32_t pid, host_number_fn *fn, void *arg);
bool helper_is_privileged(uid_t uid, pid_t tid);

#endif

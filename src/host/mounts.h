/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Mounts of this program, from the kernel's list. No file system is accessed. Safe from
 * any thread.
 */
#ifndef BPFMAPFS_HOST_MOUNTS_H
#define BPFMAPFS_HOST_MOUNTS_H

#include <stdbool.h>
#include <sys/types.h>

/* The flags of the mount at this absolute path, as mount(8) spells them ("rw,nosuid");
 * free() the result. -ENOENT: not a mount of this program; -ENOMEM. */
int mounts_flags(const char *path, char **ret);

/* The device of the file system at this path. -ENOENT, -EACCES, ... */
int mounts_device(const char *path, dev_t *ret);

/* The file system of this device was mounted or remounted read-only. */
bool mounts_is_read_only(dev_t device);

/* Change flags (MS_* of mount(2)) of the mount at this path, and of its file system. */
int mounts_set_flags(const char *path, unsigned long flags);

/*
 * Move the calling process, which must have one thread, into the mount namespace of a
 * file such as /proc/1/ns/mnt. *ret_old: a descriptor of the previous namespace, for
 * mounts_return(), which closes it. -ENOENT, -EACCES, -EPERM (CAP_SYS_ADMIN,
 * CAP_SYS_CHROOT), -EINVAL (no mount namespace).
 */
int mounts_enter(const char *file, int *ret_old);
int mounts_return(int old);

/*
 * Abort the connection of the mount at this absolute path to its daemon, and unmount
 * it: for a daemon that not even SIGKILL ends. All waiting requests fail with
 * -ECONNABORTED. -ENOENT: not a mount of this program.
 */
int mounts_abort(const char *path);

#endif

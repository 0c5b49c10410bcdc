/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The interface that mount(8) expects of a mount helper: argument style, options that
 * are not for the file system, and -o remount.
 */
#ifndef BPFMAPFS_MOUNT8_H
#define BPFMAPFS_MOUNT8_H

#include <stdbool.h>

/* Flags of mount(2) that options set or clear. */
struct mount_flags {
	unsigned long set, clear;
};

/*
 * Called as mount.TYPE, the program gets "SOURCE DIR [-nsvf] [-t TYPE] [-o OPTIONS]".
 * Remove these letters from argv, where -f would mean something else. *ret_fake: -f was
 * among them, so nothing must be mounted. -EINVAL, after a line on stderr: -N.
 */
int mount8_arguments(int *argc, char **argv, bool *ret_fake);

/* The option is for mount(8) or for systemd, which also read fstab(5). */
bool mount8_ignores(const char *option);

/* True: the option is a flag of mount(2), and f has it now. */
bool mount8_flag(const char *option, struct mount_flags *f);

/*
 * Change flags of the mount of this program at an absolute path. Returns 0, or after a
 * line on stderr -EROFS (it should become writable, but its daemon was started
 * read-only) or -EIO (no such mount, or mount(2) failed).
 */
int mount8_remount(const char *mountpoint, const struct mount_flags *f);

/* mounts_abort(), with a line on stderr for an error. */
int mount8_abort(const char *mountpoint, const char *namespace);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A BPF file system, seen from one directory of it. Paths are relative to
 * that directory ("" is the directory itself).
 *
 * Nothing here leaves the file system: no symlink is followed and no mount crossed.
 * Each call opens the directory again, so the file system may be mounted and unmounted
 * while the daemon runs.
 *
 * Safe from any thread.
 */
#ifndef BPFMAPFS_HOST_BPFFS_H
#define BPFMAPFS_HOST_BPFFS_H

#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "util/cleanup.h"

struct buf;

/* Open with flags of open(2). -ENOENT: no such path, it contains a symlink, or dir is
 * not a directory of a BPF file system. -EACCES... */
int bpffs_open(const char *dir, const char *path, int flags);

/* Like bpffs_open(), with a path relative to an open directory. */
int bpffs_open_at(int dir_fd, const char *path, int flags);

/*
 * Open a private directory of the daemon with O_PATH, and create it if it is missing.
 * -EXDEV: it is not on a BPF file system; -EPERM: users other than root and this
 * process's user may write to it.
 */
int bpffs_open_private(const char *dir);

/*
 * Changes in open directories. Errors as those of the system calls.
 *
 * A name may refer to another file by the time it is used. If the caller passes the
 * expected file (`file`, not NULL), it is checked just before the change: -ENOENT if
 * the name refers to another file, and nothing is changed.
 */
struct bpffs_file {
	dev_t dev;
	ino_t ino;
};

#define BPFFS_NOREPLACE 1u /* RENAME_NOREPLACE */
/* The new name must not exist, or must refer to `over`. */
int bpffs_rename_at(int from, const char *name, const struct bpffs_file *file, int to,
		    const char *newname, const struct bpffs_file *over, unsigned flags);
int bpffs_unlink_at(int dir_fd, const char *name, const struct bpffs_file *file);
/* A symbolic link with any text of at most PATH_MAX - 1 bytes. -EEXIST. */
int bpffs_symlink_at(int dir_fd, const char *text, const char *name);
/* The target of a link, NUL-terminated. -ENOENT; -EINVAL: not a link, or the target is
 * longer. */
int bpffs_readlink_at(int dir_fd, const char *name, char *text, size_t size);
int bpffs_mkdir_at(int dir_fd, const char *name, mode_t mode);
int bpffs_rmdir_at(int dir_fd, const char *name);
/* Something of any kind has this name. */
bool bpffs_has_name(int dir_fd, const char *name);
/* Change an open file; fd may be O_PATH. uid or gid -1: unchanged. */
int bpffs_chmod(int fd, mode_t mode);
int bpffs_chown(int fd, uid_t uid, gid_t gid);

/*
 * Append the names in a directory (fd may be O_PATH) except "." and "..", each with its
 * NUL. The directory is closed before this returns, so the list does not keep the file
 * system busy. -ENOMEM, also for more than BPFFS_LIST_MAX bytes.
 */
#define BPFFS_LIST_MAX (16u << 20)
int bpffs_list(int dir_fd, struct buf *names);

/*
 * Call fn for every file below dir; fd is open with O_PATH, path relative to dir.
 * Directories that cannot be read are skipped. A return value of fn other than 0 ends
 * the walk and is returned. -ENOMEM.
 */
typedef int bpffs_fn(void *arg, int fd, const char *path);
int bpffs_walk(const char *dir, bpffs_fn *fn, void *arg);
int bpffs_walk_at(int dir_fd, bpffs_fn *fn, void *arg);
/* Like bpffs_walk(), and dir_fn is called for each directory, including dir itself
 * (""), before it is read. */
int bpffs_walk_all(const char *dir, bpffs_fn *fn, bpffs_fn *dir_fn, void *arg);

#endif

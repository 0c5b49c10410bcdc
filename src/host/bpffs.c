/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * openat2(2) with RESOLVE_NO_SYMLINKS and RESOLVE_NO_XDEV keeps paths inside.
 */
#include "host/bpffs.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

#include "util/buf.h"
#include "util/libc.h"

int bpffs_open_at(int dir_fd, const char *path, int flags)
{
	struct open_how how = {
		.flags = (uint64_t)flags | O_NOFOLLOW | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV,
	};
	long fd = syscall(SYS_openat2, dir_fd, path, &how, sizeof(how));

	if (fd >= 0)
		return (int)fd;
	/* A symlink, a mount: for us nothing is there. EPERM says that there
	 * can be no such name. */
	return errno == ELOOP || errno == EXDEV || errno == EPERM ? -ENOENT : -errno;
}

/* dir NULL: this mount has no BPF file system. */
static int open_dir(const char *dir)
{
	_cleanup_close_ int fd = -1;
	struct statfs fs;

	if (!dir)
		return -ENOENT;
	fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOTDIR ? -ENOENT : -errno;
	if (fstatfs(fd, &fs) < 0)
		return -errno;
	return fs.f_type == BPF_FS_MAGIC ? take_fd(&fd) : -ENOENT;
}

int bpffs_open(const char *dir, const char *path, int flags)
{
	_cleanup_close_ int fd = open_dir(dir);

	return fd < 0 ? fd : bpffs_open_at(fd, *path ? path : ".", flags);
}

/* Create it only inside a BPF file system, so a wrong path leaves nothing behind. */
static int make_missing(const char *dir)
{
	_cleanup_free_ char *parent = strdup(dir);
	_cleanup_close_ int fd = -1;
	char *slash;

	if (!parent)
		return -ENOMEM;
	slash = strrchr(parent, '/');
	if (!slash || slash == parent)
		return -EXDEV;
	*slash = '\0';
	fd = open_dir(parent);
	if (fd < 0)
		return fd == -ENOENT ? -EXDEV : fd;
	return mkdirat(fd, slash + 1, 0700) < 0 && errno != EEXIST ? -errno : 0;
}

/* -EPERM if group or others may write, even with the sticky bit: they could pin a map
 * there that the daemon would take for its own. */
static int check_private(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	return st.st_mode & 022 || (st.st_uid != 0 && st.st_uid != geteuid()) ? -EPERM : 0;
}

int bpffs_open_private(const char *dir)
{
	_cleanup_close_ int fd = open_dir(dir);
	struct stat st;
	int r;

	if (fd == -ENOENT) {
		r = stat(dir, &st) == 0 ? -EXDEV : make_missing(dir);
		if (r < 0)
			return r;
		fd = open_dir(dir);
	}
	r = fd < 0 ? fd : check_private(fd);
	return r < 0 ? r : take_fd(&fd);
}

/* ---- changes ---- */

static int check_file(int dir_fd, const char *name, const struct bpffs_file *file)
{
	struct stat st;

	if (!file)
		return 0;
	if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	return st.st_dev == file->dev && st.st_ino == file->ino ? 0 : -ENOENT;
}

int bpffs_rename_at(int from, const char *name, const struct bpffs_file *file, int to,
		    const char *newname, const struct bpffs_file *over, unsigned flags)
{
	int r = check_file(from, name, file) ?: check_file(to, newname, over);

	if (r < 0)
		return r;
	return renameat2(from, name, to, newname, flags) < 0 ? -errno : 0;
}

int bpffs_unlink_at(int dir_fd, const char *name, const struct bpffs_file *file)
{
	int r = check_file(dir_fd, name, file);

	if (r < 0)
		return r;
	return unlinkat(dir_fd, name, 0) < 0 ? -errno : 0;
}

int bpffs_symlink_at(int dir_fd, const char *text, const char *name)
{
	return symlinkat(text, dir_fd, name) < 0 ? -errno : 0;
}

int bpffs_readlink_at(int dir_fd, const char *name, char *text, size_t size)
{
	ssize_t len = readlinkat(dir_fd, name, text, size);

	if (len < 0)
		return -errno;
	if ((size_t)len == size)
		return -EINVAL;
	text[len] = '\0';
	return 0;
}

int bpffs_mkdir_at(int dir_fd, const char *name, mode_t mode)
{
	return mkdirat(dir_fd, name, mode) < 0 ? -errno : 0;
}

int bpffs_rmdir_at(int dir_fd, const char *name)
{
	return unlinkat(dir_fd, name, AT_REMOVEDIR) < 0 ? -errno : 0;
}

bool bpffs_has_name(int dir_fd, const char *name)
{
	return faccessat(dir_fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* fchmod(2) takes no O_PATH descriptor. */
int bpffs_chmod(int fd, mode_t mode)
{
	char self[32];

	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	return chmod(self, mode) < 0 ? -errno : 0;
}

int bpffs_chown(int fd, uid_t uid, gid_t gid)
{
	return fchownat(fd, "", uid, gid, AT_EMPTY_PATH) < 0 ? -errno : 0;
}

/* ---- lists ---- */

int bpffs_list(int dir_fd, struct buf *names)
{
	int fd = bpffs_open_at(dir_fd, ".", O_RDONLY | O_DIRECTORY);
	_cleanup_closedir_ DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *e;

	if (fd < 0)
		return fd;
	if (!dir) {
		close(fd);
		return -ENOMEM;
	}
	while ((e = readdir(dir)) && names->len < BPFFS_LIST_MAX)
		if (strcmp(e->d_name, ".") && strcmp(e->d_name, ".."))
			buf_put(names, e->d_name, strlen(e->d_name) + 1);
	return e ? -ENOMEM : buf_error(names);
}

/* ---- the walk ---- */

struct walk {
	bpffs_fn *fn, *dir_fn; /* dir_fn NULL: nothing is called for directories */
	void *arg;
	struct buf path;
};

static int walk_dir(struct walk *w, int fd);

static int visit(struct walk *w, int dir_fd, const struct dirent *de)
{
	_cleanup_close_ int fd = -1;
	size_t before = w->path.len;
	bool is_dir = de->d_type == DT_DIR;
	const char *path;
	int r;

	if (!strcmp(de->d_name, ".") || !strcmp(de->d_name, ".."))
		return 0;
	if (!is_dir && de->d_type != DT_REG)
		return 0;
	fd = bpffs_open_at(dir_fd, de->d_name, is_dir ? O_RDONLY | O_DIRECTORY : O_PATH);
	if (fd < 0)
		return 0;
	if (before)
		buf_putc(&w->path, '/');
	buf_puts(&w->path, de->d_name);
	path = buf_cstr(&w->path);
	if (!path)
		r = -ENOMEM;
	else
		r = is_dir ? walk_dir(w, take_fd(&fd)) : w->fn(w->arg, fd, path);
	buf_truncate(&w->path, before);
	return r;
}

/* Takes over fd. */
static int walk_dir(struct walk *w, int fd)
{
	_cleanup_closedir_ DIR *d = fdopendir(fd);
	const struct dirent *de;
	int r = 0;

	if (!d) {
		r = -errno;
		close(fd);
		return r;
	}
	if (w->dir_fn)
		r = w->dir_fn(w->arg, fd, buf_cstr(&w->path) ?: "");
	while (r == 0 && (de = readdir(d)))
		r = visit(w, fd, de);
	return r;
}

/* Takes over fd. */
static int walk_from(int fd, bpffs_fn *fn, bpffs_fn *dir_fn, void *arg)
{
	struct walk w = { .fn = fn, .dir_fn = dir_fn, .arg = arg };
	int r = walk_dir(&w, fd);

	buf_release(&w.path);
	return r;
}

int bpffs_walk_all(const char *dir, bpffs_fn *fn, bpffs_fn *dir_fn, void *arg)
{
	int fd = bpffs_open(dir, "", O_RDONLY | O_DIRECTORY);

	/* Not mounted, or not accessible: no pins. */
	if (fd < 0)
		return fd == -ENOMEM ? fd : 0;
	return walk_from(fd, fn, dir_fn, arg);
}

int bpffs_walk(const char *dir, bpffs_fn *fn, void *arg)
{
	return bpffs_walk_all(dir, fn, NULL, arg);
}

int bpffs_walk_at(int dir_fd, bpffs_fn *fn, void *arg)
{
	int fd = bpffs_open_at(dir_fd, ".", O_RDONLY | O_DIRECTORY);

	return fd < 0 ? fd : walk_from(fd, fn, NULL, arg);
}

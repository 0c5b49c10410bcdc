/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Cgroups. Their file system is searched at /sys/fs/cgroup, /sys/fs/cgroup/unified,
 * then among all mounts.
 *
 * The kernel opens a cgroup by its id through a file handle, which in kernfs consists
 * only of the inode number.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <mntent.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "host/system.h"
#include "util/buf.h"

/* The kind of handle that is 8 bytes of kernfs node id. */
#define HANDLE_KERNFS 0xfe

static bool is_cgroup2(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC;
}

static int open_cgroup_dir(const char *path)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	return is_cgroup2(fd) ? take_fd(&fd) : -EINVAL;
}

static void close_mounts(FILE **f)
{
	if (*f)
		endmntent(*f);
}

static int search_mounts(char path[PATH_MAX])
{
	_cleanup_(close_mounts) FILE *f = setmntent("/proc/self/mounts", "re");
	struct mntent entry;
	char line[2 * PATH_MAX];

	while (f && getmntent_r(f, &entry, line, sizeof(line)))
		if (!strcmp(entry.mnt_type, "cgroup2")) {
			snprintf(path, PATH_MAX, "%s", entry.mnt_dir);
			return open_cgroup_dir(path);
		}
	return -ENOENT;
}

/* A descriptor of the mount's root, and where it is. */
static int open_mount(char path[PATH_MAX])
{
	static const char *const usual[] = { "/sys/fs/cgroup", "/sys/fs/cgroup/unified" };
	int fd;

	for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++) {
		fd = open_cgroup_dir(usual[i]);
		if (fd >= 0) {
			snprintf(path, PATH_MAX, "%s", usual[i]);
			return fd;
		}
	}
	return search_mounts(path);
}

static int open_by_id(int mount, uint64_t id)
{
	union {
		struct file_handle handle;
		char room[sizeof(struct file_handle) + sizeof(id)];
	} u = { .handle = { .handle_bytes = sizeof(id), .handle_type = HANDLE_KERNFS } };
	int fd;

	memcpy(u.room + sizeof(struct file_handle), &id, sizeof(id));
	fd = open_by_handle_at(mount, &u.handle, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	/* It takes CAP_DAC_READ_SEARCH before Linux 6.11. */
	if (fd < 0 && errno == EPERM)
		fd = helper_open_cgroup(id);
	else if (fd < 0)
		fd = -errno;
	/* EPERM would mean a frozen map, EIO a missing helper. */
	return fd == -EPERM || fd == -EIO ? -EACCES : fd;
}

int cgroup_open(uint64_t id)
{
	char path[PATH_MAX];
	_cleanup_close_ int mount = open_mount(path);

	return mount < 0 ? mount : open_by_id(mount, id);
}

static int id_of(int fd, uint64_t *ret)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	*ret = st.st_ino;
	return 0;
}

int cgroup_id_at(const char *path, uint64_t *ret)
{
	_cleanup_close_ int fd = open_cgroup_dir(path);

	return fd < 0 ? fd : id_of(fd, ret);
}

int cgroup_path(uint64_t id, struct buf *out)
{
	char top[PATH_MAX], link[64], path[PATH_MAX];
	_cleanup_close_ int mount = open_mount(top);
	_cleanup_close_ int fd = mount < 0 ? mount : open_by_id(mount, id);
	size_t n = mount < 0 ? 0 : strlen(top);
	ssize_t len;

	if (fd < 0)
		return fd;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	len = readlink(link, path, sizeof(path) - 1);
	if (len < 0)
		return -errno;
	path[len] = '\0';
	/* removed since, or not below this mount */
	if (strncmp(path, top, n) || (path[n] && path[n] != '/'))
		return -ESTALE;
	buf_puts(out, path[n] ? path + n + 1 : "/");
	return buf_error(out);
}

/* No "..", and no symlinks: there are none in this file system. */
static bool leads_out(const char *path)
{
	for (const char *p = path; *p; p += strcspn(p, "/"), p += *p == '/')
		if (!strncmp(p, "..", 2) && (!p[2] || p[2] == '/'))
			return true;
	return false;
}

int cgroup_find(const char *path, size_t len, uint64_t *ret)
{
	char top[PATH_MAX], below[PATH_MAX];
	_cleanup_close_ int mount = -1, fd = -1;

	if (len >= sizeof(below) - 2 || memchr(path, '\0', len))
		return -ENOENT;
	snprintf(below, sizeof(below), "./%.*s", (int)len, path);
	mount = open_mount(top);
	if (mount < 0 || leads_out(below))
		return -ENOENT;
	fd = openat(mount, below, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || !is_cgroup2(fd))
		return -ENOENT;
	return id_of(fd, ret);
}

/* ---- all cgroups, depth first ---- */

/*
 * Directories that are still to be visited are a stack of paths in a buffer,
 * each ending in NUL.
 */
static void push_path(struct buf *paths, const char *dir, const char *name)
{
	buf_printf(paths, "%s%s%s", dir, *name ? "/" : "", name);
	buf_putc(paths, '\0');
}

static bool pop_path(struct buf *paths, char path[PATH_MAX])
{
	size_t end = paths->len, start = end ? end - 1 : 0;

	while (start && paths->data[start - 1])
		start--;
	if (end)
		snprintf(path, PATH_MAX, "%s", paths->data + start);
	buf_truncate(paths, start);
	return end > 0;
}

/* Return the id of the cgroup at path and push its children. */
static int visit(struct buf *paths, const char *path, uint64_t *ret)
{
	_cleanup_close_ int fd = open_cgroup_dir(path);
	_cleanup_closedir_ DIR *dir = NULL;
	struct dirent *e;
	int r;

	if (fd < 0)
		return fd;
	r = id_of(fd, ret);
	dir = fdopendir(fd);
	if (r < 0 || !dir)
		return r < 0 ? r : -errno;
	take_fd(&fd);
	while ((e = readdir(dir)))
		if (e->d_type == DT_DIR && strcmp(e->d_name, ".") && strcmp(e->d_name, ".."))
			push_path(paths, path, e->d_name);
	return 0;
}

int cgroup_each(host_cgroup_fn *fn, void *arg)
{
	_cleanup_buf_ struct buf paths = BUF_INIT;
	char path[PATH_MAX];
	_cleanup_close_ int mount = open_mount(path);
	uint64_t id = 0;
	int r = 0;

	if (mount < 0)
		return mount == -ENOENT ? 0 : mount;
	push_path(&paths, path, "");
	while (r == 0 && pop_path(&paths, path)) {
		/* A cgroup that has just been removed is no error. */
		if (visit(&paths, path, &id) == 0)
			r = fn(arg, id);
	}
	return r ?: buf_error(&paths);
}

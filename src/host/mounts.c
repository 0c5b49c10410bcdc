/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Mounts of this program, from the kernel's list of mounts; no file system is accessed.
 * A line of mountinfo, with \040 for a space:
 *
 *	36 35 0:52 / /mnt/maps rw,nosuid shared:1 - fuse.bpfmapfs kernel rw
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/stat.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

#include "host/mounts.h"
#include "host/system.h"

/* Called for the mounts of this program. True ends the search. */
typedef bool mount_fn(void *arg, const char *line);

static bool any_mount(mount_fn *fn, void *arg)
{
	FILE *f = fopen("/proc/self/mountinfo", "re");
	_cleanup_free_ char *line = NULL;
	bool found = false;
	size_t size = 0;

	while (f && !found && getline(&line, &size, f) > 0)
		found = strstr(line, " - fuse.bpfmapfs ") && fn(arg, line);
	if (f)
		fclose(f);
	return found;
}

/* The mount point of a line; free() it. */
static char *point_of(const char *line)
{
	char *root, *p;

	if (sscanf(line, "%*u %*u %*s %*s %ms", &root) != 1)
		return NULL;
	for (char *from = p = root; *from; p++) {
		unsigned octal;
		bool escaped = sscanf(from, "\\%3o", &octal) == 1;

		*p = escaped ? (char)octal : *from;
		from += escaped ? 4 : 1;
	}
	*p = '\0';
	return root;
}

static bool is_below(void *path, const char *line)
{
	_cleanup_free_ char *root = point_of(line);
	size_t len = root ? strlen(root) : 0;
	const char *p = path;

	return root && !strncmp(p, root, len) && (!p[len] || p[len] == '/');
}

bool mounts_is_in_tree(const char *path)
{
	return any_mount(is_below, (char *)(uintptr_t)path);
}

/* ---- by device ---- */

static bool has_device(const char *line, dev_t device)
{
	unsigned major, minor;

	return sscanf(line, "%*u %*u %u:%u", &major, &minor) == 2 &&
	       makedev(major, minor) == device;
}

static bool is_device(void *arg, const char *line)
{
	return has_device(line, *(dev_t *)arg);
}

/* Not libc's statx(), which older ones lack. Attributes that the kernel has already
 * will do: the device is among them, and nothing is asked of the file system. */
static int device_at(int dir, const char *path, int flags, dev_t *ret)
{
	struct statx stx;

	if (syscall(SYS_statx, dir, path, flags | AT_STATX_DONT_SYNC, 0, &stx) < 0)
		return -errno;
	*ret = makedev(stx.stx_dev_major, stx.stx_dev_minor);
	return 0;
}

int mounts_has_file(int fd)
{
	dev_t device;
	int r = device_at(fd, "", AT_EMPTY_PATH, &device);

	return r < 0 ? r : any_mount(is_device, &device);
}

int mounts_device(const char *path, dev_t *ret)
{
	return device_at(AT_FDCWD, path, AT_NO_AUTOMOUNT, ret);
}

/* The last field: the options of the file system, "ro" or "rw" in front. */
static bool is_read_only(void *arg, const char *line)
{
	const char *options = strrchr(line, ' ');

	return has_device(line, *(dev_t *)arg) && options && !strncmp(options, " ro", 3);
}

bool mounts_is_read_only(dev_t device)
{
	return any_mount(is_read_only, &device);
}

/* ---- by path ---- */

struct flags_search {
	const char *path;
	char *flags; /* of the last mount there, which is on top */
};

static bool note_flags(void *arg, const char *line)
{
	struct flags_search *s = arg;
	_cleanup_free_ char *root = point_of(line);
	char *flags;

	if (!root || strcmp(root, s->path) ||
	    sscanf(line, "%*u %*u %*s %*s %*s %ms", &flags) != 1)
		return false;
	free(s->flags);
	s->flags = flags;
	return false;
}

int mounts_flags(const char *path, char **ret)
{
	struct flags_search s = { path, NULL };

	any_mount(note_flags, &s);
	if (!s.flags)
		return -ENOENT;
	*ret = s.flags;
	return 0;
}

/* FUSE ends its connection for MNT_FORCE, as it does for /sys/fs/fuse/connections. */
int mounts_abort(const char *path)
{
	_cleanup_free_ char *flags = NULL;
	int r = mounts_flags(path, &flags);

	return r < 0 || umount2(path, MNT_FORCE | MNT_DETACH) == 0 ? r : -errno;
}

/* ---- namespaces ---- */

/* The kernel refuses a thread that shares its current directory with another one, and
 * pthread_join() may return a moment before the other has given up its share. */
int mounts_enter(const char *file, int *ret_old)
{
	_cleanup_close_ int new = open(file, O_RDONLY | O_CLOEXEC);
	_cleanup_close_ int old = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);

	if (new < 0 || old < 0 || unshare(CLONE_FS) < 0 || setns(new, CLONE_NEWNS) < 0)
		return -errno;
	*ret_old = take_fd(&old);
	return 0;
}

int mounts_return(int old)
{
	int r = setns(old, CLONE_NEWNS) < 0 || chdir("/") < 0 ? -errno : 0;

	close(old);
	return r;
}

int mounts_set_flags(const char *path, unsigned long flags)
{
	return mount(NULL, path, NULL, MS_REMOUNT | flags, NULL) < 0 ? -errno : 0;
}

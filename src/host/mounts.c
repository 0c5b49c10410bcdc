/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Mounts of this program, by the kernel's list of mounts: nothing here is a
 * request to a file system. A line of mountinfo, which has \040 for a space:
 *
 *	36 35 0:52 / /mnt/maps rw,nosuid shared:1 - fuse.bpfmapfs kernel rw
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/stat.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

#include "host/system.h"

/* Of the mounts of this program. True ends the search. */
typedef bool mount_fn(const void *arg, const char *line);

static bool any_mount(mount_fn *fn, const void *arg)
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

static bool is_below(const void *path, const char *line)
{
	_cleanup_free_ char *root = point_of(line);
	size_t len = root ? strlen(root) : 0;
	const char *p = path;

	return root && !strncmp(p, root, len) && (!p[len] || p[len] == '/');
}

bool mounts_is_in_tree(const char *path)
{
	return any_mount(is_below, path);
}

struct device {
	unsigned major, minor;
};

static bool is_device(const void *arg, const char *line)
{
	const struct device *want = arg;
	struct device d;

	return sscanf(line, "%*u %*u %u:%u", &d.major, &d.minor) == 2 &&
	       d.major == want->major && d.minor == want->minor;
}

int mounts_has_file(int fd)
{
	struct statx stx;

	/* Not libc's, which older ones lack. Attributes that the kernel has already
	 * will do: the device is among them, and nothing is asked of the file system. */
	if (syscall(SYS_statx, fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, 0, &stx) < 0)
		return -errno;
	return any_mount(is_device, &(struct device){ stx.stx_dev_major, stx.stx_dev_minor });
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/buf.h"
#include "util/cleanup.h"

#define CHUNK 65536

static int check_private(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL;
	/* With an ACL the group's bits are its mask: the most that it can permit. */
	if ((st.st_uid && st.st_uid != geteuid()) || st.st_mode & 022)
		return -EPERM;
	return 0;
}

static int read_all(int fd, size_t max, struct buf *out)
{
	size_t begin = out->len;
	ssize_t n;

	do {
		if (!buf_reserve(out, CHUNK))
			return -ENOMEM;
		n = read(fd, out->data + out->len, CHUNK);
		if (n > 0)
			out->len += (size_t)n;
		else if (n < 0 && errno != EINTR)
			return -errno;
		if (out->len - begin > max)
			return -EFBIG;
	} while (n);
	return 0;
}

int host_read_private(const char *path, size_t max, struct buf *out)
{
	/* Opening a pipe must not wait for a writer. */
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	int r;

	if (fd < 0)
		return -errno;
	r = check_private(fd);
	return r < 0 ? r : read_all(fd, max, out);
}

bool host_can_read(const char *path)
{
	return access(path, R_OK) == 0;
}

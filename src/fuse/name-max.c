/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A thread looks up a name of 4,095 bytes in the mount: ENOENT means that the kernel
 * accepts names of that length.
 */
#include "fuse/name-max.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "fuse/fs.h"
#include "tree/tree.h"
#include "util/cleanup.h"
#include "util/thread.h"

#define LONG_NAME 4095 /* PATH_MAX without the NUL */

static void *run(void *arg)
{
	const struct name_max_probe *p = arg;
	char name[LONG_NAME + 1];
	_cleanup_close_ int fd = open(p->mountpoint, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct stat st;

	memset(name, 'x', LONG_NAME);
	name[LONG_NAME] = '\0';
	if (fd >= 0 && fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT)
		tree_set_name_max(p->fs->tree, LONG_NAME);
	return NULL;
}

void name_max_probe_begin(struct name_max_probe *p, struct fs *fs, const char *mountpoint)
{
	*p = (struct name_max_probe){ .fs = fs, .mountpoint = mountpoint };
	p->running = thread_start(&p->thread, run, p);
}

void name_max_probe_end(struct name_max_probe *p)
{
	if (p->running)
		pthread_join(p->thread, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How long names may be. Linux accepts 1,024 bytes through FUSE, newer kernels 4,095,
 * and no interface reports the limit. A single name that is too long makes a whole
 * listing fail, so the kernel is probed before longer names are listed.
 */
#ifndef BPFMAPFS_FUSE_NAME_MAX_H
#define BPFMAPFS_FUSE_NAME_MAX_H

#include <pthread.h>
#include <stdbool.h>

struct fs;

struct name_max_probe {
	struct fs *fs;
	const char *mountpoint;
	pthread_t thread;
	bool running;
};

/*
 * Look up a long name in the mount, in a separate thread: a kernel that refuses the
 * name does so without a request to this daemon. Begin the probe when the mount exists
 * and is about to be served; end it when it is no longer served, which also ends a
 * lookup that got no answer. Without an answer the limit stays 1,024 bytes. *p and
 * mountpoint are borrowed.
 */
void name_max_probe_begin(struct name_max_probe *p, struct fs *fs, const char *mountpoint);
void name_max_probe_end(struct name_max_probe *p);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How long names may be: Linux takes 1,024 bytes through FUSE, newer kernels 4,095,
 * and say so nowhere. One name too long fails a whole listing, so the kernel is
 * asked before longer names are listed.
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
 * Look up a long name in the mount, from a thread of its own: a kernel that refuses
 * it does so without asking this daemon. Call when the mount is there and is about
 * to be served; end it when it is no longer, which ends a lookup that got no answer.
 * Without an answer names stay at 1,024 bytes. *p and mountpoint are borrowed.
 */
void name_max_probe_begin(struct name_max_probe *p, struct fs *fs, const char *mountpoint);
void name_max_probe_end(struct name_max_probe *p);

#endif

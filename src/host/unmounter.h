/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The unmounter: a process that keeps the privilege to unmount, so that the daemon does
 * not need it. It waits for one byte and does nothing else:
 *
 *	daemon ────── 'u' ──────> unmounter ── umount2(2), or fusermount3(1)
 *	   └─ ends without ─────> ends, too
 *
 * A daemon that is killed leaves its mount, as every FUSE daemon does.
 */
#ifndef BPFMAPFS_HOST_UNMOUNTER_H
#define BPFMAPFS_HOST_UNMOUNTER_H

#include <stdbool.h>

/* Start it, for the mount at this absolute path; before other threads exist. -EAGAIN,
 * -EMFILE, -ENOMEM. */
int unmounter_start(const char *mountpoint);

/* End it; unmount: first unmount lazily, if the mount still exists. The caller must
 * know that it does: another mount that has taken its place may have the same device
 * number. Without unmounter_start() nothing happens. */
void unmounter_stop(bool unmount);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads of streams that found nothing. Such a read is not answered and costs no
 * thread: its request is parked until the tree says that the file may have something.
 *
 *	fs_read ── -EAGAIN ──> parked ── tree_set_wake() ──> read again ──> reply
 *	                          │                              │
 *	                          │ <──────── -EAGAIN ───────────┘
 *	                          ├── FUSE_INTERRUPT ──> -EINTR
 *	                          └── end of the session ──> -ENODEV
 *
 * At the end the error says that the file system is gone, not the map, and that the
 * daemon has not crashed: the kernel's answer for that is ENOTCONN.
 *
 * One thread, started with the first parked request, reads again and answers. It
 * also notifies those who poll(2), and whose handle of libfuse is kept here.
 *
 * Over io_uring a parked request occupies one of the few places of a queue, and
 * libfuse learns of no interrupt. So few are parked then, and each is answered with
 * -EINTR after a second, which makes reading tools try again.
 *
 * All functions lock. They may be called with locks of the tree held, because the
 * park calls the tree without its own.
 */
#ifndef BPFMAPFS_FUSE_PARK_H
#define BPFMAPFS_FUSE_PARK_H

#include <fuse_lowlevel.h>
#include <stdbool.h>

struct fuse_session;
struct park;
struct tree_file;

/* Parked requests of one user (but root), and of all; of all over io_uring. */
#define PARK_EACH 1024
#define PARK_ALL 4096
#define PARK_RING 4

/* io_uring: the session, if its requests come that way, or NULL. Returns NULL if there is
 * no memory. */
struct park *park_new(struct fuse_session *io_uring);
/* Answer all that is parked (over io_uring the kernel does), and end the thread; nothing can be parked after that.
 * While the session still exists, and no request is being served. */
void park_free(struct park *p);

/* A read of f, of `size` bytes, for which nothing was there; f had been woken `wakes`
 * times before (tree_file_wakes()). 0: it was parked or answered. -EAGAIN: too many
 * are parked; -ENOMEM; the caller answers then. */
int park_read(struct park *p, fuse_req_t req, struct tree_file *f, size_t size,
	      unsigned wakes);

/* Takes over a poll handle: notify it when f has been woken once more. */
void park_poll(struct park *p, struct tree_file *f, struct fuse_pollhandle *ph,
	       unsigned wakes);

/* f is closed: no request waits for it any more. */
void park_forget(struct park *p, struct tree_file *f);

/* Some file has been woken. */
void park_wake(struct park *p);

#endif

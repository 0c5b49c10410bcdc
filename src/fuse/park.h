/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads of streams that found nothing. Such a read gets no reply yet and occupies no
 * thread: its request is parked until the tree reports that the file may have data.
 *
 *	fs_read ── -EAGAIN ──> parked ── tree_set_wake() ──> read again ──> reply
 *	                          │                              │
 *	                          │ <──────── -EAGAIN ───────────┘
 *	                          ├── FUSE_INTERRUPT ──> -EINTR
 *	                          └── end of the session ──> -ENODEV
 *
 * The error at the end of the session says that the file system is gone, and not the
 * map; after a crash of the daemon, the kernel's error would be ENOTCONN.
 *
 * One thread, started with the first parked request, reads again and answers. It also
 * notifies callers of poll(2), whose poll handles (libfuse) are kept here.
 *
 * Over io_uring a parked request occupies one of the few slots of a queue, and libfuse
 * gets no interrupts. Therefore only a few requests are parked, and each is answered
 * with -EINTR after a second, which makes reading tools try again.
 *
 * All functions lock. They may be called with locks of the tree held, because the park
 * does not hold its own lock when it calls the tree.
 */
#ifndef BPFMAPFS_FUSE_PARK_H
#define BPFMAPFS_FUSE_PARK_H

#include <fuse_lowlevel.h>
#include <stdbool.h>

struct fuse_session;
struct park;
struct tree_file;

/* Limits of parked requests: of one user other than root; of all users; of all users
 * over io_uring. */
#define PARK_EACH 1024
#define PARK_ALL 4096
#define PARK_RING 4

/* io_uring: the session, if its requests come that way, or NULL. Returns NULL if there is
 * no memory. */
struct park *park_new(struct fuse_session *io_uring);
/* Answer all parked requests (over io_uring the kernel does), and end the thread;
 * nothing can be parked after that. Call it while the session still exists and no
 * request is being served. */
void park_free(struct park *p);

/* Park a read of `size` bytes from f that found no data; before that read, f had been
 * woken `wakes` times (tree_file_wakes()). 0: it was parked or answered. -EAGAIN (too
 * many are parked), -ENOMEM: the caller must answer. */
int park_read(struct park *p, fuse_req_t req, struct tree_file *f, size_t size,
	      unsigned wakes);

/* Take over a poll handle, and notify it when f is woken again. */
void park_poll(struct park *p, struct tree_file *f, struct fuse_pollhandle *ph,
	       unsigned wakes);

/* f is closed, and no request waits for it any more: forget its poll handles. */
void park_forget(struct park *p, struct tree_file *f);

/* Some file has been woken. */
void park_wake(struct park *p);

#endif

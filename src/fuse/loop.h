/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Threads that receive requests and process them.
 *
 * fuse_session_loop_mt() ends when it has no memory for one more buffer, and
 * drops the requests that its other threads received meanwhile: their callers
 * wait forever, and every map in memory is lost. This loop waits for memory.
 */
#ifndef BPFMAPFS_FUSE_LOOP_H
#define BPFMAPFS_FUSE_LOOP_H

struct fuse_session;

/*
 * Serve until the file system is unmounted or fuse_session_exit() was called,
 * as the signal handlers of libfuse do. A thread is added when none waits for a
 * request, up to max_threads; a thread ends when more than max_idle wait.
 *
 * The caller is the only thread that gets signals. Returns 0; -ECONNABORTED,
 * -EIO, ...: the connection failed; -EAGAIN, -EMFILE, -ENOMEM: not started.
 */
int fs_loop(struct fuse_session *session, unsigned max_idle, unsigned max_threads);

#endif

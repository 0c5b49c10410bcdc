/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The request on whose behalf work is done: the caller, and whether it still waits.
 *
 * src/fuse opens one in every handler and passes it down to everything that
 * acts with the daemon's own rights (descriptors of processes, paths), that can
 * take long, or that counts against a user's limits. It is valid until the
 * handler returns: objects that outlive the handler (an open file, a thread) copy
 * what they need.
 *
 * NULL is a request without a caller: it has no rights and is never interrupted.
 * RELEASE and helper threads use it.
 */
#ifndef BPFMAPFS_UTIL_REQUEST_H
#define BPFMAPFS_UTIL_REQUEST_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct request {
	uid_t uid; /* (uid_t)-1: unknown, no rights */
	gid_t gid;
	pid_t tid; /* the calling thread; 0: it is of another PID namespace */
	/* The open file belongs to a user who is not root, so the request has no
	 * root rights either: a setuid program may have inherited the file. */
	bool restricted;
	/* The caller no longer waits (a signal). NULL: never. Any thread. */
	bool (*interrupted)(void *arg);
	/* As getgroups(2) for the caller: their number, at most n of them stored;
	 * or a negative errno. NULL: not known. */
	int (*groups)(void *arg, gid_t *list, int n);
	void *arg; /* of the two functions */
};

bool request_interrupted(const struct request *rq);

/* uid 0, and not restricted. */
bool request_is_root(const struct request *rq);

/* The caller's group, or one of their supplementary groups. rq is not NULL. */
bool request_in_group(const struct request *rq, gid_t gid);

/* Linux's rule for permission bits: 1 search, 2 write, 4 read. uid, gid and mode are
 * those of the file; root may do everything. Groups are looked up only if they matter. */
bool request_may(const struct request *rq, uid_t uid, gid_t gid, mode_t mode, mode_t bits);

#endif

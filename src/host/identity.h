/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Act on file systems as another user: this thread gets the user, group and
 * supplementary groups for a scope, and the kernel uses these to check permissions and
 * to set owners. Other threads keep their own; capabilities that are not about files
 * remain.
 *
 *	_cleanup_identity_ struct identity old = IDENTITY_INIT;
 *	r = identity_assume(uid, gid, groups, n, &old);
 */
#ifndef BPFMAPFS_HOST_IDENTITY_H
#define BPFMAPFS_HOST_IDENTITY_H

#include <sys/types.h>

#include "util/cleanup.h"

struct identity {
	gid_t *groups; /* this thread's own, NULL: nothing to restore */
	int n_groups;
};

#define IDENTITY_INIT { NULL, 0 }

/* -EACCES: uid is (uid_t)-1, or this process may not act as others; -ENOMEM. The
 * thread is unchanged then. */
int identity_assume(uid_t uid, gid_t gid, const gid_t *groups, int n_groups,
		    struct identity *old);
void identity_resume(struct identity *old);
#define _cleanup_identity_ _cleanup_(identity_resume)

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owner, group and permission bits of a directory, each of which may be unset: changes
 * by chmod(2) and chown(2) override the mount's options.
 */
#ifndef BPFMAPFS_LIVE_OWNER_H
#define BPFMAPFS_LIVE_OWNER_H

#include <sys/stat.h>
#include <sys/types.h>

#include "util/attributes.h"
#include "util/request.h"

enum owner_set {
	OWNER_MODE = 1,
	OWNER_UID = 2,
	OWNER_GID = 4,
	OWNER_ALL = 7
};

struct owner {
	unsigned set; /* enum owner_set: which of the rest are set */
	mode_t mode;  /* 07777 */
	uid_t uid;
	gid_t gid;
};

/* The members of st that `set` selects. */
struct owner owner_from_stat(const struct stat *st, unsigned set);

/* Let `by` replace what it has set. */
void owner_overlay(struct owner *o, const struct owner *by);

/*
 * Linux's rules for chmod(2) and chown(2) of a directory whose attributes are `now`
 * (all set): its owner may change the mode, and choose one of their own groups; root
 * may do everything. *own gets the members of st that `set` (enum owner_set) selects.
 * 0; or -EPERM, and *own is unchanged. The kernel has checked the same with the
 * attributes that it caches.
 */
int owner_change(struct owner *own, const struct owner *now, const struct request *rq,
		 const struct stat *st, unsigned set) _must_check_;

#endif

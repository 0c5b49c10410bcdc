/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Information about a caller: rights by Linux's rules, and whether it was interrupted.
 */
#include "util/request.h"

bool request_interrupted(const struct request *rq)
{
	return rq && rq->interrupted && rq->interrupted(rq->arg);
}

bool request_is_root(const struct request *rq)
{
	return rq && rq->uid == 0 && !rq->restricted;
}

#define GROUPS_MAX 256

/* A user in more groups than these is not found in the others. */
bool request_in_group(const struct request *rq, gid_t gid)
{
	gid_t groups[GROUPS_MAX];
	int n;

	if (rq->gid == gid)
		return true;
	n = rq->groups ? rq->groups(rq->arg, groups, GROUPS_MAX) : 0;
	for (int i = 0; i < n && i < GROUPS_MAX; i++)
		if (groups[i] == gid)
			return true;
	return false;
}

bool request_may(const struct request *rq, uid_t uid, gid_t gid, mode_t mode, mode_t bits)
{
	/* Restricted root, on another user's open file, has only the rights of others. */
	bool known = rq && rq->uid != (uid_t)-1 && !(rq->uid == 0 && rq->restricted);

	if (request_is_root(rq))
		return true;
	if (known && rq->uid == uid)
		mode >>= 6;
	else if (known && (mode >> 3 & 7) != (mode & 7) && request_in_group(rq, gid))
		mode >>= 3;
	return (mode & bits) == bits;
}

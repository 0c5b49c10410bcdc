/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live/owner.h"

#include <errno.h>

struct owner owner_from_stat(const struct stat *st, unsigned set)
{
	return (struct owner){
		.set = set & OWNER_ALL,
		.mode = st->st_mode & 07777,
		.uid = st->st_uid,
		.gid = st->st_gid,
	};
}

void owner_overlay(struct owner *o, const struct owner *by)
{
	if (by->set & OWNER_MODE)
		o->mode = by->mode;
	if (by->set & OWNER_UID)
		o->uid = by->uid;
	if (by->set & OWNER_GID)
		o->gid = by->gid;
	o->set |= by->set;
}

static bool may_change(const struct owner *now, const struct request *rq,
		       const struct stat *st, unsigned set)
{
	if (request_is_root(rq))
		return true;
	if (!rq || rq->restricted || rq->uid != now->uid)
		return false;
	if (set & OWNER_UID && st->st_uid != now->uid)
		return false;
	return !(set & OWNER_GID) || st->st_gid == now->gid ||
	       request_in_group(rq, st->st_gid);
}

int owner_change(struct owner *own, const struct owner *now, const struct request *rq,
		 const struct stat *st, unsigned set)
{
	const struct owner by = owner_from_stat(st, set);

	if (!may_change(now, rq, st, set))
		return -EPERM;
	owner_overlay(own, &by);
	return 0;
}

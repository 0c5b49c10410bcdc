/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The system calls act on the calling thread. libc's setgroups() would change
 * all threads, so it is called directly; setfsuid(3) and setfsgid(3) return no
 * error, so the result is asked for.
 */
#include "host/identity.h"

#include <errno.h>
#include <sys/fsuid.h>
#include <sys/syscall.h>

static int set_groups(int n, const gid_t *groups)
{
	return syscall(SYS_setgroups, n, groups) < 0 ? -errno : 0;
}

static uid_t fs_user(void)
{
	return (uid_t)setfsuid((uid_t)-1);
}

static gid_t fs_group(void)
{
	return (gid_t)setfsgid((gid_t)-1);
}

static int save(struct identity *old)
{
	int n = getgroups(0, NULL);

	if (n < 0)
		return -errno;
	old->groups = calloc((size_t)n + 1, sizeof(gid_t));
	if (!old->groups)
		return -ENOMEM;
	old->n_groups = getgroups(n, old->groups);
	return 0;
}

int identity_assume(uid_t uid, gid_t gid, const gid_t *groups, int n_groups,
		    struct identity *old)
{
	int r;

	if (uid == (uid_t)-1 || gid == (gid_t)-1)
		return -EACCES;
	if (uid == geteuid() && gid == getegid() && uid != 0)
		return 0; /* the daemon's own user: nothing to drop */
	r = save(old);
	if (r < 0)
		return r;
	/* Groups first: without the user's capabilities they cannot be set. */
	r = set_groups(n_groups, groups);
	if (r == 0) {
		setfsgid(gid);
		setfsuid(uid);
	}
	if (r == 0 && fs_user() == uid && fs_group() == gid)
		return 0;
	identity_resume(old);
	return -EACCES;
}

void identity_resume(struct identity *old)
{
	if (!old->groups)
		return;
	setfsuid(geteuid());
	setfsgid(getegid());
	set_groups(old->n_groups, old->groups);
	free(old->groups);
	old->groups = NULL;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Users and groups through getpwnam_r(3) and getgrnam_r(3).
 */
#include "host/accounts.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "util/cleanup.h"

/* A group with this much text has some 100,000 members. */
#define TEXT_MAX (1u << 20)

/* Look a name up with a buffer of this size. 0; -ERANGE: it is too small; -ENOENT. */
typedef int lookup_fn(const char *name, char *text, size_t size, uint32_t *ret);

/* Name services return some of these for a name that they do not know, see
 * getpwnam(3). */
static int lookup_error(int error)
{
	static const int unknown[] = { 0, ENOENT, ESRCH, EBADF, EPERM };

	for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++)
		if (error == unknown[i])
			return -ENOENT;
	return -error;
}

static int lookup_user(const char *name, char *text, size_t size, uint32_t *ret)
{
	struct passwd entry, *found = NULL;
	int error = getpwnam_r(name, &entry, text, size, &found);

	if (!found)
		return lookup_error(error);
	*ret = found->pw_uid;
	return 0;
}

static int lookup_group(const char *name, char *text, size_t size, uint32_t *ret)
{
	struct group entry, *found = NULL;
	int error = getgrnam_r(name, &entry, text, size, &found);

	if (!found)
		return lookup_error(error);
	*ret = found->gr_gid;
	return 0;
}

static int lookup(lookup_fn *fn, const char *name, uint32_t *ret)
{
	int r = -ERANGE;

	for (size_t size = 1024; r == -ERANGE && size <= TEXT_MAX; size *= 4) {
		_cleanup_free_ char *text = malloc(size);

		r = text ? fn(name, text, size, ret) : -ENOMEM;
	}
	return r == -ERANGE ? -EIO : r;
}

/* The highest number stands for "no id" in every call that takes one. */
static int number(const char *text, uint32_t *ret)
{
	unsigned long long n;

	errno = 0;
	n = strtoull(text, NULL, 10);
	if (errno || n >= UINT32_MAX)
		return -ERANGE;
	*ret = (uint32_t)n;
	return 0;
}

static int id_of(lookup_fn *fn, const char *text, uint32_t *ret)
{
	if (*text && !text[strspn(text, "0123456789")])
		return number(text, ret);
	return *text ? lookup(fn, text, ret) : -ENOENT;
}

int host_user_id(const char *text, uid_t *ret)
{
	return id_of(lookup_user, text, ret);
}

int host_group_id(const char *text, gid_t *ret)
{
	return id_of(lookup_group, text, ret);
}

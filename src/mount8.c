/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For -o remount, mount(8) executes the helper again, with the present flags of the
 * mount and the requested ones. The kernel stores the flags, and the running daemon
 * reads them where the kernel cannot decide (host/mounts.h), so it needs no message.
 */
#include "mount8.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>

#include "host/mounts.h"
#include "util/cleanup.h"

/* ---- arguments ---- */

/* Letters without an argument; -s is "sloppy", and unknown options are refused
 * nevertheless. */
static bool is_letters(const char *arg)
{
	return arg[0] == '-' && arg[1] && !arg[1 + strspn(arg + 1, "nsvf")];
}

int mount8_arguments(int *argc, char **argv, bool *ret_fake)
{
	const char *slash = strrchr(argv[0], '/');
	int n = 1;

	*ret_fake = false;
	if (strncmp(slash ? slash + 1 : argv[0], "mount.", 6))
		return 0;
	for (int i = 1; i < *argc; i++) {
		if (!strcmp(argv[i], "-N")) {
			fprintf(stderr, "bpfmapfs: -N is not supported: use nsenter(1)\n");
			return -EINVAL;
		}
		if (is_letters(argv[i]))
			*ret_fake |= strchr(argv[i], 'f') != NULL;
		else if (!strcmp(argv[i], "-t"))
			i++;
		else
			argv[n++] = argv[i];
	}
	argv[n] = NULL;
	*argc = n;
	return 0;
}

/* ---- options ---- */

bool mount8_ignores(const char *option)
{
	static const char *const words[] = {
		"defaults", "auto",   "noauto", "user",	 "nouser", "users", "owner",
		"group",    "nofail", "fail",	"_netdev",
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcmp(option, words[i]))
			return true;
	return !strncmp(option, "x-", 2) || !strncmp(option, "X-", 2) ||
	       !strncmp(option, "comment=", 8);
}

static const struct flag {
	const char *word;
	unsigned long set, clear;
} flags[] = {
	{ "ro", MS_RDONLY, 0 },	       { "rw", 0, MS_RDONLY },
	{ "nosuid", MS_NOSUID, 0 },    { "suid", 0, MS_NOSUID },
	{ "nodev", MS_NODEV, 0 },      { "dev", 0, MS_NODEV },
	{ "noexec", MS_NOEXEC, 0 },    { "exec", 0, MS_NOEXEC },
	{ "noatime", MS_NOATIME, 0 },  { "atime", 0, MS_NOATIME },
	{ "relatime", MS_RELATIME, 0 },
	{ "nodiratime", MS_NODIRATIME, 0 },
	{ "diratime", 0, MS_NODIRATIME },
	{ "sync", MS_SYNCHRONOUS, 0 }, { "async", 0, MS_SYNCHRONOUS },
	{ "dirsync", MS_DIRSYNC, 0 },
};

bool mount8_flag(const char *option, struct mount_flags *f)
{
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		if (strcmp(option, flags[i].word))
			continue;
		f->set = (f->set & ~flags[i].clear) | flags[i].set;
		f->clear = (f->clear & ~flags[i].set) | flags[i].clear;
		return true;
	}
	return false;
}

/* ---- remount ---- */

static int complain(const char *mountpoint, const char *what, int error)
{
	fprintf(stderr, "bpfmapfs: %s: %s\n", mountpoint, what);
	return error;
}

/* The flags that the mount has, as a list of words, which is cut up. */
static unsigned long parse_flags(char *words)
{
	struct mount_flags f = { 0 };
	char *rest;

	for (char *w = strtok_r(words, ",", &rest); w; w = strtok_r(NULL, ",", &rest))
		mount8_flag(w, &f);
	return f.set;
}

/* A daemon that was started with -o ro has given up what it would need to write. */
static int check_daemon(const char *mountpoint)
{
	_cleanup_free_ char *path = NULL;
	_cleanup_close_ int fd = -1;
	char answer;

	if (asprintf(&path, "%s/.map/read_only", mountpoint) < 0)
		return complain(mountpoint, strerror(ENOMEM), -ENOMEM);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, &answer, 1) != 1)
		return complain(path, strerror(errno), -EIO);
	return answer == '0' ? 0
			     : complain(mountpoint,
					"it was mounted with -o ro, which cannot be "
					"changed: unmount it and mount it again",
					-EROFS);
}

int mount8_remount(const char *mountpoint, const struct mount_flags *f)
{
	_cleanup_free_ char *words = NULL;
	unsigned long old, new;
	int r = mounts_flags(mountpoint, &words);

	if (r < 0)
		return complain(mountpoint, "no bpfmapfs is mounted there", -EIO);
	old = parse_flags(words);
	new = (old | f->set) & ~f->clear;
	if (!(new & MS_RDONLY))
		r = check_daemon(mountpoint);
	if (r < 0)
		return r;
	r = mounts_set_flags(mountpoint, new);
	return r < 0 ? complain(mountpoint, strerror(-r), -EIO) : 0;
}

int mount8_abort(const char *mountpoint, const char *namespace)
{
	_cleanup_close_ int old = -1;
	int r = namespace ? mounts_enter(namespace, &old) : 0;

	if (r < 0)
		return complain(namespace, strerror(-r), -EIO);
	r = mounts_abort(mountpoint);
	return r < 0 ? complain(mountpoint, strerror(-r), -EIO) : 0;
}

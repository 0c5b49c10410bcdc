/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/privilege.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "util/cleanup.h"
#include "util/log.h"

#ifdef HAVE_LIBCAP_NG
#include <cap-ng.h>

static const struct kept {
	unsigned capability;
	unsigned needs; /* all of these */
} kept[] = {
	/* the kernel gives ids to nobody else */
	{ CAP_SYS_ADMIN, PRIVILEGE_IDS },
	/* descriptors of processes, of other users' too */
	{ CAP_SYS_PTRACE, PRIVILEGE_TAKE },
	{ CAP_DAC_READ_SEARCH, PRIVILEGE_TAKE },
	/* act with the caller's user and groups, also with those of root */
	{ CAP_SETUID, PRIVILEGE_AS_CALLER },
	{ CAP_SETGID, PRIVILEGE_AS_CALLER },
	{ CAP_CHOWN, PRIVILEGE_AS_CALLER },
	{ CAP_FOWNER, PRIVILEGE_AS_CALLER },
	{ CAP_DAC_OVERRIDE, PRIVILEGE_AS_CALLER },
	/* directories of other users in the BPF file system */
	{ CAP_DAC_READ_SEARCH, PRIVILEGE_ALL_PINS },
	{ CAP_SYS_ADMIN, PRIVILEGE_UNMOUNT },
	/* CAP_SYS_ADMIN does not stand for it there */
	{ CAP_NET_ADMIN, PRIVILEGE_NET },
};

bool privilege_is_needed(unsigned capability, int (*attempt)(void *arg), void *arg)
{
	int r;

	if (capng_get_caps_process() < 0 ||
	    !capng_have_capability(CAPNG_EFFECTIVE, capability) ||
	    capng_update(CAPNG_DROP, CAPNG_EFFECTIVE, capability) < 0 ||
	    capng_apply(CAPNG_SELECT_CAPS) < 0)
		return false;
	r = attempt(arg);
	if (capng_update(CAPNG_ADD, CAPNG_EFFECTIVE, capability) < 0 ||
	    capng_apply(CAPNG_SELECT_CAPS) < 0)
		log_debug("cannot regain capability %u", capability);
	return r == -EPERM;
}

static int drop_capabilities(unsigned needs)
{
	bool bounds, have[CAP_LAST_CAP + 1] = { 0 };

	if (capng_get_caps_process() < 0)
		return -EIO;
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		have[kept[i].capability] |=
			(needs & kept[i].needs) == kept[i].needs &&
			capng_have_capability(CAPNG_PERMITTED, kept[i].capability);
	if (needs & PRIVILEGE_AS_CALLER && geteuid() == 0 &&
	    !(have[CAP_SETUID] && have[CAP_SETGID]))
		log_warning("-o pins=rw: without CAP_SETUID and CAP_SETGID the daemon "
			    "cannot act for callers, and pins cannot be changed");
	/* Only CAP_SETPCAP may empty the bounding set. */
	bounds = capng_have_capability(CAPNG_EFFECTIVE, CAP_SETPCAP);
	capng_clear(CAPNG_SELECT_ALL);
	for (unsigned c = 0; c <= CAP_LAST_CAP; c++)
		if (have[c])
			capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, c);
	return capng_apply(bounds ? CAPNG_SELECT_ALL : CAPNG_SELECT_CAPS) < 0 ? -EPERM : 0;
}
#else
bool privilege_is_needed(unsigned capability, int (*attempt)(void *arg), void *arg)
{
	return false;
}

static int drop_capabilities(unsigned needs)
{
	return 0;
}
#endif

/*
 * No core dump with the content of maps, and no debugger of the same user. What is in
 * /proc/self belongs to root then: before Linux 5.14 an ordinary user's daemon could not
 * read its own fdinfo any more, which it has to.
 */
static int forbid_dumps(void)
{
#ifndef INSTRUMENTED
	if (prctl(PR_SET_DUMPABLE, 0) < 0)
		return -errno;
	if (access("/proc/self/fdinfo/0", R_OK) < 0 && errno == EACCES)
		prctl(PR_SET_DUMPABLE, 1);
#endif
	return 0;
}

int privilege_drop(unsigned needs)
{
	int r = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? -errno : 0;

	if (r == 0)
		r = forbid_dumps();
	if (r == 0)
		r = drop_capabilities(needs);
	if (r == 0)
		r = seccomp_install(needs);
	if (r != -EOPNOTSUPP)
		return r;
	log_debug("system calls are not filtered");
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The privileges that a process of this program keeps once the file system is mounted:
 * capabilities, system calls, commands of bpf(2). It gives up all others permanently,
 * so that a compromised daemon can do no more than its mode needs. The same table of
 * needs decides all three; it is in bpfmapfs(8), PRIVILEGES, for users.
 *
 *	main ── mount ── helper ── unmounter ── privilege_drop() ── threads, requests
 *	                   │           │
 *	                   └───────────┴── privilege_drop() of their own
 *
 * In builds with sanitizers or for coverage, whose code also runs in this process,
 * system calls are not filtered, and the process stays dumpable.
 */
#ifndef BPFMAPFS_HOST_PRIVILEGE_H
#define BPFMAPFS_HOST_PRIVILEGE_H

#include <stdbool.h>
#include <stdint.h>

#include "util/attributes.h"

enum privilege_need {
	PRIVILEGE_SERVE = 1 << 0,     /* answer requests: every daemon */
	PRIVILEGE_BPF = 1 << 1,	      /* maps of the kernel */
	PRIVILEGE_IDS = 1 << 2,	      /* maps, programs and BTF by id, not only by pin */
	PRIVILEGE_WRITE = 1 << 3,     /* change maps: no -o ro */
	PRIVILEGE_PIN = 1 << 4,	      /* change the BPF file system: -o pin=, pins=rw */
	PRIVILEGE_AS_CALLER = 1 << 5, /* with the rights of callers: pins=rw */
	PRIVILEGE_ALL_PINS = 1 << 9,  /* pins of all users: pins=ro or rw */
	PRIVILEGE_IO_URING = 1 << 6,
	PRIVILEGE_TAKE = 1 << 7,      /* the helper process */
	PRIVILEGE_UNMOUNT = 1 << 8,   /* the unmounter */
	PRIVILEGE_NET = 1 << 10,      /* make maps of devices and sockets, Linux < 6.9 */
};

/*
 * Whether attempt(arg) fails with -EPERM while the calling thread lacks this capability
 * (CAP_*). False if the thread lacks it anyway, and without libcap-ng, when everything is
 * kept. Before other threads are started.
 */
bool privilege_is_needed(unsigned capability, int (*attempt)(void *arg), void *arg);

/*
 * Give up all privileges that these needs do not include; for the calling thread, and
 * before others are started. Privileges that the process never had are not added.
 *
 * Returns 0, or a negative errno if anything could not be given up; then the process
 * must not serve. A kernel without seccomp(2) is not an error: a warning is logged.
 */
int privilege_drop(unsigned needs) _must_check_;

/* seccomp.c: install the filter. -EOPNOTSUPP: this build or the kernel has none. */
int seccomp_install(unsigned needs);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * On whose behalf this thread works: the process behind the request. Some
 * names mean things by way of the daemon's own rights (a process's descriptor,
 * a path), so whoever resolves one asks here whether the caller could do it.
 */
#ifndef BPFMAPFS_UTIL_CALLER_H
#define BPFMAPFS_UTIL_CALLER_H

#include <stdbool.h>
#include <sys/types.h>

struct caller {
	uid_t uid;
	pid_t tid; /* the thread that made the request; 0: of another PID namespace */
};

/* For this thread, until the next call; NULL: nobody, who may nothing. */
void caller_set(const struct caller *c);

bool caller_is_root(void);
/* Is it a thread of this process? */
bool caller_is_process(pid_t pid);

#endif

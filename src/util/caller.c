/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "util/caller.h"

#include <stdio.h>
#include <unistd.h>

static __thread struct caller caller = { .uid = (uid_t)-1 };

void caller_set(const struct caller *c)
{
	caller = c ? *c : (struct caller){ .uid = (uid_t)-1 };
}

bool caller_is_root(void)
{
	return caller.uid == 0;
}

bool caller_is_process(pid_t pid)
{
	char path[64];

	if (caller.tid <= 0 || pid <= 0)
		return false;
	snprintf(path, sizeof(path), "/proc/%d/task/%d", (int)pid, (int)caller.tid);
	return caller.tid == pid || access(path, F_OK) == 0;
}

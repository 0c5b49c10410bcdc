/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A fake host: its processes, cgroups and interfaces are those in fake_host_state.
 * fake_host_use() begins with an empty one.
 */
#ifndef BPFMAPFS_TESTS_FAKE_HOST_H
#define BPFMAPFS_TESTS_FAKE_HOST_H

#include "host/host.h"

struct fake_process {
	uint32_t pid; /* 0: no more */
	const char *command;
	uint32_t map_id; /* that it holds */
};

struct fake_cgroup {
	uint64_t id; /* 0: no more */
	const char *path;
};

struct fake_interface {
	uint32_t index; /* 0: no more */
	const char *name;
};

struct fake_host_state {
	struct fake_process processes[4];
	struct fake_cgroup cgroups[4];
	struct fake_interface interfaces[4];
	int take_error; /* of take_socket and open_inode; 0: they give a descriptor */
	unsigned takes; /* calls of these two */
	unsigned privilege_checks;
};

extern struct fake_host_state fake_host_state;

void fake_host_use(void);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Interface between the two files of the helper process, see helper.c.
 */
#ifndef BPFMAPFS_HOST_HELPER_H
#define BPFMAPFS_HOST_HELPER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum helper_kind {
	HELPER_SOCKET,
	HELPER_INODE,
	HELPER_CGROUP,	   /* pid, fd: high and low half of its id */
	HELPER_MAPS,	   /* fd: how many of them to pass over */
	HELPER_PRIVILEGED, /* fd: a user id */
};

struct helper_request {
	uint32_t kind; /* enum helper_kind */
	uint32_t pid, fd;
};

/* Send data, and with it a descriptor (-1: none). Never blocks. */
int helper_send(int to, const void *data, size_t len, int fd);

/* The answer to HELPER_MAPS: ids of the maps behind descriptors, in the order of these.
 * A full list: there may be more. */
#define HELPER_MAPS_MAX 1023
struct helper_maps {
	int32_t count; /* or a negative errno */
	uint32_t ids[HELPER_MAPS_MAX];
};

/* In the helper: answer a question that cannot block. False: it is none. */
bool helper_look(const struct helper_request *rq, int reply);

/*
 * In a child of the helper: answer one request with an int, 0 or a negative
 * errno, and the descriptor; keep that until the other side closes its end of
 * `reply`, and exit.
 */
_Noreturn void helper_answer(const struct helper_request *rq, int reply);

#endif

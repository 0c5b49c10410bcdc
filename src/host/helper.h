/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Interface between the two files of the helper process, see helper.c.
 */
#ifndef BPFMAPFS_HOST_HELPER_H
#define BPFMAPFS_HOST_HELPER_H

#include <stddef.h>
#include <stdint.h>

enum helper_kind {
	HELPER_SOCKET,
	HELPER_INODE,
};

struct helper_request {
	uint32_t kind; /* enum helper_kind */
	uint32_t pid, fd;
};

/* Send data, and with it a descriptor (-1: none). Never blocks. */
int helper_send(int to, const void *data, size_t len, int fd);

/*
 * In a child of the helper: answer one request with an int, 0 or a negative
 * errno, and the descriptor; keep that until the other side closes its end of
 * `reply`, and exit.
 */
_Noreturn void helper_answer(const struct helper_request *rq, int reply);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files that remove from a map what they return, as lines. Removed entries are kept as
 * text of the live map, from which readers get whole lines:
 *
 *	map --fill()--> live_map.drained --line by line--> reply
 *	                       ^                             |
 *	                       +--- a line given in part <---+ at release
 *
 * A line longer than one read is reserved for its reader until it was read completely.
 * If the reader closes the file before that, the whole line is given back.
 *
 * The lock of the open file guards the struct.
 */
#ifndef BPFMAPFS_TREE_TAKEN_LINES_H
#define BPFMAPFS_TREE_TAKEN_LINES_H

#include "live/registry.h"
#include "util/buf.h"

struct request;

struct taken_lines {
	struct live_map *m; /* borrowed; NULL: nothing was taken */
	/* Make sure that m->drained has at least one line, by taking entries if needed.
	 * 1: it has; 0: the end; or an error. m->drain_lock is held. */
	int (*fill)(void *arg);
	/* At release: turn all taken entries into lines. m->drain_lock is held. NULL:
	 * they always are lines. */
	void (*finish)(void *arg);
	void *arg;
	struct buf line; /* the reserved one */
	size_t given; /* bytes of it that were returned */
};

/* Append at most size bytes. An error is returned only if nothing was appended. */
int taken_lines_read(struct taken_lines *t, const struct request *rq, size_t size,
		     struct buf *out);

/* A line is reserved, or another reader left some. */
bool taken_lines_has_any(struct taken_lines *t);

/* Give back what was not read. */
void taken_lines_release(struct taken_lines *t);

#endif

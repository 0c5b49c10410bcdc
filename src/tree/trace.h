/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Debug lines (-d): operation, map, key and result.
 *
 *	write 17 flows "10.0.0.1": Invalid argument
 */
#ifndef BPFMAPFS_TREE_TRACE_H
#define BPFMAPFS_TREE_TRACE_H

#include "util/log.h"

struct tree;
struct tree_file;

/* Log an operation on a node, or on a name in a directory's node (name NULL: the
 * node itself); returns result, 0 or a negative errno. */
int trace_node_(struct tree *t, const char *operation, uint64_t node, const char *name,
		int result);
int trace_file_(struct tree_file *f, const char *operation, int result);

static inline int trace_node(struct tree *t, const char *operation, uint64_t node,
			     const char *name, int result)
{
	return log_debugging ? trace_node_(t, operation, node, name, result) : result;
}

static inline int trace_file(struct tree_file *f, const char *operation, int result)
{
	return log_debugging ? trace_file_(f, operation, result) : result;
}

#endif

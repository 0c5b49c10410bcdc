/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Open directories. Each kind of directory has its own positions; tree.c turns them
 * into the kernel's offsets, which include "." and "..".
 */
#ifndef BPFMAPFS_TREE_DIR_H
#define BPFMAPFS_TREE_DIR_H

#include <pthread.h>

#include "tree/internal.h"
#include "util/request.h"

struct tree_dir_ops {
	/* position 0 is the start */
	int (*seek)(struct tree_dir *d, const struct request *rq, uint64_t pos);
	/* like tree_dir_next(), with a position in ret->next */
	int (*next)(struct tree_dir *d, const struct request *rq,
		    struct tree_dirent *ret);
	/* look up the last entry; NULL: names only */
	int (*entry)(struct tree_dir *d, const struct request *rq,
		     struct tree_entry *ret);
	/* free what the kind added; may be NULL */
	void (*release)(struct tree_dir *d);
};

struct tree_dir {
	struct tree_handle handle; /* first */
	const struct tree_dir_ops *ops;
	pthread_mutex_t lock; /* see tree_dir_lock() */
	struct tree *tree;
	uint64_t node;
	uint64_t offset; /* of the next entry */
	uint64_t pos;	 /* for simple directories: position of the next entry */
	char name[64];	 /* for simple directories: name of the last entry */
};

/* size: of the structure that begins with struct tree_dir. NULL: no memory. */
struct tree_dir *tree_dir_new(struct tree *t, uint64_t node,
			      const struct tree_dir_ops *ops, size_t size);
/* Free a directory that is not, or no longer, in use by the kernel. */
void tree_dir_free(struct tree_dir *d);

#endif

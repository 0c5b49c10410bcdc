/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Open directories. A directory has positions of its own; offsets as the kernel
 * sees them, "." and ".." included, are made of them in tree.c.
 */
#ifndef BPFMAPFS_TREE_DIR_H
#define BPFMAPFS_TREE_DIR_H

#include <pthread.h>

#include "tree/internal.h"
#include "util/request.h"

struct tree_dir_ops {
	/* position 0 is the start */
	int (*seek)(struct tree_dir *d, const struct request *rq, uint64_t pos);
	/* as tree_dir_next(), with ret->next a position */
	int (*next)(struct tree_dir *d, const struct request *rq,
		    struct tree_dirent *ret);
	/* look up the last entry; NULL: names only */
	int (*entry)(struct tree_dir *d, const struct request *rq,
		     struct tree_entry *ret);
	/* free what it added; may be NULL */
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
/* Free a directory that was not handed out, or no longer is. */
void tree_dir_free(struct tree_dir *d);

#endif

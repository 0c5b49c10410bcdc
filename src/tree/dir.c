/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Allocation and release of open directories.
 */
#include "tree/dir.h"

#include <stdlib.h>

struct tree_dir *tree_dir_new(struct tree *t, uint64_t node,
			      const struct tree_dir_ops *ops, size_t size)
{
	struct tree_dir *d = calloc(1, size);

	if (!d)
		return NULL;
	d->ops = ops;
	d->tree = t;
	d->node = node;
	pthread_mutex_init(&d->lock, NULL);
	return d;
}

void tree_dir_free(struct tree_dir *d)
{
	if (d->ops->release)
		d->ops->release(d);
	pthread_mutex_destroy(&d->lock);
	free(d);
}

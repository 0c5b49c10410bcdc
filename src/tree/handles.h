/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The open files and directories that the kernel has. An unmount does not wait
 * for their release, so tree_free() closes what is left.
 */
#ifndef BPFMAPFS_TREE_HANDLES_H
#define BPFMAPFS_TREE_HANDLES_H

#include <pthread.h>

/* In a ring; the first member of struct tree_file and struct tree_dir. */
struct tree_handle {
	struct handles *owner; /* NULL: not handed out */
	struct tree_handle *prev, *next;
};

struct handles {
	pthread_mutex_t lock;	 /* guards the ring */
	struct tree_handle ring; /* both ends of it */
};

void handles_init(struct handles *h);
void handles_release(struct handles *h);

void handles_add(struct handles *h, struct tree_handle *handle);
void handles_remove(struct tree_handle *handle); /* of one not handed out: nothing */

/* The first handle, or NULL. Only while no request is running. */
struct tree_handle *handles_first(struct handles *h);

#endif

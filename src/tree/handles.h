/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The open files and directories of all users, and the user of each. An unmount
 * does not wait for their release, so tree_free() closes those that remain.
 */
#ifndef BPFMAPFS_TREE_HANDLES_H
#define BPFMAPFS_TREE_HANDLES_H

#include <pthread.h>
#include <stddef.h>
#include <sys/types.h>

struct user;
struct users;

/* In a ring; the first member of struct tree_file and struct tree_dir. */
struct tree_handle {
	struct handles *owner; /* NULL: not in the ring */
	struct tree_handle *prev, *next;
	struct user *user; /* whose quota it counts against; NULL before it is added */
	size_t charged; /* bytes of memory charged for it */
};

struct handles {
	pthread_mutex_t lock;	 /* guards the ring */
	struct tree_handle ring; /* both ends of it */
	struct users *users; /* borrowed */
};

void handles_init(struct handles *h, struct users *users);
void handles_release(struct handles *h);

/* Reserve one handle for a user. The caller passes *ret to handles_add() or to
 * handles_refuse(). -ENFILE, -ENOMEM. */
int handles_admit(struct handles *h, uid_t uid, struct user **ret);
void handles_refuse(struct handles *h, struct user *user);

/* -ENOMEM: its memory exceeds the quota. It was not added, and the reservation was
 * returned. */
int handles_add(struct handles *h, struct tree_handle *handle, struct user *user);
void handles_remove(struct tree_handle *handle); /* no effect if it was not added */

/* Set the memory charged for a handle to `bytes`; before it is added, this is only
 * recorded. -ENOMEM: the quota is exceeded, and nothing changed. */
int handle_charge(struct tree_handle *handle, size_t bytes);

/* The first handle, or NULL. Only while no request is running. */
struct tree_handle *handles_first(struct handles *h);

#endif

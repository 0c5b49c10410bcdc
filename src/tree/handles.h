/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The open files and directories that the kernel has, and whose they are. An
 * unmount does not wait for their release, so tree_free() closes what is left.
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
	struct handles *owner; /* NULL: not handed out */
	struct tree_handle *prev, *next;
	struct user *user; /* whose quota it counts against; NULL before it is added */
	size_t charged; /* bytes of memory behind it */
};

struct handles {
	pthread_mutex_t lock;	 /* guards the ring */
	struct tree_handle ring; /* both ends of it */
	struct users *users; /* borrowed */
};

void handles_init(struct handles *h, struct users *users);
void handles_release(struct handles *h);

/* Ask for one more on behalf of a user, which handles_add() or handles_refuse()
 * then gets. -ENFILE, -ENOMEM. */
int handles_admit(struct handles *h, uid_t uid, struct user **ret);
void handles_refuse(struct handles *h, struct user *user);

/* -ENOMEM: what it has charged is too much; it was not added, and the user was
 * refused. */
int handles_add(struct handles *h, struct tree_handle *handle, struct user *user);
void handles_remove(struct tree_handle *handle); /* of one not handed out: nothing */

/* The memory behind a handle is so many bytes from now on; before it is added,
 * that is only noted. -ENOMEM: the user has too much, nothing changed. */
int handle_charge(struct tree_handle *handle, size_t bytes);

/* The first handle, or NULL. Only while no request is running. */
struct tree_handle *handles_first(struct handles *h);

#endif

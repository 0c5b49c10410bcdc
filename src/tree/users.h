/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Quotas of each user: open files and directories, and the memory they use. The
 * limit of one user is below the limit of all users together, which is below the
 * daemon's own limit, so that no user can exhaust the daemon:
 *
 *	|--- one user ---|
 *	|------------- all users but root -------------|-- root's reserve --|
 *
 * Root has no limit of its own. Helper threads are bounded in util/thread.h, requests
 * being served in fuse/loop.h.
 *
 * All functions lock; struct user is freed with its last open file.
 */
#ifndef BPFMAPFS_TREE_USERS_H
#define BPFMAPFS_TREE_USERS_H

#include <stddef.h>
#include <sys/types.h>

#include "util/attributes.h"

struct users;
struct user;

/* Limits: open files and directories of one user; memory of one user, and of all users
 * except root. */
#define USER_FILES 1024
#define USER_MEMORY ((size_t)128 << 20)
#define USERS_MEMORY ((size_t)512 << 20)
/* Descriptors that are reserved for root and for the daemon itself. */
#define USERS_RESERVE 256

/* max_files: descriptors that this process can have. NULL: no memory. */
struct users *users_new(size_t max_files);
void users_free(struct users *u);

/* Count one more open file. -ENFILE: too many; -ENOMEM. */
int users_open(struct users *u, uid_t uid, struct user **ret) _must_check_ _nonnull_;
/* Uncount a closed file and the memory charged for it. NULL is allowed. */
void users_close(struct users *u, struct user *user, size_t charged);

/* Change the charge of a file from `old` to `new` bytes. -ENOMEM: nothing changed. */
int users_charge(struct users *u, struct user *user, size_t old, size_t new)
	_must_check_ _nonnull_;

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What each user holds of the daemon: open files and directories, and the memory
 * behind them. One user's share ends before what all of them have together does,
 * and that before the daemon's own limit, so nobody can take everything:
 *
 *	|--- one user ---|
 *	|------------- all users but root -------------|-- root's reserve --|
 *
 * Root has no share of its own. Helper threads are bounded in util/thread.h,
 * requests being served in fuse/loop.h.
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

/* Open files and directories of one user; memory of one user, of all but root. */
#define USER_FILES 1024
#define USER_MEMORY ((size_t)128 << 20)
#define USERS_MEMORY ((size_t)512 << 20)
/* Descriptors that stay for root and for the daemon itself. */
#define USERS_RESERVE 256

/* max_files: descriptors that this process can have. NULL: no memory. */
struct users *users_new(size_t max_files);
void users_free(struct users *u);

/* Count one more open file. -ENFILE: too many; -ENOMEM. */
int users_open(struct users *u, uid_t uid, struct user **ret) _must_check_ _nonnull_;
/* It is closed, and what it had charged is given back. NULL is allowed. */
void users_close(struct users *u, struct user *user, size_t charged);

/* A file that had charged `old` bytes needs `new` ones. -ENOMEM: nothing changed. */
int users_charge(struct users *u, struct user *user, size_t old, size_t new)
	_must_check_ _nonnull_;

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A list of users under one lock. A user is added with the first open file and freed
 * with the last one.
 */
#include "tree/users.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include "util/cleanup.h"

/* In a list: few users have files open at a time. */
struct user {
	struct user *next;
	uid_t uid;
	size_t files;
	size_t memory;
};

struct users {
	pthread_mutex_t lock; /* guards the rest */
	struct user *list;
	size_t max_files_each, max_files;
	size_t files, memory; /* of all but root */
};

static size_t min_size(size_t a, size_t b)
{
	return a < b ? a : b;
}

struct users *users_new(size_t max_files)
{
	size_t reserve = min_size(USERS_RESERVE, max_files / 4);
	struct users *u = calloc(1, sizeof(*u));

	if (!u)
		return NULL;
	pthread_mutex_init(&u->lock, NULL);
	/* An open file has a descriptor, and a request on it needs another. */
	u->max_files = (max_files - reserve) / 2;
	u->max_files_each = min_size(USER_FILES, u->max_files / 2);
	return u;
}

void users_free(struct users *u)
{
	if (!u)
		return;
	for (struct user *user = u->list, *next; user; user = next) {
		next = user->next;
		free(user);
	}
	pthread_mutex_destroy(&u->lock);
	free(u);
}

/* The user, who is added if needed. NULL: no memory. */
static struct user *find(struct users *u, uid_t uid)
{
	struct user *user = u->list;

	while (user && user->uid != uid)
		user = user->next;
	if (user)
		return user;
	user = calloc(1, sizeof(*user));
	if (!user)
		return NULL;
	user->uid = uid;
	user->next = u->list;
	u->list = user;
	return user;
}

static void drop_if_unused(struct users *u, struct user *user)
{
	struct user **link = &u->list;

	if (user->files)
		return;
	while (*link != user)
		link = &(*link)->next;
	*link = user->next;
	free(user);
}

static bool may_open(const struct users *u, const struct user *user)
{
	return !user->uid || (user->files < u->max_files_each && u->files < u->max_files);
}

int users_open(struct users *u, uid_t uid, struct user **ret)
{
	GUARD_MUTEX(&u->lock);
	struct user *user = find(u, uid);

	if (!user)
		return -ENOMEM;
	if (!may_open(u, user)) {
		drop_if_unused(u, user);
		return -ENFILE;
	}
	user->files++;
	u->files += user->uid != 0;
	*ret = user;
	return 0;
}

void users_close(struct users *u, struct user *user, size_t charged)
{
	if (!user)
		return;
	GUARD_MUTEX(&u->lock);
	user->files--;
	user->memory -= charged;
	if (user->uid) {
		u->files--;
		u->memory -= charged;
	}
	drop_if_unused(u, user);
}

int users_charge(struct users *u, struct user *user, size_t old, size_t new)
{
	GUARD_MUTEX(&u->lock);
	size_t mine = user->memory - old + new;
	size_t all = user->uid ? u->memory - old + new : u->memory;

	if (user->uid && new > old && (mine > USER_MEMORY || all > USERS_MEMORY))
		return -ENOMEM;
	user->memory = mine;
	u->memory = all;
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tree/plain-dir.h"

#include "tree/internal.h"

void plain_dirs_init(struct plain_dirs *dirs, const struct tree_options *options)
{
	pthread_mutex_init(&dirs->lock, NULL);
	dirs->base = (struct owner){
		.set = OWNER_ALL,
		.mode = 0777 & ~options->umask,
		.uid = options->uid,
		.gid = options->gid,
	};
	/* Its files are about all users, so only the owner has access. */
	dirs->own[NODE_ROOT_DOT] = (struct owner){ .set = OWNER_MODE, .mode = 0700 };
}

void plain_dirs_release(struct plain_dirs *dirs)
{
	pthread_mutex_destroy(&dirs->lock);
}

/* Caller must hold the lock. */
static struct owner owner_of(const struct plain_dirs *dirs, enum node_kind kind)
{
	struct owner owner = dirs->base;

	owner_overlay(&owner, &dirs->own[kind]);
	return owner;
}

struct owner plain_dir_owner(struct tree *t, enum node_kind kind)
{
	GUARD_MUTEX(&t->plain_dirs.lock);

	return owner_of(&t->plain_dirs, kind);
}

static void fill_owner(const struct owner *owner, struct stat *st)
{
	st->st_mode = (st->st_mode & S_IFMT) | owner->mode;
	st->st_uid = owner->uid;
	st->st_gid = owner->gid;
}

int plain_dir_stat(struct tree *t, const struct request *rq, uint64_t node,
		   struct stat *st, double *timeout)
{
	enum node_kind kind = node_kind(node);
	/* The directories of a program are as open as the one they are in. */
	bool of_program = kind == NODE_PROG || kind == NODE_PROG_DOT;
	const struct owner owner = plain_dir_owner(t, of_program ? NODE_BY_PROG : kind);

	stat_fill(t, node, S_IFDIR, 0, &t->started, st);
	fill_owner(&owner, st);
	*timeout = LONG_TIMEOUT;
	return 0;
}

void plain_dir_overlay(struct tree *t, enum node_kind kind, struct stat *st)
{
	struct owner owner = owner_from_stat(st, OWNER_ALL);
	GUARD_MUTEX(&t->plain_dirs.lock);

	owner_overlay(&owner, &t->plain_dirs.own[kind]);
	fill_owner(&owner, st);
}

int plain_dir_setattr(struct tree *t, const struct request *rq, uint64_t node,
		      const struct stat *st, unsigned set)
{
	struct plain_dirs *dirs = &t->plain_dirs;
	struct owner now;
	struct stat old;
	double timeout;
	int r = node_stat(t, rq, node, &old, &timeout);

	if (r < 0)
		return r;
	now = owner_from_stat(&old, OWNER_ALL);
	GUARD_MUTEX(&dirs->lock);
	return owner_change(&dirs->own[node_kind(node)], &now, rq, st, set);
}

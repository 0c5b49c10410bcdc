/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The slots that scratch files are kept in; for the scratch*.c files only. A node
 * number is a slot and its generation, as for keys. There are a few scratch files
 * at a time, so searching is linear.
 *
 * Caller must hold scratches.lock for all functions except scratches_empty(),
 * scratch_report() and scratch_log().
 */
#ifndef BPFMAPFS_TREE_SCRATCH_SLOTS_H
#define BPFMAPFS_TREE_SCRATCH_SLOTS_H

#include "tree/internal.h"
#include "tree/scratch.h"

struct scratch {
	bool used;
	char *name; /* NULL: the file is unlinked */
	uint32_t map_id;
	uint32_t gen;
	uint64_t lookups;
	uint32_t opens;
	uid_t uid;	 /* of the request that created it */
	uint64_t age;	 /* smaller is older */
	uint64_t closed; /* ns, monotonic: the last close, or the creation */
	struct timespec changed;
	char *data;
	size_t len;
	size_t cap;    /* bytes allocated */
	int refuse;    /* errno for writes; 0: writes are accepted */
	bool link;     /* a symlink; content is its text */
	bool reported; /* as abandoned */
};

struct scratches {
	struct tree *tree;
	pthread_mutex_t lock; /* guards all below */
	pthread_cond_t wake;
	struct scratch *slots;
	uint32_t count;
	uint32_t used; /* slots in use; read without the lock, too */
	uint64_t clock;
	pthread_t sweeper;
	bool sweeping; /* the thread runs */
	bool ending;
};

/* A copy of a dropped scratch file, for a message without the lock. */
struct victim {
	uint32_t map_id;
	uid_t uid;
	char *name;
	char *data;
	size_t len;
};

uint64_t scratch_number(const struct scratches *s, const struct scratch *f);
/* NULL: there is none. */
struct scratch *scratch_by_number(struct scratches *s, uint64_t node);
struct scratch *scratch_by_name(struct scratches *s, uint32_t map_id, const char *name);
/* A slot that is not in use yet. NULL: no memory. */
struct scratch *scratch_free_slot(struct scratches *s);

void scratch_clear(struct scratches *s, struct scratch *f);
void scratch_clear_if_unused(struct scratches *s, struct scratch *f);
/* Remove the name: the content is freed with the last open file. */
void scratch_unname(struct scratches *s, struct scratch *f);

/* Remove content and name; the caller reports and frees them. */
void scratch_drop(struct scratches *s, struct scratch *f, struct victim *ret);
/* Make room for `files` new files and `bytes` more for f (NULL: a new file). -EAGAIN:
 * *ret was dropped, try again; -ENOSPC: nothing is left to drop. */
int scratch_make_room(struct scratches *s, uid_t uid, const struct scratch *f,
		      size_t files, size_t bytes, struct victim *ret);

/* Log that a victim with content was dropped, and free it. */
void scratch_report(struct tree *t, struct victim *v);
/* Add a line "a scratch file of LEN bytes WHY", for its user, to the errors of
 * the map. */
void scratch_log(struct tree *t, const struct victim *v, const char *operation, int error,
		 const char *why);

/* Lookups of keys check this first, so they need no lock while there is no scratch
 * file. */
static inline bool scratches_empty(struct scratches *s)
{
	return !__atomic_load_n(&s->used, __ATOMIC_RELAXED);
}

/* scratch-sweep.c: start the thread that sweeps, unless it runs. */
void scratch_sweep_start(struct scratches *s);

#endif

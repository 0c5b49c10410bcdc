/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owner and mode of the directories that belong to the tree itself: the root, its
 * .map, by-id and the like. chmod and chown of them last as long as the mount.
 */
#ifndef BPFMAPFS_TREE_PLAIN_DIR_H
#define BPFMAPFS_TREE_PLAIN_DIR_H

#include <pthread.h>

#include "live/owner.h"
#include "tree/node.h"

struct request;
struct tree;
struct tree_options;

struct plain_dirs {
	struct owner base; /* from the options; all is set */
	pthread_mutex_t lock; /* guards the rest */
	struct owner own[NODE_KINDS];
};

void plain_dirs_init(struct plain_dirs *dirs, const struct tree_options *options);
void plain_dirs_release(struct plain_dirs *dirs);

/* All is set. kind: one that has a single directory. */
struct owner plain_dir_owner(struct tree *t, enum node_kind kind);

/* Functions of struct node_ops. */
int plain_dir_stat(struct tree *t, const struct request *rq, uint64_t node,
		   struct stat *st, double *timeout);
int plain_dir_setattr(struct tree *t, const struct request *rq, uint64_t node,
		      const struct stat *st, unsigned set);

/* Let chmod and chown of such a directory override the attributes in st. */
void plain_dir_overlay(struct tree *t, enum node_kind kind, struct stat *st);

#endif

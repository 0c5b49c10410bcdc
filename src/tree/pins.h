/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * by-pin: shared by pins.c and pins-change.c.
 */
#ifndef BPFMAPFS_TREE_PINS_H
#define BPFMAPFS_TREE_PINS_H

#include "tree/internal.h"

/* The file at a path of the BPF file system. */
struct pin {
	struct stat st;
	struct live_map *map; /* NULL: a directory, or it may not be opened */
};
void pin_release(struct pin *p);
#define _cleanup_pin_ _cleanup_(pin_release)

/* Describe an open file. -ENOENT: by-pin does not show it. */
int pin_at(struct tree *t, int fd, struct pin *ret);

/* The key of the inode table for the node of a pin or directory. path is borrowed. */
void pin_key(const struct buf *path, const struct pin *p, struct inode_key *ret);

/* Append the path of a node, after a '/' if path is not empty; that of a name in the
 * node. -ESTALE, -ENOMEM. */
int pin_path(struct tree *t, uint64_t node, struct buf *path);
int pin_child_path(struct tree *t, uint64_t node, const char *name, struct buf *path);

/* Check that fd, the file at the path of a node, is still the same file; *ret_map is
 * the map's id, 0 if the node has none. -ESTALE: it is another file. */
int pin_check_node(struct tree *t, uint64_t node, int fd, struct stat *st,
		   uint32_t *ret_map);

/* ---- pins-change.c: functions of struct node_ops ---- */

int pin_create(struct tree *t, const struct request *rq, uint64_t node,
	       const char *name, int flags, struct tree_entry *entry,
	       struct tree_file **ret);
int pin_mkdir(struct tree *t, const struct request *rq, uint64_t node,
	      const char *name);
int pin_rmdir(struct tree *t, const struct request *rq, uint64_t node,
	      const char *name);
int pin_unlink(struct tree *t, const struct request *rq, uint64_t node,
	       const char *name);
int pin_symlink(struct tree *t, const struct request *rq, uint64_t node,
		const char *name, const char *text);
int pin_rename(struct tree *t, const struct request *rq, uint64_t node,
	       const char *name, uint64_t newnode, const char *newname,
	       unsigned flags);
int pin_setattr(struct tree *t, const struct request *rq, uint64_t node,
		const struct stat *st, unsigned set);
int by_pin_setattr(struct tree *t, const struct request *rq, uint64_t node,
		   const struct stat *st, unsigned set);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A view is a directory in .map that shows the same keys in another form: one row of
 * the table in views.c. Its files have a separate inode table, whose keys are the
 * view's row followed by the key bytes: the same key in two views is two files.
 *
 *	raw/KEY     the value's bytes in the store's layout. A new text
 *		    (O_TRUNC, or a new key) takes effect when it has all
 *		    bytes; else a write patches the value where it lies.
 *	match/ADDR  the value of the longest prefix that matches
 */
#ifndef BPFMAPFS_TREE_VIEWREF_H
#define BPFMAPFS_TREE_VIEWREF_H

#include "tree/internal.h"

struct map;

struct view {
	const char *name;
	const char *help;
	mode_t mode;
	bool (*applies)(const struct schema *s);
	/* append the content of the file */
	int (*show)(const struct map *m, const uint8_t *key, struct buf *out);
	/* how its keys are listed */
	int (*opendir)(struct tree *t, const struct request *rq, uint64_t node,
		       struct tree_dir **ret);
};

/* The reference of a request to one file of a view. */
struct view_ref {
	struct tree *tree;
	const struct view *view;
	struct live_map *m;
	struct schema *schema;
	uint8_t *id; /* row, then the key */
	const uint8_t *key;
};

void view_ref_release(struct view_ref *v);
#define _cleanup_view_ref_ _cleanup_(view_ref_release)

/* The key of the inode table for a file; id: its row and key, borrowed. */
struct inode_key view_inode(const struct live_map *m, const struct schema *s,
			    const uint8_t *id);

/* Append the content. -ENOENT: no such key, or no such map. */
int view_show(const struct view_ref *v, const struct request *rq, struct buf *out);

/* viewfile.c: open a file; *v is taken over. O_CREAT in flags: the key need not exist,
 * and reading takes no snapshot. */
int view_file_open(struct view_ref *v, const struct request *rq, uint64_t node, int flags,
		   struct tree_file **ret);

#endif

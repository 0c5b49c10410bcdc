/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Directories in `.map/` that show single keys in another form: `raw/KEY`,
 * `match/ADDR`. Each is one row of the table in views.c.
 */
#ifndef BPFMAPFS_TREE_VIEWS_H
#define BPFMAPFS_TREE_VIEWS_H

#include "tree/internal.h"

/* Upper bound of the number of rows in the table. */
#define VIEWS_MAX 64

/* The view of this name, if the map has it: its row. -ENOENT. */
int view_find(const struct schema *s, const char *name);
/* The next row after `row` that the map has, and its name; -1: no more. */
int view_next(const struct schema *s, int row, const char **name);
/* The mode of a map's directory has changed, and so has that of its views. */
void views_changed(struct tree *t, uint32_t map_id);
/* Append the lines of help. */
void view_help(const struct schema *s, struct buf *out);

#endif

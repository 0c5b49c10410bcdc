/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The `.map/` directories: hidden, and what is in them is a table (dot.c).
 */
#ifndef BPFMAPFS_TREE_DOT_H
#define BPFMAPFS_TREE_DOT_H

#include <stdint.h>

#define DOT_NAME ".map"

struct tree;

/* Owner or mode of a map's directory changed: tell the kernel about what
 * takes its attributes from there. */
void dot_attributes_changed(struct tree *t, uint32_t map_id);

#endif

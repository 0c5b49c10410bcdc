/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Maps by the names that users see, for values that refer to other maps. The tree
 * assigns the names, so it implements this interface; see schema->names. Safe from any
 * thread; may walk the ids of the store.
 */
#ifndef BPFMAPFS_MAP_NAMES_H
#define BPFMAPFS_MAP_NAMES_H

#include <stdint.h>

struct buf;
struct request;

struct map_names {
	/* Append the listed name of a map. -ENOENT: gone, or not shown. */
	int (*name)(struct map_names *n, uint32_t id, struct buf *out);
	/* The map with a name: NAME, NAME@ID, @ID. -ENOENT. */
	int (*find)(struct map_names *n, const char *name, uint32_t *ret_id);
	/* The caller may enter the map's directory, so values may name it. -EACCES,
	 * -ENOENT. */
	int (*check)(struct map_names *n, const struct request *rq, uint32_t id);
	/* The map may be changed through the tree. -EPERM. */
	int (*check_change)(struct map_names *n, uint32_t id);
};

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The live maps by id and by name.
 *
 *	slots	id  ->  map	sorted by id; a new id nearly always comes last
 *	buckets	hash of name  ->  map  ->  map ...	the highest id first
 *
 * The index owns a reference to each of its maps. It takes no lock: the caller
 * holds registry.lock.
 */
#ifndef BPFMAPFS_LIVE_MAP_INDEX_H
#define BPFMAPFS_LIVE_MAP_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct live_map;

struct map_slot {
	uint32_t id;
	bool unread;	    /* the map could not be opened yet, so its name is unknown */
	struct live_map *m; /* NULL: unread, or it is not shown */
	struct live_map *hidden; /* hidden by the configuration; has no name here */
};

struct map_index {
	struct map_slot *slots;
	size_t count, room;
	size_t unread;
	struct live_map **buckets;
	size_t n_buckets; /* a power of two */
	size_t named;	  /* maps in the buckets */
};

int map_index_init(struct map_index *ix);
void map_index_release(struct map_index *ix);

/* Reserve room, so that the next map_index_add() cannot fail. -ENOMEM. */
int map_index_reserve(struct map_index *ix);
/* Takes over the reference. The id is not in the index. */
void map_index_add(struct map_index *ix, const struct map_slot *slot);
/* Returns the map, hidden or not, or NULL. The caller drops its reference without
 * holding the lock. */
struct live_map *map_index_remove(struct map_index *ix, uint32_t id);

/* NULL: not in the index. Valid until the index changes. */
struct map_slot *map_index_find(struct map_index *ix, uint32_t id);
/* The slot with the smallest id above `id`. */
struct map_slot *map_index_above(struct map_index *ix, uint32_t id);

/* The map of this name with the highest id, then the next lower one; NULL. */
struct live_map *map_index_named(const struct map_index *ix, const char *name);
struct live_map *map_index_same(const struct live_map *m);

#endif

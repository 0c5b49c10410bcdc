/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An open map, and operations on its entries. The reference keeps the map alive, so a
 * struct map lives for one request or one pass.
 *
 * Functions return 0 or the user's errno (negative, see store/errno.h):
 * -ENOENT, -EEXIST, -ENOSPC, -EPERM, -EOPNOTSUPP, -EBUSY, -ENOMEM...
 * key and value buffers have schema->key_size and schema->value_bytes bytes.
 * Safe from any thread.
 */
#ifndef BPFMAPFS_MAP_MAP_H
#define BPFMAPFS_MAP_MAP_H

#include "map/schema.h"
#include "util/attributes.h"

struct request;
struct text_error;

struct map {
	const struct schema *schema; /* borrowed */
	struct store_map ref;
	const struct request *rq; /* borrowed; NULL: no caller */
};

#define MAP_INIT  \
	{         \
		0 \
	}

/* -ENOENT: the map is gone. -EACCES, -EPERM: not allowed. */
int map_open(const struct request *rq, struct store *store, const struct schema *schema,
	     unsigned access, struct map *ret) _must_check_;
void map_close(struct map *m);
#define _cleanup_map_ _cleanup_(map_close)

int map_lookup(const struct map *m, const void *key, void *value) _must_check_;
int map_exists(const struct map *m, const void *key) _must_check_;
/* The entry keeps the spelling of its key: the host bits of an existing prefix stay as
 * they are stored. -EINTR, -EBUSY: that spelling could not be determined. */
int map_update(const struct map *m, const void *key, const void *value, unsigned flags) _must_check_;
/* Change a value from `old` (a buffer of value_bytes) to `value`: if the map's
 * operations can do that, members that are the same in both are not written. */
int map_change(const struct map *m, const void *key, const void *old, const void *value) _must_check_;
int map_remove(const struct map *m, const void *key) _must_check_;

/* Put the reason why map_update() failed with `error` into err. Returns error. */
int map_refused(const struct schema *s, int error, struct text_error *err);

/*
 * Update or remove *count entries, whose keys and values are contiguous; keys keep the
 * spelling that is passed. Stops at the first failure; *count is then the number of
 * that entry. Removing an entry that does not exist is not a failure here.
 */
int map_update_batch(const struct map *m, const void *keys, const void *values,
		     size_t *count) _must_check_;
int map_remove_batch(const struct map *m, const void *keys, size_t *count) _must_check_;

#endif

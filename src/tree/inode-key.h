/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A key of the inode table: a map, a schema, and the bytes of a map's key. All
 * spellings of one LPM prefix are equal.
 */
#ifndef BPFMAPFS_TREE_INODE_KEY_H
#define BPFMAPFS_TREE_INODE_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* map_id and serial of paths (by-pin) are 0. */
struct inode_key {
	uint32_t map_id;
	uint32_t serial; /* struct schema */
	const void *key; /* borrowed */
	size_t size;	 /* at least 1 */
	/* The offset of an LPM key in `key`, plus 1: bits after the prefix length are
	 * not compared, so all spellings of a prefix are one node. 0: all bytes are
	 * compared. */
	unsigned prefix_at;
};

/* st_ino of a key: a function of map and key alone. */
uint64_t key_ino(const struct inode_key *k);

/* The schema is not part of the hash. */
uint64_t inode_key_hash(const struct inode_key *k);
bool inode_key_is(const struct inode_key *a, const struct inode_key *b);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Layout of in-process hash maps, shared by hash.c and lru.c.
 *
 *	buckets      entries (one arena, numbered from 1)
 *	+---+        +------+-----+-----+-------+
 *	| 3 | -----> | next | tag | key | value |
 *	| 0 |        +------+-----+-----+-------+
 *	| 1 |           |
 *	 ...            v  another entry of the bucket, 0: none
 *
 * The lock of a bucket's stripe guards the bucket, its chain and the entries in it. Two
 * things are read atomically without the lock: whether a bucket is empty (to skip
 * millions of them), and an entry's tag (to find its lock).
 */
#ifndef BPFMAPFS_STORE_MEMORY_HASH_H
#define BPFMAPFS_STORE_MEMORY_HASH_H

#include "store/memory/memory.h"

struct hash_entry {
	uint32_t next;
	uint32_t tag; /* hash of the key, and HASH_USED */
	char data[]; /* key, then value */
};

/* Top bit of a tag: updated since the hand of the eviction last passed. */
#define HASH_USED 0x80000000u

struct hash_map {
	struct memory_map map;
	struct memory_stripes stripes;
	struct memory_arena entries;
	uint32_t *buckets;
	uint32_t bucket_count; /* a power of two */
	uint64_t seed;
	uint32_t hand; /* LRU: where eviction continues; atomic */
};

static inline struct hash_entry *hash_entry(const struct hash_map *h, uint32_t slot)
{
	return memory_arena_at(&h->entries, slot);
}

static inline uint32_t hash_bucket(const struct hash_map *h, uint32_t tag)
{
	return tag & (h->bucket_count - 1);
}

/*
 * Remove an entry that was not updated lately from a map whose arena is full. The
 * caller gets the slot. No lock is held. -ENOMEM: all entries are in use by other
 * threads right now.
 */
int memory_lru_evict(struct hash_map *h, uint32_t *ret);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shape of in-process hash maps, shared by memory-hash.c and memory-lru.c.
 *
 *	buckets      entries (one arena, numbered from 1)
 *	+---+        +------+-----+-----+-------+
 *	| 3 | -----> | next | tag | key | value |
 *	| 0 |        +------+-----+-----+-------+
 *	| 1 |           |
 *	 ...            v  another entry of the bucket, 0: none
 *
 * A bucket, its chain and the entries in it belong to the lock of the
 * bucket's stripe. Two things are read without it, atomically: whether a
 * bucket is empty (to run over millions of them), and an entry's tag (to
 * learn which lock it belongs to).
 */
#ifndef BPFMAPFS_STORE_MEMORY_HASH_H
#define BPFMAPFS_STORE_MEMORY_HASH_H

#include "store/memory/memory.h"

struct hash_entry {
	uint32_t next;
	uint32_t tag; /* hash of the key, and HASH_USED */
	char data[]; /* key, then value */
};

/* Top bit of a tag: updated since the evicting hand came by. */
#define HASH_USED 0x80000000u

struct hash_map {
	struct memory_map map;
	struct memory_stripes stripes;
	struct memory_arena entries;
	uint32_t *buckets;
	uint32_t bucket_count; /* a power of two */
	uint64_t seed;
	uint32_t hand; /* LRU: where eviction goes on; atomic */
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
 * Take an entry that was not updated lately out of a map whose arena is
 * full. The slot is the caller's. No lock is held. -ENOMEM: all entries
 * are changing hands right now.
 */
int memory_lru_evict(struct hash_map *h, uint32_t *ret);

#endif

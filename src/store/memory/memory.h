/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Internals of the in-process store, for this folder only.
 *
 *	memory.c         the store: ids, references, creation, information
 *	elem.c           element operations: permissions and flags, then the row
 *	btf.c            types given at creation, BTF objects by id
 *	ids.c            ids: cyclic, ordered
 *	budget.c         how much memory all maps may take
 *	arena.c          storage of entries, locks by stripe, hashing
 *	hash.c           hash, per-CPU hash, hash of maps; LRU ones evict in
 *	                 lru.c
 *	array.c          array, per-CPU array, array of maps
 *	lpm.c            LPM trie
 *	queue.c          queue and stack
 *	bloom.c          bloom filter
 *	ring.c           ring buffer
 *	outer.c          what array of maps and hash of maps add to their base
 *
 * A map type is one struct memory_type (a row of the table in memory.c) and its
 * functions. To add a type, write the row, and add it below and to the table.
 *
 * Locks, outer first:
 *	memory_store.lock        ids, reference counts, BTF objects
 *	memory_map.write_lock    held shared by every writer, so that freezing
 *	                         can tell that none is under way
 *	memory_map.slots         which maps a map of maps holds
 *	a map's own locks        stripes (hash, array), a rwlock (LPM), a mutex
 *	memory_arena.lock        slots of one arena
 */
#ifndef BPFMAPFS_STORE_MEMORY_H
#define BPFMAPFS_STORE_MEMORY_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "store/store.h"

struct btf;
struct btf_type;
struct memory_map;

/* The largest block that the kernel can allocate at once; it limits the size of
 * entries. */
#define MEMORY_KMALLOC_MAX (4u * 1024 * 1024)
/* The largest value per CPU. */
#define MEMORY_PERCPU_MAX (32u * 1024)

/* ------------------------------------------------------------------ ids */

struct memory_id {
	uint32_t id;
	void *object;
};

/* Objects by id. Zeroed is empty. Guarded by memory_store.lock. */
struct memory_ids {
	struct memory_id *entries; /* in order of id */
	size_t count, room;
	uint32_t last; /* the last id that was assigned */
};

/* Assign an id that was not used lately. -ENOMEM, -ENOSPC. */
int memory_ids_add(struct memory_ids *ids, void *object, uint32_t *ret);
void memory_ids_remove(struct memory_ids *ids, uint32_t id);
/* The object, or NULL. */
void *memory_ids_get(const struct memory_ids *ids, uint32_t id);
/* The smallest id above `id`, or 0. */
uint32_t memory_ids_after(const struct memory_ids *ids, uint32_t id);

/* --------------------------------------------------------------- budget */

/* Account for memory that maps use, in any thread. -ENOMEM: it would exceed
 * store_memory_limit(), or leave too little free memory. */
int memory_charge(uint64_t bytes);
void memory_uncharge(uint64_t bytes);

/* -------------------------------------------------------------- storage */

/*
 * Slots of one size, numbered from 1, in chunks that are allocated when
 * first needed and kept until the end; freed slots are used again. A slot
 * never moves, so code that read its number under the map's own lock may
 * use it without the arena's.
 */
struct memory_arena {
	pthread_mutex_t lock; /* guards all below except stride and shift */
	char **chunks; /* of 1 << shift slots */
	size_t stride;
	unsigned shift;
	uint32_t limit; /* maximum number of slots */
	uint32_t opened; /* slots that were used at least once: 1..opened */
	uint32_t freed; /* freed slots, linked through their first bytes */
	uint64_t bytes; /* allocated */
	uint64_t index_left; /* bytes of tables that new slots will touch, not yet
			      * charged */
	uint64_t charged;
};

/* size is one slot's, at least 4. index_bytes: a table of the map that is touched
 * at a place per slot, and made by memory_pages() uncharged; 0: none. -ENOMEM. */
int memory_arena_init(struct memory_arena *a, size_t size, uint32_t limit,
		      uint64_t index_bytes);
void memory_arena_release(struct memory_arena *a); /* zeroed: allowed */
/* -ENOSPC: `limit` slots are in use; -ENOMEM. */
int memory_arena_alloc(struct memory_arena *a, uint32_t *ret);
void memory_arena_free(struct memory_arena *a, uint32_t slot);
uint64_t memory_arena_bytes(struct memory_arena *a);

static inline void *memory_arena_at(const struct memory_arena *a, uint32_t slot)
{
	uint32_t i = slot - 1;

	return a->chunks[i >> a->shift] + (i & ((1u << a->shift) - 1)) * a->stride;
}

/*
 * Zeroed memory that uses no pages until it is touched. `charged`: all of it is
 * accounted for from the beginning; free it with the same value. NULL: no memory.
 */
void *memory_pages(size_t count, size_t size, bool charged);
void memory_pages_free(void *pages, size_t count, size_t size, bool charged);

#define MEMORY_STRIPES 64

/* Locks for the parts of a map: part i belongs to lock i % MEMORY_STRIPES. */
struct memory_stripes {
	pthread_mutex_t locks[MEMORY_STRIPES];
};

void memory_stripes_init(struct memory_stripes *s);
void memory_stripes_release(struct memory_stripes *s);

static inline pthread_mutex_t *memory_stripe(struct memory_stripes *s, uint32_t part)
{
	return &s->locks[part % MEMORY_STRIPES];
}

/* ---------------------------------------------------------------- types */

enum memory_trait {
	MEMORY_PERCPU = 1 << 0, /* a value for each possible CPU */
	MEMORY_EVICTS = 1 << 1, /* full: the least used entry is evicted */
	MEMORY_TAKES_EXTRA = 1 << 2, /* map_extra means something */
	MEMORY_HOLDS_MAPS = 1 << 3, /* needs an inner map as template */
	MEMORY_FIXED_INNER = 1 << 4, /* as inner map: max_entries must be equal, unless
				      * created with BPF_F_INNER_MAP */
	MEMORY_SIZE_FIRST = 1 << 5, /* the value size is checked before the flags */
};

/*
 * A row of the table of map types. Functions get checked arguments: flags are
 * STORE_ANY, STORE_NOEXIST or STORE_EXIST, key is NULL only if key_size is 0 (and in
 * next_key). A missing function means -STORE_ENOTSUPP.
 */
struct memory_type {
	uint32_t type; /* BPF_MAP_TYPE_* */
	uint32_t flags; /* BPF_F_* taken at creation */
	unsigned traits; /* enum memory_trait bits */

	/* Check whether the kernel would create such a map; flags other than those
	 * above were refused before. 0, -EINVAL, -E2BIG, -STORE_ENOTSUPP. */
	int (*check)(const struct store_spec *spec);
	/* Check that types fit the sizes; key is NULL if there is none. NULL: any key,
	 * but there must be one. 0, -EINVAL. */
	int (*check_btf)(const struct store_spec *spec, const struct btf_type *key,
			 const struct btf_type *value);

	/* Allocate a map of this type, with a zeroed struct memory_map in it.
	 * value_stride is the size of a value in lookup and update. -E2BIG, -ENOMEM. */
	int (*create)(const struct store_spec *spec, size_t value_stride,
		      struct memory_map **ret);
	void (*free)(struct memory_map *m);
	uint64_t (*memlock)(struct memory_map *m);

	int (*lookup)(struct memory_map *m, const void *key, void *value);
	int (*update)(struct memory_map *m, const void *key, const void *value,
		      unsigned flags);
	/* Of maps of maps. inner is borrowed, and fits the template. */
	int (*update_map)(struct memory_map *m, const void *key, struct memory_map *inner,
			  unsigned flags);
	int (*remove)(struct memory_map *m, const void *key);
	int (*lookup_and_delete)(struct memory_map *m, const void *key, void *value);
	int (*next_key)(struct memory_map *m, const void *key, void *next);
	/* the range is inside of the values, and there are no holes */
	void (*patch)(struct memory_map *m, uint64_t offset, const void *data, size_t len);

	/* *count is not 0. memory_batch_*() implement these by single operations. */
	int (*lookup_batch)(struct memory_map *m, const void *in, void *out, void *keys,
			    void *values, uint32_t *count);
	int (*take_batch)(struct memory_map *m, const void *in, void *out, void *keys,
			  void *values, uint32_t *count);
	int (*update_batch)(struct memory_map *m, const void *keys, const void *values,
			    uint32_t *count);
	int (*remove_batch)(struct memory_map *m, const void *keys, uint32_t *count);
};

extern const struct memory_type memory_type_hash;
extern const struct memory_type memory_type_percpu_hash;
extern const struct memory_type memory_type_lru_hash;
extern const struct memory_type memory_type_lru_percpu_hash;
extern const struct memory_type memory_type_array;
extern const struct memory_type memory_type_percpu_array;
extern const struct memory_type memory_type_lpm_trie;
extern const struct memory_type memory_type_queue;
extern const struct memory_type memory_type_stack;
extern const struct memory_type memory_type_bloom_filter;
extern const struct memory_type memory_type_ringbuf;
extern const struct memory_type memory_type_array_of_maps;
extern const struct memory_type memory_type_hash_of_maps;

int memory_batch_lookup(struct memory_map *m, const void *in, void *out, void *keys,
			void *values, uint32_t *count);
int memory_batch_update(struct memory_map *m, const void *keys, const void *values,
			uint32_t *count);
int memory_batch_remove(struct memory_map *m, const void *keys, uint32_t *count);

/* ----------------------------------------------------------------- maps */

/* Bytes of a value that belong to the kernel: ignored, and read as zero. */
struct memory_hole {
	uint32_t offset, size;
};

#define MEMORY_MAX_HOLES 8

struct memory_store {
	struct store base;
	pthread_mutex_t lock;
	struct memory_ids maps; /* struct memory_map */
	struct memory_ids btfs; /* struct memory_btf */
};

struct memory_map {
	const struct memory_type *type;
	struct memory_store *store;
	struct memory_btf *btf; /* or NULL; a reference */
	struct store_info info; /* all that does not change, except btf_id */
	size_t value_stride; /* bytes of a value in lookup and update */
	struct memory_hole holes[MEMORY_MAX_HOLES];
	unsigned hole_count;
	bool has_lock; /* STORE_LOCK is allowed: a bpf_spin_lock is in it */
	unsigned refs; /* guarded by store->lock */
	uint64_t charged; /* for the map itself, by memory_charge() */
	pthread_rwlock_t write_lock;
	bool frozen; /* guarded by write_lock */
	/* maps of maps: */
	struct memory_template *inner; /* the template for maps in slots */
	pthread_mutex_t slots; /* guards which maps are held, and: */
	uint32_t held; /* how many slots are in use */
};

/* Take or drop a reference to a live map; dropping the last one frees it. */
struct memory_map *memory_map_get(struct memory_map *m);
void memory_map_put(struct memory_map *m);

/* Keep spec's inner map as the template of m. -EBADF: there is none; -EINVAL: it is
 * itself a map of maps; -ENOMEM. */
int memory_outer_init(struct memory_map *m, const struct store_spec *spec);
/* Release all maps in m's slots. No other reference to m exists. */
void memory_outer_release(struct memory_map *m);

/* Put an id into a slot (NULL: empty it), like the base type's update and remove. */
typedef int memory_outer_set(struct memory_map *m, const void *key, const uint32_t *id,
			     unsigned flags);
/* Put another map into a slot, or none (inner NULL). -EINVAL: flags, or the map does
 * not fit; or an error of `set`. */
int memory_outer_change(struct memory_map *m, const void *key, struct memory_map *inner,
			unsigned flags, memory_outer_set *set);
/* To bpf(2) these bytes would be a descriptor, which does not exist here: -EBADF. */
int memory_outer_no_bytes(struct memory_map *m, const void *key, const void *value,
			  unsigned flags);
/* The kernel accepts no types for such maps. */
int memory_outer_no_types(const struct store_spec *spec, const struct btf_type *key,
			  const struct btf_type *value);

/* Copy a value into storage, except the holes, which are zeroed. */
static inline void memory_put_value(const struct memory_map *m, void *storage,
				    const void *value)
{
	memcpy(storage, value, m->value_stride);
	for (unsigned i = 0; i < m->hole_count; i++)
		memset((char *)storage + m->holes[i].offset, 0, m->holes[i].size);
}

/* Element operations of the store's table, elem.c. */
int memory_lookup(const struct store_map *sm, const void *key, void *value,
		  unsigned flags);
int memory_update(const struct store_map *sm, const void *key, const void *value,
		  unsigned flags);
int memory_update_map(const struct store_map *sm, const void *key,
		      const struct store_map *inner, unsigned flags);
int memory_remove(const struct store_map *sm, const void *key);
int memory_lookup_and_delete(const struct store_map *sm, const void *key, void *value,
			     unsigned flags);
int memory_next_key(const struct store_map *sm, const void *key, void *next);
/* ring.c */
int memory_ring_map(const struct store_map *sm, unsigned access, struct store_ring *ret);
void memory_ring_unmap(struct store_ring *r);
int memory_patch(const struct store_map *sm, uint64_t offset, const void *data, size_t len);
int memory_lookup_batch(const struct store_map *sm, const void *in, void *out, void *keys,
			void *values, uint32_t *count, unsigned elem_flags);
int memory_take_batch(const struct store_map *sm, const void *in, void *out, void *keys,
		      void *values, uint32_t *count, unsigned elem_flags);
int memory_update_batch(const struct store_map *sm, const void *keys, const void *values,
			uint32_t *count, unsigned elem_flags);
int memory_remove_batch(const struct store_map *sm, const void *keys, uint32_t *count);

/* ------------------------------------------------------------------ BTF */

/*
 * Check the types of spec as the kernel does, set the members of m that follow from
 * them, and give m a new BTF object. m->type is set. Does nothing without types.
 * -EINVAL, -EACCES, -EOPNOTSUPP, -ENOMEM.
 */
int memory_btf_attach(struct memory_map *m, const struct store_spec *spec);
/* Drop m's BTF object, if any. store->lock is held. */
void memory_btf_detach(struct memory_map *m);
/* A copy of an object. -ENOENT, -ENOMEM. */
int memory_btf_get(struct memory_store *ms, uint32_t id, struct btf **ret);
/* The id of m's object, or 0. */
uint32_t memory_btf_id(const struct memory_map *m);

#endif

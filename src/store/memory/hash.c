/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hash, per-CPU hash, LRU hash and LRU per-CPU hash of the in-process store.
 *
 * As many buckets as the kernel has, because cursors of batches are bucket
 * numbers. A batch takes whole buckets, each under its lock, and entries
 * never change their bucket: a key that stays is in a pass exactly once,
 * whatever else comes and goes.
 */
#include "store/memory/hash.h"

#include <errno.h>
#include <linux/bpf.h>
#include <string.h>

#include "util/hash.h"

/* Overhead of the kernel's entries, which bounds what fits its allocator. */
#define KERNEL_ENTRY_SIZE 48
/* The kernel's table of buckets stays below 4 GiB, at 16 bytes each. */
#define MAX_BUCKETS (1u << 27)

static struct hash_map *hash_of(struct memory_map *m)
{
	return (struct hash_map *)m;
}

static int hash_check(const struct store_spec *spec)
{
	uint64_t size = (uint64_t)spec->key_size + spec->value_size;

	if (!spec->max_entries || !spec->key_size || !spec->value_size)
		return -EINVAL;
	if (size >= MEMORY_KMALLOC_MAX - KERNEL_ENTRY_SIZE)
		return -E2BIG;
	return spec->max_entries > MAX_BUCKETS ? -E2BIG : 0;
}

/* Whether memory of one node is asked for; a node of -1 is any. */
static bool wants_node(const struct store_spec *spec)
{
	return (spec->flags & BPF_F_NUMA_NODE) && spec->numa_node != UINT32_MAX;
}

static int percpu_hash_check(const struct store_spec *spec)
{
	int r = wants_node(spec) ? -EINVAL : hash_check(spec);

	return !r && spec->value_size > MEMORY_PERCPU_MAX ? -E2BIG : r;
}

static int lru_check(const struct store_spec *spec)
{
	if (spec->flags & BPF_F_NO_PREALLOC)
		return -STORE_ENOTSUPP;
	/* a list per CPU wants memory near it */
	if ((spec->flags & BPF_F_NO_COMMON_LRU) && wants_node(spec))
		return -EINVAL;
	return hash_check(spec);
}

static int lru_percpu_check(const struct store_spec *spec)
{
	if (spec->flags & BPF_F_NO_PREALLOC)
		return -STORE_ENOTSUPP;
	return percpu_hash_check(spec);
}

/* A list per CPU gets equal shares, so the kernel rounds up. */
static uint32_t real_max_entries(const struct store_spec *spec)
{
	uint32_t rest = spec->max_entries % store_possible_cpus();

	if (!(spec->flags & BPF_F_NO_COMMON_LRU) || !rest)
		return spec->max_entries;
	return spec->max_entries + store_possible_cpus() - rest;
}

static uint32_t round_up_pow2(uint32_t n)
{
	return n <= 1 ? 1 : 1u << (32 - __builtin_clz(n - 1));
}

static void hash_free(struct memory_map *m)
{
	struct hash_map *h = hash_of(m);

	memory_pages_free(h->buckets, h->bucket_count, sizeof(*h->buckets), false);
	memory_arena_release(&h->entries);
	memory_stripes_release(&h->stripes);
	free(h);
}

static int hash_create(const struct store_spec *spec, size_t value_stride,
		       struct memory_map **ret)
{
	size_t size = sizeof(struct hash_entry) + spec->key_size + value_stride;
	struct hash_map *h = calloc(1, sizeof(*h));

	if (!h)
		return -ENOMEM;
	memory_stripes_init(&h->stripes);
	h->map.info.max_entries = real_max_entries(spec);
	h->bucket_count = round_up_pow2(h->map.info.max_entries);
	h->buckets = memory_pages(h->bucket_count, sizeof(*h->buckets), false);
	if (!h->buckets ||
	    memory_arena_init(&h->entries, size, h->map.info.max_entries,
			      (uint64_t)h->bucket_count * sizeof(*h->buckets))) {
		hash_free(&h->map);
		return -ENOMEM;
	}
	if (!(spec->flags & BPF_F_ZERO_SEED))
		h->seed = hash_seed();
	*ret = &h->map;
	return 0;
}

static uint64_t hash_memlock(struct memory_map *m)
{
	struct hash_map *h = hash_of(m);

	return sizeof(*h) + (uint64_t)h->bucket_count * sizeof(*h->buckets) +
	       memory_arena_bytes(&h->entries);
}

/* Hash of a key, without HASH_USED. */
static uint32_t hash_key(const struct hash_map *h, const void *key)
{
	return (uint32_t)hash_bytes(h->seed, key, h->map.info.key_size) & ~HASH_USED;
}

static char *value_of(const struct hash_map *h, struct hash_entry *e)
{
	return e->data + h->map.info.key_size;
}

static void set_link(uint32_t *link, uint32_t slot)
{
	__atomic_store_n(link, slot, __ATOMIC_RELAXED);
}

static pthread_mutex_t *bucket_lock(struct hash_map *h, uint32_t bucket)
{
	return memory_stripe(&h->stripes, bucket);
}

/* The link that leads to a key's entry, or the 0 at the end of its chain. */
static uint32_t *find(const struct hash_map *h, const void *key, uint32_t tag)
{
	uint32_t *link = &h->buckets[hash_bucket(h, tag)];

	while (*link) {
		struct hash_entry *e = hash_entry(h, *link);

		if ((e->tag & ~HASH_USED) == tag &&
		    memcmp(e->data, key, h->map.info.key_size) == 0)
			break;
		link = &e->next;
	}
	return link;
}

static int hash_lookup(struct memory_map *m, const void *key, void *value)
{
	struct hash_map *h = hash_of(m);
	uint32_t tag = hash_key(h, key), slot;

	GUARD_MUTEX(bucket_lock(h, hash_bucket(h, tag)));
	slot = *find(h, key, tag);
	if (!slot)
		return -ENOENT;
	memcpy(value, value_of(h, hash_entry(h, slot)), m->value_stride);
	return 0;
}

/* Put a new entry at the head of its bucket. */
static void insert(struct hash_map *h, uint32_t slot, const void *key, uint32_t tag,
		   const void *value)
{
	struct hash_entry *e = hash_entry(h, slot);
	uint32_t *head = &h->buckets[hash_bucket(h, tag)];

	__atomic_store_n(&e->tag, tag, __ATOMIC_RELAXED);
	e->next = *head;
	memcpy(e->data, key, h->map.info.key_size);
	memory_put_value(&h->map, value_of(h, e), value);
	set_link(head, slot);
}

/*
 * One try of an update, with a slot to use for a new entry (0: allocate
 * one). A slot that was used is set to 0. -E2BIG: full.
 */
static int try_update(struct hash_map *h, const void *key, uint32_t tag,
		      const void *value, unsigned flags, uint32_t *slot)
{
	struct hash_entry *e;
	uint32_t found;
	int r;

	GUARD_MUTEX(bucket_lock(h, hash_bucket(h, tag)));
	found = *find(h, key, tag);
	if (found ? flags == STORE_NOEXIST : flags == STORE_EXIST)
		return found ? -EEXIST : -ENOENT;
	if (found) {
		e = hash_entry(h, found);
		memory_put_value(&h->map, value_of(h, e), value);
		__atomic_store_n(&e->tag, tag | HASH_USED, __ATOMIC_RELAXED);
		return 0;
	}
	r = *slot ? 0 : memory_arena_alloc(&h->entries, slot);
	if (r)
		return r == -ENOSPC ? -E2BIG : r;
	insert(h, *slot, key, tag, value);
	*slot = 0;
	return 0;
}

static int hash_update(struct memory_map *m, const void *key, const void *value,
		       unsigned flags)
{
	struct hash_map *h = hash_of(m);
	uint32_t tag = hash_key(h, key), slot = 0;
	int r = try_update(h, key, tag, value, flags, &slot);

	/* The victim's lock may be any other's, so evict with none held. */
	if (r == -E2BIG && (m->type->traits & MEMORY_EVICTS)) {
		r = memory_lru_evict(h, &slot);
		if (!r)
			r = try_update(h, key, tag, value, flags, &slot);
		if (slot)
			memory_arena_free(&h->entries, slot);
	}
	return r;
}

/* Delete a key, after copying its value out if value is not NULL. */
static int take(struct hash_map *h, const void *key, void *value)
{
	uint32_t tag = hash_key(h, key), slot;
	struct hash_entry *e;
	uint32_t *link;

	GUARD_MUTEX(bucket_lock(h, hash_bucket(h, tag)));
	link = find(h, key, tag);
	slot = *link;
	if (!slot)
		return -ENOENT;
	e = hash_entry(h, slot);
	if (value)
		memcpy(value, value_of(h, e), h->map.value_stride);
	set_link(link, e->next);
	memory_arena_free(&h->entries, slot);
	return 0;
}

static int hash_remove(struct memory_map *m, const void *key)
{
	return take(hash_of(m), key, NULL);
}

static int hash_lookup_and_delete(struct memory_map *m, const void *key, void *value)
{
	return take(hash_of(m), key, value);
}

static bool bucket_is_empty(const struct hash_map *h, uint32_t bucket)
{
	return !__atomic_load_n(&h->buckets[bucket], __ATOMIC_RELAXED);
}

/* The first key at or behind a bucket. */
static int first_key(struct hash_map *h, uint32_t bucket, void *next)
{
	for (; bucket < h->bucket_count; bucket++) {
		if (bucket_is_empty(h, bucket))
			continue;
		GUARD_MUTEX(bucket_lock(h, bucket));
		if (h->buckets[bucket]) {
			memcpy(next, hash_entry(h, h->buckets[bucket])->data,
			       h->map.info.key_size);
			return 0;
		}
	}
	return -ENOENT;
}

static int hash_next_key(struct memory_map *m, const void *key, void *next)
{
	struct hash_map *h = hash_of(m);
	uint32_t tag, slot;

	if (!key)
		return first_key(h, 0, next);
	tag = hash_key(h, key);
	{
		GUARD_MUTEX(bucket_lock(h, hash_bucket(h, tag)));
		slot = *find(h, key, tag);
		if (slot && hash_entry(h, slot)->next) {
			slot = hash_entry(h, slot)->next;
			memcpy(next, hash_entry(h, slot)->data, m->info.key_size);
			return 0;
		}
	}
	/* A key that went away begins all over. */
	return first_key(h, slot ? hash_bucket(h, tag) + 1 : 0, next);
}

/* Free all entries of a bucket, whose lock is held. */
static void empty_bucket(struct hash_map *h, uint32_t bucket)
{
	uint32_t slot = h->buckets[bucket], next;

	set_link(&h->buckets[bucket], 0);
	for (; slot; slot = next) {
		next = hash_entry(h, slot)->next;
		memory_arena_free(&h->entries, slot);
	}
}

/* The buffers of a batch. */
struct batch {
	char *keys, *values;
	uint32_t done, room;
	bool take; /* elements leave the map */
};

/*
 * Copy a bucket whole behind the b->done elements there are. -ENOSPC, and
 * nothing is copied, when it does not fit.
 */
static int copy_bucket(struct hash_map *h, uint32_t bucket, struct batch *b)
{
	uint32_t key_size = h->map.info.key_size, n = 0, slot;
	size_t stride = h->map.value_stride;

	GUARD_MUTEX(bucket_lock(h, bucket));
	for (slot = h->buckets[bucket]; slot; slot = hash_entry(h, slot)->next)
		n++;
	if (n > b->room - b->done)
		return -ENOSPC;
	for (slot = h->buckets[bucket]; slot; slot = hash_entry(h, slot)->next) {
		struct hash_entry *e = hash_entry(h, slot);

		memcpy(b->keys + (size_t)b->done * key_size, e->data, key_size);
		memcpy(b->values + b->done * stride, value_of(h, e), stride);
		b->done++;
	}
	if (b->take)
		empty_bucket(h, bucket);
	return 0;
}

/* The cursor is the number of the next bucket. */
static int run_batch(struct hash_map *h, const void *in, void *out, struct batch *b,
		     uint32_t *count)
{
	uint32_t bucket = 0;
	int r = 0;

	if (in)
		memcpy(&bucket, in, sizeof(bucket));
	*count = 0;
	if (bucket >= h->bucket_count)
		return -ENOENT;
	for (; !r && bucket < h->bucket_count; bucket += !r)
		if (!bucket_is_empty(h, bucket))
			r = copy_bucket(h, bucket, b);
	memcpy(out, &bucket, sizeof(bucket));
	*count = b->done;
	if (r)
		return b->done ? 0 : r;
	return -ENOENT;
}

static int hash_lookup_batch(struct memory_map *m, const void *in, void *out, void *keys,
			     void *values, uint32_t *count)
{
	struct batch b = { .keys = keys, .values = values, .room = *count };

	return run_batch(hash_of(m), in, out, &b, count);
}

static int hash_take_batch(struct memory_map *m, const void *in, void *out, void *keys,
			   void *values, uint32_t *count)
{
	struct batch b = { .keys = keys, .values = values, .room = *count, .take = true };

	return run_batch(hash_of(m), in, out, &b, count);
}

/* ---- hash of maps ---- */

static int hash_of_maps_check(const struct store_spec *spec)
{
	return spec->value_size == sizeof(uint32_t) ? hash_check(spec) : -EINVAL;
}

static int hash_of_maps_set(struct memory_map *m, const void *key, const uint32_t *id,
			    unsigned flags)
{
	return id ? hash_update(m, key, id, flags) : hash_remove(m, key);
}

static int hash_of_maps_update_map(struct memory_map *m, const void *key,
				   struct memory_map *inner, unsigned flags)
{
	return memory_outer_change(m, key, inner, flags, hash_of_maps_set);
}

static int hash_of_maps_remove(struct memory_map *m, const void *key)
{
	return memory_outer_change(m, key, NULL, STORE_ANY, hash_of_maps_set);
}

#define HASH_FLAGS                                                             \
	(BPF_F_NO_PREALLOC | BPF_F_NUMA_NODE | BPF_F_RDONLY | BPF_F_WRONLY |   \
	 BPF_F_ZERO_SEED | BPF_F_RDONLY_PROG | BPF_F_WRONLY_PROG)

#define HASH_BASE                                                              \
	.create = hash_create, .free = hash_free, .memlock = hash_memlock,     \
	.lookup = hash_lookup, .next_key = hash_next_key,                      \
	.lookup_batch = hash_lookup_batch, .update_batch = memory_batch_update, \
	.remove_batch = memory_batch_remove

#define HASH_OPS                                                               \
	HASH_BASE, .update = hash_update, .remove = hash_remove,               \
	.lookup_and_delete = hash_lookup_and_delete,                           \
	.take_batch = hash_take_batch

const struct memory_type memory_type_hash = {
	.type = BPF_MAP_TYPE_HASH,
	.flags = HASH_FLAGS,
	.check = hash_check,
	HASH_OPS,
};

const struct memory_type memory_type_percpu_hash = {
	.type = BPF_MAP_TYPE_PERCPU_HASH,
	.flags = HASH_FLAGS,
	.traits = MEMORY_PERCPU,
	.check = percpu_hash_check,
	HASH_OPS,
};

const struct memory_type memory_type_lru_hash = {
	.type = BPF_MAP_TYPE_LRU_HASH,
	.flags = HASH_FLAGS | BPF_F_NO_COMMON_LRU,
	.traits = MEMORY_EVICTS,
	.check = lru_check,
	HASH_OPS,
};

const struct memory_type memory_type_lru_percpu_hash = {
	.type = BPF_MAP_TYPE_LRU_PERCPU_HASH,
	.flags = HASH_FLAGS | BPF_F_NO_COMMON_LRU,
	.traits = MEMORY_PERCPU | MEMORY_EVICTS,
	.check = lru_percpu_check,
	HASH_OPS,
};

const struct memory_type memory_type_hash_of_maps = {
	.type = BPF_MAP_TYPE_HASH_OF_MAPS,
	.flags = HASH_FLAGS,
	.traits = MEMORY_HOLDS_MAPS,
	.check = hash_of_maps_check,
	.check_btf = memory_outer_no_types,
	.update = memory_outer_no_bytes,
	.update_map = hash_of_maps_update_map,
	.remove = hash_of_maps_remove,
	HASH_BASE,
};

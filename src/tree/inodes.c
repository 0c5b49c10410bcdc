/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tree/inodes.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tree/node.h"
#include "util/cleanup.h"
#include "util/clock.h"

#define CHUNK_NODES 1024
#define NO_SLOT UINT32_MAX
#define KEY_INLINE 8
#define RECENT 64

/* Exists only while files are open on the key. */
struct open_state {
	uint32_t opens;
	uint32_t pending; /* files that would create it */
	uint32_t unlinks;
	bool has_size;
	size_t size;
};

struct key_node {
	uint32_t map_id;
	uint32_t key_size;
	uint32_t next; /* in the hash chain, or in the free list */
	uint32_t lookups;
	uint32_t gen;
	uint32_t text_hash;
	uint64_t changed; /* ns since the epoch; 0: not seen yet */
	struct open_state *open;
	union {
		uint8_t bytes[KEY_INLINE];
		uint8_t *ptr;
	} key;
};

/* When a key was last seen in its map. */
struct recent {
	uint64_t node;
	uint64_t seen; /* ns, monotonic */
};

struct inodes {
	pthread_mutex_t lock; /* guards all below */
	struct key_node **chunks;
	uint32_t n_chunks;
	uint32_t free; /* first free slot */
	uint32_t count;
	enum node_kind kind;
	uint32_t epoch; /* first generation of new slots, see give_back() */
	uint32_t *buckets;
	uint32_t mask; /* buckets - 1 */
	/* By slot; may forget: a member of key_node would cost all of them. */
	struct recent recent[RECENT];
};

static uint64_t hash_bytes(uint64_t h, const void *data, size_t len)
{
	const uint8_t *p = data;

	for (; len >= 8; len -= 8, p += 8) {
		uint64_t w;

		memcpy(&w, p, 8);
		h = (h ^ w) * 0x9e3779b97f4a7c15u;
		h ^= h >> 32;
	}
	for (; len; len--, p++)
		h = (h ^ *p) * 0x100000001b3u;
	h ^= h >> 33;
	h *= 0xff51afd7ed558ccdu;
	return h ^ h >> 33;
}

static uint64_t key_hash(uint32_t map_id, const void *key, size_t key_size)
{
	return hash_bytes(0xcbf29ce484222325u ^ map_id, key, key_size);
}

uint64_t key_ino(uint32_t map_id, const void *key, size_t key_size)
{
	return (key_hash(map_id, key, key_size) & (NODE_INO_KEY - 1)) | NODE_INO_KEY;
}

static struct key_node *slot_node(struct inodes *kt, uint32_t slot)
{
	return &kt->chunks[slot / CHUNK_NODES][slot % CHUNK_NODES];
}

static const uint8_t *node_key(const struct key_node *n)
{
	return n->key_size <= KEY_INLINE ? n->key.bytes : n->key.ptr;
}

struct inodes *inodes_new(enum node_kind kind)
{
	struct inodes *kt = calloc(1, sizeof(*kt));

	if (!kt)
		return NULL;
	kt->kind = kind;
	kt->free = NO_SLOT;
	kt->mask = 255;
	kt->buckets = malloc((kt->mask + 1) * sizeof(*kt->buckets));
	if (!kt->buckets) {
		free(kt);
		return NULL;
	}
	memset(kt->buckets, 0xff, (kt->mask + 1) * sizeof(*kt->buckets));
	pthread_mutex_init(&kt->lock, NULL);
	return kt;
}

static void release_node(struct key_node *n)
{
	if (n->key_size > KEY_INLINE)
		free(n->key.ptr);
	free(n->open);
	n->open = NULL;
	n->key_size = 0;
}

static void free_chunks(struct inodes *kt)
{
	for (uint32_t i = 0; i < kt->n_chunks; i++)
		free(kt->chunks[i]);
	free(kt->chunks);
	kt->chunks = NULL;
	kt->n_chunks = 0;
	kt->free = NO_SLOT;
}

void inodes_free(struct inodes *kt)
{
	if (!kt)
		return;
	for (uint32_t slot = 0; slot < kt->n_chunks * CHUNK_NODES; slot++)
		release_node(slot_node(kt, slot));
	free_chunks(kt);
	free(kt->buckets);
	pthread_mutex_destroy(&kt->lock);
	free(kt);
}

static int add_chunk(struct inodes *kt)
{
	struct key_node **chunks;
	struct key_node *nodes;
	uint32_t first = kt->n_chunks * CHUNK_NODES;

	if (kt->n_chunks >= NO_SLOT / CHUNK_NODES)
		return -ENOMEM;
	chunks = realloc(kt->chunks, (kt->n_chunks + 1) * sizeof(*chunks));
	if (!chunks)
		return -ENOMEM;
	kt->chunks = chunks;
	nodes = calloc(CHUNK_NODES, sizeof(*nodes));
	if (!nodes)
		return -ENOMEM;
	kt->chunks[kt->n_chunks++] = nodes;
	for (uint32_t i = 0; i < CHUNK_NODES; i++) {
		nodes[i].gen = kt->epoch;
		nodes[i].next = i + 1 < CHUNK_NODES ? first + i + 1 : kt->free;
	}
	kt->free = first;
	return 0;
}

static void rehash(struct inodes *kt)
{
	uint32_t mask = kt->mask * 2 + 1;
	uint32_t *buckets;

	/* Longer chains are slower, not wrong: no memory is no error here. */
	if (kt->count <= kt->mask)
		return;
	buckets = malloc(((size_t)mask + 1) * sizeof(*buckets));
	if (!buckets)
		return;
	memset(buckets, 0xff, ((size_t)mask + 1) * sizeof(*buckets));
	for (uint32_t b = 0; b <= kt->mask; b++)
		for (uint32_t slot = kt->buckets[b], next; slot != NO_SLOT; slot = next) {
			struct key_node *n = slot_node(kt, slot);
			uint32_t *head =
				&buckets[key_hash(n->map_id, node_key(n), n->key_size) & mask];

			next = n->next;
			n->next = *head;
			*head = slot;
		}
	free(kt->buckets);
	kt->buckets = buckets;
	kt->mask = mask;
}

static uint32_t find(struct inodes *kt, uint32_t map_id, const void *key, size_t key_size)
{
	uint32_t slot = kt->buckets[key_hash(map_id, key, key_size) & kt->mask];

	while (slot != NO_SLOT) {
		struct key_node *n = slot_node(kt, slot);

		if (n->map_id == map_id && n->key_size == key_size &&
		    !memcmp(node_key(n), key, key_size))
			break;
		slot = n->next;
	}
	return slot;
}

static int set_key(struct key_node *n, const void *key, size_t key_size)
{
	if (key_size > KEY_INLINE) {
		n->key.ptr = malloc(key_size);
		if (!n->key.ptr)
			return -ENOMEM;
	}
	n->key_size = (uint32_t)key_size;
	memcpy((void *)node_key(n), key, key_size);
	return 0;
}

static int insert(struct inodes *kt, uint32_t map_id, const void *key, size_t key_size,
		  uint32_t *ret)
{
	uint32_t slot, *head;
	struct key_node *n;

	if (kt->free == NO_SLOT && add_chunk(kt) < 0)
		return -ENOMEM;
	rehash(kt);
	slot = kt->free;
	n = slot_node(kt, slot);
	if (set_key(n, key, key_size) < 0)
		return -ENOMEM;
	kt->free = n->next;
	kt->count++;
	n->map_id = map_id;
	n->lookups = 0;
	n->text_hash = 0;
	n->changed = 0;
	head = &kt->buckets[key_hash(map_id, key, key_size) & kt->mask];
	n->next = *head;
	*head = slot;
	*ret = slot;
	return 0;
}

static void drop(struct inodes *kt, uint32_t slot)
{
	struct key_node *n = slot_node(kt, slot);
	uint32_t *link =
		&kt->buckets[key_hash(n->map_id, node_key(n), n->key_size) & kt->mask];

	while (*link != slot)
		link = &slot_node(kt, *link)->next;
	*link = n->next;
	release_node(n);
	/* The number names another node from now on. */
	n->gen = (n->gen + 1) & NODE_GEN_MASK;
	n->next = kt->free;
	kt->free = slot;
	kt->count--;
}

/* An empty table keeps one chunk. Slots that come back start in a generation
 * of their own, so old numbers stay stale. */
static void give_back(struct inodes *kt)
{
	if (kt->count || kt->n_chunks < 2)
		return;
	for (uint32_t slot = 0; slot < kt->n_chunks * CHUNK_NODES; slot++)
		if (slot_node(kt, slot)->gen > kt->epoch)
			kt->epoch = slot_node(kt, slot)->gen;
	kt->epoch = (kt->epoch + 1) & NODE_GEN_MASK;
	free_chunks(kt);
}

static void drop_if_unused(struct inodes *kt, uint32_t slot)
{
	struct key_node *n = slot_node(kt, slot);

	if (n->lookups || n->open)
		return;
	drop(kt, slot);
	give_back(kt);
}

static uint64_t number(struct inodes *kt, uint32_t slot)
{
	return node_make(kt->kind, slot_node(kt, slot)->gen, slot);
}

/* NULL: the number is stale. */
static struct key_node *by_number(struct inodes *kt, uint64_t node)
{
	uint32_t slot = node_id(node);
	struct key_node *n;

	if (node_kind(node) != kt->kind || slot >= kt->n_chunks * CHUNK_NODES)
		return NULL;
	n = slot_node(kt, slot);
	if (n->gen != node_row(node) || !n->key_size)
		return NULL;
	return n;
}

int inode_get(struct inodes *kt, uint32_t map_id, const void *key, size_t key_size,
		 uint64_t *ret_node)
{
	GUARD_MUTEX(&kt->lock);
	uint32_t slot = find(kt, map_id, key, key_size);
	int r;

	if (slot == NO_SLOT) {
		r = insert(kt, map_id, key, key_size, &slot);
		if (r < 0)
			return r;
	}
	slot_node(kt, slot)->lookups++;
	*ret_node = number(kt, slot);
	return 0;
}

int inode_find(struct inodes *kt, uint32_t map_id, const void *key, size_t key_size,
		  uint64_t *ret_node)
{
	GUARD_MUTEX(&kt->lock);
	uint32_t slot = find(kt, map_id, key, key_size);

	if (slot == NO_SLOT)
		return -ENOENT;
	*ret_node = number(kt, slot);
	return 0;
}

void key_ref_release(struct key_ref *r)
{
	free(r->key);
	r->key = NULL;
}

int inode_ref(struct inodes *kt, uint64_t node, struct key_ref *ret)
{
	GUARD_MUTEX(&kt->lock);
	const struct key_node *n = by_number(kt, node);

	if (!n)
		return -ESTALE;
	ret->key = malloc(n->key_size);
	if (!ret->key)
		return -ENOMEM;
	memcpy(ret->key, node_key(n), n->key_size);
	ret->key_size = n->key_size;
	ret->map_id = n->map_id;
	return 0;
}

void inode_forget(struct inodes *kt, uint64_t node, uint64_t lookups)
{
	GUARD_MUTEX(&kt->lock);
	struct key_node *n = by_number(kt, node);

	if (!n)
		return;
	n->lookups = lookups < n->lookups ? n->lookups - (uint32_t)lookups : 0;
	drop_if_unused(kt, node_id(node));
}

uint64_t inode_seen(struct inodes *kt, uint64_t node, const void *text, size_t len)
{
	uint32_t hash = (uint32_t)hash_bytes(len, text, len);
	GUARD_MUTEX(&kt->lock);
	struct key_node *n = by_number(kt, node);

	if (!n)
		return clock_ns(CLOCK_REALTIME);
	if (!n->changed || n->text_hash != hash) {
		n->changed = clock_ns(CLOCK_REALTIME);
		n->text_hash = hash;
	}
	return n->changed;
}

int inode_open(struct inodes *kt, uint64_t node)
{
	GUARD_MUTEX(&kt->lock);
	struct key_node *n = by_number(kt, node);

	if (!n)
		return -ESTALE;
	if (!n->open) {
		n->open = calloc(1, sizeof(*n->open));
		if (!n->open)
			return -ENOMEM;
	}
	n->open->opens++;
	return 0;
}

void inode_close(struct inodes *kt, uint64_t node)
{
	GUARD_MUTEX(&kt->lock);
	struct key_node *n = by_number(kt, node);

	assert(n && n->open);
	if (--n->open->opens)
		return;
	free(n->open);
	n->open = NULL;
	drop_if_unused(kt, node_id(node));
}

static struct recent *recent_of(struct inodes *kt, uint64_t node)
{
	return &kt->recent[node_id(node) % RECENT];
}

void inode_present(struct inodes *kt, uint64_t node)
{
	uint64_t now = clock_ns(CLOCK_MONOTONIC);
	GUARD_MUTEX(&kt->lock);

	*recent_of(kt, node) = (struct recent){ node, now };
}

bool inode_was_present(struct inodes *kt, uint64_t node, uint64_t ns)
{
	uint64_t now = clock_ns(CLOCK_MONOTONIC);
	GUARD_MUTEX(&kt->lock);
	const struct recent *r = recent_of(kt, node);

	return r->node == node && now - r->seen < ns;
}

static struct open_state *open_state(struct inodes *kt, uint64_t node)
{
	struct key_node *n = by_number(kt, node);

	return n ? n->open : NULL;
}

void inode_set_size(struct inodes *kt, uint64_t node, size_t size)
{
	GUARD_MUTEX(&kt->lock);
	struct open_state *o = open_state(kt, node);

	if (o) {
		o->has_size = true;
		o->size = size;
	}
}

bool inode_size(struct inodes *kt, uint64_t node, size_t *ret)
{
	GUARD_MUTEX(&kt->lock);
	const struct open_state *o = open_state(kt, node);

	if (!o || !o->has_size)
		return false;
	*ret = o->size;
	return true;
}

void inode_set_pending(struct inodes *kt, uint64_t node, bool pending)
{
	GUARD_MUTEX(&kt->lock);
	struct open_state *o = open_state(kt, node);

	if (o && pending)
		o->pending++;
	else if (o && o->pending)
		o->pending--;
}

bool inode_pending(struct inodes *kt, uint64_t node)
{
	GUARD_MUTEX(&kt->lock);
	const struct open_state *o = open_state(kt, node);

	return o && o->pending;
}

void inode_unlink(struct inodes *kt, uint64_t node)
{
	GUARD_MUTEX(&kt->lock);
	struct open_state *o = open_state(kt, node);

	if (recent_of(kt, node)->node == node)
		recent_of(kt, node)->node = 0;
	if (o) {
		o->unlinks++;
		o->pending = 0;
		o->has_size = false;
	}
}

uint32_t inode_unlinks(struct inodes *kt, uint64_t node)
{
	GUARD_MUTEX(&kt->lock);
	const struct open_state *o = open_state(kt, node);

	return o ? o->unlinks : 0;
}

size_t inode_count(struct inodes *kt)
{
	GUARD_MUTEX(&kt->lock);

	return kt->count;
}

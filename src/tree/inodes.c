/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Slots live in chunks; hash chains and the free list link slots by index. A slot's
 * generation rises when it is freed, so a stale node number is recognized.
 */
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
#include "util/hash.h"

#define CHUNK_NODES 1024
#define NO_SLOT UINT32_MAX
#define KEY_INLINE 8
#define KEY_SIZE_MASK ((1u << 29) - 1)
#define RECENT 64

/* Exists only while files are open on the key. */
struct open_state {
	uint32_t opens;
	uint32_t pending; /* files that would create it */
	uint32_t unlinks;
	/* of readers who see numbers, and of those who see names */
	uint64_t sized[2]; /* when, ns, monotonic; 0: there is no size */
	size_t size[2];
};

struct key_node {
	uint32_t map_id;
	uint32_t serial;	/* of the schema that the key's bytes belong to */
	uint32_t key_size : 29; /* 0: the slot is free */
	uint32_t prefix_at : 2; /* struct inode_key */
	uint32_t orphan : 1;	/* another node has its key: in no hash chain */
	uint32_t next;		/* in the hash chain, or in the free list */
	uint32_t gen;
	uint32_t text_hash;
	uint64_t lookups;
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
	/* By slot; may lose entries. A member of key_node would enlarge all nodes. */
	struct recent recent[RECENT];
};

static struct key_node *slot_node(struct inodes *t, uint32_t slot)
{
	return &t->chunks[slot / CHUNK_NODES][slot % CHUNK_NODES];
}

static const uint8_t *node_key(const struct key_node *n)
{
	return n->key_size <= KEY_INLINE ? n->key.bytes : n->key.ptr;
}

static struct inode_key key_of(const struct key_node *n)
{
	return (struct inode_key){ n->map_id, n->serial, node_key(n), n->key_size,
				   n->prefix_at };
}

static uint64_t node_hash(const struct key_node *n)
{
	const struct inode_key k = key_of(n);

	return inode_key_hash(&k);
}

static bool is_node_of(const struct key_node *n, const struct inode_key *k)
{
	const struct inode_key own = key_of(n);

	return inode_key_is(&own, k);
}

struct inodes *inodes_new(enum node_kind kind)
{
	struct inodes *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->kind = kind;
	t->free = NO_SLOT;
	t->mask = 255;
	t->buckets = malloc((t->mask + 1) * sizeof(*t->buckets));
	if (!t->buckets) {
		free(t);
		return NULL;
	}
	memset(t->buckets, 0xff, (t->mask + 1) * sizeof(*t->buckets));
	pthread_mutex_init(&t->lock, NULL);
	return t;
}

static void release_node(struct key_node *n)
{
	if (n->key_size > KEY_INLINE)
		free(n->key.ptr);
	free(n->open);
	n->open = NULL;
	n->key_size = 0;
}

static void free_chunks(struct inodes *t)
{
	for (uint32_t i = 0; i < t->n_chunks; i++)
		free(t->chunks[i]);
	free(t->chunks);
	t->chunks = NULL;
	t->n_chunks = 0;
	t->free = NO_SLOT;
}

void inodes_free(struct inodes *t)
{
	if (!t)
		return;
	for (uint32_t slot = 0; slot < t->n_chunks * CHUNK_NODES; slot++)
		release_node(slot_node(t, slot));
	free_chunks(t);
	free(t->buckets);
	pthread_mutex_destroy(&t->lock);
	free(t);
}

static int add_chunk(struct inodes *t)
{
	struct key_node **chunks;
	struct key_node *nodes;
	uint32_t first = t->n_chunks * CHUNK_NODES;

	if (t->n_chunks >= NO_SLOT / CHUNK_NODES)
		return -ENOMEM;
	chunks = realloc(t->chunks, (t->n_chunks + 1) * sizeof(*chunks));
	if (!chunks)
		return -ENOMEM;
	t->chunks = chunks;
	nodes = calloc(CHUNK_NODES, sizeof(*nodes));
	if (!nodes)
		return -ENOMEM;
	t->chunks[t->n_chunks++] = nodes;
	for (uint32_t i = 0; i < CHUNK_NODES; i++) {
		nodes[i].gen = t->epoch;
		nodes[i].next = i + 1 < CHUNK_NODES ? first + i + 1 : t->free;
	}
	t->free = first;
	return 0;
}

static void rehash(struct inodes *t)
{
	uint32_t mask = t->mask * 2 + 1;
	uint32_t *buckets;

	/* Without memory for a larger table chains only get longer: ignore the error. */
	if (t->count <= t->mask)
		return;
	buckets = malloc(((size_t)mask + 1) * sizeof(*buckets));
	if (!buckets)
		return;
	memset(buckets, 0xff, ((size_t)mask + 1) * sizeof(*buckets));
	for (uint32_t b = 0; b <= t->mask; b++)
		for (uint32_t slot = t->buckets[b], next; slot != NO_SLOT; slot = next) {
			struct key_node *n = slot_node(t, slot);
			uint32_t *head = &buckets[node_hash(n) & mask];

			next = n->next;
			n->next = *head;
			*head = slot;
		}
	free(t->buckets);
	t->buckets = buckets;
	t->mask = mask;
}

static uint32_t find(struct inodes *t, const struct inode_key *k)
{
	uint32_t slot = t->buckets[inode_key_hash(k) & t->mask];

	while (slot != NO_SLOT && !is_node_of(slot_node(t, slot), k))
		slot = slot_node(t, slot)->next;
	return slot;
}

static int set_key(struct key_node *n, const struct inode_key *k)
{
	uint8_t *copy = NULL;

	if (k->size > KEY_INLINE) {
		copy = malloc(k->size);
		if (!copy)
			return -ENOMEM;
	}
	if (n->key_size > KEY_INLINE)
		free(n->key.ptr);
	if (copy)
		n->key.ptr = copy;
	memcpy(copy ?: n->key.bytes, k->key, k->size);
	n->map_id = k->map_id;
	n->serial = k->serial;
	n->key_size = (uint32_t)k->size & KEY_SIZE_MASK;
	n->prefix_at = k->prefix_at & 3;
	return 0;
}

static void link_slot(struct inodes *t, uint32_t slot)
{
	struct key_node *n = slot_node(t, slot);
	uint32_t *head = &t->buckets[node_hash(n) & t->mask];

	n->next = *head;
	*head = slot;
}

static void unlink_slot(struct inodes *t, uint32_t slot)
{
	struct key_node *n = slot_node(t, slot);
	uint32_t *link = &t->buckets[node_hash(n) & t->mask];

	if (n->orphan)
		return;
	while (*link != slot)
		link = &slot_node(t, *link)->next;
	*link = n->next;
}

static int insert(struct inodes *t, const struct inode_key *k, uint32_t *ret)
{
	uint32_t slot;
	struct key_node *n;

	if (t->free == NO_SLOT && add_chunk(t) < 0)
		return -ENOMEM;
	rehash(t);
	slot = t->free;
	n = slot_node(t, slot);
	if (set_key(n, k) < 0)
		return -ENOMEM;
	t->free = n->next;
	t->count++;
	n->orphan = false;
	n->lookups = 0;
	n->text_hash = 0;
	n->changed = 0;
	link_slot(t, slot);
	*ret = slot;
	return 0;
}

static void drop(struct inodes *t, uint32_t slot)
{
	struct key_node *n = slot_node(t, slot);

	unlink_slot(t, slot);
	release_node(n);
	/* The number names another node from now on. */
	n->gen = (n->gen + 1) & NODE_GEN_MASK;
	n->next = t->free;
	t->free = slot;
	t->count--;
}

/* An empty table keeps one chunk. Slots that come back start in a generation
 * of their own, so old numbers stay stale. */
static void give_back(struct inodes *t)
{
	if (t->count || t->n_chunks < 2)
		return;
	for (uint32_t slot = 0; slot < t->n_chunks * CHUNK_NODES; slot++)
		if (slot_node(t, slot)->gen > t->epoch)
			t->epoch = slot_node(t, slot)->gen;
	t->epoch = (t->epoch + 1) & NODE_GEN_MASK;
	free_chunks(t);
}

static void drop_if_unused(struct inodes *t, uint32_t slot)
{
	struct key_node *n = slot_node(t, slot);

	if (n->lookups || n->open)
		return;
	drop(t, slot);
	give_back(t);
}

static uint64_t number(struct inodes *t, uint32_t slot)
{
	return node_make(t->kind, slot_node(t, slot)->gen, slot);
}

/* NULL: the number is stale. */
static struct key_node *by_number(struct inodes *t, uint64_t node)
{
	uint32_t slot = node_id(node);
	struct key_node *n;

	if (node_kind(node) != t->kind || slot >= t->n_chunks * CHUNK_NODES)
		return NULL;
	n = slot_node(t, slot);
	if (n->gen != node_row(node) || !n->key_size)
		return NULL;
	return n;
}

int inode_get(struct inodes *t, const struct inode_key *k, uint64_t *ret_node)
{
	GUARD_MUTEX(&t->lock);
	uint32_t slot = find(t, k);
	int r;

	if (slot == NO_SLOT) {
		r = insert(t, k, &slot);
		if (r < 0)
			return r;
	}
	slot_node(t, slot)->lookups++;
	*ret_node = number(t, slot);
	return 0;
}

int inode_find(struct inodes *t, const struct inode_key *k, uint64_t *ret_node)
{
	GUARD_MUTEX(&t->lock);
	uint32_t slot = find(t, k);

	if (slot == NO_SLOT)
		return -ENOENT;
	*ret_node = number(t, slot);
	return 0;
}

void key_ref_release(struct key_ref *r)
{
	free(r->key);
	r->key = NULL;
}

int inode_ref(struct inodes *t, uint64_t node, struct key_ref *ret)
{
	GUARD_MUTEX(&t->lock);
	const struct key_node *n = by_number(t, node);

	if (!n || n->orphan)
		return -ESTALE;
	ret->key = malloc(n->key_size);
	if (!ret->key)
		return -ENOMEM;
	memcpy(ret->key, node_key(n), n->key_size);
	ret->key_size = n->key_size;
	ret->map_id = n->map_id;
	ret->serial = n->serial;
	return 0;
}

void inode_forget(struct inodes *t, uint64_t node, uint64_t lookups)
{
	GUARD_MUTEX(&t->lock);
	struct key_node *n = by_number(t, node);

	if (!n)
		return;
	n->lookups -= lookups < n->lookups ? lookups : n->lookups;
	drop_if_unused(t, node_id(node));
}

uint64_t inode_seen(struct inodes *t, uint64_t node, const void *text, size_t len)
{
	uint32_t hash = (uint32_t)hash_bytes(len, text, len);
	GUARD_MUTEX(&t->lock);
	struct key_node *n = by_number(t, node);

	if (!n)
		return clock_ns(CLOCK_REALTIME);
	if (!n->changed || n->text_hash != hash) {
		n->changed = clock_ns(CLOCK_REALTIME);
		n->text_hash = hash;
	}
	return n->changed;
}

int inode_open(struct inodes *t, uint64_t node)
{
	GUARD_MUTEX(&t->lock);
	struct key_node *n = by_number(t, node);

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

void inode_close(struct inodes *t, uint64_t node)
{
	GUARD_MUTEX(&t->lock);
	struct key_node *n = by_number(t, node);

	assert(n && n->open);
	if (--n->open->opens)
		return;
	free(n->open);
	n->open = NULL;
	drop_if_unused(t, node_id(node));
}

static struct recent *recent_of(struct inodes *t, uint64_t node)
{
	return &t->recent[node_id(node) % RECENT];
}

void inode_present(struct inodes *t, uint64_t node)
{
	uint64_t now = clock_ns(CLOCK_MONOTONIC);
	GUARD_MUTEX(&t->lock);

	*recent_of(t, node) = (struct recent){ node, now };
}

bool inode_was_present(struct inodes *t, uint64_t node, uint64_t ns)
{
	uint64_t now = clock_ns(CLOCK_MONOTONIC);
	GUARD_MUTEX(&t->lock);
	const struct recent *r = recent_of(t, node);

	return r->node == node && now - r->seen < ns;
}

static void forget_sizes(struct open_state *o)
{
	memset(o->sized, 0, sizeof(o->sized));
}

static struct open_state *open_state(struct inodes *t, uint64_t node)
{
	struct key_node *n = by_number(t, node);

	return n ? n->open : NULL;
}

void inode_set_size(struct inodes *t, uint64_t node, bool names, size_t size)
{
	GUARD_MUTEX(&t->lock);
	struct open_state *o = open_state(t, node);

	if (o) {
		o->sized[names] = clock_ns(CLOCK_MONOTONIC);
		o->size[names] = size;
	}
}

bool inode_size(struct inodes *t, uint64_t node, bool names, uint64_t max_age, size_t *ret)
{
	GUARD_MUTEX(&t->lock);
	const struct open_state *o = open_state(t, node);

	if (!o || (!o->sized[false] && !o->sized[true]))
		return false;
	if (o->sized[names] && clock_ns(CLOCK_MONOTONIC) - o->sized[names] <= max_age)
		*ret = o->size[names];
	return true;
}

void inode_set_pending(struct inodes *t, uint64_t node, bool pending)
{
	GUARD_MUTEX(&t->lock);
	struct open_state *o = open_state(t, node);

	if (o && pending)
		o->pending++;
	else if (o && o->pending)
		o->pending--;
}

bool inode_pending(struct inodes *t, uint64_t node)
{
	GUARD_MUTEX(&t->lock);
	const struct open_state *o = open_state(t, node);

	return o && o->pending;
}

void inode_unlink(struct inodes *t, uint64_t node)
{
	GUARD_MUTEX(&t->lock);
	struct open_state *o = open_state(t, node);

	if (recent_of(t, node)->node == node)
		recent_of(t, node)->node = 0;
	if (o) {
		o->unlinks++;
		o->pending = 0;
		forget_sizes(o);
	}
}

/* Detach a node from its key: files open on it no longer reach the map. */
static void forsake(struct inodes *t, uint32_t slot)
{
	struct key_node *n = slot_node(t, slot);

	unlink_slot(t, slot);
	n->orphan = true;
	if (n->open) {
		n->open->unlinks++;
		n->open->pending = 0;
	}
	if (recent_of(t, number(t, slot))->node == number(t, slot))
		recent_of(t, number(t, slot))->node = 0;
}

int inode_rename(struct inodes *t, const struct inode_key *from,
		 const struct inode_key *to)
{
	GUARD_MUTEX(&t->lock);
	uint32_t slot = find(t, from), there = find(t, to);
	struct key_node *n;

	if (there != NO_SLOT)
		forsake(t, there);
	if (slot == NO_SLOT)
		return 0;
	forsake(t, slot);
	n = slot_node(t, slot);
	/* Without memory the node stays an orphan: its name is looked up again. */
	if (set_key(n, to) < 0)
		return -ENOMEM;
	n->orphan = false;
	if (n->open)
		forget_sizes(n->open);
	link_slot(t, slot);
	return 0;
}

uint32_t inode_unlinks(struct inodes *t, uint64_t node)
{
	GUARD_MUTEX(&t->lock);
	const struct open_state *o = open_state(t, node);

	return o ? o->unlinks : 0;
}

size_t inode_count(struct inodes *t)
{
	GUARD_MUTEX(&t->lock);

	return t->count;
}

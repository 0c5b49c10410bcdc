/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * LPM trie of the in-process store: a binary trie with paths compressed.
 *
 * A node stands for a prefix. It is an entry if it has a value, else a fork,
 * which always has two children. Both children of a node are longer than
 * it, share its prefix, and differ in the bit behind it.
 *
 *	       0.0.0.0/0            entry
 *	      /
 *	  10.0.0.0/15               fork: no value
 *	  /        \
 *	10.0/16   10.1.2.0/24       entries
 *
 * Keys keep their host bits as written, but never compare by them. Keys are
 * listed children first, so the more specific prefix before the less.
 */
#include "store/memory/memory.h"

#include <bpf/btf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>

#define LPM_MAX_BYTES 256
#define LPM_MAX_BITS (LPM_MAX_BYTES * 8)
/* Overhead of the kernel's nodes, which bounds what fits its allocator. */
#define KERNEL_NODE_SIZE 24

struct lpm_node {
	uint32_t child[2]; /* node numbers, 0: none */
	uint32_t value; /* slot of the value, 0: a fork */
	uint32_t length; /* of the prefix, in bits */
	uint8_t data[]; /* of the last key written here */
};

struct lpm_map {
	struct memory_map map;
	pthread_rwlock_t lock; /* guards all below */
	struct memory_arena nodes;
	struct memory_arena values; /* as many as max_entries */
	uint32_t root;
	uint32_t data_size;
};

/* A key taken apart. */
struct lpm_key {
	uint32_t length;
	const uint8_t *data;
};

static struct lpm_map *lpm_of(struct memory_map *m)
{
	return (struct lpm_map *)m;
}

static struct lpm_node *node_at(const struct lpm_map *l, uint32_t n)
{
	return memory_arena_at(&l->nodes, n);
}

static struct lpm_key take_apart(const void *key)
{
	struct lpm_key k = { .data = (const uint8_t *)key + sizeof(k.length) };

	memcpy(&k.length, key, sizeof(k.length));
	return k;
}

static bool fits(const struct lpm_map *l, struct lpm_key k)
{
	return k.length <= l->data_size * 8;
}

static int lpm_check(const struct store_spec *spec)
{
	if (!spec->max_entries || !(spec->flags & BPF_F_NO_PREALLOC))
		return -EINVAL;
	if (spec->key_size < 5 || spec->key_size > 4 + LPM_MAX_BYTES)
		return -EINVAL;
	if (!spec->value_size ||
	    spec->value_size > MEMORY_KMALLOC_MAX - LPM_MAX_BYTES - KERNEL_NODE_SIZE)
		return -EINVAL;
	return 0;
}

static int lpm_check_btf(const struct store_spec *spec, const struct btf_type *key,
			 const struct btf_type *value)
{
	(void)spec;
	(void)value;
	return key && btf_is_struct(key) ? 0 : -EINVAL;
}

static void lpm_free(struct memory_map *m)
{
	struct lpm_map *l = lpm_of(m);

	memory_arena_release(&l->nodes);
	memory_arena_release(&l->values);
	pthread_rwlock_destroy(&l->lock);
	free(l);
}

static int lpm_create(const struct store_spec *spec, size_t value_stride,
		      struct memory_map **ret)
{
	struct lpm_map *l = calloc(1, sizeof(*l));
	/* Every entry but the first may need a fork. */
	uint32_t nodes = spec->max_entries > UINT32_MAX / 2 ? UINT32_MAX
							    : 2 * spec->max_entries;

	if (!l)
		return -ENOMEM;
	pthread_rwlock_init(&l->lock, NULL);
	l->data_size = spec->key_size - 4;
	if (memory_arena_init(&l->nodes, sizeof(struct lpm_node) + l->data_size, nodes, 0) ||
	    memory_arena_init(&l->values, value_stride, spec->max_entries, 0)) {
		lpm_free(&l->map);
		return -ENOMEM;
	}
	*ret = &l->map;
	return 0;
}

static uint64_t lpm_memlock(struct memory_map *m)
{
	struct lpm_map *l = lpm_of(m);

	return sizeof(*l) + memory_arena_bytes(&l->nodes) +
	       memory_arena_bytes(&l->values);
}

static unsigned bit_at(const uint8_t *data, uint32_t i)
{
	return data[i / 8] >> (7 - i % 8) & 1;
}

/* How many of the first `most` bits are the same. */
static uint32_t common_bits(const uint8_t *a, const uint8_t *b, uint32_t most)
{
	uint32_t i = 0;

	while (i + 8 <= most && a[i / 8] == b[i / 8])
		i += 8;
	while (i < most && bit_at(a, i) == bit_at(b, i))
		i++;
	return i;
}

static uint32_t node_common(const struct lpm_node *n, struct lpm_key k)
{
	return common_bits(n->data, k.data, n->length < k.length ? n->length : k.length);
}

/* Where a walk towards a key ended. */
struct place {
	uint32_t *link; /* to the node that is the key's, or that it would replace */
	uint32_t *parent; /* to the node that link is in; NULL: the root's link */
	uint32_t common; /* bits that the key shares with *link's node */
};

static struct place find_place(struct lpm_map *l, struct lpm_key k)
{
	struct place p = { .link = &l->root };

	while (*p.link) {
		struct lpm_node *n = node_at(l, *p.link);

		p.common = node_common(n, k);
		if (p.common < n->length || n->length == k.length)
			break;
		p.parent = p.link;
		p.link = &n->child[bit_at(k.data, n->length)];
	}
	return p;
}

/* The node of just this prefix, fork or entry, or NULL. */
static struct lpm_node *node_of(struct lpm_map *l, const struct place *p,
				struct lpm_key k)
{
	struct lpm_node *n = *p->link ? node_at(l, *p->link) : NULL;

	return n && n->length == k.length && p->common == k.length ? n : NULL;
}

static int lpm_lookup(struct memory_map *m, const void *key, void *value)
{
	struct lpm_map *l = lpm_of(m);
	struct lpm_key k = take_apart(key);
	uint32_t best = 0, at;

	if (!fits(l, k))
		return -ENOENT;
	GUARD_READ(&l->lock);
	for (at = l->root; at;) {
		const struct lpm_node *n = node_at(l, at);

		if (node_common(n, k) < n->length)
			break;
		best = n->value ? n->value : best;
		at = n->length < k.length ? n->child[bit_at(k.data, n->length)] : 0;
	}
	if (!best)
		return -ENOENT;
	memcpy(value, memory_arena_at(&l->values, best), m->value_stride);
	return 0;
}

static int new_node(struct lpm_map *l, struct lpm_key k, uint32_t length,
		    uint32_t *ret)
{
	struct lpm_node *n;

	if (memory_arena_alloc(&l->nodes, ret))
		return -ENOMEM;
	n = node_at(l, *ret);
	*n = (struct lpm_node){ .length = length };
	memcpy(n->data, k.data, l->data_size);
	return 0;
}

/* Put `top` where `below` was, with `below` under it. */
static void put_above(struct lpm_map *l, uint32_t *link, uint32_t top)
{
	uint32_t below = *link, length = node_at(l, top)->length;

	node_at(l, top)->child[bit_at(node_at(l, below)->data, length)] = below;
	*link = top;
}

/* A node for a prefix that has none yet, linked in. */
static int add_node(struct lpm_map *l, const struct place *p, struct lpm_key k,
		    struct lpm_node **ret)
{
	uint32_t leaf, fork;
	int r = new_node(l, k, k.length, &leaf);

	if (r)
		return r;
	if (!*p->link) {
		*p->link = leaf;
	} else if (p->common == k.length) {
		put_above(l, p->link, leaf);
	} else {
		r = new_node(l, k, p->common, &fork);
		if (r) {
			memory_arena_free(&l->nodes, leaf);
			return r;
		}
		put_above(l, p->link, fork);
		node_at(l, fork)->child[bit_at(k.data, p->common)] = leaf;
	}
	*ret = node_at(l, leaf);
	return 0;
}

/* Make an entry out of a fork, or of nothing. */
static int add_entry(struct lpm_map *l, const struct place *p, struct lpm_key k,
		     struct lpm_node **node)
{
	uint32_t value;
	int r = memory_arena_alloc(&l->values, &value);

	if (!r && !*node) {
		r = add_node(l, p, k, node);
		if (r)
			memory_arena_free(&l->values, value);
	}
	if (!r)
		(*node)->value = value;
	return r;
}

static int lpm_update(struct memory_map *m, const void *key, const void *value,
		      unsigned flags)
{
	struct lpm_map *l = lpm_of(m);
	struct lpm_key k = take_apart(key);
	struct lpm_node *n;
	struct place p;
	int r;

	if (!fits(l, k))
		return -EINVAL;
	GUARD_WRITE(&l->lock);
	p = find_place(l, k);
	n = node_of(l, &p, k);
	if (n && n->value) {
		if (flags == STORE_NOEXIST)
			return -EEXIST;
	} else {
		if (flags == STORE_EXIST)
			return -ENOENT;
		r = add_entry(l, &p, k, &n);
		if (r)
			return r;
	}
	/* The key as written now, host bits and all. */
	memcpy(n->data, k.data, l->data_size);
	memory_put_value(m, memory_arena_at(&l->values, n->value), value);
	return 0;
}

/* Free the node that a link leads to, and link to what was below it. */
static void unlink_node(struct lpm_map *l, uint32_t *link)
{
	uint32_t gone = *link;
	const struct lpm_node *n = node_at(l, gone);

	*link = n->child[0] ? n->child[0] : n->child[1];
	memory_arena_free(&l->nodes, gone);
}

static int lpm_remove(struct memory_map *m, const void *key)
{
	struct lpm_map *l = lpm_of(m);
	struct lpm_key k = take_apart(key);
	struct lpm_node *n;
	struct place p;

	if (!fits(l, k))
		return -EINVAL;
	GUARD_WRITE(&l->lock);
	p = find_place(l, k);
	n = node_of(l, &p, k);
	if (!n || !n->value)
		return -ENOENT;
	memory_arena_free(&l->values, n->value);
	n->value = 0;
	if (n->child[0] && n->child[1])
		return 0; /* a fork now */
	unlink_node(l, p.link);
	/* A fork above that lost one of its two children is none. */
	if (!*p.link && p.parent && !node_at(l, *p.parent)->value)
		unlink_node(l, p.parent);
	return 0;
}

/* The first entry, in order of listing, at or below a node. */
static const struct lpm_node *first_below(const struct lpm_map *l, uint32_t at)
{
	const struct lpm_node *n = node_at(l, at);

	while (n->child[0] || n->child[1])
		n = node_at(l, n->child[0] ? n->child[0] : n->child[1]);
	return n;
}

/* Nodes from the root to a key's entry; their number, or 0 without entry. */
static unsigned path_to(const struct lpm_map *l, struct lpm_key k, uint32_t *path)
{
	unsigned depth = 0;

	for (uint32_t at = l->root; at;) {
		const struct lpm_node *n = node_at(l, at);

		if (node_common(n, k) < n->length)
			return 0;
		path[depth++] = at;
		if (n->length == k.length)
			return n->value ? depth : 0;
		at = n->child[bit_at(k.data, n->length)];
	}
	return 0;
}

/* The entry listed behind the one that a path leads to, or NULL. */
static const struct lpm_node *next_entry(const struct lpm_map *l, const uint32_t *path,
					 unsigned depth)
{
	while (--depth) {
		const struct lpm_node *parent = node_at(l, path[depth - 1]);

		if (parent->child[0] == path[depth] && parent->child[1])
			return first_below(l, parent->child[1]);
		if (parent->value)
			return parent;
	}
	return NULL;
}

static int lpm_next_key(struct memory_map *m, const void *key, void *next)
{
	struct lpm_map *l = lpm_of(m);
	uint32_t path[LPM_MAX_BITS + 1];
	const struct lpm_node *n;
	unsigned depth = 0;

	GUARD_READ(&l->lock);
	if (!l->root)
		return -ENOENT;
	if (key && fits(l, take_apart(key)))
		depth = path_to(l, take_apart(key), path);
	n = depth ? next_entry(l, path, depth) : first_below(l, l->root);
	if (!n)
		return -ENOENT;
	memcpy(next, &n->length, sizeof(n->length));
	memcpy((char *)next + sizeof(n->length), n->data, l->data_size);
	return 0;
}

const struct memory_type memory_type_lpm_trie = {
	.type = BPF_MAP_TYPE_LPM_TRIE,
	.flags = BPF_F_NO_PREALLOC | BPF_F_NUMA_NODE | BPF_F_RDONLY | BPF_F_WRONLY |
		 BPF_F_RDONLY_PROG | BPF_F_WRONLY_PROG,
	.check = lpm_check,
	.check_btf = lpm_check_btf,
	.create = lpm_create,
	.free = lpm_free,
	.memlock = lpm_memlock,
	.lookup = lpm_lookup,
	.update = lpm_update,
	.remove = lpm_remove,
	.next_key = lpm_next_key,
	.lookup_batch = memory_batch_lookup,
	.update_batch = memory_batch_update,
	.remove_batch = memory_batch_remove,
};

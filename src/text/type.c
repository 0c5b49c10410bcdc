/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Life of a struct type, and the types that need no BTF.
 *
 * All nodes of a type come from chunks that only type_free() releases, so
 * that building has no clean-up paths of its own.
 */
#include "text/type.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "text/model.h"
#include "util/buf.h"

/* The text of a value is formatted in full before it is found too long, so
 * types that may reach many times TYPE_MAX_TEXT are not even tried. */
#define MAX_TRIED_TEXT (4 * TYPE_MAX_TEXT)

#define CHUNK_SIZE 4096

struct chunk {
	struct chunk *next;
	size_t used, size; /* bytes of data */
	_Alignas(16) unsigned char data[];
};

struct type *type_new(void)
{
	return calloc(1, sizeof(struct type));
}

void type_free(struct type *t)
{
	struct chunk *c, *next;

	if (!t)
		return;
	for (c = t->chunks; c; c = next) {
		next = c->next;
		free(c);
	}
	free(t);
}

static struct chunk *chunk_new(struct type *t, size_t need)
{
	size_t size = need > CHUNK_SIZE / 4 ? need : CHUNK_SIZE;
	struct chunk *c = calloc(1, sizeof(*c) + size);

	if (!c)
		return NULL;
	c->size = size;
	/* A chunk for one large object goes behind the one being filled. */
	if (size == need && t->chunks) {
		c->next = t->chunks->next;
		t->chunks->next = c;
	} else {
		c->next = t->chunks;
		t->chunks = c;
	}
	return c;
}

void *type_alloc(struct type *t, size_t count, size_t size)
{
	struct chunk *c = t->chunks;
	size_t need;
	void *p;

	if (__builtin_mul_overflow(count, size, &need) || need > SIZE_MAX / 2)
		return NULL;
	need = (need + 15) & ~(size_t)15;
	if (!c || c->size - c->used < need)
		c = chunk_new(t, need);
	if (!c)
		return NULL;
	p = c->data + c->used;
	c->used += need;
	return p;
}

char *type_strdup(struct type *t, const char *s, size_t len)
{
	char *copy = type_alloc(t, len + 1, 1);

	if (copy)
		memcpy(copy, s, len);
	return copy;
}

struct node *node_leaf(struct type *t, const struct kind *kind, uint32_t size)
{
	struct node *n = type_alloc(t, 1, sizeof(*n));

	if (!n)
		return NULL;
	n->kind = kind;
	n->size = size;
	/* "\u0001" is the longest that one byte can become; 48 is more than
	 * any number or address needs. */
	n->max_text = sat_add(48, sat_mul(size, 6));
	n->traits = TYPE_IS_DENSE;
	n->exact = kind->exact;
	n->align = 1;
	return n;
}

int type_reads_back(const struct type *t, type_parse *parse, const char *text, size_t len,
		    const void *bytes)
{
	_cleanup_free_ void *heap = NULL;
	unsigned char stack[256];
	size_t size = t->root->size;
	void *again = stack;
	int r;

	if (size > sizeof(stack))
		again = heap = malloc(size);
	if (!again)
		return -ENOMEM;
	r = parse(t, text, len, again);
	if (r == -ENOMEM)
		return r;
	return !r && memcmp(again, bytes, size) == 0;
}

int type_finish(struct type *t)
{
	const struct node *root = t->root;

	t->traits = root->traits;
	if (root->kind == &kind_chars)
		t->traits |= TYPE_IS_STRING;
	if (root->nodes <= TYPE_MAX_NODES && root->max_text <= MAX_TRIED_TEXT)
		return record_flatten_all(t, root);

	/* What the kernel keeps in the value must stay known even so. */
	t->traits &= TYPE_HAS_LOCK | TYPE_HAS_OBJECTS;
	t->traits |= TYPE_IS_RAW | TYPE_IS_DENSE;
	t->root = node_leaf(t, &kind_raw, root->size);
	return t->root ? 0 : -ENOMEM;
}

static struct type *type_of_leaf(const struct kind *kind, size_t size, const char *word,
				 unsigned traits)
{
	_cleanup_type_ struct type *t = type_new();
	struct node *n;

	if (!t || size > UINT32_MAX)
		return NULL;
	n = node_leaf(t, kind, (uint32_t)size);
	if (!n)
		return NULL;
	n->word = word;
	t->root = n;
	t->traits = n->traits | traits;
	return_ptr(t);
}

struct type *type_raw(size_t size)
{
	return type_of_leaf(&kind_raw, size, NULL, TYPE_IS_RAW);
}

struct type *type_index(void)
{
	return type_of_leaf(&kind_uint, sizeof(uint32_t), "u32", 0);
}

size_t type_size(const struct type *t)
{
	return t->root->size;
}

size_t type_memory(const struct type *t)
{
	size_t bytes = sizeof(*t);

	for (const struct chunk *c = t->chunks; c; c = c->next)
		bytes += sizeof(*c) + c->size;
	return bytes;
}

unsigned type_traits(const struct type *t)
{
	return t->traits;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The memory of a struct type. All of its nodes come from chunks that only
 * type_free() releases, so that building has no clean-up paths of its own.
 */
#include <stdlib.h>
#include <string.h>

#include "text/field.h"
#include "text/model.h"

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
	fields_free(t->fields);
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
	n->traits = TYPE_IS_DENSE | (kind->named ? TYPE_HAS_NAMES : 0);
	n->exact = kind->exact;
	n->align = 1;
	return n;
}

size_t type_memory(const struct type *t)
{
	size_t bytes = sizeof(*t);

	for (const struct chunk *c = t->chunks; c; c = c->next)
		bytes += sizeof(*c) + c->size;
	return bytes;
}

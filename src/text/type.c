/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Completing a type whose nodes have been built, and types that need no BTF.
 */
#include "text/type.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "text/model.h"
#include "text/words.h"
#include "util/buf.h"

/* Formatting stops at TYPE_MAX_TEXT; types whose text may be many times as long
 * are not even tried. */
#define MAX_TRIED_TEXT (4 * TYPE_MAX_TEXT)

int type_reads_back(const struct type *t, type_parse *parse,
		    const struct text_parse *how, const struct span *text,
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
	r = parse(t, how, text->s, text->len, again);
	if (r == -ENOMEM)
		return r;
	return !r && memcmp(again, bytes, size) == 0;
}

static uint32_t max_nodes(const struct node *root)
{
	return sat_add(TYPE_MAX_NODES, sat_mul(4, root->size));
}

int type_finish(struct type *t)
{
	const struct node *root = t->root;
	int r = -E2BIG;

	t->traits = root->traits;
	if (root->kind == &kind_chars)
		t->traits |= TYPE_IS_STRING;
	if (root->nodes <= max_nodes(root) && root->max_text <= MAX_TRIED_TEXT)
		r = record_flatten_all(t, root);
	if (r != -E2BIG)
		return r;

	/* Kernel objects in the value must remain known nevertheless. */
	t->traits &= TYPE_HAS_LOCK | TYPE_HAS_OBJECTS;
	t->traits |= TYPE_IS_RAW | TYPE_IS_DENSE;
	t->root = node_leaf(t, &kind_raw, root->size);
	return t->root ? 0 : -ENOMEM;
}

static struct type *type_of_leaf(const struct kind *kind, size_t size, unsigned traits)
{
	_cleanup_type_ struct type *t = type_new();
	struct node *n;

	if (!t || size > UINT32_MAX)
		return NULL;
	n = node_leaf(t, kind, (uint32_t)size);
	if (!n)
		return NULL;
	n->word = word_for(kind, n->size, false);
	t->root = n;
	t->traits = n->traits | traits;
	return_ptr(t);
}

struct type *type_raw(size_t size)
{
	return type_of_leaf(&kind_raw, size, TYPE_IS_RAW);
}

struct type *type_index(void)
{
	return type_of_leaf(&kind_uint, sizeof(uint32_t), 0);
}

size_t type_size(const struct type *t)
{
	return t->root->size;
}

size_t type_max_text(const struct type *t)
{
	return t->root->max_text;
}

unsigned type_traits(const struct type *t)
{
	return t->traits;
}

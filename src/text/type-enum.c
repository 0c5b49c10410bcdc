/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Enumerations out of BTF, sorted twice: by value for formatting, by name for
 * parsing. Enumerators that would not read back (a name used twice, a name
 * that is no identifier) are left out, so their values are plain numbers.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "text/compile.h"
#include "text/model.h"
#include "text/words.h"

static int by_name(const void *left, const void *right)
{
	const struct enumerator *a = left, *b = right;
	int order = strcmp(a->name, b->name);

	return order ? order : (a->order > b->order) - (a->order < b->order);
}

static int by_value(const void *left, const void *right)
{
	const struct enumerator *a = left, *b = right;

	if (a->value != b->value)
		return a->value < b->value ? -1 : 1;
	return (a->order > b->order) - (a->order < b->order);
}

static bool same_name(const struct enumerator *a, const struct enumerator *b)
{
	return strcmp(a->name, b->name) == 0;
}

static bool same_value(const struct enumerator *a, const struct enumerator *b)
{
	return a->value == b->value;
}

/* Sort, and keep the first of those that are the same. */
static uint32_t sort_unique(struct enumerator *list, uint32_t n,
			    int (*compare)(const void *, const void *),
			    bool (*same)(const struct enumerator *,
					 const struct enumerator *))
{
	uint32_t i, kept = 0;

	if (n)
		qsort(list, n, sizeof(*list), compare);
	for (i = 0; i < n; i++)
		if (!kept || !same(&list[kept - 1], &list[i]))
			list[kept++] = list[i];
	return kept;
}

static uint32_t name_offset(const struct btf_type *bt, uint32_t i)
{
	return btf_is_enum(bt) ? btf_enum(bt)[i].name_off : btf_enum64(bt)[i].name_off;
}

static int64_t enum_value(const struct btf_type *bt, uint32_t i)
{
	return btf_is_enum(bt) ? btf_enum(bt)[i].val
			       : (int64_t)btf_enum64_value(&btf_enum64(bt)[i]);
}

static uint32_t read_enumerators(struct compiler *c, const struct btf_type *bt,
				 struct enumerator *list, bool *ret_negative)
{
	uint64_t mask = bt->size < 8 ? (1ULL << (8 * bt->size)) - 1 : ~0ULL;
	uint32_t i, n = 0;

	for (i = 0; i < btf_vlen(bt); i++) {
		int64_t value = enum_value(bt, i);
		const char *name;

		if (value < 0 && btf_is_enum(bt))
			*ret_negative = true;
		if (compile_name(c, name_offset(bt, i), &name) || !*name ||
		    (*name >= '0' && *name <= '9'))
			continue;
		list[n] = (struct enumerator){ name, sat_size(strlen(name)), i,
					       (uint64_t)value & mask };
		n++;
	}
	return n;
}

/* Copies of the names, since BTF goes away. */
static int copy_names(struct type *t, struct enumerator *list, uint32_t n)
{
	uint32_t i;

	for (i = 0; i < n; i++) {
		list[i].name = type_strdup(t, list[i].name, list[i].len);
		if (!list[i].name)
			return -ENOMEM;
	}
	return 0;
}

/*
 * The flag of signed enums came late: before it, the sign can only
 * be guessed from the enumerators, and numbers of both ranges are taken.
 */
static int build(struct compiler *c, const struct btf_type *bt, struct node *n)
{
	uint32_t i, count = btf_vlen(bt);
	struct enumeration *e = type_alloc(c->type, 1, sizeof(*e));
	struct enumerator *names = type_alloc(c->type, count, sizeof(*names));
	struct enumerator *values = type_alloc(c->type, count, sizeof(*values));
	bool negative = false;

	if (!e || !names || !values)
		return -ENOMEM;
	e->n_names = read_enumerators(c, bt, names, &negative);
	e->n_names = sort_unique(names, e->n_names, by_name, same_name);
	if (copy_names(c->type, names, e->n_names))
		return -ENOMEM;
	if (e->n_names)
		memcpy(values, names, e->n_names * sizeof(*names));
	e->n_values = sort_unique(values, e->n_names, by_value, same_value);
	e->by_name = names;
	e->by_value = values;
	e->any_sign = btf_is_enum(bt) && !btf_kflag(bt);
	n->enumeration = e;
	n->is_signed = btf_kflag(bt) || (e->any_sign && negative);
	for (i = 0; i < e->n_names; i++)
		if (n->max_text < sat_add(names[i].len, 2))
			n->max_text = sat_add(names[i].len, 2);
	return 0;
}

int compile_enum(struct compiler *c, const struct btf_type *bt, struct node **ret)
{
	struct node *n;
	int r;

	if (!bt->size || bt->size > 8 || bt->size & (bt->size - 1))
		return -EINVAL;
	n = node_leaf(c->type, &kind_enum, bt->size);
	if (!n)
		return -ENOMEM;
	r = build(c, bt, n);
	if (r)
		return r;
	n->word = word_for(n->is_signed ? &kind_sint : &kind_uint, bt->size, n->is_signed);
	n->align = (uint8_t)bt->size;
	*ret = n;
	return 0;
}

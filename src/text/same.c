/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two types that mean the same bytes by the same names: offsets, bits, enumerators.
 *
 * Nodes are shared, but C writes types without names in full wherever they are used, so
 * pairs of nodes may be many more than nodes: after MAX_STEPS types count as different.
 */
#include <string.h>

#include "text/describe.h"
#include "text/model.h"

#define MAX_STEPS (1024 * 1024)

static bool nodes_match(const struct node *a, const struct node *b, uint32_t *steps);

static bool names_match(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

static bool lists_match(const struct member *a, const struct member *b, uint32_t count,
			uint32_t *steps)
{
	for (uint32_t i = 0; i < count; i++)
		if (a[i].offset != b[i].offset || !names_match(a[i].name, b[i].name) ||
		    !nodes_match(a[i].node, b[i].node, steps))
			return false;
	return true;
}

static bool members_match(const struct members *a, const struct members *b, uint32_t *steps)
{
	return a->count == b->count && lists_match(a->list, b->list, a->count, steps);
}

static bool records_match(const struct record *a, const struct record *b, uint32_t *steps)
{
	return a->is_union == b->is_union && a->n_owned == b->n_owned &&
	       members_match(&a->direct, &b->direct, steps) &&
	       lists_match(a->owned, b->owned, a->n_owned, steps);
}

static bool enumerators_match(const struct enumerator *a, const struct enumerator *b,
			      uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		if (a[i].value != b[i].value || a[i].len != b[i].len ||
		    memcmp(a[i].name, b[i].name, a[i].len) != 0)
			return false;
	return true;
}

static bool enums_match(const struct enumeration *a, const struct enumeration *b)
{
	return a->n_values == b->n_values && a->n_names == b->n_names &&
	       enumerators_match(a->by_value, b->by_value, a->n_values) &&
	       enumerators_match(a->by_name, b->by_name, a->n_names);
}

static bool nodes_match(const struct node *a, const struct node *b, uint32_t *steps)
{
	if (++*steps > MAX_STEPS || a->kind != b->kind || a->size != b->size ||
	    a->is_signed != b->is_signed || a->hidden != b->hidden)
		return false;
	if (a->kind == &kind_record)
		return records_match(a->record, b->record, steps);
	if (a->kind == &kind_array)
		return a->array.count == b->array.count &&
		       nodes_match(a->array.elem, b->array.elem, steps);
	if (a->kind == &kind_bits)
		return a->bits.shift == b->bits.shift && a->bits.width == b->bits.width &&
		       nodes_match(a->bits.base, b->bits.base, steps);
	if (a->kind == &kind_enum)
		return enums_match(a->enumeration, b->enumeration);
	if (a->kind->describe == prefix_describe)
		return members_match(&a->prefix->whole->record->all,
				     &b->prefix->whole->record->all, steps);
	return !memcmp(a->bucket, b->bucket, sizeof(a->bucket));
}

bool type_same(const struct type *a, const struct type *b)
{
	uint32_t steps = 0;

	return nodes_match(a->root, b->root, &steps);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Flattening: members of anonymous structs and unions become members of the
 * record around them, as in C.
 *
 * Only records that are shown (not the anonymous ones themselves) get lists.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "text/gaps.h"
#include "text/model.h"

/* Of all lists together. They take memory for as long as the map is known, while
 * elements of arrays take none. */
#define MAX_MEMBERS (256 * 1024)

struct flattener {
	struct type *type;
	struct member *list; /* NULL: only count */
	uint32_t count;
	struct cover cover;
	bool keys; /* one member of each union */
	int error;
};

static bool is_address(const struct kind *kind)
{
	return kind == &kind_ipv4 || kind == &kind_ipv6 || kind == &kind_mac;
}

static bool is_bytes(const struct kind *kind)
{
	return kind == &kind_bytes;
}

static bool is_any(const struct kind *kind)
{
	return kind != &kind_bits;
}

/* The member that stands for a union in names; NULL: none is as long. */
static const struct member *pick_member(const struct node *n)
{
	static bool (*const wishes[])(const struct kind *) = { is_address, is_bytes,
							       is_any };
	const struct members *direct = &n->record->direct;
	uint32_t i, wish;

	for (wish = 0; wish < sizeof(wishes) / sizeof(wishes[0]); wish++)
		for (i = 0; i < direct->count; i++)
			if (direct->list[i].node->size == n->size &&
			    wishes[wish](direct->list[i].node->kind))
				return &direct->list[i];
	return NULL;
}

/* Like pick_member(), through anonymous unions in unions. */
static const struct member *pick_deep(const struct node *n)
{
	const struct member *m = pick_member(n);

	while (m && !m->name && m->node->record->is_union)
		m = pick_member(m->node);
	return m;
}

static void cover_member(struct flattener *f, const struct member *m, uint32_t base)
{
	uint64_t at = (uint64_t)base + m->offset;

	if (!f->list)
		return;
	cover_bits(&f->cover, 8 * at + member_shift(m), member_width(m));
}

static void emit(struct flattener *f, const struct member *m, uint32_t base)
{
	cover_member(f, m, base);
	if (f->list) {
		f->list[f->count] = *m;
		f->list[f->count].offset += base;
	}
	if (f->count++ >= MAX_MEMBERS)
		f->error = -E2BIG;
}

/* A union without a member of its length: its bytes, under its first name. */
static void emit_bytes(struct flattener *f, const struct node *n, uint32_t base)
{
	const struct members *direct = &n->record->direct;
	struct member m = { .node = n, .offset = base };
	uint32_t i;

	for (i = 0; i < direct->count && !m.name; i++) {
		m.name = direct->list[i].name;
		m.name_len = direct->list[i].name_len;
	}
	if (!m.name)
		return;
	if (f->list) {
		m.node = node_leaf(f->type, &kind_bytes, n->size);
		if (!m.node) {
			f->error = -ENOMEM;
			return;
		}
	}
	emit(f, &m, 0);
}

static void flatten(struct flattener *f, const struct node *n, uint32_t base);

/* Add the members of an anonymous record to the record around it. */
static void flatten_anonymous(struct flattener *f, const struct member *m, uint32_t base)
{
	const struct node *n = m->node;

	base += m->offset;
	if (n->nodes)
		flatten(f, n, base);
	else if (n->traits & (TYPE_HAS_LOCK | TYPE_HAS_OBJECTS))
		cover_member(f, m, base - m->offset); /* nothing to see inside */
}

static void flatten_member(struct flattener *f, const struct member *m, uint32_t base)
{
	if (m->name)
		emit(f, m, base);
	else
		flatten_anonymous(f, m, base);
}

/* Where members of one record have ended so far. */
struct ends {
	uint32_t base, end;
	uint32_t owned; /* that are still to come, in the order of declaration */
};

static void pass(struct flattener *f, struct ends *ends, const struct member *m)
{
	if (f->list)
		cover_edge(&f->cover, ends->base, ends->end, m->offset, m->node->align);
	if (ends->end < m->offset + m->node->size)
		ends->end = m->offset + m->node->size;
}

/* Those of the kernel that are not behind m (NULL: all). */
static void pass_owned(struct flattener *f, struct ends *ends, const struct node *n,
		       const struct member *m)
{
	for (; ends->owned; ends->owned--) {
		const struct member *owned = &n->record->owned[ends->owned - 1];

		if (m && owned->offset > m->offset)
			return;
		cover_member(f, owned, ends->base);
		pass(f, ends, owned);
	}
}

static void flatten_all(struct flattener *f, const struct node *n, uint32_t base)
{
	const struct members *direct = &n->record->direct;
	struct ends ends = { base, 0, n->record->n_owned };
	uint32_t i;

	for (i = 0; i < direct->count && !f->error; i++) {
		pass_owned(f, &ends, n, &direct->list[i]);
		pass(f, &ends, &direct->list[i]);
		flatten_member(f, &direct->list[i], base);
	}
	pass_owned(f, &ends, n, NULL);
	if (f->list)
		cover_edge(&f->cover, base, ends.end, n->size, n->align);
}

static void flatten(struct flattener *f, const struct node *n, uint32_t base)
{
	const struct member *picked;

	if (!f->keys || !n->record->is_union) {
		flatten_all(f, n, base);
		return;
	}
	picked = pick_member(n);
	if (picked)
		flatten_member(f, picked, base);
	else
		emit_bytes(f, n, base);
}

static void flattener_release(struct flattener *f)
{
	cover_release(&f->cover);
}

static int make_list(struct type *t, const struct node *n, bool keys, struct members *ret)
{
	_cleanup_(flattener_release) struct flattener f = { .type = t, .keys = keys };
	int r;

	flatten(&f, n, 0);
	t->n_members += f.count;
	if (f.error || t->n_members > MAX_MEMBERS)
		return -E2BIG;
	f.list = type_alloc(t, f.count, sizeof(*f.list));
	if (!f.list)
		return -ENOMEM;
	f.count = 0;
	flatten(&f, n, 0);
	if (f.error)
		return f.error;
	ret->list = f.list;
	ret->count = f.count;
	r = n->record->is_section ? 0 : gaps_build(t, ret, n->size, &f.cover);
	return r ? r : members_index(t, ret);
}

/* --- the whole type ------------------------------------------------------- */

static bool has_twins(const struct members *m)
{
	uint32_t i;

	for (i = 1; i < m->count; i++) {
		const struct member *next = m->by_name[i];

		if (!strcmp(m->by_name[i - 1]->name, next->name))
			return true;
	}
	return false;
}

static int flatten_record(struct type *t, struct node *n)
{
	struct record *record = n->record;
	const struct member *picked;
	uint32_t i;
	int r;

	if (record->flat)
		return 0;
	record->flat = true;
	r = make_list(t, n, false, &record->all);
	record->all.empty = record->direct.empty;
	record->all.n_empty = record->direct.n_empty;
	record->keys = record->all;
	if (!r && record->overlap)
		r = make_list(t, n, true, &record->keys);
	if (!r && record->is_union) {
		picked = pick_deep(n);
		record->as_key =
			picked ? picked->node : node_leaf(t, &kind_bytes, n->size);
		r = record->as_key ? record_flatten_all(t, record->as_key) : -ENOMEM;
	}
	if (r)
		return r;
	n->exact =
		n->traits & TYPE_IS_DENSE && !record->overlap && !has_twins(&record->all);
	for (i = 0; i < record->all.count && !r; i++) {
		r = record_flatten_all(t, record->all.list[i].node);
		n->exact &= record->all.list[i].node->exact;
	}
	return r;
}

/* Nodes are constant for everybody but this last pass over them. */
int record_flatten_all(struct type *t, const struct node *node)
{
	struct node *n = (struct node *)node;
	int r = 0;

	if (n->kind == &kind_record)
		return flatten_record(t, n);
	if (n->kind == &kind_array && n->nodes) {
		r = record_flatten_all(t, n->array.elem);
		n->exact = n->array.elem->exact;
	}
	return r;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Structs, unions and data sections from BTF: their members, overlaps and limits.
 */
#include <errno.h>
#include <string.h>

#include "text/compile.h"
#include "text/known.h"
#include "text/model.h"
#include "text/tags.h"

/* Members that share bytes make work that is not bounded by the size of the
 * value; so many of their bytes count as much as one member. */
#define BYTES_PER_NODE 1024

/* A struct of these members; node->record->direct is the list. */
static struct node *node_record(struct type *t, uint32_t size, uint32_t n_members,
				struct member **ret_members)
{
	struct node *n = node_leaf(t, &kind_record, size);
	struct record *record = type_alloc(t, 1, sizeof(*record));
	struct member *list = type_alloc(t, n_members, sizeof(*list));

	if (!n || !record || !list)
		return NULL;
	n->record = record;
	record->direct.list = list;
	record->owned = list + n_members;
	*ret_members = list;
	return n;
}

/* --- what a record is, from its members ----------------------------------- */

static uint64_t first_bit(const struct member *m)
{
	return 8 * (uint64_t)m->offset + member_shift(m);
}

static bool is_filled(const struct member *m)
{
	return m->node->kind == &kind_bits || m->node->traits & TYPE_IS_DENSE;
}

/* Kernel BTF has members in the order of their offsets; if not, it is as
 * if they overlapped. */
static bool members_overlap(const struct members *m)
{
	uint64_t end = 0;
	uint32_t i;

	for (i = 0; i < m->count; i++) {
		if (first_bit(&m->list[i]) < end)
			return true;
		end = first_bit(&m->list[i]) + member_width(&m->list[i]);
	}
	return false;
}

/* Does every bit belong to a member? */
static bool members_fill(const struct members *m, uint32_t size, bool overlap)
{
	uint64_t sum = 0;
	uint32_t i;

	for (i = 0; i < m->count; i++) {
		if (!is_filled(&m->list[i]))
			continue;
		if (member_width(&m->list[i]) == 8 * (uint64_t)size)
			return true;
		sum += member_width(&m->list[i]);
	}
	return !overlap && sum == 8 * (uint64_t)size;
}

static void add_member(struct node *n, const struct member *m, bool overlap)
{
	const struct node *child = m->node;

	if (n->align < child->align)
		n->align = child->align;
	n->traits |=
		child->traits & (TYPE_HAS_LOCK | TYPE_HAS_OBJECTS | TYPE_HAS_OVERLAP |
				 TYPE_HAS_NAMES);
	if (!m->name && child->record->overlap)
		n->record->overlap = true;
	if (!m->name && !child->nodes)
		return;
	n->nodes = sat_add(n->nodes, sat_add(m->name ? 1 : 0, child->nodes));
	if (overlap)
		n->nodes = sat_add(n->nodes, child->size / BYTES_PER_NODE);
	n->max_text = sat_add(n->max_text, sat_add(m->name_len + 4u, child->max_text));
}

/* Once the members are there: counts, traits, overlap. */
static void node_record_done(struct node *n)
{
	struct record *record = n->record;
	bool overlap = members_overlap(&record->direct);
	uint32_t i;

	n->nodes = 0;
	n->max_text = 2;
	n->traits &= (uint8_t)~TYPE_IS_DENSE;
	record->overlap = overlap;
	for (i = 0; i < record->direct.count; i++)
		add_member(n, &record->direct.list[i], overlap);
	for (i = 0; i < record->n_owned; i++)
		if (n->align < record->owned[i].node->align)
			n->align = record->owned[i].node->align;
	/* Their bytes are checked only if there are other members. */
	if (n->nodes)
		n->nodes = sat_add(n->nodes, record->n_owned);
	if (record->overlap)
		n->traits |= TYPE_HAS_OVERLAP;
	if (members_fill(&record->direct, n->size, overlap))
		n->traits |= TYPE_IS_DENSE;
}

/* --- out of BTF ----------------------------------------------------------- */

/* Kinds that a bit-field can have; others lose their special meaning. */
static const struct node *bit_base(struct compiler *c, const struct node *n)
{
	static const struct kind *const kinds[] = { &kind_uint, &kind_sint, &kind_hex,
						    &kind_bool, &kind_enum };
	struct node *plain;
	size_t i;

	if (n->kind == &kind_bits)
		return n->bits.base;
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (n->kind == kinds[i])
			return n;
	if (n->kind != &kind_be && n->kind != &kind_ipv4)
		return NULL;
	plain = node_leaf(c->type, &kind_uint, n->size);
	return plain;
}

/* A member at any bit: makes it a bit-field where it is one. */
static int place_member(struct compiler *c, struct member *m, uint32_t bit,
			uint32_t bitfield_size)
{
	const struct node *n = m->node, *base;
	unsigned width = bitfield_size;

	if (!width && n->kind == &kind_bits) {
		bit += n->bits.shift;
		width = n->bits.width;
	} else if (!width && bit % 8) {
		width = n->size <= 16 ? 8 * n->size : 255;
	}
	m->offset = bit / 8;
	if (!width && n->kind != &kind_bits)
		return 0;
	base = bit_base(c, n);
	if (!base || width > 8 * base->size)
		return -EINVAL;
	m->node = node_bits(c, base, bit % 8, width);
	return m->node ? 0 : -ENOMEM;
}

static int copy_name(struct compiler *c, struct member *m, uint32_t name_off)
{
	const char *name;
	int r = compile_name(c, name_off, &name);

	if (r || !*name)
		return r;
	m->name_len = (uint16_t)strlen(name);
	m->name = type_strdup(c->type, name, m->name_len);
	return m->name ? 0 : -ENOMEM;
}

/* Its name is remembered: texts that other programs print have it. */
static int append_empty(struct compiler *c, struct node *n, struct member *m,
			uint32_t name_off)
{
	struct members *direct = &n->record->direct;
	int r = copy_name(c, m, name_off);

	if (r || !m->name || direct->n_empty == EMPTY_MAX)
		return r;
	if (!direct->empty)
		direct->empty = type_alloc(c->type, EMPTY_MAX, sizeof(*direct->empty));
	if (!direct->empty)
		return -ENOMEM;
	((struct member *)direct->empty)[direct->n_empty++] = *m;
	return 0;
}

/* Owned members fill the list from its end: it has room for all. */
static int append_owned(struct node *n, const struct member *m)
{
	struct record *record = n->record;

	record->owned--;
	record->n_owned++;
	*(struct member *)record->owned = *m;
	return 0;
}

/* Append a member that has text; the others only leave their traits. */
static int append(struct compiler *c, struct node *n, struct member *m, uint32_t name_off)
{
	struct members *direct = &n->record->direct;
	int r;

	if ((uint64_t)m->offset + m->node->size > n->size)
		return -EINVAL;
	n->traits |= m->node->traits & (TYPE_HAS_LOCK | TYPE_HAS_OBJECTS);
	if (m->node->hidden)
		return append_owned(n, m);
	if (!member_width(m))
		return append_empty(c, n, m, name_off);
	r = copy_name(c, m, name_off);
	if (r)
		return r;
	/* Padding. A record is kept even without members: its bytes are none. */
	if (!m->name && m->node->kind != &kind_record)
		return 0;
	((struct member *)direct->list)[direct->count++] = *m;
	return 0;
}

/* Apply the member's declaration tags, except for members that the kernel owns. */
static int apply_tags(struct compiler *c, uint32_t record, uint32_t i, struct node **child)
{
	const struct word *word = tags_word(c->tags, record, i, (*child)->size);

	if (!word || (*child)->hidden || (*child)->traits & TYPE_HAS_OBJECTS)
		return 0;
	return compile_word(c, word, "", *child, child);
}

static int read_member(struct compiler *c, const struct btf_type *bt, uint32_t record,
		       uint32_t i, struct node *n)
{
	const struct btf_member *bm = &btf_members(bt)[i];
	struct member m = { 0 };
	struct node *child;
	int r;

	r = compile(c, bm->type, &child);
	if (!r && !btf_member_bitfield_size(bt, i))
		r = apply_tags(c, record, i, &child);
	if (r)
		return r;
	m.node = child;
	r = place_member(c, &m, btf_member_bit_offset(bt, i),
			 btf_member_bitfield_size(bt, i));
	return r ? r : append(c, n, &m, bm->name_off);
}

int compile_record(struct compiler *c, const struct btf_type *bt, struct node **ret)
{
	const char *name = btf__name_by_offset(c->btf, bt->name_off);
	unsigned owned = btf_is_struct(bt) && name ? known_struct_traits(name) : 0;
	uint32_t i, id = c->id, count = owned ? 0 : btf_vlen(bt);
	struct member *list;
	struct node *n = node_record(c->type, bt->size, count, &list);
	int r;

	if (!n)
		return -ENOMEM;
	n->record->is_union = btf_is_union(bt);
	for (i = 0; i < count; i++) {
		r = read_member(c, bt, id, i, n);
		if (r)
			return r;
	}
	node_record_done(n);
	n->traits |= (uint8_t)owned;
	n->hidden = owned;
	if (owned)
		n->align = bt->size % 8 ? 4 : 8;
	*ret = n;
	return 0;
}

/* The variables of a section, as if they were members of a struct. */
static int read_variable(struct compiler *c, const struct btf_var_secinfo *info,
			 struct node *n)
{
	const struct btf_type *var = btf__type_by_id(c->btf, info->type);
	struct member m = { .offset = info->offset };
	struct node *child;
	int r;

	if (!var)
		return -EINVAL;
	r = compile(c, info->type, &child);
	if (r)
		return r;
	m.node = child;
	return append(c, n, &m, var->name_off);
}

int compile_datasec(struct compiler *c, const struct btf_type *bt, struct node **ret)
{
	uint32_t i, count = btf_vlen(bt);
	struct member *list;
	struct node *n = node_record(c->type, bt->size, count, &list);
	int r;

	if (!n)
		return -ENOMEM;
	n->record->is_section = true;
	for (i = 0; i < count; i++) {
		r = read_variable(c, &btf_var_secinfos(bt)[i], n);
		if (r)
			return r;
	}
	node_record_done(n);
	*ret = n;
	return 0;
}

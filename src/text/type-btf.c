/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From BTF to nodes: the walk over types.
 *
 * Every BTF id is compiled once and remembered, so that the work is bounded
 * by the number of types however often they are nested in each other. An id
 * that is met again while it is being compiled is a loop, which the kernel
 * refuses; so do we. Below TYPE_MAX_DEPTH levels a type counts as too large,
 * and the whole becomes raw bytes (the kernel looks for its own members on
 * fewer levels than that, so none is missed).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "text/compile.h"
#include "text/known.h"
#include "text/model.h"
#include "text/tags.h"
#include "text/type.h"
#include "text/words.h"
#include "util/cleanup.h"

/* Marks an id that is being compiled. */
static struct node in_progress;

static const char *name_of(const struct compiler *c, const struct btf_type *bt)
{
	const char *name = btf__name_by_offset(c->btf, bt->name_off);

	return name ? name : "";
}

int compile_name(const struct compiler *c, uint32_t name_off, const char **ret)
{
	const char *name = btf__name_by_offset(c->btf, name_off), *s;

	if (!name || strlen(name) > 512)
		return -EINVAL;
	/* Variables inside functions are called "function.variable". */
	for (s = name; *s; s++)
		if (!strchr("_.$", *s) && !(*s >= '0' && *s <= '9') &&
		    !((*s | 0x20) >= 'a' && (*s | 0x20) <= 'z'))
			return -EINVAL;
	*ret = name;
	return 0;
}

/* --- leaves --------------------------------------------------------------- */

/* A number of so many bytes, aligned as its size is. */
static struct node *number(struct compiler *c, const struct kind *kind, uint32_t size,
			   bool is_signed)
{
	struct node *n = node_leaf(c->type, kind, size);

	if (n) {
		n->word = word_for(kind, size, is_signed);
		n->align = (uint8_t)size;
		n->is_signed = is_signed;
		if (kind == &kind_uint || kind == &kind_sint)
			n->max_text = size < 4 ? 6 : 5 * size / 2 + 1;
	}
	return n;
}

static bool is_int_size(uint32_t size)
{
	return size && size <= 16 && !(size & (size - 1));
}

static bool int_is_regular(const struct btf_type *bt)
{
	return btf_int_bits(bt) == bt->size * 8 && !btf_int_offset(bt);
}

static bool int_is_bool(const struct compiler *c, const struct btf_type *bt)
{
	const char *name = name_of(c, bt);

	if (bt->size > 8)
		return false;
	return btf_int_encoding(bt) & BTF_INT_BOOL || strcmp(name, "_Bool") == 0 ||
	       strcmp(name, "bool") == 0;
}

static int compile_int(struct compiler *c, const struct btf_type *bt, struct node **ret)
{
	bool is_signed = btf_int_encoding(bt) & BTF_INT_SIGNED;
	struct node *n;

	if (!is_int_size(bt->size) || btf_int_bits(bt) > bt->size * 8 ||
	    btf_int_offset(bt) + btf_int_bits(bt) > bt->size * 8)
		return -EINVAL;
	if (int_is_bool(c, bt))
		n = number(c, &kind_bool, bt->size, false);
	else if (bt->size > 8)
		n = number(c, &kind_hex, bt->size, is_signed);
	else
		n = number(c, is_signed ? &kind_sint : &kind_uint, bt->size, is_signed);
	if (!n)
		return -ENOMEM;
	*ret = n;
	return 0;
}

/* Outside a struct, an int in fewer bits than its bytes is a bit-field too. */
static int compile_any_int(struct compiler *c, const struct btf_type *bt,
			   struct node **ret)
{
	struct node *base, *n;
	int r = compile_int(c, bt, &base);

	if (r)
		return r;
	n = base;
	if (!int_is_regular(bt))
		n = node_bits(c, base, btf_int_offset(bt), btf_int_bits(bt));
	if (!n)
		return -ENOMEM;
	n->size = bt->size;
	n->exact = n == base; /* the BTF does not have the other bits */
	*ret = n;
	return 0;
}

struct node *node_bits(struct compiler *c, const struct node *base, unsigned shift,
		       unsigned width)
{
	struct node *n = node_leaf(c->type, &kind_bits, (shift + width + 7) / 8);

	if (!n)
		return NULL;
	n->is_signed = base->is_signed;
	n->align = base->align;
	n->max_text = base->max_text;
	n->exact = base->exact;
	/* The record accounts for the other bits of these bytes. */
	n->traits = base->traits & TYPE_HAS_NAMES;
	n->bits.base = base;
	n->bits.shift = (uint8_t)shift;
	n->bits.width = (uint8_t)width;
	return n;
}

static int compile_float(struct compiler *c, const struct btf_type *bt, struct node **ret)
{
	if (bt->size == sizeof(float) || bt->size == sizeof(double) ||
	    bt->size == sizeof(long double))
		*ret = number(c, &kind_float, bt->size, false);
	else if (bt->size == 2)
		*ret = number(c, &kind_hex, bt->size, false);
	else if (bt->size == 12 || bt->size == 16)
		*ret = node_leaf(c->type, &kind_bytes, bt->size);
	else
		return -EINVAL;
	return *ret ? 0 : -ENOMEM;
}

/* Does the chain of modifiers under a pointer have a tag that owns it? */
static unsigned pointer_traits(const struct compiler *c, const struct btf_type *bt)
{
	uint32_t steps;

	for (steps = 0; steps < c->n_ids; steps++) {
		bt = btf__type_by_id(c->btf, bt->type);
		if (!bt || (!btf_is_mod(bt) && !btf_is_typedef(bt)))
			return 0;
		/* With the flag it is an attribute of any name. */
		if (btf_is_type_tag(bt) && !btf_kflag(bt) && known_tag_traits(name_of(c, bt)))
			return known_tag_traits(name_of(c, bt));
	}
	return 0;
}

/* BPF's pointers have 8 bytes on every machine. */
static int compile_pointer(struct compiler *c, const struct btf_type *bt,
			   struct node **ret)
{
	unsigned traits = pointer_traits(c, bt);
	struct node *n = number(c, &kind_hex, 8, false);

	if (!n)
		return -ENOMEM;
	if (traits) {
		n->traits = (uint8_t)traits;
		n->hidden = true;
	}
	*ret = n;
	return 0;
}

/* --- arrays --------------------------------------------------------------- */

/* Follow typedefs and the like; NULL: nowhere, or for ever. Known names end
 * the walk, since what they mean is not what they are made of. */
static const struct btf_type *skip_modifiers(const struct compiler *c, uint32_t id)
{
	const struct btf_type *bt = btf__type_by_id(c->btf, id);
	uint32_t steps;

	for (steps = 0; bt && steps < c->n_ids; steps++) {
		if (!btf_is_mod(bt) && !btf_is_typedef(bt))
			return bt;
		if (btf_is_typedef(bt) && word_by_name(name_of(c, bt), 0))
			return bt;
		bt = btf__type_by_id(c->btf, bt->type);
	}
	return NULL;
}

/* char[N] and u8[N] are leaves, not arrays. */
static const struct kind *array_leaf(const struct compiler *c, uint32_t elem_id)
{
	const struct btf_type *bt = skip_modifiers(c, elem_id);

	if (!bt || !btf_is_int(bt) || bt->size != 1 || !int_is_regular(bt) ||
	    int_is_bool(c, bt))
		return NULL;
	if (strcmp(name_of(c, bt), "char") == 0)
		return &kind_chars;
	return btf_int_encoding(bt) & BTF_INT_SIGNED ? NULL : &kind_bytes;
}

static int compile_array(struct compiler *c, const struct btf_type *bt, struct node **ret)
{
	const struct btf_array *array = btf_array(bt);
	const struct kind *kind = array_leaf(c, array->type);
	struct node *elem, *n;
	uint32_t size;
	int r;

	if (kind) {
		n = node_leaf(c->type, kind, array->nelems);
		*ret = n;
		return n ? 0 : -ENOMEM;
	}
	r = compile(c, array->type, &elem);
	if (r)
		return r;
	if (__builtin_mul_overflow(elem->size, array->nelems, &size))
		return -EINVAL;
	n = node_leaf(c->type, &kind_array, size);
	if (!n)
		return -ENOMEM;
	n->align = elem->align;
	n->array.elem = elem;
	n->array.count = array->nelems;
	n->nodes = sat_mul(array->nelems, sat_add(1, elem->nodes));
	n->max_text = sat_add(2, sat_mul(array->nelems, sat_add(1, elem->max_text)));
	n->traits = elem->traits;
	n->hidden = elem->hidden;
	n->exact = elem->exact;
	*ret = n;
	return 0;
}

/* --- everything ----------------------------------------------------------- */

static int compile_modifier(struct compiler *c, const struct btf_type *bt,
			    struct node **ret)
{
	return compile(c, bt->type, ret);
}

static const struct compile_row {
	int (*compile)(struct compiler *c, const struct btf_type *bt, struct node **ret);
	bool named; /* its name may be one of words.c */
} compile_rows[] = {
	[BTF_KIND_INT] = { compile_any_int, false },
	[BTF_KIND_PTR] = { compile_pointer, false },
	[BTF_KIND_ARRAY] = { compile_array, false },
	[BTF_KIND_STRUCT] = { compile_record, true },
	[BTF_KIND_UNION] = { compile_record, false },
	[BTF_KIND_ENUM] = { compile_enum, false },
	[BTF_KIND_TYPEDEF] = { compile_modifier, true },
	[BTF_KIND_VOLATILE] = { compile_modifier, false },
	[BTF_KIND_CONST] = { compile_modifier, false },
	[BTF_KIND_RESTRICT] = { compile_modifier, false },
	[BTF_KIND_VAR] = { compile_modifier, false },
	[BTF_KIND_DATASEC] = { compile_datasec, false },
	[BTF_KIND_FLOAT] = { compile_float, false },
	[BTF_KIND_TYPE_TAG] = { compile_modifier, false },
	[BTF_KIND_ENUM64] = { compile_enum, false },
};

int compile_word(struct compiler *c, const struct word *word, const char *name,
		 const struct node *in_place_of, struct node **ret)
{
	struct node *n = node_leaf(c->type, word->kind, in_place_of->size);

	if (!n)
		return -ENOMEM;
	n->word = word;
	n->align = in_place_of->align;
	n->is_signed = word->is_signed;
	if (!word->kind->prepare || word->kind->prepare(n, name))
		*ret = n;
	return 0;
}

/* A name that means something, for a type of the right size. */
static int apply_known(struct compiler *c, const struct btf_type *bt, struct node **node)
{
	const char *name = name_of(c, bt);
	uint32_t size = (*node)->size;
	const struct word *word = size ? word_by_name(name, size) : NULL;

	if (!word || (*node)->traits & TYPE_HAS_OBJECTS)
		return 0;
	return compile_word(c, word, name, *node, node);
}

/* Stands for what lies too deep: its count makes the whole type raw. */
static int too_deep(struct compiler *c, uint32_t id, struct node **ret)
{
	long long size = btf__resolve_size(c->btf, id);
	struct node *n;

	if (size < 0 || size > UINT32_MAX)
		return -EINVAL;
	n = node_leaf(c->type, &kind_raw, (uint32_t)size);
	if (!n)
		return -ENOMEM;
	n->nodes = size ? UINT32_MAX : 0;
	*ret = n;
	return 0;
}

static int compile_new(struct compiler *c, uint32_t id, struct node **ret)
{
	const struct btf_type *bt = btf__type_by_id(c->btf, id);
	const struct compile_row *row;
	size_t kind;
	int r;

	kind = bt ? btf_kind(bt) : BTF_KIND_UNKN;
	if (kind >= sizeof(compile_rows) / sizeof(compile_rows[0]))
		return -EINVAL;
	row = &compile_rows[kind];
	if (!row->compile)
		return -EINVAL;
	c->id = id;
	r = row->compile(c, bt, ret);
	if (!r && row->named)
		r = apply_known(c, bt, ret);
	return r;
}

int compile(struct compiler *c, uint32_t id, struct node **ret)
{
	struct node *n;
	int r;

	if (id >= c->n_ids || c->memo[id] == &in_progress)
		return -EINVAL;
	if (c->memo[id]) {
		*ret = c->memo[id];
		return 0;
	}
	/* Not remembered: on a shorter way it may be reached whole. */
	if (c->depth >= TYPE_MAX_DEPTH)
		return too_deep(c, id, ret);
	c->memo[id] = &in_progress;
	c->depth++;
	r = compile_new(c, id, &n);
	c->depth--;
	c->memo[id] = r ? NULL : n;
	if (!r)
		*ret = n;
	return r;
}

/* Of btf_type.info: the rest of what may become a longer vlen or kind. */
#define INFO_RESERVED 0x60ff0000

bool type_btf_is_known(const struct btf *btf)
{
	uint32_t id, n_ids = btf__type_cnt(btf);

	for (id = 1; id < n_ids; id++) {
		const struct btf_type *bt = btf__type_by_id(btf, id);

		if (bt->info & INFO_RESERVED || btf_kind(bt) > BTF_KIND_ENUM64)
			return false;
	}
	return true;
}

static int compile_root(struct type *t, const struct btf *btf, uint32_t id, size_t size)
{
	uint32_t n_ids = btf__type_cnt(btf);
	_cleanup_free_ struct node **memo = calloc(n_ids, sizeof(*memo));
	_cleanup_tags_ struct tags tags = { NULL, 0 };
	struct compiler c = {
		.btf = btf, .type = t, .memo = memo, .n_ids = n_ids, .tags = &tags
	};
	struct node *root;
	int r = memo ? tags_collect(btf, &tags) : -ENOMEM;

	if (!r)
		r = compile(&c, id, &root);
	if (r)
		return r;
	/* A zero-size type has no text form. */
	if (!size || root->size != size)
		return -EINVAL;
	t->root = root;
	return type_finish(t);
}

int type_from_btf(const struct btf *btf, uint32_t id, size_t size, struct type **ret)
{
	_cleanup_type_ struct type *t = type_new();
	int r = t ? compile_root(t, btf, id, size) : -ENOMEM;

	if (!r)
		*ret = take_ptr(t);
	return r;
}

int type_prefix_from_btf(const struct btf *btf, uint32_t id, size_t size,
			 struct type **ret)
{
	_cleanup_type_ struct type *t = type_new();
	int r = 0;

	if (!t)
		return -ENOMEM;
	t->traits = TYPE_IS_DENSE;
	if (btf && id)
		r = compile_root(t, btf, id, size);
	if (!r)
		r = prefix_wrap(t, sat_size(size));
	if (r)
		return r;
	/* A key without members is not raw any more. */
	t->traits &= ~(unsigned)(TYPE_IS_RAW | TYPE_IS_STRING);
	*ret = take_ptr(t);
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The walk over a type is done once and leaves a flat list, so that a pass over
 * millions of entries is a loop over loads. The text of JSON is part of it: what
 * stands between two numbers of a value is the same for all values.
 */
#include "text/field.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "text/model.h"
#include "util/buf.h"

/* ---- building ---- */

/* Where the texts of a field begin in builder.text, which moves as it grows. */
struct place_of {
	size_t path, json;
};

struct builder {
	struct fields *fields;
	struct place_of *places;
	size_t room;
	struct buf text;    /* all texts, NUL-terminated */
	struct buf path;    /* of the node at hand */
	struct buf pending; /* JSON since the last number */
};

static void builder_release(struct builder *b)
{
	fields_free(b->fields);
	free(b->places);
	buf_release(&b->text);
	buf_release(&b->path);
	buf_release(&b->pending);
}

static int make_room(struct builder *b)
{
	size_t room = b->room ? 2 * b->room : 16;
	struct place_of *places;
	struct field *list;

	if (b->fields->count < b->room)
		return 0;
	if (b->room >= FIELDS_MAX)
		return -E2BIG;
	list = reallocarray(b->fields->list, room, sizeof(*list));
	if (!list)
		return -ENOMEM;
	b->fields->list = list;
	places = reallocarray(b->places, room, sizeof(*places));
	if (!places)
		return -ENOMEM;
	b->places = places;
	b->room = room;
	return 0;
}

static size_t keep_text(struct builder *b, const struct buf *text)
{
	size_t at = b->text.len;

	buf_put(&b->text, text->data, text->len);
	buf_putc(&b->text, '\0');
	return at;
}

static bool is_bucket(const struct node *n)
{
	return n->kind == &kind_bucket || n->kind == &kind_bucket1 ||
	       n->kind == &kind_bucket3;
}

static bool is_number(const struct node *n)
{
	if (n->kind == &kind_bits)
		n = n->bits.base;
	if (n->kind == &kind_hex)
		return n->size == 16;
	return n->kind == &kind_uint || n->kind == &kind_sint || n->kind == &kind_be ||
	       is_bucket(n);
}

/* count contiguous elements; `array`: as an array. */
static int add_field(struct builder *b, const struct node *n, uint32_t offset,
		     uint32_t count, bool array)
{
	bool bits = n->kind == &kind_bits;
	int r = make_room(b);

	if (r < 0)
		return r;
	b->places[b->fields->count].path = keep_text(b, &b->path);
	b->places[b->fields->count].json = keep_text(b, &b->pending);
	buf_clear(&b->pending);
	if (b->text.len > FIELDS_TEXT_MAX)
		return -E2BIG;
	b->fields->list[b->fields->count++] = (struct field){
		.word = bits ? n->bits.base->word : n->word,
		.offset = offset,
		.count = count,
		.size = (uint8_t)n->size,
		.shift = bits ? n->bits.shift : 0,
		.width = (uint8_t)(bits ? n->bits.width : 8 * n->size),
		.is_signed = n->is_signed || n->kind == &kind_sint,
		.is_array = array,
		.is_network = n->kind == &kind_be,
	};
	if (is_bucket(n))
		memcpy(b->fields->list[b->fields->count - 1].bucket, n->bucket,
		       sizeof(n->bucket));
	b->fields->numbers += count;
	return buf_error(&b->text);
}

static int add_node(struct builder *b, const struct node *n, uint32_t offset);

/* A member or an element; its text precedes it, and undone if it has no number. *first:
 * none was added before it. */
static int add_part(struct builder *b, const struct node *n, uint32_t offset,
		    const char *label, uint32_t label_len, bool *first)
{
	size_t fields = b->fields->count, pending = b->pending.len;
	int r;

	/* A label begins with the comma that the first one does without. */
	buf_put(&b->pending, label + *first, label_len - *first);
	r = add_node(b, n, offset);
	if (r < 0)
		return r;
	if (b->fields->count == fields)
		buf_truncate(&b->pending, pending);
	else
		*first = false;
	return 0;
}

static int add_members(struct builder *b, const struct members *all, uint32_t offset)
{
	size_t before = b->path.len;
	bool first = true;
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < all->count; i++) {
		const struct member *m = &all->list[i];

		if (before)
			buf_putc(&b->path, '.');
		buf_put(&b->path, m->name, m->name_len);
		r = add_part(b, m->node, offset + m->offset, m->label, m->label_len,
			     &first);
		buf_truncate(&b->path, before);
	}
	return r;
}

/* Elements are alike: if one has no number, none has. */
static int add_elements(struct builder *b, const struct node *n, uint32_t offset)
{
	const struct node *elem = n->array.elem;
	size_t before = b->path.len;
	bool first = true;
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < n->array.count && (!i || !first); i++) {
		buf_printf(&b->path, "[%u]", i);
		r = add_part(b, elem, offset + i * elem->size, ",", 1, &first);
		buf_truncate(&b->path, before);
	}
	return r;
}

/* Add the fields inside brackets; the brackets are kept only if there is a number. */
static int add_inside(struct builder *b, const struct node *n, uint32_t offset)
{
	bool record = n->kind == &kind_record;
	size_t fields = b->fields->count, pending = b->pending.len;
	int r;

	buf_putc(&b->pending, record ? '{' : '[');
	r = record ? add_members(b, &n->record->all, offset) : add_elements(b, n, offset);
	if (b->fields->count == fields)
		buf_truncate(&b->pending, pending);
	else
		buf_putc(&b->pending, record ? '}' : ']');
	return r;
}

static int add_node(struct builder *b, const struct node *n, uint32_t offset)
{
	if (n->hidden || !n->size)
		return 0;
	if (n->kind == &kind_array && is_number(n->array.elem))
		return add_field(b, n->array.elem, offset, n->array.count, true);
	if (n->kind == &kind_record || n->kind == &kind_array)
		return add_inside(b, n, offset);
	return is_number(n) ? add_field(b, n, offset, 1, false) : 0;
}

/* An untyped value of the size of an integer is taken for one. */
static bool is_plain(const struct type *t)
{
	uint32_t size = t->root->size;

	return t->root->kind == &kind_raw && size <= 8 && !(size & (size - 1)) &&
	       !(t->traits & (TYPE_HAS_LOCK | TYPE_HAS_OBJECTS));
}

static void settle_texts(struct builder *b)
{
	struct fields *fs = b->fields;
	size_t tail = keep_text(b, &b->pending);

	if (buf_error(&b->text))
		return;
	fs->text = buf_detach(&b->text);
	fs->json = fs->text + tail;
	for (size_t i = 0; i < fs->count; i++) {
		fs->list[i].path = fs->text + b->places[i].path;
		fs->list[i].json = fs->text + b->places[i].json;
	}
}

int fields_new(const struct type *t, struct fields **ret)
{
	_cleanup_(builder_release) struct builder b = { 0 };
	int r;

	b.fields = calloc(1, sizeof(*b.fields));
	if (!b.fields)
		return -ENOMEM;
	r = is_plain(t) ? add_field(&b, t->root, 0, 1, false) : add_node(&b, t->root, 0);
	if (r < 0)
		return r;
	settle_texts(&b);
	if (buf_error(&b.text) || buf_error(&b.path) || buf_error(&b.pending))
		return -ENOMEM;
	*ret = take_ptr(b.fields);
	return 0;
}

void fields_free(struct fields *fs)
{
	if (!fs)
		return;
	free(fs->list);
	free(fs->text);
	free(fs);
}

int type_fields(const struct type *t, const struct fields **ret)
{
	/* A type is immutable except for this cache. */
	struct fields **cache = (struct fields **)&t->fields, *fs = NULL;
	struct fields *known = __atomic_load_n(cache, __ATOMIC_ACQUIRE);
	int r = known ? 0 : fields_new(t, &fs);

	if (r < 0)
		return r;
	if (fs && !__atomic_compare_exchange_n(cache, &known, fs, false, __ATOMIC_ACQ_REL,
					       __ATOMIC_ACQUIRE))
		fields_free(fs);
	*ret = known ?: fs;
	return 0;
}

/* ---- finding ---- */

/* "[12]" and nothing behind it. */
static bool read_index(const char *s, uint32_t count, uint32_t *ret)
{
	uint64_t v = 0;
	const char *p = s + 1;

	if (*s != '[' || *p < '0' || *p > '9')
		return false;
	for (; *p >= '0' && *p <= '9' && v < count; p++)
		v = v * 10 + (uint64_t)(*p - '0');
	if (p[0] != ']' || p[1] || v >= count)
		return false;
	*ret = (uint32_t)v;
	return true;
}

const struct field *fields_find(const struct fields *fs, const char *path,
				uint32_t *ret_index)
{
	for (size_t i = 0; i < fs->count; i++) {
		const struct field *f = &fs->list[i];
		size_t len = strlen(f->path);

		if (strncmp(path, f->path, len) != 0)
			continue;
		*ret_index = 0;
		if (!path[len] ||
		    (f->is_array && read_index(path + len, f->count, ret_index)))
			return f;
	}
	return NULL;
}

/* Is f the last thing in the key, and a member of the outermost record? */
static bool is_last(const struct field *f, const struct node *root)
{
	const struct members *keys;

	if (f->is_array)
		return false;
	if (root->kind != &kind_record)
		return !*f->path;
	keys = &root->record->keys;
	return !root->record->as_key && keys->count &&
	       !strcmp(f->path, keys->list[keys->count - 1].name);
}

bool field_last(const struct type *t, struct field *ret)
{
	const struct fields *fs;
	uint32_t size = t->root->size;

	if (t->root->kind == &kind_raw && size > 8 && size % 8 == 0) {
		*ret = (struct field){ .path = "",
				       .json = "",
				       .offset = size - 8,
				       .count = 1,
				       .size = 8,
				       .width = 64 };
		return true;
	}
	if (type_fields(t, &fs) < 0 || !fs->count)
		return false;
	*ret = fs->list[fs->count - 1];
	return is_last(ret, t->root);
}

/* ---- values ---- */

void field_clear(const struct field *f, void *value)
{
	uint8_t *p = (uint8_t *)value + f->offset;

	if (f->width == 8 * f->size)
		memset(p, 0, f->size);
	else
		store_bits(p, f->shift, f->width, 0);
}

static u128 extend(u128 v, unsigned width)
{
	u128 sign = (u128)1 << (width - 1);

	return (v ^ sign) - sign;
}

static u128 load_network(const uint8_t *p, unsigned size)
{
	u128 v = 0;

	for (unsigned i = 0; i < size; i++)
		v = v << 8 | p[i];
	return v;
}

u128 field_load(const struct field *f, uint32_t i, const void *value)
{
	const uint8_t *p = (const uint8_t *)value + f->offset + (size_t)i * f->size;
	u128 v;

	if (f->is_network)
		v = load_network(p, f->size);
	else if (f->width == 8 * f->size && f->size <= 8)
		return f->is_signed ? (u128)load_sint(p, f->size) : load_uint(p, f->size);
	else
		v = load_bits(p, f->shift, f->width);
	return f->is_signed && f->width ? extend(v, f->width) : v;
}

/* Most numbers are plain counters, of which compilers make short loops. */
#define ADD_ALL(type)                                                 \
	for (uint32_t i_ = 0; i_ < f->count; i_++) {                  \
		type v_;                                              \
		memcpy(&v_, p + (size_t)i_ * sizeof(v_), sizeof(v_)); \
		to[i_] += v_;                                         \
	}

void field_add(const struct field *f, const void *value, u128 *to)
{
	const uint8_t *p = (const uint8_t *)value + f->offset;
	bool plain = !f->is_network && !f->is_signed && f->width == 8 * f->size;

	if (plain && f->size == 4)
		ADD_ALL(uint32_t)
	else if (plain && f->size == 8)
		ADD_ALL(uint64_t)
	else
		for (uint32_t i = 0; i < f->count; i++)
			to[i] += field_load(f, i, value);
}

struct number field_number(const struct field *f, u128 v)
{
	bool negative;

	if (f->width <= 64)
		v = f->is_signed ? (u128)(int64_t)v : (uint64_t)v;
	negative = f->is_signed && v >> 127;
	return (struct number){ negative ? -v : v, negative };
}

/* Append v as JSON, as field_number() has it. */
static void field_put(const struct field *f, u128 v, struct buf *out)
{
	struct number n = field_number(f, v);

	if (f->width > 64) {
		buf_putc(out, '"');
		number_put_hex(out, v, 16);
		buf_putc(out, '"');
		return;
	}
	if (n.negative)
		buf_putc(out, '-');
	number_put(out, (uint64_t)n.magnitude);
}

static void put_array(const struct field *f, const u128 *numbers, struct buf *out)
{
	for (uint32_t i = 0; i < f->count; i++) {
		buf_putc(out, i ? ',' : '[');
		field_put(f, numbers[i], out);
	}
	buf_putc(out, ']');
}

int fields_json(const struct fields *fs, const u128 *numbers, struct buf *out)
{
	for (size_t i = 0; i < fs->count; i++) {
		const struct field *f = &fs->list[i];

		buf_puts(out, f->json);
		if (f->is_array)
			put_array(f, numbers, out);
		else
			field_put(f, *numbers, out);
		numbers += f->count;
	}
	buf_puts(out, fs->json);
	return buf_error(out);
}

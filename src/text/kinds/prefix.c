/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keys of LPM tries.
 *
 *	| __u32 prefixlen | data ...            |
 *	  0                 4 (or later)      size
 *
 * The trie compares the first prefixlen bits behind the length, from the most
 * significant bit of each byte on; text shows all bits as they are stored. A
 * key with one data member is "10.0.0.0_8" as a name and "10.0.0.0/8" as a
 * value. One with several, or with hidden bytes, shows its members:
 * "vni=1,addr=10.0.0.0_40" and {"prefixlen":40,"vni":1,"addr":"10.0.0.0"}. A
 * length past the end is shown raw.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "text/describe.h"
#include "text/escape.h"
#include "text/gaps.h"
#include "text/kinds/bytes.h"
#include "text/kinds/record.h"
#include "text/model.h"
#include "text/name-parse.h"
#include "text/number.h"
#include "text/value-parse.h"
#include "text/words.h"
#include "util/buf.h"

#define LENGTH_SIZE 4
/* The kernel's limit of 2048 bits of data. */
#define MAX_KEY 260

static uint32_t max_length(const struct node *n)
{
	return 8 * (n->size - LENGTH_SIZE);
}

static bool has_length(const struct node *n, const uint8_t *p)
{
	return load_uint(p, LENGTH_SIZE) <= max_length(n);
}

/* Is all of the key in its one data member? */
static bool is_sole(const struct node *n, const uint8_t *p)
{
	const struct members *keys = &n->prefix->whole->record->keys;

	if (!n->prefix->sole)
		return false;
	for (uint32_t i = 0; i < keys->n_gaps; i++)
		if (gap_is_set(&keys->gaps[i], p))
			return false;
	return true;
}

/* --- text ----------------------------------------------------------------- */

static bool prefix_text(const struct node *n, const uint8_t *p, struct buf *out)
{
	const struct node *sole = n->prefix->sole;

	if (!has_length(n, p) || !is_sole(n, p) ||
	    !sole->kind->text(sole, p + n->prefix->offset, out))
		return false;
	buf_putc(out, '/');
	number_put(out, load_uint(p, LENGTH_SIZE));
	return true;
}

static void put_raw(const struct node *n, const uint8_t *p, struct buf *out)
{
	buf_putc(out, '"');
	raw_put(out, p, n->size);
	buf_putc(out, '"');
}

static void object_json(const struct node *n, const uint8_t *p, struct format *f)
{
	const struct node *whole = n->prefix->whole;
	struct format all = *f;

	all.all = true; /* it is a key */
	if (has_length(n, p))
		whole->kind->json(whole, p, &all);
	else
		put_raw(n, p, f->out);
}

static void prefix_json(const struct node *n, const uint8_t *p, struct format *f)
{
	_cleanup_buf_ struct buf text = BUF_INIT;

	if (prefix_text(n, p, &text))
		json_escape(f->out, text.data, text.len);
	else if (!is_sole(n, p))
		object_json(n, p, f);
	else
		put_raw(n, p, f->out);
	if (buf_error(&text))
		f->out->error = -ENOMEM;
}

static bool prefix_name(const struct node *n, const uint8_t *p, bool inside,
			struct buf *out)
{
	const struct node *sole = n->prefix->sole;
	bool done;

	(void)inside;
	if (!has_length(n, p))
		return false;
	if (is_sole(n, p))
		done = sole->kind->name(sole, p + n->prefix->offset, false, out);
	else
		done = members_name(&n->prefix->whole->record->keys, p, out);
	buf_putc(out, '_');
	number_put(out, load_uint(p, LENGTH_SIZE));
	return done;
}

/* --- and back ------------------------------------------------------------- */

/* A text in two: DATA and, behind the separator, LENGTH. */
struct halves {
	struct span data, length;
	bool has_length; /* false: a whole address */
};

static void cut(const struct span *text, size_t at, struct halves *ret)
{
	ret->data.len = at;
	ret->length = (struct span){ text->s + at + 1, text->len - at - 1,
				     text->at + at + 1 };
}

/* Digits at the end, if a separator precedes them. */
static struct halves split(const struct span *text, const char *separators)
{
	struct halves h = { .data = *text };
	size_t at = text->len;

	while (at && text->s[at - 1] >= '0' && text->s[at - 1] <= '9')
		at--;
	h.has_length = at && text->s[at - 1] && strchr(separators, text->s[at - 1]);
	if (h.has_length)
		cut(text, at - 1, &h);
	return h;
}

static int refuse_length(const struct node *n, const struct span *text, int code,
			 const struct text_parse *how)
{
	char quote[TEXT_QUOTE_SIZE];

	return text_fail(how->err, code, text->at, "expected a prefix length 0..%u, found %s",
			 max_length(n), text_quote(quote, text->s, text->len));
}

static int parse_length(const struct node *n, const struct halves *h, uint8_t *key,
			const struct text_parse *how)
{
	struct number v = { .magnitude = max_length(n) };
	int r = h->has_length ? number_scan(&h->length, &v) : 0;

	if (!r && v.magnitude > max_length(n))
		r = -ERANGE;
	if (r)
		return refuse_length(n, &h->length, r, how);
	store_u128(key, LENGTH_SIZE, v.magnitude);
	return 0;
}

/*
 * A text without a length was refused with r. Where the data would be right up
 * to a separator, what is wrong is behind that.
 */
static int blame(const struct node *n, const struct span *text, char separator, int r,
		 const struct text_parse *how)
{
	static const struct text_parse silent = { 0 };
	const char *at = text->len ? memrchr(text->s, separator, text->len) : NULL;
	const struct node *sole = n->prefix->sole;
	struct halves h = { .data = *text };
	uint8_t key[MAX_KEY];

	if (r != -EINVAL || !at || !sole || !sole->kind->parse)
		return r;
	cut(text, (size_t)(at - text->s), &h);
	r = sole->kind->parse(sole, &h.data, key, &silent);
	return r ? -EINVAL : refuse_length(n, &h.length, -EINVAL, how);
}

/* In content, a prefix of anything but a string may also be written as a name. */
static int prefix_parse(const struct node *n, const struct span *text, uint8_t *p,
			const struct text_parse *how)
{
	const struct node *sole = n->prefix->sole;
	struct halves h = split(text, sole->kind->any_text ? "/" : "/_");
	uint8_t key[MAX_KEY] = { 0 };
	int r = sole->kind->parse(sole, &h.data, key + n->prefix->offset, how);

	if (r && !h.has_length)
		return blame(n, text, '/', r, how);
	if (r)
		return r == -EAGAIN ? -EINVAL : r;
	r = parse_length(n, &h, key, how);
	if (!r)
		memcpy(p, key, n->size);
	return r;
}

static int object_parse_json(struct value_parser *v, const struct node *n,
			     struct place to)
{
	const struct node *whole = n->prefix->whole;
	size_t from;
	int r;

	json_peek(&v->j);
	from = v->j.pos;
	r = whole->kind->parse_json(v, whole, to);
	if (!r && !has_length(n, to.out))
		r = text_fail(v->j.err, -ERANGE, from, "expected a prefixlen 0..%u",
			      max_length(n));
	return r;
}

static int prefix_parse_json(struct value_parser *v, const struct node *n,
			     struct place to)
{
	return json_peek(&v->j) == '{' ? object_parse_json(v, n, to)
				       : leaf_parse_json(v, n, to);
}

/* The data of a name: that of the sole member, else members by their names. */
static int parse_data(struct name_parser *p, const struct node *n, uint8_t *out)
{
	const struct node *sole = n->prefix->sole;
	struct text_parse silent = *p->how;
	struct name_parser again = *p;
	int r;

	if (!sole)
		return members_parse_name(p, n->prefix->whole, out);
	r = sole->kind->parse_name(p, sole, false, out + n->prefix->offset);
	if (!r || !memchr(p->s, '=', p->len))
		return r;
	silent.err = NULL;
	again.how = &silent;
	memset(out, 0, n->size);
	if (members_parse_name(&again, n->prefix->whole, out))
		return r;
	p->pos = again.pos;
	return 0;
}

static int prefix_parse_name(struct name_parser *p, const struct node *n, bool inside,
			     uint8_t *out)
{
	struct span text = { p->s + p->pos, p->len - p->pos, p->pos };
	struct halves h = split(&text, p->how->flags & TEXT_CONTENT ? "_/" : "_");
	struct name_parser sub = *p;
	int r;

	(void)inside;
	sub.len = h.data.at + h.data.len;
	r = parse_data(&sub, n, out);
	if (r)
		return h.has_length ? r : blame(n, &text, '_', r, p->how);
	p->pos = sub.pos;
	if (sub.pos < sub.len)
		return 0; /* the caller says that it expected the end */
	r = parse_length(n, &h, out, p->how);
	p->pos = p->len;
	return r;
}

/* The data stands right behind the length, whatever its alignment. */
uint32_t prefix_describe(const struct node *n, struct buf *out)
{
	const struct node *sole = n->prefix->sole;

	if (sole && (n->prefix->offset != LENGTH_SIZE ||
		     n->prefix->offset + sole->size != n->size))
		return 0;
	buf_puts(out, "prefix(");
	if (sole)
		node_describe(sole, out);
	else if (!members_describe(&n->prefix->whole->record->keys, LENGTH_SIZE,
				   n->size - LENGTH_SIZE, out))
		return 0;
	buf_putc(out, ')');
	return 4;
}

void prefix_describe_size(const struct node *n, struct buf *out)
{
	uint32_t size = n->size - LENGTH_SIZE;

	if (size == 4 || size == 16)
		buf_printf(out, "prefix(%s)", size == 4 ? "ipv4" : "ipv6");
	else
		buf_printf(out, "prefix(bytes[%u])", size);
}

static const struct kind kind_prefix = {
	.what = "a prefix, DATA/LENGTH",
	.text = prefix_text,
	.json = prefix_json,
	.name = prefix_name,
	.parse = prefix_parse,
	.parse_json = prefix_parse_json,
	.parse_name = prefix_parse_name,
	.describe = prefix_describe,
};

/* Bare, a string could look like anything, so it is always quoted. */
static const struct kind kind_prefix_string = {
	.what = "a prefix, STRING/LENGTH",
	.json = prefix_json,
	.name = prefix_name,
	.parse = prefix_parse,
	.parse_json = prefix_parse_json,
	.parse_name = prefix_parse_name,
	.describe = prefix_describe,
	.any_text = true,
};

static const struct kind kind_prefix_object = {
	.what = "an object",
	.json = object_json,
	.name = prefix_name,
	.parse_json = object_parse_json,
	.parse_name = prefix_parse_name,
	.describe = prefix_describe,
};

/* --- making them ---------------------------------------------------------- */

static struct node *untyped(struct type *t, uint32_t size)
{
	const struct kind *kind = size == 4  ? &kind_ipv4 :
				  size == 16 ? &kind_ipv6 :
					       &kind_bytes;
	struct node *n = node_leaf(t, kind, size);

	if (n) {
		n->word = word_for(kind, size, false);
		n->align = size == 4 ? 4 : 1;
	}
	return n;
}

/*
 * Members of the key, as names show them. The first is the length, whatever
 * it is called and in whichever struct it sits; NULL: this is no such struct.
 */
static const struct members *key_members(const struct node *root)
{
	const struct members *keys;

	if (root->kind != &kind_record || root->record->is_union)
		return NULL;
	keys = &root->record->keys;
	if (keys->count < 2 || keys->list[0].offset ||
	    keys->list[1].offset < LENGTH_SIZE || keys->list[0].node->size != LENGTH_SIZE)
		return NULL;
	return keys;
}

/* The data members of the key, while they are collected. */
struct data {
	const struct member *list;
	uint32_t count, base;
	struct member one;
	bool overlap;
};

/* One member of 4 or 16 bytes is an address, unless it is a string. */
static int settle_sole(struct type *t, struct data *d)
{
	const struct node *n = d->one.node;

	if (n->kind == &kind_record && n->record->as_key)
		n = n->record->as_key;
	if ((n->size == 4 || n->size == 16) && n->kind != &kind_chars)
		n = untyped(t, n->size);
	d->one.node = n;
	return n ? 0 : -ENOMEM;
}

/* One struct goes without its name: its members are those of the key. */
static void open_sole(struct data *d)
{
	const struct record *record = d->one.node->record;

	d->list = record->keys.list;
	d->count = record->keys.count;
	d->base = d->one.offset;
	d->overlap = record->overlap;
}

static int collect(struct type *t, uint32_t size, struct data *d)
{
	const struct members *keys = t->root ? key_members(t->root) : NULL;
	int r;

	*d = (struct data){ .one = { .name = "data", .name_len = 4, .offset = LENGTH_SIZE } };
	d->list = &d->one;
	d->count = 1;
	if (!keys) {
		d->one.node = untyped(t, size - LENGTH_SIZE);
		return d->one.node ? 0 : -ENOMEM;
	}
	d->overlap = t->root->record->overlap;
	if (keys->count > 2) {
		d->list = keys->list + 1;
		d->count = keys->count - 1;
		return 0;
	}
	d->one = keys->list[1];
	r = settle_sole(t, d);
	if (!r && d->one.node->kind == &kind_record && !d->one.node->record->is_union)
		open_sole(d);
	return r;
}

static void cover_members(struct cover *c, const struct members *m)
{
	for (uint32_t i = 0; i < m->count; i++) {
		const struct member *member = &m->list[i];

		cover_bits(c, 8 * (uint64_t)member->offset + member_shift(member),
			   member_width(member));
	}
}

/* Both lists: members are the same, `all` begins with the length. */
static int index_both(struct type *t, struct record *record, uint32_t size)
{
	_cleanup_(cover_release) struct cover c = { BUF_INIT, BUF_INIT };
	int r;

	cover_members(&c, &record->all);
	r = gaps_build(t, &record->keys, size, &c);
	if (!r)
		r = gaps_build(t, &record->all, size, &c);
	if (!r)
		r = members_index(t, &record->keys);
	return r ? r : members_index(t, &record->all);
}

/* The whole key as a record of its length and its data. */
static int make_whole(struct type *t, struct node *n, const struct data *d)
{
	struct node *length = node_leaf(t, &kind_uint, LENGTH_SIZE);
	struct node *whole = node_leaf(t, &kind_record, n->size);
	struct member *list = type_alloc(t, d->count + 1, sizeof(*list));
	struct record *record = type_alloc(t, 1, sizeof(*record));

	if (!length || !whole || !list || !record)
		return -ENOMEM;
	list[0] = (struct member){ .node = length, .name = "prefixlen", .name_len = 9 };
	for (uint32_t i = 0; i < d->count; i++) {
		list[i + 1] = d->list[i];
		list[i + 1].offset += d->base;
	}
	record->all = (struct members){ .list = list, .count = d->count + 1 };
	record->keys = (struct members){ .list = list + 1, .count = d->count };
	record->overlap = d->overlap;
	record->flat = true;
	whole->record = record;
	n->prefix->whole = whole;
	if (d->list == &d->one) {
		n->prefix->sole = d->one.node;
		n->prefix->offset = d->one.offset;
	}
	return index_both(t, record, n->size);
}

static const struct kind *kind_of(const struct prefix *prefix)
{
	if (!prefix->sole || !prefix->sole->kind->text)
		return &kind_prefix_object;
	return prefix->sole->kind->any_text ? &kind_prefix_string : &kind_prefix;
}

bool type_is_prefix(const struct type *t)
{
	const struct node *n = t->root;

	return (n->kind == &kind_prefix || n->kind == &kind_prefix_object ||
		n->kind == &kind_prefix_string) && n->prefix->typed;
}

int prefix_wrap(struct type *t, uint32_t size)
{
	struct data d;
	struct node *n;
	int r;

	if (size <= LENGTH_SIZE || size > MAX_KEY)
		return -EINVAL;
	n = node_leaf(t, &kind_prefix, size);
	if (!n)
		return -ENOMEM;
	n->prefix = type_alloc(t, 1, sizeof(*n->prefix));
	if (!n->prefix)
		return -ENOMEM;
	n->prefix->typed = t->root && key_members(t->root);
	r = collect(t, size, &d);
	if (!r)
		r = make_whole(t, n, &d);
	if (r)
		return r;
	n->kind = kind_of(n->prefix);
	n->exact = false;
	t->root = n;
	return 0;
}

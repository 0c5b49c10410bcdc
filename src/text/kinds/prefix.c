/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keys of LPM tries.
 *
 *	| __u32 prefixlen | data ...            |
 *	  0                 4 (or later)      size
 *
 * The trie compares the first prefixlen bits behind the length, from the most
 * significant bit of each byte on. Text shows only those: "10.0.0.0_8" as a
 * name, "10.0.0.0/8" as a value. What that cannot say (bits set behind the
 * prefix, a length past the end) is shown raw.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "text/kinds/bytes.h"
#include "text/describe.h"
#include "text/escape.h"
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

/* Zero what is behind the prefix; false: its length is past the end. */
static bool mask_key(const struct node *n, uint8_t *key)
{
	uint64_t length = load_uint(key, LENGTH_SIZE);
	uint8_t *data = key + LENGTH_SIZE;
	uint32_t whole = (uint32_t)length / 8;

	if (length > max_length(n))
		return false;
	if (length % 8)
		data[whole++] &= (uint8_t)(0xff00 >> (length % 8));
	memset(data + whole, 0, n->size - LENGTH_SIZE - whole);
	return true;
}

/* --- sole data, as text: 10.0.0.0/8 --------------------------------------- */

static bool put_prefix(const struct node *n, const uint8_t *p, char separator,
		       struct buf *out)
{
	const struct node *data = n->prefix->data;
	size_t from = out->len;
	uint8_t key[MAX_KEY];
	bool done;

	memcpy(key, p, n->size);
	if (!mask_key(n, key))
		return false;
	if (separator == '_')
		done = data->kind->name(data, key + n->prefix->offset, false, out);
	else
		done = data->kind->text(data, key + n->prefix->offset, out);
	if (!done) {
		buf_truncate(out, from);
		return false;
	}
	buf_putc(out, separator);
	number_put(out, load_uint(p, LENGTH_SIZE));
	return true;
}

/* Is the key what its text says? */
static bool is_canonical(const struct node *n, const uint8_t *p)
{
	uint8_t key[MAX_KEY];

	memcpy(key, p, n->size);
	return mask_key(n, key) && memcmp(key, p, n->size) == 0;
}

static bool prefix_text(const struct node *n, const uint8_t *p, struct buf *out)
{
	return is_canonical(n, p) && put_prefix(n, p, '/', out);
}

static void prefix_json(const struct node *n, const uint8_t *p, struct buf *out)
{
	_cleanup_buf_ struct buf text = BUF_INIT;

	if (!prefix_text(n, p, &text))
		raw_put(&text, p, n->size);
	if (buf_error(&text))
		out->error = -ENOMEM;
	json_escape(out, text.data, text.len);
}

static bool prefix_name(const struct node *n, const uint8_t *p, bool inside,
			struct buf *out)
{
	(void)inside;
	return put_prefix(n, p, '_', out);
}

/*
 * Cut "DATA_LEN" in two. A text without a length is a whole address. 1: both
 * are there; 0: no length. *ret_len is empty if nothing follows the separator.
 */
static int split(const struct span *text, char separator, struct span *ret_data,
		 struct span *ret_length)
{
	size_t at = text->len;

	while (at && text->s[at - 1] >= '0' && text->s[at - 1] <= '9')
		at--;
	*ret_data = *text;
	if (!at || text->s[at - 1] != separator)
		return 0;
	ret_data->len = at - 1;
	*ret_length = (struct span){ text->s + at, text->len - at, text->at + at };
	return 1;
}

static int refuse_length(const struct node *n, const struct span *text, int code,
			 const struct text_parse *how)
{
	char quote[TEXT_QUOTE_SIZE];

	return text_fail(how->err, code, text->at, "expected a prefix length 0..%u, found %s",
			 max_length(n), text_quote(quote, text->s, text->len));
}

static int parse_length(const struct node *n, const struct span *text, uint8_t *key,
			const struct text_parse *how)
{
	struct number v;
	int r = number_scan(text, &v);

	if (!r && v.magnitude > max_length(n))
		r = -ERANGE;
	if (r)
		return refuse_length(n, text, r, how);
	store_u128(key, LENGTH_SIZE, v.magnitude);
	mask_key(n, key);
	return 0;
}

/*
 * A text without a length was refused with r. Where the data would be right up
 * to a separator, what is wrong is behind that.
 */
static int blame(const struct node *n, const struct span *text, char separator, int r,
		 const struct text_parse *how)
{
	const char *at = text->len ? memrchr(text->s, separator, text->len) : NULL;
	static const struct text_parse silent = { 0 };
	struct span data = *text, length;
	uint8_t key[MAX_KEY];

	if (r != -EINVAL || !at || !n->prefix->data->kind->parse)
		return r;
	data.len = (size_t)(at - text->s);
	length = (struct span){ at + 1, text->len - data.len - 1, text->at + data.len + 1 };
	r = n->prefix->data->kind->parse(n->prefix->data, &data, key, &silent);
	return r ? -EINVAL : refuse_length(n, &length, -EINVAL, how);
}

static int prefix_parse(const struct node *n, const struct span *text, uint8_t *p,
			const struct text_parse *how)
{
	const struct node *data = n->prefix->data;
	struct span address, length;
	uint8_t key[MAX_KEY] = { 0 };
	int r, has_length = split(text, '/', &address, &length);

	r = data->kind->parse(data, &address, key + n->prefix->offset, how);
	if (r && !has_length)
		return blame(n, text, '/', r, how);
	if (r)
		return r == -EAGAIN ? -EINVAL : r;
	store_u128(key, LENGTH_SIZE, max_length(n));
	if (has_length)
		r = parse_length(n, &length, key, how);
	if (!r)
		memcpy(p, key, n->size);
	return r;
}

static int prefix_parse_name(struct name_parser *p, const struct node *n, bool inside,
			     uint8_t *out)
{
	const struct node *data = n->prefix->data;
	struct span text = { p->s + p->pos, p->len - p->pos, p->pos }, address, length;
	int r, has_length = split(&text, '_', &address, &length);
	struct name_parser sub = *p;

	(void)inside;
	sub.len = address.at + address.len;
	r = data->kind->parse_name(&sub, data, false, out + n->prefix->offset);
	if (r)
		return has_length ? r : blame(n, &text, '_', r, p->how);
	p->pos = sub.pos;
	if (sub.pos < sub.len)
		return 0; /* the caller says that it expected the end */
	store_u128(out, LENGTH_SIZE, max_length(n));
	if (has_length)
		r = parse_length(n, &length, out, p->how);
	p->pos = p->len;
	return r;
}

static uint32_t prefix_describe(const struct node *n, struct buf *out)
{
	/* The data stands right behind the length, whatever its alignment. */
	if (n->prefix->offset + n->prefix->data->size != n->size)
		return 0;
	if (n->prefix->offset != LENGTH_SIZE)
		return 0;
	buf_puts(out, "prefix(");
	node_describe(n->prefix->data, out);
	buf_putc(out, ')');
	return 4;
}

static const struct kind kind_prefix = {
	.what = "a prefix, DATA/LENGTH",
	.text = prefix_text,
	.json = prefix_json,
	.name = prefix_name,
	.parse = prefix_parse,
	.parse_json = leaf_parse_json,
	.parse_name = prefix_parse_name,
	.describe = prefix_describe,
};

/* Bare, a string could look like anything, so it is always quoted. */
static const struct kind kind_prefix_string = {
	.what = "a prefix, STRING/LENGTH",
	.json = prefix_json,
	.name = prefix_name,
	.parse = prefix_parse,
	.parse_json = leaf_parse_json,
	.parse_name = prefix_parse_name,
	.describe = prefix_describe,
	.any_text = true,
};

/* --- several data members: {"prefixlen":8,"a":1,"b":2} -------------------- */

static void object_json(const struct node *n, const uint8_t *p, struct buf *out)
{
	const struct node *whole = n->prefix->whole;

	if (is_canonical(n, p)) {
		whole->kind->json(whole, p, out);
		return;
	}
	buf_putc(out, '"');
	raw_put(out, p, n->size);
	buf_putc(out, '"');
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
	if (!r && !mask_key(n, to.out))
		r = text_fail(v->j.err, -ERANGE, from, "expected a prefixlen 0..%u",
			      max_length(n));
	return r;
}

static const struct kind kind_prefix_object = {
	.what = "an object",
	.json = object_json,
	.name = prefix_name,
	.parse_json = object_parse_json,
	.parse_name = prefix_parse_name,
	.describe = prefix_describe,
};

/* --- making them ---------------------------------------------------------- */

static const struct kind *untyped_kind(uint32_t size)
{
	return size == 4 ? &kind_ipv4 : size == 16 ? &kind_ipv6 : &kind_bytes;
}

static struct node *data_leaf(struct type *t, uint32_t size)
{
	struct node *n = node_leaf(t, untyped_kind(size), size);

	if (n) {
		n->word = word_for(n->kind, size, false);
		n->align = size == 4 ? 4 : 1;
	}
	return n;
}

/* A struct of members that are flattened already. */
static struct node *flat_record(struct type *t, uint32_t size, const struct member *list,
				uint32_t count, uint32_t base, bool overlap)
{
	struct node *n = node_leaf(t, &kind_record, size);
	struct record *record = type_alloc(t, 1, sizeof(*record));
	struct member *copy = type_alloc(t, count, sizeof(*copy));
	uint32_t i;

	if (!n || !record || !copy)
		return NULL;
	for (i = 0; i < count; i++) {
		copy[i] = list[i];
		copy[i].offset -= base;
	}
	record->all = (struct members){ .list = copy, .count = count };
	record->overlap = overlap;
	record->flat = true;
	n->record = record;
	if (members_index(t, &record->all))
		return NULL;
	record->keys = record->all;
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

/* One data member goes without its name: an address, or whatever it is. */
static int set_sole(struct type *t, struct prefix *prefix, const struct member *m)
{
	const struct node *data = m->node;

	if (data->kind == &kind_record && data->record->as_key)
		data = data->record->as_key;
	if (data->size == 4 || data->size == 16)
		data = data_leaf(t, data->size);
	prefix->data = data;
	prefix->offset = m->offset;
	return data ? 0 : -ENOMEM;
}

static int set_several(struct type *t, struct node *n, const struct members *keys)
{
	struct prefix *prefix = n->prefix;
	uint32_t base = keys->list[1].offset;

	prefix->offset = base;
	prefix->data = flat_record(t, n->size - base, keys->list + 1, keys->count - 1,
				   base, t->root->record->overlap);
	return prefix->data ? 0 : -ENOMEM;
}

static int set_untyped(struct type *t, struct node *n)
{
	n->prefix->offset = LENGTH_SIZE;
	n->prefix->data = data_leaf(t, n->size - LENGTH_SIZE);
	return n->prefix->data ? 0 : -ENOMEM;
}

/* The whole key as one object: prefixlen, then the members of the data. */
static int set_whole(struct type *t, struct node *n)
{
	const struct node *data = n->prefix->data;
	const struct members *m = data->kind == &kind_record ? &data->record->keys : NULL;
	uint32_t i, count = 1 + (m ? m->count : 1);
	struct node *length = node_leaf(t, &kind_uint, LENGTH_SIZE);
	struct member *list = type_alloc(t, count, sizeof(*list));

	if (!length || !list)
		return -ENOMEM;
	list[0] = (struct member){ .node = length, .name = "prefixlen", .name_len = 9 };
	for (i = 1; i < count; i++) {
		if (m)
			list[i] = m->list[i - 1];
		else
			list[i] = (struct member){ data, "data", NULL, 0, 4, 0 };
		list[i].offset += n->prefix->offset;
	}
	n->prefix->whole =
		flat_record(t, n->size, list, count, 0, m && data->record->overlap);
	return n->prefix->whole ? 0 : -ENOMEM;
}

int prefix_wrap(struct type *t, uint32_t size)
{
	const struct members *keys = t->root ? key_members(t->root) : NULL;
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
	if (!keys)
		r = set_untyped(t, n);
	else if (keys->count == 2)
		r = set_sole(t, n->prefix, &keys->list[1]);
	else
		r = set_several(t, n, keys);
	if (!r && n->prefix->data->kind->any_text)
		n->kind = &kind_prefix_string;
	if (!r && !n->prefix->data->kind->parse) {
		n->kind = &kind_prefix_object;
		r = set_whole(t, n);
	}
	n->exact = false;
	t->root = n;
	return r;
}

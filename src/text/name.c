/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keys as file names.
 */
#include "text/name.h"

#include <errno.h>
#include <string.h>

#include "text/kinds/bytes.h"
#include "text/kinds/record.h"
#include "text/escape.h"
#include "text/gaps.h"
#include "text/model.h"
#include "util/buf.h"

void name_format_raw(const void *key, size_t size, struct buf *out)
{
	raw_put(out, key, size);
}

/* Replace the byte at `at` by its escape. */
static void escape_at(struct buf *out, size_t at)
{
	unsigned char c = (unsigned char)out->data[at];
	size_t rest = out->len - at - 1;
	_cleanup_buf_ struct buf tail = BUF_INIT;

	name_escape_byte(&tail, c);
	if (!buf_reserve(out, 2) || buf_error(&tail)) {
		out->error = -ENOMEM;
		return;
	}
	memmove(out->data + at + 3, out->data + at + 1, rest);
	memcpy(out->data + at, tail.data, 3);
	out->len += 2;
}

/*
 * What only a whole name must not begin or end with: '.' is hidden or a
 * directory, '@' is the raw form, '#' a comment, '~' an editor's copy. A string
 * that begins with '-' would be an option to many tools; a number is not mistaken.
 */
static void escape_ends(struct buf *out, size_t from, bool is_string)
{
	if (buf_error(out))
		return;
	if (out->len == from) {
		name_escape_byte(out, 0);
		return;
	}
	if (strchr(is_string ? ".@#-" : ".@#", out->data[from]))
		escape_at(out, from);
	if (!buf_error(out) && out->data[out->len - 1] == '~')
		escape_at(out, out->len - 1);
}

int name_format_text(const char *s, size_t len, struct buf *out)
{
	size_t from = out->len;

	name_escape(out, s, len, false);
	escape_ends(out, from, true);
	return buf_error(out);
}

int name_format(const struct type *t, const void *key, struct buf *out)
{
	const struct node *n = t->root;
	size_t from = out->len;
	bool named = n->kind->name(n, key, false, out);
	static const struct text_parse how = { 0 };
	struct span text;
	int r = 0;

	/* Only raw bytes may begin with '@'. */
	if (n->kind == &kind_raw)
		return buf_error(out);
	/* Only an empty string may have an empty name, not a record of mere padding. */
	if (out->len == from && !n->kind->any_text)
		named = false;
	if (named)
		escape_ends(out, from, n->kind->any_text);
	if (buf_error(out))
		return buf_error(out);
	if (named && n->exact)
		return 0;
	if (named) {
		text = (struct span){ out->data + from, out->len - from, 0 };
		r = type_reads_back(t, name_parse, &how, &text, key);
	}
	if (r < 0)
		return r;
	if (!r) {
		buf_truncate(out, from);
		name_format_raw(key, n->size, out);
	}
	return buf_error(out);
}

/* The members but the last, and the hidden bytes between them. */
static struct members head_of(const struct members *keys)
{
	struct members head = *keys;

	head.count--;
	while (head.n_gaps && head.gaps[head.n_gaps - 1].before >= head.count)
		head.n_gaps--;
	return head;
}

int name_format_head(const struct type *t, const void *key, size_t tail, struct buf *out)
{
	const struct node *n = t->root;
	size_t from = out->len;
	struct members head;

	if (n->kind == &kind_record && n->record->keys.count) {
		head = head_of(&n->record->keys);
		if (members_name(&head, key, out))
			return buf_error(out);
		buf_truncate(out, from);
	}
	if (tail < n->size)
		name_format_raw(key, n->size - tail, out);
	return buf_error(out);
}

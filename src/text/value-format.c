/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Values as text.
 */
#include "text/value.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "text/bytes.h"
#include "text/model.h"
#include "util/buf.h"
#include "util/cleanup.h"

static int put_raw(const struct type *t, const void *value, enum value_form form,
		   struct buf *out)
{
	if (form == VALUE_JSON)
		buf_putc(out, '"');
	raw_put(out, value, t->root->size);
	if (form == VALUE_JSON)
		buf_putc(out, '"');
	return buf_error(out);
}

int value_format(const struct type *t, const void *value, enum value_form form,
		 struct buf *out)
{
	const struct node *n = t->root;
	size_t from = out->len;

	if (form == VALUE_JSON || !n->kind->text)
		n->kind->json(n, value, out);
	else if (!n->kind->text(n, value, out))
		return put_raw(t, value, form, out);
	if (out->len - from > TYPE_MAX_TEXT) {
		buf_truncate(out, from);
		return put_raw(t, value, form, out);
	}
	return buf_error(out);
}

/* Does the text lead back to the value? 1, 0, -ENOMEM. */
static int reads_back(const struct type *t, const char *text, size_t len, const void *value)
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
	r = value_parse(t, VALUE_JSON, text, len, NULL, 0, again, NULL);
	if (r == -ENOMEM)
		return r;
	return !r && memcmp(again, value, size) == 0;
}

int value_format_exact(const struct type *t, const void *value, struct buf *out)
{
	size_t from = out->len;
	int r = value_format(t, value, VALUE_JSON, out);

	if (r < 0 || t->root->exact)
		return r;
	r = reads_back(t, out->data + from, out->len - from, value);
	if (r)
		return r < 0 ? r : 0;
	buf_truncate(out, from);
	return put_raw(t, value, VALUE_JSON, out);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Values as text.
 */
#include "text/value.h"

#include "text/kinds/bytes.h"
#include "text/model.h"
#include "util/buf.h"

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

int value_format_exact(const struct type *t, const void *value, struct buf *out)
{
	static const struct text_parse how = { .form = VALUE_JSON };
	size_t from = out->len;
	int r = value_format(t, value, VALUE_JSON, out);
	struct span text = { out->data + from, out->len - from, 0 };

	if (r < 0 || t->root->exact)
		return r;
	r = type_reads_back(t, value_parse, &how, &text, value);
	if (r)
		return r < 0 ? r : 0;
	buf_truncate(out, from);
	return put_raw(t, value, VALUE_JSON, out);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Values as text.
 */
#include "text/value.h"

#include <string.h>

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

/* A string that is none has the same form in all files. So has one with something
 * behind its NUL, where all bytes are wanted. */
static bool put_string(const struct node *n, const uint8_t *p, struct format *f)
{
	size_t i = strnlen((const char *)p, n->size);

	for (; f->all && i < n->size; i++)
		if (p[i])
			return false;
	return n->kind->text(n, p, f->out);
}

/* The text of a file. false: it has none. */
static bool put_bare(const struct node *n, const uint8_t *p, struct format *f)
{
	if (n->kind->named && f->out->names && n->kind->named(n, p, f->out))
		return true;
	return n->kind->text(n, p, f->out);
}

static int format(const struct type *t, const void *value, enum value_form form,
		  struct format *f)
{
	const struct node *n = t->root;
	size_t from = f->out->len;

	f->limit = from + TYPE_MAX_TEXT;
	if (n->kind == &kind_chars ? !put_string(n, value, f) :
	    n->kind->text && form == VALUE_BARE && !put_bare(n, value, f))
		return put_raw(t, value, form, f->out);
	if (form == VALUE_JSON || !n->kind->text) {
		buf_truncate(f->out, from);
		n->kind->json(n, value, f);
	}
	if (f->out->len > f->limit) {
		buf_truncate(f->out, from);
		return put_raw(t, value, form, f->out);
	}
	return buf_error(f->out);
}

int value_format(const struct type *t, const void *value, enum value_form form,
		 struct buf *out)
{
	struct format f = { .out = out };

	return format(t, value, form, &f);
}

int value_format_exact(const struct type *t, const void *value, struct buf *out)
{
	static const struct text_parse how = { .form = VALUE_JSON };
	struct format f = { .out = out, .all = true };
	size_t from = out->len;
	int r = format(t, value, VALUE_JSON, &f);
	struct span text;

	if (r < 0 || t->root->exact)
		return r;
	text = (struct span){ out->data + from, out->len - from, 0 };
	r = type_reads_back(t, value_parse, &how, &text, value);
	if (r)
		return r < 0 ? r : 0;
	buf_truncate(out, from);
	return put_raw(t, value, VALUE_JSON, out);
}

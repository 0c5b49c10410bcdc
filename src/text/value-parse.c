/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text back to values: whole texts. JSON is walked along the type (json-*.c),
 * so its depth is that of the type; a value is complete in a copy before
 * anything is written.
 */
#include "text/value-parse.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "text/escape.h"
#include "text/kinds/bytes.h"
#include "util/utf8.h"
#include "text/value.h"
#include "util/buf.h"

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/*
 * The raw form as a JSON string is a value of any type. 1: it was none, and
 * nothing is consumed.
 */
static int parse_raw_string(struct value_parser *v, const struct node *n, uint8_t *out)
{
	_cleanup_buf_ struct buf space = BUF_INIT;
	struct json *j = &v->j;
	size_t from = j->pos;
	struct span quoted, text;
	int r;

	/* The string may be cut off before it shows what it is. */
	if (from + 1 < j->len && j->text[from + 1] != '@' && j->text[from + 1] != '\\')
		return 1;
	r = json_string(j, &quoted);
	if (!r)
		r = json_unescape(&quoted, &space, &text, j->err);
	if (r)
		return r;
	if (text.len && text.s[0] == '@' &&
	    (!n->kind->any_text || (text.len > n->size && raw_begins(&text, n->size)))) {
		r = raw_parse(&text, out, n->size, j->err);
		return r == -EAGAIN ? -EINVAL : r;
	}
	j->pos = from;
	return 1;
}

static int parse_document(struct value_parser *v, const struct node *n, struct place to)
{
	int r = 1;

	if (json_peek(&v->j) == '"')
		r = parse_raw_string(v, n, to.out);
	if (r == 1)
		r = n->kind->parse_json(v, n, to);
	if (r)
		return r;
	if (json_peek(&v->j) != JSON_END || v->j.bad) {
		json_refuse(&v->j, "the end of the text");
		return -EINVAL;
	}
	return 0;
}

static int parse_json(const struct node *n, const struct text_parse *how,
		      const struct span *text, struct place to)
{
	struct value_parser v = { .how = how };

	json_open(&v.j, text->s, text->len, how->err);
	return parse_document(&v, n, to);
}

/* Bare text of a char[N] is the string itself, whatever it looks like. */
static int parse_bare_string(const struct node *n, const struct text_parse *how,
			     const struct span *text, bool open, uint8_t *out)
{
	char quote[TEXT_QUOTE_SIZE];
	size_t good;
	bool cut = false;

	if (text->len > n->size) {
		if (!raw_begins(text, n->size) ||
		    (!open && text->len < 1 + 2 * (size_t)n->size))
			return leaf_refuse(n, text, -EFBIG, how);
		return raw_parse(text, out, n->size, how->err);
	}
	good = utf8_span(text->s, text->len);
	if (good == text->len)
		return n->kind->parse(n, text, out, how);
	if (text->s[good])
		utf8_char(text->s + good, text->len - good, &cut);
	return text_fail(how->err, cut && open ? -EAGAIN : -EINVAL, text->at + good,
			 "expected UTF-8 text, found %s (use the raw form, @ and hex "
			 "digits)",
			 text_quote(quote, text->s + good, text->len - good));
}

static struct span trim(const struct span *text)
{
	struct span t = *text;

	while (t.len && is_space(*t.s)) {
		t.s++;
		t.at++;
		t.len--;
	}
	while (t.len && is_space(t.s[t.len - 1]))
		t.len--;
	return t;
}

static int parse_bare(const struct node *n, const struct text_parse *how,
		      const struct span *text, struct place to);

static bool is_bare_text(const struct span *t)
{
	return t->len && !strchr("{[\"@", *t->s);
}

/* A union as the bare text of one member. 1: there is no such member. */
static int parse_bare_choices(const struct node *n, const struct text_parse *how,
			      const struct span *text, struct place to)
{
	struct text_parse silent = *how;
	int r, result = 1;

	silent.err = NULL;
	for (uint32_t i = 0; i < union_choices(n); i++) {
		const struct node *m = union_choice(n, i);

		if (!m->kind->parse)
			continue;
		memset(to.out, 0, n->size);
		r = parse_bare(m, &silent, text, to);
		if (!r || r == -ENOMEM)
			return r;
		if (result != -EAGAIN)
			result = r;
	}
	if (result < 0)
		text_fail(how->err, result, 0, "expected the text of any member");
	return result;
}

/* Is there a bare form to look for, or only JSON? */
static bool is_bare(const struct node *n, const struct span *t)
{
	if (!t->len || *t->s == '@')
		return true;
	if (n->kind == &kind_array)
		return array_is_address(n) && is_bare_text(t);
	return n->kind->parse && *t->s != '"' && !(*t->s == '[' && n->kind->octets);
}

static int parse_bare(const struct node *n, const struct text_parse *how,
		      const struct span *text, struct place to)
{
	struct span t = trim(text);
	bool open = t.s + t.len == text->s + text->len;
	int r;

	if (n->kind == &kind_chars) {
		t = *text;
		open = !t.len || t.s[t.len - 1] != '\n';
		t.len -= !open;
		return parse_bare_string(n, how, &t, open, to.out);
	}
	if (is_bare_text(&t) && n->kind == &kind_record && n->record->is_union) {
		r = parse_bare_choices(n, how, text, to);
		if (r <= 0)
			return r;
	}
	if (!is_bare(n, &t))
		return parse_json(n, how, text, to);
	if (!t.len)
		return text_fail(how->err, -EAGAIN, text->len,
				 "expected a value, found nothing");
	if (*t.s == '@')
		r = raw_parse(&t, to.out, n->size, how->err);
	else
		r = n->kind->parse(n, &t, to.out, how);
	return r == -EAGAIN && !open ? -EINVAL : r;
}

/* Where a value is built: on the stack unless it is large. */
struct workspace {
	uint8_t *out, *current;
	uint8_t few[2][256];
};

/* Fill in the members that the text does not name. */
static void workspace_fill(struct workspace *w, const struct type *t,
			   const struct text_parse *how)
{
	memset(w->out, 0, t->root->size);
	if (how->flags & VALUE_MERGE && how->current)
		memcpy(w->out, how->current, t->root->size);
}

static int workspace_init(struct workspace *w, const struct type *t,
			  const struct text_parse *how)
{
	size_t size = t->root->size;
	bool large = size > sizeof(w->few[0]);

	w->out = large ? malloc(size) : w->few[0];
	w->current = NULL;
	if (t->traits & TYPE_HAS_OVERLAP)
		w->current = large ? malloc(size) : w->few[1];
	if (!w->out || (t->traits & TYPE_HAS_OVERLAP && !w->current))
		return -ENOMEM;
	workspace_fill(w, t, how);
	if (w->current)
		memset(w->current, 0, size);
	if (w->current && how->current)
		memcpy(w->current, how->current, size);
	return 0;
}

static void workspace_release(struct workspace *w)
{
	if (w->out != w->few[0])
		free(w->out);
	if (w->current != w->few[1])
		free(w->current);
}

/* Text exactly as it is printed; see quick.h. */
static bool parse_quickly(const struct node *n, const char *text, size_t len, uint8_t *out)
{
	const char *end = text + len, *s;

	s = n->kind->quick ? n->kind->quick(n, text, end, out) : NULL;
	return s && (s == end || (*s == '\n' && s + 1 == end));
}

int value_parse(const struct type *t, const struct text_parse *how, const char *text,
		size_t len, void *out)
{
	_cleanup_(workspace_release) struct workspace w;
	const struct node *n = t->root;
	struct span all = { text, len, 0 };
	struct place to;
	int r = workspace_init(&w, t, how);

	if (r)
		return r;
	if (!w.current && parse_quickly(n, text, len, w.out)) {
		memcpy(out, w.out, n->size);
		return 0;
	}
	workspace_fill(&w, t, how);
	to = (struct place){ w.out, NULL, w.current };
	if (how->form == VALUE_JSON)
		r = parse_json(n, how, &all, to);
	else
		r = parse_bare(n, how, &all, to);
	if (!r)
		memcpy(out, w.out, n->size);
	return r;
}

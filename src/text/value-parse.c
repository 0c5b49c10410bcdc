/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text back to values. JSON is walked along the type, so its depth is that
 * of the type; a value is complete in a copy before anything is written.
 */
#include "text/value-parse.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "text/kinds/bytes.h"
#include "text/escape.h"
#include "text/members.h"
#include "text/utf8.h"
#include "text/value.h"
#include "util/buf.h"

struct place place_at(struct place to, uint32_t offset)
{
	struct place at = {
		.out = to.out + offset,
		.mask = to.mask ? to.mask + offset : NULL,
		.current = to.current ? to.current + offset : NULL,
	};

	return at;
}

/* --- leaves --------------------------------------------------------------- */

/* What a refused text should have been, when nothing of it was read. */
static int refuse_here(struct value_parser *v, const struct node *n)
{
	char expected[96];

	leaf_expect(n, expected, sizeof(expected));
	return json_refuse(&v->j, expected);
}

static int parse_string(struct value_parser *v, const struct node *n, uint8_t *out)
{
	_cleanup_buf_ struct buf space = BUF_INIT;
	struct span quoted, text;
	int r = json_string(&v->j, &quoted);

	if (!r)
		r = json_unescape(&quoted, &space, &text, v->j.err);
	if (r)
		return r;
	r = n->kind->parse(n, &text, out, v->j.err);
	/* Its quotes are closed, so it does not go on. */
	return r == -EAGAIN ? -EINVAL : r;
}

/* A number as JSON writes it, or with 0x. */
static bool is_number(const struct span *text)
{
	size_t i = text->s[0] == '-';

	if (i == text->len)
		return true; /* for the leaf to complain */
	if (text->s[i] == '0' && i + 1 < text->len)
		return text->s[i + 1] < '0' || text->s[i + 1] > '9';
	return text->s[i] >= '0' && text->s[i] <= '9';
}

/* That, or true and false. */
static bool is_literal(const struct span *text)
{
	return text->s[0] == 't' || text->s[0] == 'f' || is_number(text);
}

/* What would do as a string: found without its quotes, it looks right. */
static int refuse_unquoted(struct value_parser *v, const struct node *n,
			   const struct span *text)
{
	char expected[96], quote[TEXT_QUOTE_SIZE];

	leaf_expect(n, expected, sizeof(expected));
	return text_fail(v->j.err, -EINVAL, text->at,
			 "expected %s in double quotes, found %s without them", expected,
			 text_quote(quote, text->s, text->len));
}

static int parse_literal(struct value_parser *v, const struct node *n, uint8_t *out)
{
	struct span text;
	bool open;
	int r = json_literal(&v->j, &text, &open);

	if (r)
		return r;
	/* Enumerators are strings, even one that is called "true". */
	if (!n->kind->literal || (n->kind == &kind_enum && !is_number(&text)))
		return refuse_unquoted(v, n, &text);
	if (!is_literal(&text))
		return leaf_refuse(n, &text, -EINVAL, v->j.err);
	r = n->kind->parse(n, &text, out, v->j.err);
	if (r == -EAGAIN && !open)
		return -EINVAL;
	/* Cut off in the middle, perhaps, of another number. */
	if (!r && open && v->j.depth)
		return json_refuse(&v->j, "more text");
	return r;
}

/* The bracket behind the last element that there can be. */
static int end_array(struct value_parser *v)
{
	int r = json_expect(&v->j, ']');

	v->j.depth -= !r;
	return r;
}

/* char[N] and u8[N] as arrays of numbers. */
static int parse_octets(struct value_parser *v, const struct node *n, uint8_t *out)
{
	static const struct node octet = { .kind = &kind_uint, .size = 1 };
	uint32_t i;
	int r = json_enter(&v->j, '[');

	for (i = 0; i < n->size && !r; i++) {
		r = json_next(&v->j, ']', !i);
		if (r == 0)
			return text_fail(v->j.err, -EINVAL, v->j.pos - 1,
					 "expected %u numbers, found %u", n->size, i);
		if (r > 0)
			r = parse_literal(v, &octet, out + i);
	}
	return r ? r : end_array(v);
}

static void mark(const struct node *n, struct place to)
{
	if (!to.mask)
		return;
	if (n->kind->mark)
		n->kind->mark(n, to.out, to.mask);
	else
		memset(to.mask, 0xff, n->size);
}

int leaf_parse_json(struct value_parser *v, const struct node *n, struct place to)
{
	int c = json_peek(&v->j), r;

	if (c == '"')
		r = parse_string(v, n, to.out);
	else if (c == '[' && n->kind->octets)
		r = parse_octets(v, n, to.out);
	else if (c == JSON_END || strchr("{}[],:", c))
		r = refuse_here(v, n);
	else
		r = parse_literal(v, n, to.out);
	if (!r)
		mark(n, to);
	return r;
}

/* --- structs and arrays --------------------------------------------------- */

static bool is_empty_member(const struct members_seen *seen, const struct span *name)
{
	const struct members *m = seen->members;
	bool known = false;

	/* One that is shown comes first, and is not named twice. */
	if (m->n_empty)
		members_find(m, name, UINT32_MAX, seen->taken, &known);
	if (known)
		return false;
	for (uint32_t i = 0; i < m->n_empty; i++)
		if (m->empty[i].name_len == name->len &&
		    !memcmp(m->empty[i].name, name->s, name->len))
			return true;
	return false;
}

/* {} or [], which is all that can be in a member without a byte. */
static int skip_empty(struct value_parser *v)
{
	bool array;
	int r = json_expect(&v->j, ':');

	if (r)
		return r;
	array = json_peek(&v->j) == '[';
	r = json_enter(&v->j, array ? '[' : '{');
	if (!r)
		r = json_next(&v->j, array ? ']' : '}', true);
	return r > 0 ? json_refuse(&v->j, "nothing in a member without a byte") : r;
}

int member_parse_name(struct value_parser *v, struct members_seen *seen,
		      const struct member **ret)
{
	_cleanup_buf_ struct buf space = BUF_INIT;
	struct span quoted, name;
	int r = json_string(&v->j, &quoted);

	if (!r)
		r = json_unescape(&quoted, &space, &name, v->j.err);
	if (!r && is_empty_member(seen, &name))
		return skip_empty(v) ?: 1;
	if (!r)
		r = members_seen_find(seen, &name, v->j.err, ret);
	return r ? r : json_expect(&v->j, ':');
}

static int parse_members(struct value_parser *v, const struct members *m, struct place to)
{
	_cleanup_(members_seen_release) struct members_seen seen;
	const struct member *member;
	bool first = true;
	int r = members_seen_init(&seen, m);

	if (r)
		return r;
	while ((r = json_next(&v->j, '}', first)) > 0) {
		const struct node *n;

		first = false;
		r = member_parse_name(v, &seen, &member);
		if (r > 0)
			continue;
		if (r)
			return r;
		n = member->node;
		r = n->kind->parse_json(v, n, place_at(to, member->offset));
		if (r)
			return r;
	}
	return r;
}

int record_parse_json(struct value_parser *v, const struct node *n, struct place to)
{
	int r;

	if (n->record->overlap)
		return overlap_parse_json(v, n, to);
	r = json_enter(&v->j, '{');
	return r ? r : parse_members(v, &n->record->all, to);
}

int array_parse_json(struct value_parser *v, const struct node *n, struct place to)
{
	const struct node *elem = n->array.elem;
	uint32_t i, count = n->array.count;
	int r = json_enter(&v->j, '[');

	for (i = 0; i < count && !r; i++) {
		r = json_next(&v->j, ']', !i);
		if (r == 0)
			return text_fail(v->j.err, -EINVAL, v->j.pos - 1,
					 "expected %u elements, found %u", count, i);
		if (r > 0)
			r = elem->kind->parse_json(v, elem, place_at(to, i * elem->size));
	}
	if (!r && json_peek(&v->j) == ',')
		return text_fail(v->j.err, -EINVAL, v->j.pos,
				 "expected %u elements, found more", count);
	return r ? r : end_array(v);
}

/* --- whole texts ---------------------------------------------------------- */

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
	j->next--;
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

static int parse_json(const struct node *n, const struct span *text, struct place to,
		      bool merge, struct text_error *err)
{
	struct value_parser v;
	/* A name and a value for each member, a number for each byte. */
	size_t max_tokens = 4 * TYPE_MAX_NODES + (size_t)n->size;
	int r = json_open(&v.j, text->s, text->len, max_tokens, err);

	v.merge = merge;
	if (!r)
		r = parse_document(&v, n, to);
	json_close(&v.j);
	return r;
}

/* Bare text of a char[N] is the string itself, whatever it looks like. */
static int parse_bare_string(const struct node *n, const struct span *text, bool open,
			     uint8_t *out, struct text_error *err)
{
	char quote[TEXT_QUOTE_SIZE];
	size_t good;
	bool cut = false;

	if (text->len > n->size) {
		if (!raw_begins(text, n->size) ||
		    (!open && text->len < 1 + 2 * (size_t)n->size))
			return leaf_refuse(n, text, -EFBIG, err);
		return raw_parse(text, out, n->size, err);
	}
	good = utf8_span(text->s, text->len);
	if (good == text->len)
		return n->kind->parse(n, text, out, err);
	if (text->s[good])
		utf8_char(text->s + good, text->len - good, &cut);
	return text_fail(err, cut && open ? -EAGAIN : -EINVAL, text->at + good,
			 "expected text in UTF-8, found %s (@ and hex digits can say it)",
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

/* Is there a bare form to look for, or only JSON? */
static bool is_bare(const struct node *n, const struct span *t)
{
	if (!t->len || *t->s == '@')
		return true;
	return n->kind->parse && *t->s != '"' && !(*t->s == '[' && n->kind->octets);
}

static int parse_bare(const struct node *n, const struct span *text, struct place to,
		      bool merge, struct text_error *err)
{
	struct span t = trim(text);
	bool open = t.s + t.len == text->s + text->len;
	int r;

	if (n->kind == &kind_chars) {
		t = *text;
		open = !t.len || t.s[t.len - 1] != '\n';
		t.len -= !open;
		return parse_bare_string(n, &t, open, to.out, err);
	}
	if (!is_bare(n, &t))
		return parse_json(n, text, to, merge, err);
	if (!t.len)
		return text_fail(err, -EAGAIN, text->len,
				 "expected a value, found nothing");
	if (*t.s == '@')
		r = raw_parse(&t, to.out, n->size, err);
	else
		r = n->kind->parse(n, &t, to.out, err);
	return r == -EAGAIN && !open ? -EINVAL : r;
}

/* Where a value is built: on the stack unless it is large. */
struct workspace {
	uint8_t *out, *current;
	uint8_t few[2][256];
};

/* What members have that the text does not name. */
static void workspace_fill(struct workspace *w, const struct type *t, const void *current,
			   unsigned flags)
{
	memset(w->out, 0, t->root->size);
	if (flags & VALUE_MERGE && current)
		memcpy(w->out, current, t->root->size);
}

static int workspace_init(struct workspace *w, const struct type *t, const void *current,
			  unsigned flags)
{
	size_t size = t->root->size;
	bool large = size > sizeof(w->few[0]);

	w->out = large ? malloc(size) : w->few[0];
	w->current = NULL;
	if (t->traits & TYPE_HAS_OVERLAP)
		w->current = large ? malloc(size) : w->few[1];
	if (!w->out || (t->traits & TYPE_HAS_OVERLAP && !w->current))
		return -ENOMEM;
	workspace_fill(w, t, current, flags);
	if (w->current)
		memset(w->current, 0, size);
	if (w->current && current)
		memcpy(w->current, current, size);
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

int value_parse(const struct type *t, enum value_form form, const char *text, size_t len,
		const void *current, unsigned flags, void *out, struct text_error *err)
{
	_cleanup_(workspace_release) struct workspace w;
	const struct node *n = t->root;
	struct span all = { text, len, 0 };
	bool merge = flags & VALUE_MERGE;
	struct place to;
	int r = workspace_init(&w, t, current, flags);

	if (r)
		return r;
	if (!w.current && parse_quickly(n, text, len, w.out)) {
		memcpy(out, w.out, n->size);
		return 0;
	}
	workspace_fill(&w, t, current, flags);
	to = (struct place){ w.out, NULL, w.current };
	if (form == VALUE_JSON)
		r = parse_json(n, &all, to, merge, err);
	else
		r = parse_bare(n, &all, to, merge, err);
	if (!r)
		memcpy(out, w.out, n->size);
	return r;
}

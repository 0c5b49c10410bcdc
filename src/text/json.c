/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lexical level of JSON: strings, literals, brackets. The callers decide on their
 * meaning and order.
 */
#include "text/json.h"

#include <errno.h>
#include <string.h>

#include "text/model.h"

void json_open(struct json *j, const char *text, size_t len, struct text_error *err)
{
	j->text = text;
	j->len = strnlen(text, len);
	j->bad = j->len < len;
	j->pos = 0;
	j->depth = 0;
	j->err = err;
}

int json_peek(struct json *j)
{
	while (j->pos < j->len && strchr(" \t\r\n", j->text[j->pos]))
		j->pos++;
	return j->pos < j->len ? (unsigned char)j->text[j->pos] : JSON_END;
}

int json_refuse(const struct json *j, const char *expected)
{
	char quote[TEXT_QUOTE_SIZE];
	bool end = j->pos == j->len && !j->bad;

	text_quote(quote, j->text + j->pos, end ? 0 : j->len - j->pos + j->bad);
	return text_fail(j->err, end ? -EAGAIN : -EINVAL, j->pos, "expected %s, found %s",
			 expected, quote);
}

int json_expect(struct json *j, char c)
{
	char expected[] = { '"', c, '"', 0 };

	if (json_peek(j) != c)
		return json_refuse(j, expected);
	j->pos++;
	return 0;
}

int json_enter(struct json *j, char bracket)
{
	int r = json_expect(j, bracket);

	j->depth += !r;
	return r;
}

int json_next(struct json *j, char bracket, bool first)
{
	char expected[] = "\",\" or \"?\"";
	int c = json_peek(j);

	expected[sizeof(expected) - 3] = bracket;
	if (c == bracket) {
		j->pos++;
		j->depth--;
		return 0;
	}
	if (first)
		return c == JSON_END ? json_refuse(j, expected + 7) : 1;
	if (c != ',')
		return json_refuse(j, expected);
	j->pos++;
	return 1;
}

int json_leave(struct json *j, char bracket)
{
	int r = json_expect(j, bracket);

	j->depth -= !r;
	return r;
}

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

/* The length of the escape at s; 0: it is none. One that is cut off may be one. */
static size_t escape_len(const char *s, size_t left)
{
	if (left < 2)
		return left;
	if (s[1] != 'u')
		return strchr("\"\\/bfnrt", s[1]) ? 2 : 0;
	for (size_t i = 2; i < 6 && i < left; i++)
		if (!is_hex(s[i]))
			return 0;
	return left < 6 ? left : 6;
}

/* The closing quote of the string whose first character is at `at`, or j->len. What
 * can be no part of a string is refused even if the string has no end yet. */
static int string_end(struct json *j, size_t at, size_t *ret)
{
	size_t step = 1;

	for (; at < j->len && j->text[at] != '"' && step; at += step)
		step = j->text[at] == '\\' ? escape_len(j->text + at, j->len - at) :
					     (unsigned char)j->text[at] >= ' ';
	if (!step) {
		j->pos = at;
		return json_refuse(j, "a character or escape of JSON");
	}
	*ret = at;
	return 0;
}

int json_string(struct json *j, struct span *ret)
{
	size_t from, end = 0;
	int r;

	if (json_peek(j) != '"')
		return json_refuse(j, "a string");
	from = j->pos + 1;
	r = string_end(j, from, &end);
	if (r)
		return r;
	if (end == j->len)
		return text_fail(j->err, j->bad ? -EINVAL : -EAGAIN, j->pos,
				 "expected the end of this string");
	*ret = (struct span){ j->text + from, end - from, from };
	j->pos = end + 1;
	return 0;
}

/* The characters from the position on that may be a literal: whether they are one is
 * for the type to say. */
static size_t literal_len(const struct json *j)
{
	size_t n;

	if (strchr("{[\"", j->text[j->pos]))
		return 0;
	for (n = 0; j->pos + n < j->len; n++) {
		char c = j->text[j->pos + n];

		if (strchr(" \t\r\n,:]}", c))
			break;
		if (c < ' ' || c > '~')
			return 0;
	}
	return n;
}

int json_literal(struct json *j, struct span *ret, bool *ret_open)
{
	size_t n;

	if (json_peek(j) == JSON_END)
		return json_refuse(j, "a value");
	n = literal_len(j);
	if (!n)
		return json_refuse(j, "a value");
	*ret = (struct span){ j->text + j->pos, n, j->pos };
	j->pos += n;
	*ret_open = j->pos == j->len && !j->bad;
	return 0;
}

/* Move behind the bracket that belongs to the one at the position. */
static int skip_container(struct json *j)
{
	char ends[TYPE_MAX_DEPTH]; /* the brackets that are still to come */
	size_t depth = 0;
	struct span string;
	int r = 0;

	do {
		int c = json_peek(j);

		if (c == '"') {
			r = json_string(j, &string);
			continue;
		}
		if (c == JSON_END || depth == sizeof(ends) ||
		    ((c == '}' || c == ']') && ends[--depth] != c))
			return json_refuse(j, "a complete value");
		if (c == '{' || c == '[')
			ends[depth++] = c == '{' ? '}' : ']';
		j->pos++;
	} while (!r && depth);
	return r;
}

int json_value(struct json *j, struct span *ret)
{
	int c = json_peek(j);
	size_t from = j->pos;
	struct span inside;
	bool open;
	int r;

	r = c == '{' || c == '[' ? skip_container(j) :
	    c == '"' ? json_string(j, &inside) : json_literal(j, &inside, &open);
	if (!r)
		*ret = (struct span){ j->text + from, j->pos - from, from };
	return r;
}

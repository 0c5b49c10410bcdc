/* SPDX-License-Identifier: GPL-2.0-or-later */
#define JSMN_STATIC
#define JSMN_PARENT_LINKS
#include <jsmn.h>

#include "text/json.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "text/model.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/*
 * Before jsmn runs: an upper bound of its tokens (every value and key stands
 * at the beginning or behind one of "{[,:"), so that they are allocated once;
 * and a limit of depth, since jsmn takes quadratic time for deep nesting.
 */
static size_t bound_tokens(const char *s, size_t len, size_t *ret_depth)
{
	size_t i, bound = 1, depth = 0;
	bool string = false;

	*ret_depth = 0;
	for (i = 0; i < len; i++) {
		char c = s[i];

		if (string && c == '\\')
			i++;
		else if (c == '"')
			string = !string;
		else if (string)
			continue;
		else if (c == '{' || c == '[')
			depth++, bound++;
		else if ((c == '}' || c == ']') && depth)
			depth--;
		else if (c == ',' || c == ':')
			bound++;
		if (depth > *ret_depth)
			*ret_depth = depth;
	}
	return bound;
}

static int tokenize(struct json *j, size_t bound)
{
	jsmn_parser parser;
	int r;

	j->tokens = j->few;
	if (bound > COUNT(j->few))
		j->tokens = malloc(bound * sizeof(*j->tokens));
	if (!j->tokens)
		return -ENOMEM;
	jsmn_init(&parser);
	r = jsmn_parse(&parser, j->text, j->len, j->tokens,
		       (unsigned)(bound > COUNT(j->few) ? bound : COUNT(j->few)));
	j->count = parser.toknext;
	/* The parser reports truncated input later, with what it expected. */
	if (r < 0 && r != JSMN_ERROR_PART) {
		j->len = parser.pos;
		j->bad = true;
	}
	return 0;
}

int json_open(struct json *j, const char *text, size_t len, size_t max_tokens,
	      struct text_error *err)
{
	size_t bound, depth;

	j->text = text;
	j->len = strnlen(text, len);
	j->bad = j->len < len;
	j->pos = 0;
	j->depth = 0;
	j->err = err;
	j->tokens = NULL;
	j->count = 0;
	j->next = 0;
	if (len > INT_MAX)
		return text_fail(err, -EINVAL, 0,
				 "expected a value, found too much text");
	bound = bound_tokens(text, j->len, &depth);
	if (depth > TYPE_MAX_DEPTH || (bound > max_tokens && bound > COUNT(j->few)))
		return text_fail(err, -EINVAL, 0,
				 "expected a value of this type, "
				 "found far more than it can have");
	return tokenize(j, bound);
}

void json_close(struct json *j)
{
	if (j->tokens != j->few)
		free(j->tokens);
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

/* The token that begins `skip` bytes behind the position; NULL: none does. */
static const jsmntok_t *take_token(struct json *j, jsmntype_t type, size_t skip)
{
	const jsmntok_t *token = &j->tokens[j->next];

	if (j->next >= j->count || token->type != type ||
	    (size_t)token->start != j->pos + skip)
		return NULL;
	j->next++;
	return token;
}

int json_enter(struct json *j, char bracket)
{
	jsmntype_t type = bracket == '{' ? JSMN_OBJECT : JSMN_ARRAY;
	char expected[] = { '"', bracket, '"', 0 };

	if (json_peek(j) != bracket || !take_token(j, type, 0))
		return json_refuse(j, expected);
	j->pos++;
	j->depth++;
	return 0;
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

int json_string(struct json *j, struct span *ret)
{
	const jsmntok_t *token;

	if (json_peek(j) != '"')
		return json_refuse(j, "a string");
	token = take_token(j, JSMN_STRING, 1);
	if (!token)
		return text_fail(j->err, j->bad ? -EINVAL : -EAGAIN, j->pos,
				 "expected the end of this string");
	*ret = (struct span){ j->text + token->start, (size_t)(token->end - token->start),
			      (size_t)token->start };
	j->pos = (size_t)token->end + 1;
	return 0;
}

int json_literal(struct json *j, struct span *ret, bool *ret_open)
{
	const jsmntok_t *token;

	if (json_peek(j) == JSON_END)
		return json_refuse(j, "a value");
	token = take_token(j, JSMN_PRIMITIVE, 0);
	if (!token) {
		json_refuse(j, "a value");
		return -EINVAL;
	}
	*ret = (struct span){ j->text + token->start, (size_t)(token->end - token->start),
			      (size_t)token->start };
	j->pos = (size_t)token->end;
	*ret_open = j->pos == j->len && !j->bad;
	return 0;
}

int json_value(struct json *j, struct span *ret)
{
	int c = json_peek(j);
	jsmntype_t type = c == '"' ? JSMN_STRING :
			  c == '{' ? JSMN_OBJECT :
			  c == '[' ? JSMN_ARRAY :
				     JSMN_PRIMITIVE;
	const jsmntok_t *token = take_token(j, type, type == JSMN_STRING);
	size_t end;

	if (!token || token->end < token->start)
		return json_refuse(j, "a value that ends");
	end = (size_t)token->end + (type == JSMN_STRING);
	while (j->next < j->count && (size_t)j->tokens[j->next].start < end)
		j->next++;
	*ret = (struct span){ j->text + j->pos, end - j->pos, j->pos };
	j->pos = end;
	return 0;
}

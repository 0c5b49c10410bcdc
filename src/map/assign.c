/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A scanner of words that understands brackets and quotes, and the reverse.
 */
#include "map/assign.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "text/error.h"
#include "util/buf.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

/* The word that ends at `end` is only the beginning of a type's name. */
static bool joins(const char *start, const char *end)
{
	static const char *const words[] = { "struct",	 "enum",   "union",
					     "unsigned", "signed", "long" };
	const char *word = end;

	while (word > start && !is_blank(word[-1]) && !strchr("{}[]();,=", word[-1]))
		word--;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strlen(words[i]) == (size_t)(end - word) &&
		    !memcmp(words[i], word, (size_t)(end - word)))
			return true;
	return false;
}

/* The next word is NAME=VALUE, so nothing can join it. */
static bool is_assignment(const char *s, const char *end)
{
	while (s < end && is_blank(*s))
		s++;
	while (s < end && (isalnum((unsigned char)*s) || *s == '_'))
		s++;
	return s < end && *s == '=';
}

/* The end of the value that starts at s; NULL: something is not closed. */
static const char *end_of_value(const char *s, const char *end)
{
	const char *start = s;
	unsigned depth = 0;
	char quote = '\0';

	for (; s < end; s++) {
		if (quote)
			quote = *s == quote ? '\0' : quote;
		else if (*s == '\'' || *s == '"')
			quote = *s;
		else if (strchr("{[(", *s) && *s)
			depth++;
		else if (strchr("}])", *s) && *s && depth)
			depth--;
		else if (is_blank(*s) && !depth) {
			if (!joins(start, s) || is_assignment(s, end))
				break;
			while (s + 1 < end && is_blank(s[1]))
				s++;
		}
	}
	return quote || depth ? NULL : s;
}

static void strip_quotes(struct assign_span *v)
{
	if (v->len < 2 || (*v->s != '\'' && *v->s != '"') || v->s[v->len - 1] != *v->s)
		return;
	v->s++;
	v->offset++;
	v->len -= 2;
}

/* Blanks that a word joins across may end the line. */
static size_t trimmed(const char *s, const char *end)
{
	while (end > s && is_blank(end[-1]))
		end--;
	return (size_t)(end - s);
}

int assign_next(const char *line, size_t len, size_t *pos, struct assign *ret,
		struct text_error *err)
{
	const char *s, *eq, *end;

	while (*pos < len && is_blank(line[*pos]))
		(*pos)++;
	if (*pos == len)
		return 0;
	s = line + *pos;
	for (eq = s; eq < line + len && *eq != '=' && !is_blank(*eq);)
		eq++;
	ret->name = (struct assign_span){ s, (size_t)(eq - s), *pos };
	if (eq == line + len || *eq != '=')
		return text_fail(err, -EINVAL, *pos, "expected NAME=VALUE");
	s = eq + 1;
	end = end_of_value(s, line + len);
	if (!end)
		return text_fail(err, -EAGAIN, (size_t)(s - line),
				 "a bracket or a quote is not closed");
	ret->value = (struct assign_span){ s, trimmed(s, end), (size_t)(s - line) };
	strip_quotes(&ret->value);
	*pos = (size_t)(end - line);
	return 1;
}

static bool is_one_word(const char *value)
{
	size_t len = strlen(value);

	return end_of_value(value, value + len) == value + len &&
	       trimmed(value, value + len) == len && *value != '\'' && *value != '"';
}

int assign_refuse_second(const struct assign_span *name, struct text_error *err)
{
	return text_fail(err, -EINVAL, name->offset,
			 "%.*s= is given twice; quote the line, because shells "
			 "expand {a,b}",
			 (int)name->len, name->s);
}

void assign_put_value(const char *value, struct buf *out)
{
	const char *quote = is_one_word(value) ? "" : strchr(value, '\'') ? "\"" : "'";

	buf_printf(out, "%s%s%s", quote, value, quote);
}

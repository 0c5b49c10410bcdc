/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The words of a view.
 */
#include "map/view.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "map/assign.h"
#include "map/def-line.h"
#include "map/def.h"
#include "text/error.h"
#include "util/buf.h"

static const struct word {
	const char *name;
	size_t field;
} words[] = {
	{ "key", offsetof(struct map_view, key) },
	{ "value", offsetof(struct map_view, value) },
	{ "show", offsetof(struct map_view, show) },
	{ NULL, offsetof(struct map_view, btf) }, /* no word of a line */
};

#define N_FIELDS (sizeof(words) / sizeof(words[0]))
#define N_WORDS (N_FIELDS - 1)

static char **field_of(struct map_view *v, size_t i)
{
	return (char **)((char *)v + words[i].field);
}

static const char *text_of(const struct map_view *v, size_t i)
{
	return *(char *const *)((const char *)v + words[i].field);
}

void map_view_release(struct map_view *v)
{
	for (size_t i = 0; i < N_FIELDS; i++)
		free(*field_of(v, i));
	*v = (struct map_view)MAP_VIEW_INIT;
}

bool map_view_is_empty(const struct map_view *v)
{
	for (size_t i = 0; i < N_WORDS; i++)
		if (text_of(v, i))
			return false;
	return true;
}

int map_view_copy(const struct map_view *from, struct map_view *to)
{
	_cleanup_map_view_ struct map_view copy = MAP_VIEW_INIT;

	for (size_t i = 0; i < N_FIELDS; i++) {
		if (!text_of(from, i))
			continue;
		*field_of(&copy, i) = strdup(text_of(from, i));
		if (!text_of(&copy, i))
			return -ENOMEM;
	}
	*to = copy;
	copy = (struct map_view)MAP_VIEW_INIT;
	return 0;
}

static bool span_is(const struct assign_span *v, const char *s)
{
	return strlen(s) == v->len && !memcmp(s, v->s, v->len);
}

/* Without text the word is removed. */
static int set_field(char **field, const struct assign_span *text)
{
	char *line = NULL;
	int r = text->len ? def_one_line(text->s, text->len, &line) : 0;

	if (r < 0)
		return r;
	free(*field);
	*field = line;
	return 0;
}

static int refuse_word(const struct assign_span *name, struct text_error *err)
{
	if (def_has_word(name->s, name->len))
		return text_fail(err, -EPERM, name->offset,
				 "%.*s= of this map cannot be changed: write key=, value= "
				 "or show=", (int)name->len, name->s);
	return text_fail(err, -EINVAL, name->offset, "expected key=, value= or show=");
}

static int parse_word(struct map_view *v, const struct assign *word, bool given[N_WORDS],
		      struct text_error *err)
{
	size_t i = 0;

	while (i < N_WORDS && !span_is(&word->name, words[i].name))
		i++;
	if (i == N_WORDS)
		return refuse_word(&word->name, err);
	if (given[i])
		return assign_refuse_second(&word->name, err);
	given[i] = true;
	return set_field(field_of(v, i), &word->value);
}

int map_view_parse(const struct map_view *base, const char *line, size_t len, struct map_view *v,
	       struct text_error *err)
{
	_cleanup_map_view_ struct map_view new = MAP_VIEW_INIT;
	const char *nul = len ? memchr(line, '\0', len) : NULL;
	bool given[N_WORDS] = { false }, blank = true;
	struct assign word;
	size_t pos = 0;
	int r = base ? map_view_copy(base, &new) : 0;

	if (r == 0 && nul)
		r = text_fail(err, -EINVAL, (size_t)(nul - line),
			      "a definition is text, found a NUL byte");
	while (r == 0 && (r = assign_next(line, len, &pos, &word, err)) > 0) {
		r = parse_word(&new, &word, given, err);
		blank = false;
	}
	if (r < 0)
		return r;
	if (blank)
		map_view_release(&new);
	map_view_release(v);
	*v = new;
	new = (struct map_view)MAP_VIEW_INIT;
	return 0;
}

void map_view_format(const struct map_view *v, struct buf *out)
{
	for (size_t i = 0; i < N_WORDS; i++) {
		const char *text = text_of(v, i);

		if (!text)
			continue;
		buf_printf(out, "%s=", words[i].name);
		assign_put_value(text, out);
		buf_putc(out, ' ');
	}
}

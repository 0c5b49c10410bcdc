/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reduce a type that may come from a header to one line: strip comments, merge blanks.
 */
#include "map/def-line.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "util/buf.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

/* Where the comment that begins at byte `at` ends; at: there is none. */
static size_t skip_comment(const char *text, size_t len, size_t at)
{
	bool line;

	if (len - at < 2 || text[at] != '/' || (text[at + 1] != '*' && text[at + 1] != '/'))
		return at;
	line = text[at + 1] == '/';
	for (at += 2; at < len; at++) {
		if (line && text[at] == '\n')
			return at;
		if (!line && text[at - 1] == '*' && text[at] == '/')
			return at + 1;
	}
	return len;
}

/* Behind all blanks and comments. */
static size_t skip(const char *text, size_t len, size_t at)
{
	size_t from;

	do {
		from = at;
		while (at < len && is_blank(text[at]))
			at++;
		at = skip_comment(text, len, at);
	} while (at > from);
	return at;
}

/* Append a type on one line: without comments, and with one blank for many. */
static void def_put_line(const char *text, size_t len, struct buf *out)
{
	size_t at = 0, next, from = out->len;

	while ((next = skip(text, len, at)) < len) {
		if (next > at && out->len > from)
			buf_putc(out, ' ');
		buf_putc(out, text[next]);
		at = next + 1;
	}
}

int def_one_line(const char *text, size_t len, char **ret)
{
	struct buf line = BUF_INIT;

	/* Only text of a header has to change. */
	if (memchr(text, '\n', len) || memchr(text, '/', len))
		def_put_line(text, len, &line);
	else
		buf_put(&line, text, len);
	if (!buf_cstr(&line)) {
		buf_release(&line);
		return -ENOMEM;
	}
	*ret = buf_detach(&line);
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Members and elements are skipped as whole values, see text/json.h.
 */
#include "text/pieces.h"

#include <errno.h>
#include <string.h>

#include "text/escape.h"
#include "text/json.h"
#include "text/model.h"
#include "util/buf.h"

/* The text is a complete line, so an incomplete value is invalid. */
static int whole(int r)
{
	return r == -EAGAIN ? -EINVAL : r;
}

static int at_end(struct json *j)
{
	return json_peek(j) == JSON_END && !j->bad ? 0 : json_refuse(j, "the end of the text");
}

/* Which of the names a member has, noted in ret. */
static int take_member(struct json *j, const char *const *names, unsigned count,
		       struct text_piece *ret)
{
	struct span name, value;
	size_t from;
	unsigned i = 0;
	int r;

	json_peek(j);
	from = j->pos;
	r = json_string(j, &name);
	if (r)
		return r;
	while (i < count && (strlen(names[i]) != name.len || memcmp(names[i], name.s, name.len)))
		i++;
	if (i == count)
		return text_fail(j->err, -EINVAL, from,
				 "unknown member; expected \"key\" or \"value\"");
	if (ret[i].text)
		return text_fail(j->err, -EINVAL, from, "duplicate \"%s\"", names[i]);
	r = json_expect(j, ':');
	if (!r)
		r = json_value(j, &value);
	if (!r)
		ret[i] = (struct text_piece){ value.s, value.len, value.at };
	return r;
}

int pieces_of_object(const char *text, size_t len, const char *const *names,
		     unsigned count, struct text_piece *ret, struct text_error *err)
{
	struct json j;
	bool first = true;
	int r;

	memset(ret, 0, count * sizeof(*ret));
	json_open(&j, text, len, err);
	r = json_enter(&j, '{');
	while (!r && (r = json_next(&j, '}', first)) > 0) {
		first = false;
		r = take_member(&j, names, count, ret);
	}
	if (!r)
		r = at_end(&j);
	for (unsigned i = 0; i < count && !r; i++)
		if (!ret[i].text)
			r = text_fail(err, -EINVAL, j.pos, "\"%s\" is missing", names[i]);
	return whole(r);
}

int pieces_of_array(const char *text, size_t len,
		    int (*fn)(void *arg, unsigned i, const struct text_piece *piece),
		    void *arg, struct text_error *err)
{
	struct text_piece piece;
	struct span value;
	struct json j;
	unsigned n = 0;
	int r;

	json_open(&j, text, len, err);
	r = json_enter(&j, '[');
	while (!r && (r = json_next(&j, ']', !n)) > 0) {
		r = json_value(&j, &value);
		piece = (struct text_piece){ value.s, value.len, value.at };
		if (!r)
			r = fn(arg, n++, &piece);
	}
	if (!r)
		r = at_end(&j);
	return r ? whole(r) : (int)n;
}

int piece_string(const struct text_piece *piece, struct buf *space,
		 struct text_piece *ret, struct text_error *err)
{
	struct span quoted = { piece->text + 1, piece->len - 2, piece->at + 1 }, plain;
	int r;

	if (piece->len < 2 || *piece->text != '"')
		return text_fail(err, -EINVAL, piece->at, "expected a string");
	r = json_unescape(&quoted, space, &plain, err);
	if (!r)
		*ret = (struct text_piece){ plain.s, plain.len, quoted.at };
	return whole(r);
}

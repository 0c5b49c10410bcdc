/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Walking through a JSON text from left to right, without a copy of it or a list
 * of what is in it: the type of the value says what may come next, so each function
 * here consumes exactly what it says, and whatever else is at the position is an
 * error. A text may also simply end: that is -EAGAIN, unless something at its end
 * can never be part of JSON.
 */
#ifndef BPFMAPFS_TEXT_JSON_H
#define BPFMAPFS_TEXT_JSON_H

#include <stdbool.h>
#include <stddef.h>

struct span;
struct text_error;

#define JSON_END (-1)

struct json {
	const char *text;
	size_t len; /* up to the first NUL */
	size_t pos;
	unsigned depth; /* containers entered and not left */
	bool bad; /* a NUL follows; false: nothing follows */
	struct text_error *err;
};

/* Errors go to err, which may be NULL. */
void json_open(struct json *j, const char *text, size_t len, struct text_error *err);

/* A position to return to. */
struct json_mark {
	size_t pos;
	unsigned depth;
};

static inline struct json_mark json_mark(const struct json *j)
{
	return (struct json_mark){ j->pos, j->depth };
}

static inline void json_return(struct json *j, struct json_mark mark)
{
	j->pos = mark.pos;
	j->depth = mark.depth;
}

/* Skip white space; the next byte or JSON_END. */
int json_peek(struct json *j);

/* Refuse what is at the position; -EAGAIN if it is the end of the text. */
int json_refuse(const struct json *j, const char *expected);

/* Consume one byte of syntax. */
int json_expect(struct json *j, char c);

/* Consume the bracket that begins an object or array. */
int json_enter(struct json *j, char bracket);

/*
 * Consume what is before the next member or element, or the bracket that
 * ends it, which leaves the container. 1: one follows; 0: that was the end.
 */
int json_next(struct json *j, char bracket, bool first);

/* Consume the bracket behind the last element that there can be. */
int json_leave(struct json *j, char bracket);

/* Consume a string; *ret is what is between the quotes, escapes and all. */
int json_string(struct json *j, struct span *ret);

/* Consume any value; *ret is its text, brackets and quotes included. Inside brackets
 * only strings and brackets are looked at. */
int json_value(struct json *j, struct span *ret);

/* Consume a literal. *ret_open: the text ends with it, so it may go on. */
int json_literal(struct json *j, struct span *ret, bool *ret_open);

#endif

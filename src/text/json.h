/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Parse a JSON text from left to right, without a copy of it or a tree of its elements.
 * The type of the value determines what may come next, so each function here consumes
 * exactly one kind of element, and anything else at the position is an error. If the
 * text ends, the result is -EAGAIN, unless its end can never be part of JSON.
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

/* Skip white space; returns the next byte or JSON_END. */
int json_peek(struct json *j);

/* Refuse the text at the position; -EAGAIN if it is the end of the text. */
int json_refuse(const struct json *j, const char *expected);

/* Consume one byte of syntax. */
int json_expect(struct json *j, char c);

/* Consume the bracket that begins an object or array. */
int json_enter(struct json *j, char bracket);

/*
 * Consume the comma before the next member or element, or the closing bracket, which
 * leaves the container. 1: another one follows; 0: it was the end.
 */
int json_next(struct json *j, char bracket, bool first);

/* Consume the bracket after the last possible element. */
int json_leave(struct json *j, char bracket);

/* Consume a string; *ret is the text between the quotes, with its escapes. */
int json_string(struct json *j, struct span *ret);

/* Consume any value; *ret is its text, brackets and quotes included. Inside brackets
 * only strings and brackets are checked. */
int json_value(struct json *j, struct span *ret);

/* Consume a literal. *ret_open: the text ends with it, so it may be incomplete. */
int json_literal(struct json *j, struct span *ret, bool *ret_open);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Walking through a JSON text from left to right.
 *
 * jsmn finds where strings, literals and brackets are; it is lenient about
 * what stands between them. So the walk checks every separator itself: each
 * function here consumes exactly what it says, and whatever else is at the
 * position is an error. A text may also simply end: that is -EAGAIN, unless
 * something at its end can never be part of JSON.
 */
#ifndef BPFMAPFS_TEXT_JSON_H
#define BPFMAPFS_TEXT_JSON_H

#include <stdbool.h>
#include <stddef.h>

#ifndef JSMN_H /* json.c has included all of it */
#define JSMN_PARENT_LINKS
#define JSMN_HEADER
#include <jsmn.h>
#endif

struct span;
struct text_error;

#define JSON_END (-1)

struct json {
	const char *text;
	size_t len; /* as far as it can be JSON */
	size_t pos;
	unsigned depth; /* containers entered and not left */
	bool bad; /* what follows len cannot be JSON; false: nothing follows */
	struct text_error *err;
	jsmntok_t *tokens;
	unsigned count, next;
	jsmntok_t few[64]; /* what tokens points to for small texts */
};

/*
 * Find the tokens of text. Refused at once (-EINVAL) is only what nests
 * deeper or has more tokens than any value; -ENOMEM. json_close() always.
 */
int json_open(struct json *j, const char *text, size_t len, size_t max_tokens,
	      struct text_error *err);
void json_close(struct json *j);

/* A position to return to. */
struct json_mark {
	size_t pos;
	unsigned depth, next;
};

static inline struct json_mark json_mark(const struct json *j)
{
	return (struct json_mark){ j->pos, j->depth, j->next };
}

static inline void json_return(struct json *j, struct json_mark mark)
{
	j->pos = mark.pos;
	j->depth = mark.depth;
	j->next = mark.next;
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

/* Consume any value; *ret is its text, brackets and quotes included. What is
 * inside brackets is not looked at. */
int json_value(struct json *j, struct span *ret);

/* Consume a literal. *ret_open: the text ends with it, so it may go on. */
int json_literal(struct json *j, struct span *ret, bool *ret_open);

#endif

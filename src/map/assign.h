/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines of NAME=VALUE words, as definitions are:
 *
 *	type=hash key={a:u8, b:u8} value='struct { __u64 n; }' flags=no_prealloc
 *
 * Words are separated by blanks. A value runs to the next blank outside of {},
 * [], () and quotes; struct, enum, union, unsigned, signed and long join the
 * next word. Quotes around a whole value are stripped.
 */
#ifndef BPFMAPFS_MAP_ASSIGN_H
#define BPFMAPFS_MAP_ASSIGN_H

#include <stddef.h>

struct buf;
struct text_error;

/* A piece of the line; offset: of its first byte in the line. */
struct assign_span {
	const char *s;
	size_t len;
	size_t offset;
};

struct assign {
	struct assign_span name;
	struct assign_span value;
};

/* Get the word at *pos, and move *pos to the end of the word. 1; 0: no more words;
 * -EINVAL with err: no '='; -EAGAIN with err: a bracket or a quote is not closed. */
int assign_next(const char *line, size_t len, size_t *pos, struct assign *ret,
		struct text_error *err);

/* -EINVAL: the line has this name already. */
int assign_refuse_second(const struct assign_span *name, struct text_error *err);

/* Append a value in a form that assign_next() reads back: in quotes if it needs them. */
void assign_put_value(const char *value, struct buf *out);

#endif

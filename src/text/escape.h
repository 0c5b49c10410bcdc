/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The two ways in which strings are escaped: %XX in file names, backslashes
 * in JSON.
 */
#ifndef BPFMAPFS_TEXT_ESCAPE_H
#define BPFMAPFS_TEXT_ESCAPE_H

#include <stdbool.h>
#include <stddef.h>

struct buf;
struct span;
struct text_error;

/*
 * Append s as (part of) a file name: %XX for '/', '%', control characters, bytes that
 * are not UTF-8, and inside a struct or array also ",=[]{}". The caller handles
 * characters that may not begin or end a whole name (name.c).
 */
void name_escape(struct buf *out, const char *s, size_t len, bool inside);

/* Append one byte as %XX. */
void name_escape_byte(struct buf *out, unsigned char c);

/*
 * Undo name_escape(): *ret is the text itself if nothing is escaped, otherwise a copy
 * in space. -EINVAL (err filled), -ENOMEM.
 */
int name_unescape(const struct span *text, struct buf *space, struct span *ret,
		  struct text_error *err);

/* Append s, which is UTF-8, as a JSON string with its quotes. */
void json_escape(struct buf *out, const char *s, size_t len);

/* Undo json_escape() for the text between the quotes. Refuses control bytes, unknown
 * escapes, lone surrogates and bytes that are not UTF-8. */
int json_unescape(const struct span *text, struct buf *space, struct span *ret,
		  struct text_error *err);

#endif

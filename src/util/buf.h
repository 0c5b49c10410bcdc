/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A growing byte buffer. The first failed allocation is remembered: later
 * appends do nothing, and buf_error() says so once, at the end, so that
 * formatters need no error path of their own.
 *
 * A zeroed struct buf is an empty buffer. data is not NUL-terminated unless
 * buf_cstr() asked for it. Not thread-safe.
 */
#ifndef BPFMAPFS_UTIL_BUF_H
#define BPFMAPFS_UTIL_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "util/cleanup.h"
#include "util/attributes.h"

struct host_names;

struct buf {
	char *data;
	size_t len; /* bytes used */
	size_t cap; /* bytes allocated */
	int error; /* 0 or -ENOMEM */
	/* Names that the reader of the text may see (text/host-names.h). NULL: numbers
	 * instead, which everybody may see. */
	const struct host_names *names;
};

#define BUF_INIT { 0 }

/* Release storage and return to the empty state. */
void buf_release(struct buf *b);

/* Empty the buffer but keep its storage. */
static inline void buf_clear(struct buf *b)
{
	b->len = 0;
	b->error = 0;
}

/* Slow path of buf_reserve(). */
bool buf_grow(struct buf *b, size_t more);

/* Make room for `more` bytes after len; false if there is no memory (b->error is set). */
static inline bool buf_reserve(struct buf *b, size_t more)
{
	if (b->cap - b->len >= more)
		return true;
	return buf_grow(b, more);
}

static inline void buf_putc(struct buf *b, char c)
{
	if (buf_reserve(b, 1))
		b->data[b->len++] = c;
}

static inline void buf_put(struct buf *b, const void *data, size_t len)
{
	if (buf_reserve(b, len)) {
		if (len)
			memcpy(b->data + b->len, data, len);
		b->len += len;
	}
}

static inline void buf_puts(struct buf *b, const char *s)
{
	buf_put(b, s, strlen(s));
}

/* Cut to len bytes (no-op when shorter): undoes a partial append. */
static inline void buf_truncate(struct buf *b, size_t len)
{
	if (len < b->len)
		b->len = len;
}

void buf_printf(struct buf *b, const char *fmt, ...)
	_printf_(2, 3);
void buf_vprintf(struct buf *b, const char *fmt, va_list ap)
	_printf_(2, 0);

/* Append v in decimal; much faster than buf_printf(). */
void buf_put_u64(struct buf *b, uint64_t v);

/* Append len bytes as lower-case hex digits, in memory order. */
void buf_put_hex(struct buf *b, const void *data, size_t len);

/* NUL-terminated view of the content (the NUL is not counted), or NULL. */
const char *buf_cstr(struct buf *b);

/* Take the storage over (free() it); the buffer is empty afterwards. */
char *buf_detach(struct buf *b);

static inline int buf_error(const struct buf *b)
{
	return b->error;
}

#define _cleanup_buf_ _cleanup_(buf_release)

#endif

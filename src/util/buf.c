/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A byte buffer that doubles its size.
 */
#include "util/buf.h"

#include <errno.h>
#include <stdio.h>

void buf_release(struct buf *b)
{
	free(b->data);
	*b = (struct buf)BUF_INIT;
}

bool buf_grow(struct buf *b, size_t more)
{
	size_t need, cap;
	char *data;

	if (b->error)
		return false;
	if (__builtin_add_overflow(b->len, more, &need))
		goto fail;
	cap = b->cap ? b->cap : 64;
	while (cap < need)
		if (__builtin_mul_overflow(cap, 2, &cap))
			goto fail;
	data = realloc(b->data, cap);
	if (!data)
		goto fail;
	b->data = data;
	b->cap = cap;
	return true;
fail:
	b->error = -ENOMEM;
	return false;
}

void buf_vprintf(struct buf *b, const char *fmt, va_list ap)
{
	va_list again;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	if (n >= 0 && buf_reserve(b, (size_t)n + 1)) {
		vsnprintf(b->data + b->len, (size_t)n + 1, fmt, again);
		b->len += (size_t)n;
	}
	va_end(again);
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(b, fmt, ap);
	va_end(ap);
}

void buf_put_u64(struct buf *b, uint64_t v)
{
	char digits[20];
	int i = sizeof(digits);

	do
		digits[--i] = (char)('0' + v % 10);
	while (v /= 10);
	buf_put(b, digits + i, sizeof(digits) - (size_t)i);
}

void buf_put_hex(struct buf *b, const void *data, size_t len)
{
	static const char hex[] = "0123456789abcdef";
	const unsigned char *p = data;
	size_t i;

	if (!buf_reserve(b, 2 * len))
		return;
	for (i = 0; i < len; i++) {
		b->data[b->len++] = hex[p[i] >> 4];
		b->data[b->len++] = hex[p[i] & 15];
	}
}

const char *buf_cstr(struct buf *b)
{
	if (!buf_reserve(b, 1))
		return NULL;
	b->data[b->len] = '\0';
	return b->data;
}

char *buf_detach(struct buf *b)
{
	char *data = b->data;

	*b = (struct buf)BUF_INIT;
	return data;
}

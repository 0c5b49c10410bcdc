/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Control characters, and bytes that are not UTF-8, become %XX.
 */
#include "util/printable.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "util/buf.h"
#include "util/utf8.h"

/* One character as it is shown. */
struct shown {
	size_t taken; /* bytes of the text */
	size_t len;
	char text[8];
};

static struct shown show(const char *s, size_t len)
{
	const unsigned char *c = (const unsigned char *)s;
	struct shown one = { 0 };
	bool cut;
	size_t n = utf8_char(s, len, &cut);

	one.taken = n ?: 1;
	if (n && !utf8_control(s, n)) {
		memcpy(one.text, s, n);
		one.len = n;
		return one;
	}
	for (size_t i = 0; i < one.taken; i++)
		one.len += (size_t)snprintf(one.text + one.len,
					    sizeof(one.text) - one.len, "%%%02X", c[i]);
	return one;
}

void put_printable(struct buf *out, const char *s, size_t len)
{
	struct shown one;

	for (size_t i = 0; i < len; i += one.taken) {
		one = show(s + i, len - i);
		buf_put(out, one.text, one.len);
	}
}

void copy_printable(char *dst, size_t size, const char *s)
{
	size_t len = strlen(s), used = 0;
	struct shown one;

	for (size_t i = 0; i < len; i += one.taken) {
		one = show(s + i, len - i);
		if (used + one.len >= size)
			break;
		memcpy(dst + used, one.text, one.len);
		used += one.len;
	}
	dst[used] = '\0';
}

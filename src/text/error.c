/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The reason of a refusal, with a quote of the text.
 */
#include "text/error.h"

#include <stdarg.h>
#include <stdio.h>

int text_fail(struct text_error *err, int code, size_t offset, const char *fmt, ...)
{
	va_list ap;

	if (!err)
		return code;
	err->column = offset + 1;
	va_start(ap, fmt);
	vsnprintf(err->reason, sizeof(err->reason), fmt, ap);
	va_end(ap);
	return code;
}

const char *text_quote(char dst[TEXT_QUOTE_SIZE], const char *text, size_t len)
{
	static const char hex[] = "0123456789abcdef";
	/* One escape, the dots, the closing quote and the NUL must still fit. */
	const size_t last = TEXT_QUOTE_SIZE - sizeof("\\xNN...\"");
	size_t i, o = 0;

	if (!len) {
		snprintf(dst, TEXT_QUOTE_SIZE, "the end of the text");
		return dst;
	}
	/* The newline that ends a text is nothing to look for. */
	if (len > 1 && text[len - 1] == '\n')
		len--;
	dst[o++] = '"';
	for (i = 0; i < len && o <= last; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c == '"' || c == '\\') {
			dst[o++] = '\\';
			dst[o++] = (char)c;
		} else if (c >= 0x20 && c < 0x7f) {
			dst[o++] = (char)c;
		} else {
			dst[o++] = '\\';
			dst[o++] = 'x';
			dst[o++] = hex[c >> 4];
			dst[o++] = hex[c & 15];
		}
	}
	snprintf(dst + o, TEXT_QUOTE_SIZE - o, "%s", i < len ? "...\"" : "\"");
	return dst;
}

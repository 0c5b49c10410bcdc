/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Why a text was refused, for users: an errno has no position.
 */
#ifndef BPFMAPFS_TEXT_ERROR_H
#define BPFMAPFS_TEXT_ERROR_H

#include <stddef.h>

#include "util/attributes.h"

struct text_error {
	size_t column; /* 1-based byte of the text where the error is */
	char reason[160]; /* "expected a number 0..255, found \"abc\""; no newline */
};

/*
 * Fill err (NULL is allowed) and return code, a negative errno. offset is
 * 0-based. Bytes of the user's text that go into the reason must be quoted
 * and cut short by the caller, with text_quote().
 */
int text_fail(struct text_error *err, int code, size_t offset, const char *fmt, ...)
	_printf_(4, 5);

/* Size of a buffer for text_quote(). */
#define TEXT_QUOTE_SIZE 48

/*
 * Write the first bytes of len bytes of text to dst, in double quotes, with
 * everything but printable ASCII as \xNN; "..." stands for the rest. Without
 * any text: "the end of the text", unquoted. Returns dst.
 */
const char *text_quote(char dst[TEXT_QUOTE_SIZE], const char *text, size_t len);

#endif

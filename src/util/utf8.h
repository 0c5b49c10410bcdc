/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * UTF-8 as Unicode defines it: no overlong forms, no surrogates, nothing
 * above U+10FFFF.
 */
#ifndef BPFMAPFS_UTIL_UTF8_H
#define BPFMAPFS_UTIL_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Length of the character that begins s (len > 0 bytes): 1 to 4, or 0 if it is invalid.
 * *ret_cut: it is invalid only because the text ends inside it.
 */
size_t utf8_char(const char *s, size_t len, bool *ret_cut);

/* Is this character of n bytes a control character: C0, DEL or C1? */
bool utf8_control(const char *s, size_t n);

/* The number of bytes at the beginning of s that are UTF-8 without a NUL. */
size_t utf8_span(const char *s, size_t len);

/* Write code point c (no surrogate) to dst; returns its length. */
size_t utf8_encode(uint32_t c, char dst[4]);

#endif

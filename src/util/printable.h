/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Untrusted text within one line: in .map/errors, in reports, in the log. A user can
 * choose a name that looks like another line, or that controls a terminal.
 *
 * Each byte of a control character (C0, DEL, C1: newline, ESC and the like) and of
 * what is not UTF-8 becomes %XX. '%' stays: names have escapes of their own.
 */
#ifndef BPFMAPFS_UTIL_PRINTABLE_H
#define BPFMAPFS_UTIL_PRINTABLE_H

#include <stddef.h>

struct buf;

/* Append len bytes of s. */
void put_printable(struct buf *out, const char *s, size_t len);

/* Copy a string to dst, which has `size` bytes (at least 1). A string that does not fit
 * is cut before a whole character. */
void copy_printable(char *dst, size_t size, const char *s);

#endif

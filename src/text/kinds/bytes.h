/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bytes as hex digits, and the raw form "@0a000001" that every key and value
 * of any type can have.
 */
#ifndef BPFMAPFS_TEXT_BYTES_H
#define BPFMAPFS_TEXT_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct span;
struct text_error;

/* 0 to 15, or -1. */
int hex_digit(char c);

/* Exactly 2 * size hex digits. -EAGAIN: fewer; -EFBIG: more; -EINVAL. */
int hex_scan(const char *s, size_t len, uint8_t *p, size_t size);

void raw_put(struct buf *out, const void *p, size_t size);

/*
 * Read "@" and 2 * size digits. Writes p only on success. -EAGAIN: incomplete; -EINVAL.
 */
int raw_parse(const struct span *text, uint8_t *p, size_t size, struct text_error *err);

/* True if the text could be a raw form of size bytes, or the beginning of one. */
bool raw_begins(const struct span *text, size_t size);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Integers: bytes and bits in memory on one side, decimal and 0x digits on
 * the other.
 */
#ifndef BPFMAPFS_TEXT_NUMBER_H
#define BPFMAPFS_TEXT_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct span;

typedef unsigned __int128 u128;

/* A number as written: sign and magnitude. */
struct number {
	u128 magnitude;
	bool negative;
};

/*
 * Read the whole span: decimal or 0x digits, with an optional minus. A decimal may also
 * have the form in which JSON programs write large numbers, "1.5e3", if it is an
 * integer; a negative exponent is not accepted.
 *
 * 0; -EINVAL: not a number; -EAGAIN: incomplete; -ERANGE: more than 128 bits (and no
 * longer text could be less).
 */
int number_scan(const struct span *text, struct number *ret);

/* True if it fits an integer of so many bits. */
bool number_fits(const struct number *v, unsigned bits, bool is_signed);

/* Its two's complement. */
u128 number_bits(const struct number *v);

/* "a number 0..255", "a number -8..7". */
void number_expect(char *dst, size_t size, unsigned bits, bool is_signed);

/* Append v in decimal, fast. */
void number_put(struct buf *out, uint64_t v);
/* Like number_put(), for more than 64 bits. */
void number_put_wide(struct buf *out, u128 v);
/* Append "0x" and size * 2 digits of v. */
void number_put_hex(struct buf *out, u128 v, unsigned size);

/* Integers of 1 to 16 bytes in host order, at any alignment. */
u128 load_u128(const uint8_t *p, unsigned size);
void store_u128(uint8_t *p, unsigned size, u128 v);
uint64_t load_uint(const uint8_t *p, unsigned size); /* up to 8 bytes */
int64_t load_sint(const uint8_t *p, unsigned size);

/* width <= 128 bits from bit `shift` on, counted as BTF counts them. */
u128 load_bits(const uint8_t *p, unsigned shift, unsigned width);
void store_bits(uint8_t *p, unsigned shift, unsigned width, u128 v);

#endif

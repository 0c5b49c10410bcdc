/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Integers of 1 to 16 bytes and bit-fields, in either byte order of the machine.
 */
#include "text/number.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "text/kinds/bytes.h"
#include "text/model.h"
#include "util/buf.h"

/* --- memory --------------------------------------------------------------- */

uint64_t load_uint(const uint8_t *p, unsigned size)
{
	uint64_t v8;
	uint32_t v4;
	uint16_t v2;

	/* The sizes that compilers turn into one instruction each. */
	switch (size) {
	case 1: return *p;
	case 2: memcpy(&v2, p, 2); return v2;
	case 4: memcpy(&v4, p, 4); return v4;
	case 8: memcpy(&v8, p, 8); return v8;
	}
	return (uint64_t)load_u128(p, size);
}

int64_t load_sint(const uint8_t *p, unsigned size)
{
	unsigned unused = 64 - 8 * size;

	return (int64_t)(load_uint(p, size) << unused) >> unused;
}

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define BYTE_AT(i, size) (i)
#define BIT_AT(i) ((i) % 8)
#else
#define BYTE_AT(i, size) ((size)-1 - (i))
#define BIT_AT(i) (7 - (i) % 8)
#endif

u128 load_u128(const uint8_t *p, unsigned size)
{
	u128 v = 0;
	unsigned i;

	for (i = 0; i < size; i++)
		v |= (u128)p[BYTE_AT(i, size)] << (8 * i);
	return v;
}

void store_u128(uint8_t *p, unsigned size, u128 v)
{
	uint64_t v8 = (uint64_t)v;
	uint32_t v4 = (uint32_t)v;
	uint16_t v2 = (uint16_t)v;
	unsigned i;

	switch (size) {
	case 1: *p = (uint8_t)v; return;
	case 2: memcpy(p, &v2, 2); return;
	case 4: memcpy(p, &v4, 4); return;
	case 8: memcpy(p, &v8, 8); return;
	}
	for (i = 0; i < size; i++)
		p[BYTE_AT(i, size)] = (uint8_t)(v >> (8 * i));
}

/*
 * BTF counts bits in the order in which the machine fills them: from the
 * least significant one up on little-endian machines, from the most
 * significant one down on big-endian ones.
 */
static unsigned bit_place(unsigned i, unsigned width)
{
	return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? i : width - 1 - i;
}

u128 load_bits(const uint8_t *p, unsigned shift, unsigned width)
{
	u128 v = 0;
	unsigned i;

	for (i = 0; i < width; i++) {
		unsigned bit = shift + i;

		if (p[bit / 8] >> BIT_AT(bit) & 1)
			v |= (u128)1 << bit_place(i, width);
	}
	return v;
}

void store_bits(uint8_t *p, unsigned shift, unsigned width, u128 v)
{
	unsigned i;

	for (i = 0; i < width; i++) {
		unsigned bit = shift + i;
		uint8_t mask = (uint8_t)(1u << BIT_AT(bit));

		if (v >> bit_place(i, width) & 1)
			p[bit / 8] |= mask;
		else
			p[bit / 8] &= (uint8_t)~mask;
	}
}

/* --- output --------------------------------------------------------------- */

static const char digit_pairs[] = "0001020304050607080910111213141516171819"
				  "2021222324252627282930313233343536373839"
				  "4041424344454647484950515253545556575859"
				  "6061626364656667686970717273747576777879"
				  "8081828384858687888990919293949596979899";

void number_put(struct buf *out, uint64_t v)
{
	char digits[20];
	unsigned i = sizeof(digits);

	while (v >= 100) {
		i -= 2;
		memcpy(digits + i, digit_pairs + 2 * (v % 100), 2);
		v /= 100;
	}
	if (v >= 10) {
		i -= 2;
		memcpy(digits + i, digit_pairs + 2 * v, 2);
	} else {
		digits[--i] = (char)('0' + v);
	}
	buf_put(out, digits + i, sizeof(digits) - i);
}

void number_put_wide(struct buf *out, u128 v)
{
	const uint64_t part = 10000000000000000000u; /* 10^19, the most in 64 bits */

	if (v < part) {
		number_put(out, (uint64_t)v);
		return;
	}
	number_put_wide(out, v / part);
	buf_printf(out, "%019llu", (unsigned long long)(v % part));
}

void number_put_hex(struct buf *out, u128 v, unsigned size)
{
	uint8_t bytes[16];
	unsigned i;

	for (i = 0; i < size; i++)
		bytes[size - 1 - i] = (uint8_t)(v >> (8 * i));
	buf_put(out, "0x", 2);
	buf_put_hex(out, bytes, size);
}

/* --- input ---------------------------------------------------------------- */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static int scan_hex(const char *s, size_t len, u128 *ret)
{
	u128 v = 0;
	size_t i;

	for (i = 0; i < len; i++) {
		int digit = hex_digit(s[i]);

		if (digit < 0)
			return -EINVAL;
		if (v >> 124)
			return -ERANGE;
		v = v << 4 | (unsigned)digit;
	}
	*ret = v;
	return len ? 0 : -EAGAIN;
}

/* v * 10^zeros + digit; false when that has more than 128 bits. */
static bool append_digit(u128 *v, unsigned zeros, unsigned digit)
{
	u128 next = *v;

	/* Zero stays zero, however many zeros follow the point. */
	if (!next)
		zeros = 0;
	for (; zeros; zeros--)
		if (__builtin_mul_overflow(next, (u128)10, &next))
			return false;
	if (__builtin_add_overflow(next, (u128)digit, &next))
		return false;
	*v = next;
	return true;
}

/* A decimal while it is read: value * 10^-places, `zeros` of them pending. */
struct decimal {
	u128 value;
	unsigned places;
	unsigned zeros;
};

static size_t scan_digits(const char *s, size_t len, struct decimal *d, int *ret_error)
{
	size_t i;

	for (i = 0; i < len && is_digit(s[i]); i++)
		if (!append_digit(&d->value, 1, (unsigned)(s[i] - '0')))
			*ret_error = -ERANGE;
	return i;
}

/* Zeros at the end of a fraction are no part of the value. */
static size_t scan_fraction(const char *s, size_t len, struct decimal *d, int *ret_error)
{
	size_t i;

	for (i = 0; i < len && is_digit(s[i]); i++) {
		d->zeros++;
		if (s[i] == '0')
			continue;
		if (!append_digit(&d->value, d->zeros, (unsigned)(s[i] - '0')))
			*ret_error = -ERANGE;
		d->places += d->zeros;
		d->zeros = 0;
	}
	return i;
}

/* Scan the exponent after "e". Huge exponents are cut at 1000000. */
static int scan_exponent(const char *s, size_t len, unsigned *ret)
{
	unsigned v = 0;
	size_t i = len && s[0] == '+';

	if (i == len)
		return -EAGAIN;
	for (; i < len; i++) {
		if (!is_digit(s[i]))
			return -EINVAL;
		v = v < 100000 ? v * 10 + (unsigned)(s[i] - '0') : 1000000;
	}
	*ret = v;
	return 0;
}

static int scan_decimal(const char *s, size_t len, u128 *ret)
{
	struct decimal d = { 0 };
	unsigned exponent = 0;
	int r, error = 0;
	size_t i, n;

	i = scan_digits(s, len, &d, &error);
	if (!i)
		return len ? -EINVAL : -EAGAIN;
	if (i < len && s[i] == '.') {
		n = scan_fraction(s + i + 1, len - i - 1, &d, &error);
		i += 1 + n;
		if (!n)
			return i == len ? -EAGAIN : -EINVAL;
	}
	if (i < len) {
		if ((s[i] | 0x20) != 'e')
			return -EINVAL;
		r = scan_exponent(s + i + 1, len - i - 1, &exponent);
		if (r)
			return r;
	}
	if (error)
		return error;
	/* Not an integer so far, but a larger exponent could make it one. */
	if (d.value && exponent < d.places)
		return -EAGAIN;
	if (!append_digit(&d.value, exponent - d.places, 0))
		return -ERANGE;
	*ret = d.value;
	return 0;
}

int number_scan(const struct span *text, struct number *ret)
{
	const char *s = text->s;
	size_t len = text->len;
	struct number v = { 0 };
	int r;

	if (len && *s == '-') {
		v.negative = true;
		s++;
		len--;
	}
	if (len >= 2 && s[0] == '0' && (s[1] | 0x20) == 'x')
		r = scan_hex(s + 2, len - 2, &v.magnitude);
	else
		r = scan_decimal(s, len, &v.magnitude);
	if (r)
		return r;
	if (!v.magnitude)
		v.negative = false;
	*ret = v;
	return 0;
}

bool number_fits(const struct number *v, unsigned bits, bool is_signed)
{
	u128 top;

	if (!bits)
		return !v->magnitude;
	top = (u128)1 << (bits - 1); /* the sign bit */
	if (!is_signed)
		return !v->negative && v->magnitude <= top - 1 + top;
	return v->magnitude <= top - !v->negative;
}

u128 number_bits(const struct number *v)
{
	return v->negative ? -v->magnitude : v->magnitude;
}

void number_expect(char *dst, size_t size, unsigned bits, bool is_signed)
{
	unsigned long long top = bits ? 1ULL << (bits <= 64 ? bits - 1 : 63) : 0;

	if (bits > 64)
		snprintf(dst, size, "a number of %u bits", bits);
	else if (is_signed)
		snprintf(dst, size, "a number -%llu..%llu", top, top ? top - 1 : 0);
	else
		snprintf(dst, size, "a number 0..%llu", top ? top - 1 + top : 0);
}

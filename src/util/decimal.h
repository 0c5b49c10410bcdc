/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Unsigned decimal numbers as text: digits only, no sign, no blanks. Leading zeros are
 * accepted; callers that do not accept "007" check decimal_has_zeros().
 */
#ifndef BPFMAPFS_UTIL_DECIMAL_H
#define BPFMAPFS_UTIL_DECIMAL_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Any number of so many digits fits into 64 bits. */
#define DECIMAL_SAFE 19

/*
 * Scan the digits at the start of s. Returns their number (0: none). *ret is their
 * value; UINT64_MAX and *ret_overflow if it exceeds 64 bits.
 */
static inline size_t decimal_scan(const char *s, size_t len, uint64_t *ret,
				  bool *ret_overflow)
{
	size_t i, safe = len < DECIMAL_SAFE ? len : DECIMAL_SAFE;
	bool overflow = false;
	uint64_t v = 0;

	for (i = 0; i < safe && s[i] >= '0' && s[i] <= '9'; i++)
		v = v * 10 + (uint64_t)(s[i] - '0');
	for (; i < len && s[i] >= '0' && s[i] <= '9'; i++)
		overflow |= __builtin_mul_overflow(v, (uint64_t)10, &v) ||
			    __builtin_add_overflow(v, (uint64_t)(s[i] - '0'), &v);
	*ret = overflow ? UINT64_MAX : v;
	*ret_overflow = overflow;
	return i;
}

static inline bool decimal_has_zeros(const char *s, size_t digits)
{
	return digits > 1 && *s == '0';
}

/*
 * Parse a whole text as one number of at most max. Returns 0; -EINVAL for an empty text
 * or anything but digits; -ERANGE for a larger number.
 */
static inline int decimal_parse(const char *s, size_t len, uint64_t max, uint64_t *ret)
{
	bool overflow;
	uint64_t v;
	size_t n = decimal_scan(s, len, &v, &overflow);

	if (!n || n < len)
		return -EINVAL;
	if (overflow || v > max)
		return -ERANGE;
	*ret = v;
	return 0;
}

#endif

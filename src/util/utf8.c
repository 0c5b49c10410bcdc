/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The first byte of a character determines its length and the valid range of the
 * second.
 */
#include "util/utf8.h"

/*
 * What may follow each first byte: the range of the second byte carries all
 * the special rules, the others are 80..BF.
 */
static const struct lead {
	uint8_t first, last; /* range of the first byte */
	uint8_t len;
	uint8_t low, high; /* range of the second byte */
} leads[] = {
	{ 0xc2, 0xdf, 2, 0x80, 0xbf }, { 0xe0, 0xe0, 3, 0xa0, 0xbf },
	{ 0xe1, 0xec, 3, 0x80, 0xbf }, { 0xed, 0xed, 3, 0x80, 0x9f },
	{ 0xee, 0xef, 3, 0x80, 0xbf }, { 0xf0, 0xf0, 4, 0x90, 0xbf },
	{ 0xf1, 0xf3, 4, 0x80, 0xbf }, { 0xf4, 0xf4, 4, 0x80, 0x8f },
};

static const struct lead *find_lead(uint8_t c)
{
	size_t i;

	for (i = 0; i < sizeof(leads) / sizeof(leads[0]); i++)
		if (c >= leads[i].first && c <= leads[i].last)
			return &leads[i];
	return NULL;
}

size_t utf8_char(const char *s, size_t len, bool *ret_cut)
{
	const uint8_t *p = (const uint8_t *)s;
	const struct lead *lead;
	size_t i;

	*ret_cut = false;
	if (p[0] < 0x80)
		return 1;
	lead = find_lead(p[0]);
	if (!lead)
		return 0;
	for (i = 1; i < lead->len && i < len; i++) {
		uint8_t low = i == 1 ? lead->low : 0x80;
		uint8_t high = i == 1 ? lead->high : 0xbf;

		if (p[i] < low || p[i] > high)
			return 0;
	}
	*ret_cut = i < lead->len;
	return *ret_cut ? 0 : lead->len;
}

bool utf8_control(const char *s, size_t n)
{
	const uint8_t *p = (const uint8_t *)s;

	if (n == 1)
		return p[0] < 0x20 || p[0] == 0x7f;
	/* U+0080 to U+009F */
	return n == 2 && p[0] == 0xc2 && p[1] < 0xa0;
}

size_t utf8_span(const char *s, size_t len)
{
	size_t i = 0, n;
	bool cut;

	while (i < len && s[i]) {
		n = utf8_char(s + i, len - i, &cut);
		if (!n)
			break;
		i += n;
	}
	return i;
}

size_t utf8_encode(uint32_t c, char dst[4])
{
	static const uint8_t marks[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	size_t len = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	size_t i;

	for (i = len - 1; i > 0; i--) {
		dst[i] = (char)(0x80 | (c & 0x3f));
		c >>= 6;
	}
	dst[0] = (char)(marks[len] | c);
	return len;
}

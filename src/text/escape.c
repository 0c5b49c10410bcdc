/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * %XX in names, backslashes in JSON: both ways.
 */
#include "text/escape.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "text/kinds/bytes.h"
#include "text/model.h"
#include "util/utf8.h"
#include "util/buf.h"

/* --- file names ----------------------------------------------------------- */

void name_escape_byte(struct buf *out, unsigned char c)
{
	static const char hex[] = "0123456789ABCDEF";

	buf_putc(out, '%');
	buf_putc(out, hex[c >> 4]);
	buf_putc(out, hex[c & 15]);
}

/* Does this character of n bytes have a meaning in names, or to a terminal? */
static bool needs_escape(const char *s, size_t n, bool inside)
{
	if (utf8_control(s, n) || *s == '/' || *s == '%')
		return true;
	return inside && strchr(",=[]{}", *s);
}

void name_escape(struct buf *out, const char *s, size_t len, bool inside)
{
	size_t i, n, escaped;
	bool cut;

	for (i = 0; i < len; i += n) {
		n = utf8_char(s + i, len - i, &cut);
		if (n && !needs_escape(s + i, n, inside)) {
			buf_put(out, s + i, n);
			continue;
		}
		n = n ?: 1;
		for (escaped = 0; escaped < n; escaped++)
			name_escape_byte(out, (unsigned char)s[i + escaped]);
	}
}

int name_unescape(const struct span *text, struct buf *space, struct span *ret,
		  struct text_error *err)
{
	const char *s = text->s;
	size_t i, from = space->len;

	if (!memchr(s, '%', text->len)) {
		*ret = *text;
		return 0;
	}
	for (i = 0; i < text->len; i++) {
		if (s[i] != '%') {
			buf_putc(space, s[i]);
			continue;
		}
		if (text->len - i < 3 || hex_digit(s[i + 1]) < 0 ||
		    hex_digit(s[i + 2]) < 0)
			return text_fail(err, -EINVAL, text->at + i,
					 "expected two hex digits after %%");
		buf_putc(space, (char)(hex_digit(s[i + 1]) << 4 | hex_digit(s[i + 2])));
		i += 2;
	}
	if (buf_error(space))
		return -ENOMEM;
	*ret = (struct span){ space->data + from, space->len - from, text->at };
	return 0;
}

/* --- JSON ----------------------------------------------------------------- */

/* Escapes of one letter, in pairs: what they stand for, the letter. */
static const char short_escapes[] = "\"\"\\\\\bb\ff\nn\rr\tt//";

static char short_letter(char c)
{
	size_t i;

	for (i = 0; i < sizeof(short_escapes) - 1; i += 2)
		if (short_escapes[i] == c)
			return short_escapes[i + 1];
	return 0;
}

static bool short_meaning(char letter, char *ret)
{
	size_t i;

	for (i = 0; i < sizeof(short_escapes) - 1; i += 2) {
		if (short_escapes[i + 1] == letter) {
			*ret = short_escapes[i];
			return true;
		}
	}
	return false;
}

void json_escape(struct buf *out, const char *s, size_t len)
{
	size_t i, from = 0;

	buf_putc(out, '"');
	for (i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];
		char letter;

		if (c >= 0x20 && c != '"' && c != '\\')
			continue;
		buf_put(out, s + from, i - from);
		from = i + 1;
		letter = short_letter((char)c);
		if (letter) {
			buf_putc(out, '\\');
			buf_putc(out, letter);
		} else {
			buf_put(out, "\\u00", 4);
			buf_put_hex(out, &c, 1);
		}
	}
	buf_put(out, s + from, len - from);
	buf_putc(out, '"');
}

/* \uXXXX at s: its 16 bits, or -1. */
static int32_t scan_unit(const char *s, size_t len)
{
	int32_t v = 0;
	size_t i;

	if (len < 6 || s[0] != '\\' || s[1] != 'u')
		return -1;
	for (i = 2; i < 6; i++) {
		int digit = hex_digit(s[i]);

		if (digit < 0)
			return -1;
		v = v << 4 | digit;
	}
	return v;
}

/* Decode \uXXXX or a pair of them; returns the length, 0 if it is none. */
static size_t unescape_unicode(const char *s, size_t len, struct buf *out)
{
	int32_t unit = scan_unit(s, len), low;
	char utf8[4];

	if (unit < 0 || (unit >= 0xdc00 && unit < 0xe000))
		return 0;
	if (unit < 0xd800 || unit >= 0xe000) {
		buf_put(out, utf8, utf8_encode((uint32_t)unit, utf8));
		return 6;
	}
	low = scan_unit(s + 6, len - 6);
	if (low < 0xdc00 || low >= 0xe000)
		return 0;
	unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
	buf_put(out, utf8, utf8_encode((uint32_t)unit, utf8));
	return 12;
}

/* Decode what begins at s (len > 0); returns its length, 0 if it is wrong. */
static size_t unescape_one(const char *s, size_t len, struct buf *out)
{
	char c;
	bool cut;
	size_t n;

	if (s[0] == '\\') {
		if (len < 2 || !short_meaning(s[1], &c))
			return unescape_unicode(s, len, out);
		buf_putc(out, c);
		return 2;
	}
	if ((unsigned char)s[0] < 0x20)
		return 0;
	n = utf8_char(s, len, &cut);
	buf_put(out, s, n);
	return n;
}

/* Plain printable ASCII without escapes needs no copy. */
static bool is_plain(const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (s[i] < 0x20 || s[i] == '\\' || s[i] & 0x80)
			return false;
	return true;
}

int json_unescape(const struct span *text, struct buf *space, struct span *ret,
		  struct text_error *err)
{
	char quote[TEXT_QUOTE_SIZE];
	size_t i, n, from = space->len;

	if (is_plain(text->s, text->len)) {
		*ret = *text;
		return 0;
	}
	for (i = 0; i < text->len; i += n) {
		n = unescape_one(text->s + i, text->len - i, space);
		if (!n)
			return text_fail(
				err, -EINVAL, text->at + i,
				"expected a character or escape of JSON, found %s",
				text_quote(quote, text->s + i, text->len - i));
	}
	if (buf_error(space))
		return -ENOMEM;
	*ret = (struct span){ space->data + from, space->len - from, text->at };
	return 0;
}

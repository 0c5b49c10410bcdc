/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Addresses: IPv4 and IPv6 in network order, Ethernet.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "text/kinds/addr.h"
#include "text/kinds/bytes.h"
#include "text/model.h"
#include "text/number.h"
#include "util/buf.h"
#include "util/decimal.h"

/* --- IPv4 ----------------------------------------------------------------- */

static bool ipv4_text(const struct node *n, const uint8_t *p, struct buf *out)
{
	int i;

	(void)n;
	for (i = 0; i < 4; i++) {
		if (i)
			buf_putc(out, '.');
		number_put(out, p[i]);
	}
	return true;
}

/*
 * One number 0..255 without leading zeros from s[*i] on; *i moves behind it.
 * -EAGAIN: the text ends before its first digit.
 */
static int scan_octet(const char *s, size_t len, size_t *i, uint8_t *ret)
{
	const char *from = s + *i;
	uint64_t v;
	bool overflow;
	size_t n = decimal_scan(from, len - *i, &v, &overflow);

	if (!n)
		return *i == len ? -EAGAIN : -EINVAL;
	if (v > 255 || decimal_has_zeros(from, n))
		return -EINVAL;
	*i += n;
	*ret = (uint8_t)v;
	return 0;
}

static int scan_ipv4(const char *s, size_t len, uint8_t addr[4])
{
	size_t i = 0;
	int part, r;

	for (part = 0; part < 4; part++) {
		if (part) {
			if (i == len)
				return -EAGAIN;
			if (s[i++] != '.')
				return -EINVAL;
		}
		r = scan_octet(s, len, &i, &addr[part]);
		if (r)
			return r;
	}
	return i == len ? 0 : -EINVAL;
}

static int ipv4_parse(const struct node *n, const struct span *text, uint8_t *p,
		      const struct text_parse *how)
{
	uint8_t addr[4];
	int r = scan_ipv4(text->s, text->len, addr);

	if (r)
		return leaf_refuse(n, text, r, how);
	memcpy(p, addr, sizeof(addr));
	return 0;
}

const struct kind kind_ipv4 = {
	.what = "an IPv4 address",
	.text = ipv4_text,
	.json = leaf_json_quoted,
	.name = leaf_name,
	.parse = ipv4_parse,
	.parse_json = leaf_parse_json,
	.parse_name = leaf_parse_name,
	.describe = leaf_describe,
	.exact = true,
};

/* --- IPv6 ----------------------------------------------------------------- */

static bool ipv6_text(const struct node *n, const uint8_t *p, struct buf *out)
{
	char text[INET6_ADDRSTRLEN];
	struct in6_addr addr;

	(void)n;
	memcpy(&addr, p, sizeof(addr));
	inet_ntop(AF_INET6, &addr, text, sizeof(text));
	buf_puts(out, text);
	return true;
}

/* Every beginning of an address looks so; not all that look so are one. */
static bool begins_ipv6(const struct span *text)
{
	static const char chars[] = "0123456789abcdefABCDEF:.";
	size_t i, run = 0;

	if (text->len >= INET6_ADDRSTRLEN - 1)
		return false;
	for (i = 0; i < text->len; i++) {
		if (!memchr(chars, text->s[i], sizeof(chars) - 1))
			return false;
		run = text->s[i] == ':' ? 0 : run + 1;
		if (run > 4 && !memchr(text->s, '.', text->len))
			return false;
	}
	return true;
}

static int scan_ipv6(const struct span *text, uint8_t addr[16])
{
	char copy[INET6_ADDRSTRLEN];

	if (text->len < sizeof(copy) && !memchr(text->s, 0, text->len)) {
		memcpy(copy, text->s, text->len);
		copy[text->len] = '\0';
		if (inet_pton(AF_INET6, copy, addr) == 1)
			return 0;
	}
	return begins_ipv6(text) ? -EAGAIN : -EINVAL;
}

static int ipv6_parse(const struct node *n, const struct span *text, uint8_t *p,
		      const struct text_parse *how)
{
	uint8_t addr[16];
	int r = scan_ipv6(text, addr);

	if (r)
		return leaf_refuse(n, text, r, how);
	memcpy(p, addr, sizeof(addr));
	return 0;
}

const struct kind kind_ipv6 = {
	.what = "an IPv6 address",
	.text = ipv6_text,
	.json = leaf_json_quoted,
	.name = leaf_name,
	.parse = ipv6_parse,
	.parse_json = leaf_parse_json,
	.parse_name = leaf_parse_name,
	.describe = leaf_describe,
	.exact = true,
};

/* --- Ethernet ------------------------------------------------------------- */

static bool mac_text(const struct node *n, const uint8_t *p, struct buf *out)
{
	uint32_t i;

	for (i = 0; i < n->size; i++) {
		if (i)
			buf_putc(out, ':');
		buf_put_hex(out, p + i, 1);
	}
	return true;
}

/* Two digits each, between them ':' or '-', the same everywhere. */
static int scan_mac(const char *s, size_t len, uint8_t addr[6])
{
	size_t i;

	for (i = 0; i < len; i++) {
		int digit = hex_digit(s[i]);

		if (i >= 17)
			return -EINVAL;
		if (i % 3 == 2) {
			if ((s[i] != ':' && s[i] != '-') || s[i] != s[2])
				return -EINVAL;
			continue;
		}
		if (digit < 0)
			return -EINVAL;
		addr[i / 3] = (uint8_t)(i % 3 ? addr[i / 3] | digit : digit << 4);
	}
	return len == 17 ? 0 : -EAGAIN;
}

static int mac_parse(const struct node *n, const struct span *text, uint8_t *p,
		     const struct text_parse *how)
{
	uint8_t addr[6];
	int r = scan_mac(text->s, text->len, addr);

	if (r)
		return leaf_refuse(n, text, r, how);
	memcpy(p, addr, sizeof(addr));
	return 0;
}

const struct kind kind_mac = {
	.what = "an Ethernet address, aa:bb:cc:dd:ee:ff",
	.text = mac_text,
	.json = leaf_json_quoted,
	.name = leaf_name,
	.parse = mac_parse,
	.parse_json = leaf_parse_json,
	.parse_name = leaf_parse_name,
	.describe = leaf_describe,
	.exact = true,
};

/* --- by their size -------------------------------------------------------- */

int address_scan(const struct span *text, uint8_t *p, uint32_t size)
{
	uint8_t addr[16];
	int r = -EINVAL;

	if (size == 4)
		r = scan_ipv4(text->s, text->len, addr);
	else if (size == 6)
		r = scan_mac(text->s, text->len, addr);
	else if (size == 16)
		r = scan_ipv6(text, addr);
	if (!r)
		memcpy(p, addr, size);
	return r;
}

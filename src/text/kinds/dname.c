/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Domain names in the format of DNS messages: labels with their lengths, up to the empty
 * one. "www.example.com"; "." is the root. Bytes of labels that could be taken for
 * something else are \DDD, in decimal.
 */
#include <errno.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "text/escape.h"
#include "text/model.h"
#include "text/number.h"
#include "util/buf.h"

#define LABEL_MAX 63

/* Where the name ends, behind its empty label; 0: it is none, or something follows. */
static size_t wire_len(const uint8_t *p, size_t size)
{
	size_t i = 0, end;

	while (i < size && p[i]) {
		if (p[i] > LABEL_MAX)
			return 0;
		i += 1u + p[i];
	}
	if (i >= size)
		return 0;
	for (end = i + 1; end < size; end++)
		if (p[end])
			return 0;
	return i + 1;
}

static void put_label(const uint8_t *label, size_t len, struct buf *out)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = label[i];

		if (isalnum(c) || c == '-' || c == '_')
			buf_putc(out, (char)c);
		else
			buf_printf(out, "\\%03u", c);
	}
}

static bool dname_text(const struct node *n, const uint8_t *p, struct buf *out)
{
	size_t i, len = wire_len(p, n->size);

	if (!len)
		return false;
	if (len == 1)
		buf_putc(out, '.');
	for (i = 0; p[i]; i += 1u + p[i]) {
		if (i)
			buf_putc(out, '.');
		put_label(p + i + 1, p[i], out);
	}
	return true;
}

static void dname_json(const struct node *n, const uint8_t *p, struct format *f)
{
	_cleanup_buf_ struct buf text = BUF_INIT;

	if (dname_text(n, p, &text))
		json_escape(f->out, text.data, text.len);
	else
		octets_json(n, p, f);
}

/* One byte of a label from s[*i] on; *i moves behind it. */
static int scan_byte(const char *s, size_t len, size_t *i, uint8_t *ret)
{
	unsigned v = 0, n = 0;

	if (s[*i] != '\\') {
		*ret = (uint8_t)s[(*i)++];
		return 0;
	}
	for ((*i)++; n < 3; n++, (*i)++) {
		if (*i == len)
			return -EAGAIN;
		if (!isdigit((unsigned char)s[*i]))
			return -EINVAL;
		v = 10 * v + (unsigned)(s[*i] - '0');
	}
	*ret = (uint8_t)v;
	return v > 255 ? -ERANGE : 0;
}

/* Labels while they are read. */
struct labels {
	uint8_t *p;
	size_t size;
	size_t at, next; /* the length of the label, the byte behind it */
};

static int add_byte(struct labels *l, uint8_t byte)
{
	/* The empty label at the end needs a byte, too. */
	if (l->next - l->at > LABEL_MAX || l->next + 1 >= l->size)
		return -EFBIG;
	l->p[l->next++] = byte;
	l->p[l->at]++;
	return 0;
}

/* A dot: the next label begins. -EINVAL: this one is empty. */
static int end_label(struct labels *l)
{
	if (!l->p[l->at])
		return -EINVAL;
	l->at = l->next++;
	return 0;
}

static int scan_dname(const struct span *text, uint8_t *p, size_t size)
{
	struct labels l = { p, size, 0, 1 };
	size_t i = 0;
	int r = text->len ? 0 : -EAGAIN;

	memset(p, 0, size);
	if (text->len == 1 && *text->s == '.')
		return 0;
	while (!r && i < text->len) {
		uint8_t byte;

		if (text->s[i] == '.') {
			r = end_label(&l);
			i++;
			continue;
		}
		r = scan_byte(text->s, text->len, &i, &byte);
		if (!r)
			r = add_byte(&l, byte);
	}
	return r;
}

static int dname_parse(const struct node *n, const struct span *text, uint8_t *p,
		       const struct text_parse *how)
{
	_cleanup_free_ uint8_t *wire = malloc(n->size);
	int r = wire ? scan_dname(text, wire, n->size) : -ENOMEM;

	if (r == -ENOMEM)
		return r;
	if (r)
		return leaf_refuse(n, text, r, how);
	memcpy(p, wire, n->size);
	return 0;
}

static void dname_expect(const struct node *n, char *dst, size_t size)
{
	snprintf(dst, size, "a domain name of at most %u bytes", n->size);
}

static uint32_t dname_describe(const struct node *n, struct buf *out)
{
	buf_printf(out, "dname[%u]", n->size);
	return 1;
}

const struct kind kind_dname = {
	.what = "a domain name",
	.expect = dname_expect,
	.text = dname_text,
	.json = dname_json,
	.name = leaf_name,
	.parse = dname_parse,
	.parse_json = leaf_parse_json,
	.parse_name = leaf_parse_name,
	.describe = dname_describe,
	.octets = true,
	.exact = true,
};

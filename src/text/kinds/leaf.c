/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What all leaves share: quoting, and saying why a text was refused.
 * (Parsing leaves out of JSON is in value-parse.c, out of names in
 * name-parse.c.)
 */
#include <errno.h>
#include <stdio.h>

#include "text/kinds/addr.h"
#include "text/model.h"
#include "text/words.h"
#include "util/buf.h"

bool leaf_name(const struct node *n, const uint8_t *p, bool inside, struct buf *out)
{
	(void)inside;
	return n->kind->text(n, p, out);
}

void leaf_json_quoted(const struct node *n, const uint8_t *p, struct format *f)
{
	buf_putc(f->out, '"');
	n->kind->text(n, p, f->out);
	buf_putc(f->out, '"');
}

void leaf_json_bare(const struct node *n, const uint8_t *p, struct format *f)
{
	n->kind->text(n, p, f->out);
}

int leaf_parse_address(const struct node *n, const struct span *text, uint8_t *p, int r,
		       const struct text_parse *how)
{
	int as_address = r == -ERANGE ? r : address_scan(text, p, n->size);

	if (!as_address)
		return 0;
	if (r == -EINVAL && as_address == -EAGAIN)
		r = as_address;
	return leaf_refuse(n, text, r, how);
}

uint32_t leaf_describe(const struct node *n, struct buf *out)
{
	if (!n->word)
		return 0;
	buf_puts(out, n->word->text);
	return n->word->align;
}

void leaf_expect(const struct node *n, char *dst, size_t size)
{
	if (n->kind->expect)
		n->kind->expect(n, dst, size);
	else
		snprintf(dst, size, "%s", n->kind->what);
}

int leaf_refuse(const struct node *n, const struct span *text, int code,
		const struct text_parse *how)
{
	char expected[96], quote[TEXT_QUOTE_SIZE];

	leaf_expect(n, expected, sizeof(expected));
	return text_fail(how->err, code, text->at, "expected %s, found %s", expected,
			 text_quote(quote, text->s, text->len));
}

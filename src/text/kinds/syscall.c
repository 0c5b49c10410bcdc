/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * System calls of this machine by name. The table is made from the headers of the C
 * library when the program is built; numbers that it does not have are decimal.
 */
#include <asm/unistd.h>
#include <errno.h>
#include <string.h>

#include "text/model.h"
#include "text/number.h"
#include "util/buf.h"

/* Two names of one number: the later one counts. */
#pragma GCC diagnostic ignored "-Woverride-init"
static const char *const names[] = {
#include "text/kinds/syscall-names.h"
};

#define N_NAMES (int64_t)(sizeof(names) / sizeof(names[0]))

static const char *name_of(const struct node *n, const uint8_t *p)
{
	int64_t v = load_sint(p, n->size);

	return v >= 0 && v < N_NAMES ? names[v] : NULL;
}

static bool syscall_text(const struct node *n, const uint8_t *p, struct buf *out)
{
	const char *name = name_of(n, p);

	if (!name)
		return kind_sint.text(n, p, out);
	buf_puts(out, name);
	return true;
}

static void syscall_json(const struct node *n, const uint8_t *p, struct format *f)
{
	if (name_of(n, p))
		leaf_json_quoted(n, p, f);
	else
		leaf_json_bare(n, p, f);
}

/* The number of a name; -EAGAIN: a name begins so; -EINVAL. */
static int find_name(const struct span *text, int64_t *ret)
{
	int r = text->len ? -EINVAL : -EAGAIN;

	for (int64_t i = 0; i < N_NAMES; i++) {
		if (!names[i] || strncmp(names[i], text->s, text->len))
			continue;
		*ret = i;
		if (!names[i][text->len])
			return 0;
		r = -EAGAIN;
	}
	return r;
}

static int syscall_parse(const struct node *n, const struct span *text, uint8_t *p,
			 const struct text_parse *how)
{
	int64_t number;
	int as_number = leaf_scan_number(n, text, p), r;

	if (!as_number)
		return 0;
	r = as_number == -ERANGE ? as_number : find_name(text, &number);
	if (r)
		return leaf_refuse(n, text, r == -EINVAL ? as_number : r, how);
	store_u128(p, n->size, (u128)number);
	return 0;
}

const struct kind kind_syscall = {
	.what = "the name of a system call, or a number",
	.text = syscall_text,
	.json = syscall_json,
	.name = leaf_name,
	.parse = syscall_parse,
	.parse_json = leaf_parse_json,
	.parse_name = leaf_parse_name,
	.describe = leaf_describe,
	.literal = true,
	.exact = true,
};

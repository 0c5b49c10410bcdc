/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Numbers that have a name on this host (text/host-names.h): addresses of kernel
 * symbols, ids of cgroups, indexes of interfaces. Where the reader may not see the name,
 * in names of keys and in backups, they are the numbers.
 *
 * No name reads as a number, so that writing one back fails.
 */
#include <errno.h>

#include "text/escape.h"
#include "text/host-names.h"
#include "text/model.h"
#include "text/number.h"
#include "util/buf.h"

static bool symbol_named(const struct node *n, const uint8_t *p, struct buf *out)
{
	return out->names->symbol(out->names, load_uint(p, n->size), out) == 0;
}

static bool cgroup_named(const struct node *n, const uint8_t *p, struct buf *out)
{
	return out->names->cgroup(out->names, load_uint(p, n->size), out) == 0;
}

static bool interface_named(const struct node *n, const uint8_t *p, struct buf *out)
{
	return out->names->interface(out->names, load_uint(p, n->size), out) == 0;
}

/* The name as a JSON string. false: the number is to be shown. */
static bool put_name(const struct node *n, const uint8_t *p, struct format *f)
{
	_cleanup_buf_ struct buf name = { .names = f->out->names };

	if (f->all || !name.names || !n->kind->named(n, p, &name))
		return false;
	json_escape(f->out, name.data, name.len);
	return true;
}

static void address_json(const struct node *n, const uint8_t *p, struct format *f)
{
	if (!put_name(n, p, f))
		leaf_json_quoted(n, p, f);
}

static void id_json(const struct node *n, const uint8_t *p, struct format *f)
{
	if (!put_name(n, p, f))
		leaf_json_bare(n, p, f);
}

static bool address_text(const struct node *n, const uint8_t *p, struct buf *out)
{
	return kind_hex.text(n, p, out);
}

static bool id_text(const struct node *n, const uint8_t *p, struct buf *out)
{
	return (n->is_signed ? &kind_sint : &kind_uint)->text(n, p, out);
}

static int named_parse(const struct node *n, const struct span *text, uint8_t *p,
		       const struct text_parse *how)
{
	int r = leaf_scan_number(n, text, p);

	return r ? leaf_refuse(n, text, r, how) : 0;
}

/* clang-format off */
#define NAMED(expected, number_text, number_json, find)				\
	{									\
		.what = "a number (" expected " can be read, but not written)",	\
		.text = number_text, .json = number_json, .named = find,	\
		.name = leaf_name, .parse = named_parse,			\
		.parse_json = leaf_parse_json, .parse_name = leaf_parse_name,	\
		.describe = leaf_describe, .literal = true, .exact = true,	\
	}
/* clang-format on */

const struct kind kind_ksym = NAMED("symbols", address_text, address_json, symbol_named);
const struct kind kind_cgroup = NAMED("paths", id_text, id_json, cgroup_named);
const struct kind kind_ifname = NAMED("names", id_text, id_json, interface_named);

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One value per file, as in sysfs. `info` is composed of the same functions: those with
 * the flag DOT_INFO in their rows in src/tree/dotfiles.c.
 */
#include <errno.h>

#include "report/report.h"
#include "store/errno.h"
#include "util/buf.h"

static int put_number(struct buf *out, uint64_t n)
{
	buf_put_u64(out, n);
	buf_putc(out, '\n');
	return buf_error(out);
}

static const struct store_info *info_of(const struct report *r)
{
	return &r->map->schema->info;
}

int report_id(const struct report *r, struct buf *out)
{
	return put_number(out, info_of(r)->id);
}

int report_type(const struct report *r, struct buf *out)
{
	const char *name = r->map->schema->type->name;

	if (!name)
		return put_number(out, info_of(r)->type);
	buf_puts(out, name);
	buf_putc(out, '\n');
	return buf_error(out);
}

int report_name(const struct report *r, struct buf *out)
{
	buf_puts(out, info_of(r)->name);
	buf_putc(out, '\n');
	return buf_error(out);
}

int report_key_size(const struct report *r, struct buf *out)
{
	return put_number(out, info_of(r)->key_size);
}

int report_value_size(const struct report *r, struct buf *out)
{
	return put_number(out, info_of(r)->value_size);
}

int report_max_entries(const struct report *r, struct buf *out)
{
	return put_number(out, info_of(r)->max_entries);
}

int report_flags(const struct report *r, struct buf *out)
{
	def_format_flags(info_of(r)->flags, out);
	buf_putc(out, '\n');
	return buf_error(out);
}

int report_map_extra(const struct report *r, struct buf *out)
{
	return put_number(out, info_of(r)->map_extra);
}

int report_btf_id(const struct report *r, struct buf *out)
{
	return put_number(out, info_of(r)->btf_id);
}

int report_ifindex(const struct report *r, struct buf *out)
{
	return put_number(out, info_of(r)->ifindex);
}

static int usage_of(const struct report *r, struct store_usage *usage)
{
	return store_user_errno(STORE_OP_OPEN, store_usage(&r->map->ref, usage));
}

int report_memlock(const struct report *r, struct buf *out)
{
	struct store_usage usage;
	int err = usage_of(r, &usage);

	return err < 0 ? err : put_number(out, usage.memlock);
}

int report_frozen(const struct report *r, struct buf *out)
{
	struct store_usage usage;
	int err = usage_of(r, &usage);

	return err < 0 ? err : put_number(out, usage.frozen);
}

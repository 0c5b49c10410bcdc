/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the map's types are: as C, from its BTF, and as a definition line.
 */
#include "map/decl.h"
#include "report/report.h"
#include "util/buf.h"

int report_btf(const struct report *r, struct buf *out)
{
	return map_c_decl(r->map, out);
}

int report_errors(const struct report *r, struct buf *out)
{
	errlog_format(r->errors, out);
	return buf_error(out);
}

int report_def(const struct report *r, struct buf *out)
{
	_cleanup_def_ struct def own = { 0 };
	int err = 0;

	if (!r->def)
		err = def_from_schema(r->map->schema, &own);
	if (err < 0)
		return err;
	def_format(r->def ?: &own, out);
	buf_putc(out, '\n');
	return buf_error(out);
}

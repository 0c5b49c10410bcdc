/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whole-map files, a line at a time.
 */
#include "map/content.h"
#include "report/report.h"
#include "util/buf.h"

int report_key_line(const struct schema *s, const void *key, const void *value,
		    struct buf *out)
{
	int r = content_name(s, key, out);

	(void)value;
	buf_putc(out, '\n');
	return r < 0 ? r : buf_error(out);
}

int report_entry_line(const struct schema *s, const void *key, const void *value,
		      struct buf *out)
{
	int r = content_name(s, key, out);

	buf_putc(out, '\t');
	if (r == 0)
		r = content_format_json(s, key, value, out);
	buf_putc(out, '\n');
	return r < 0 ? r : buf_error(out);
}

int report_errors(const struct report *r, struct buf *out)
{
	errlog_format(r->errors, out);
	return buf_error(out);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The files of the root's .map directory.
 */
#include "report/report.h"
#include "store/store.h"
#include "util/buf.h"

int report_version(const struct report *r, struct buf *out)
{
	buf_printf(out, "%s\n", r->version);
	return buf_error(out);
}

int report_store(const struct report *r, struct buf *out)
{
	buf_printf(out, "%s\n", store_name(r->registry->store));
	return buf_error(out);
}

int report_read_only(const struct report *r, struct buf *out)
{
	buf_printf(out, "%d\n", r->read_only);
	return buf_error(out);
}

int report_root_errors(const struct report *r, struct buf *out)
{
	/* Only the owner and root get into this directory. */
	errlog_format(&r->registry->errors, true, ERRLOG_NOBODY, out);
	return buf_error(out);
}

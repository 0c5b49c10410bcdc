/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * .map/count.
 */
#include "map/scan/scan.h"
#include "report/report.h"
#include "util/buf.h"

int report_count(const struct report *r, struct buf *out)
{
	uint64_t n = 0;
	int err = scan_count(r->map, SCAN_THREADS, &n);

	if (err < 0)
		return err;
	buf_put_u64(out, n);
	buf_putc(out, '\n');
	return buf_error(out);
}

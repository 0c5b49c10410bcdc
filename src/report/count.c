/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * .map/count: add up the batches of a scan of keys.
 */
#include <errno.h>

#include "map/scan/scan.h"
#include "report/report.h"
#include "util/buf.h"

static int add_batch(void *arg, const struct scan_batch *b)
{
	uint64_t *n = arg;

	*n += b->count;
	return 0;
}

int report_count(const struct report *r, struct buf *out)
{
	uint64_t n = 0;
	int err = scan_fold(r->map, true, SCAN_THREADS, add_batch, &n);

	if (err < 0)
		return err;
	buf_put_u64(out, n);
	buf_putc(out, '\n');
	return buf_error(out);
}

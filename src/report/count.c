/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>

#include "map/scan/scan.h"
#include "report/report.h"
#include "util/buf.h"
#include "util/interrupt.h"

static int count_entries(const struct map *m, uint64_t *ret)
{
	_cleanup_scan_ struct scan *scan = NULL;
	struct scan_batch batch;
	uint64_t n = 0;
	int r;

	r = scan_new_ahead(m, true, SCAN_THREADS, &scan);
	while (r >= 0 && (r = scan_next(scan, &batch)) > 0) {
		n += batch.count;
		if (interrupted())
			r = -EINTR;
	}
	if (r == 0)
		*ret = n;
	return r;
}

int report_count(const struct report *r, struct buf *out)
{
	uint64_t n;
	int err = count_entries(r->map, &n);

	if (err < 0)
		return err;
	buf_put_u64(out, n);
	buf_putc(out, '\n');
	return buf_error(out);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A complete scan as one function call.
 */
#include <errno.h>

#include "map/scan/scan.h"
#include "util/request.h"

int scan_fold(const struct map *m, bool keys_only, unsigned threads, scan_fold_fn *fn,
	      void *arg)
{
	_cleanup_scan_ struct scan *scan = NULL;
	struct scan_batch batch;
	int r = threads ? scan_new_ahead(m, keys_only, threads, &scan) :
			  scan_new(m, keys_only, &scan);

	while (r == 0 && (r = scan_next(scan, &batch)) > 0) {
		r = fn(arg, &batch);
		if (r > 0)
			return 0;
		if (r == 0 && request_interrupted(m->rq))
			r = -EINTR;
	}
	return r;
}

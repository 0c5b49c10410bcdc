/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The differences between two samples of a map, as lines of text. Keys are named as in
 * listings.
 */
#ifndef BPFMAPFS_REPORT_CHANGES_H
#define BPFMAPFS_REPORT_CHANGES_H

#include <stdint.h>

#include "map/sample.h"

struct buf;

/*
 * Append the differences in `now`: "+KEY<TAB>VALUE", "~KEY<TAB>OLD<TAB>NEW", "-KEY",
 * values as JSON. Stops with -E2BIG when out has more than `max` bytes. -ENOMEM.
 */
int changes_format(const struct schema *s, const struct sample *before,
		   const struct sample *now, size_t max, struct buf *out) _must_check_;

/*
 * Append "KEY<TAB>JSON" for each entry with a changed number: the growth of each number
 * per second, if the samples are ns nanoseconds apart. The numbers of a new entry grew
 * from 0. Errors as above.
 */
int rates_format(const struct schema *s, const struct sample *before,
		 const struct sample *now, uint64_t ns, size_t max,
		 struct buf *out) _must_check_;

#endif

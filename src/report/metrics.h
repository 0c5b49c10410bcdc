/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Metrics of maps: metrics.c has the metrics of every map, metrics-members.c those of
 * numbers in values.
 */
#ifndef BPFMAPFS_REPORT_METRICS_H
#define BPFMAPFS_REPORT_METRICS_H

#include "map/map.h"
#include "report/metrics-text.h"

/* Maximum number of samples of members: of one map, and of one file. */
#define METRICS_SERIES_MAX 10000
#define METRICS_TOTAL_MAX 50000

/*
 * One pass over the map: count its entries and add the metrics of their members. base:
 * the labels that identify the map. spec NULL: members whose typedef has a kind. The
 * number of samples that were left out is a metric, too. Errors of scan_fold().
 */
int metrics_members(struct metrics *ms, const struct map *m,
		    const struct metrics_spec *spec, const struct buf *base,
		    uint64_t *ret_entries) _must_check_;

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Metrics of maps: metrics.c has those that every map has, metrics-members.c those of
 * numbers in its values.
 */
#ifndef BPFMAPFS_REPORT_METRICS_H
#define BPFMAPFS_REPORT_METRICS_H

#include "map/map.h"
#include "report/metrics-text.h"

/* Samples of members, at most: of one map, and of one file. */
#define METRICS_SERIES_MAX 10000
#define METRICS_TOTAL_MAX 50000

/*
 * One pass over the map: count its entries and add the metrics of their members. base:
 * the labels that identify the map. spec NULL: members whose typedef says a kind. What was
 * left out is a metric, too. The errors of scan_fold().
 */
int metrics_members(struct metrics *ms, const struct map *m,
		    const struct metrics_spec *spec, const struct buf *base,
		    uint64_t *ret_entries) _must_check_;

#endif

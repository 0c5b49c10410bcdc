/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Metrics as OpenMetrics or Prometheus text. All samples of a name must be adjacent,
 * whatever map they come from, so they are grouped by metric family and printed at the
 * end:
 *
 *	family  bpf_flows_packets, a counter
 *	sample  {map_id="7",saddr="10.0.0.1"} 4
 *	sample  {map_id="9",saddr="10.0.0.1"} 5
 *
 * Not thread-safe.
 */
#ifndef BPFMAPFS_REPORT_METRICS_TEXT_H
#define BPFMAPFS_REPORT_METRICS_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "text/metric-spec.h"
#include "text/number.h"
#include "util/buf.h"

/* Maximum number of names; samples of further names are dropped. */
#define METRICS_FAMILIES_MAX 1024

struct metric_family;

struct metrics {
	bool open;	     /* OpenMetrics; false: Prometheus text */
	struct buf families; /* struct metric_family * */
	uint64_t series;     /* samples of members so far */
};

void metrics_release(struct metrics *ms);
#define _cleanup_metrics_ _cleanup_(metrics_release)

/*
 * The metric family of a name, created if it is new. name: without "_total"; help: one
 * line. Valid as long as ms. NULL: the name belongs to a family of another kind, there
 * are too many, or no memory.
 */
struct metric_family *metrics_family(struct metrics *ms, const char *name,
				     enum metric_kind kind, const char *help);

/*
 * Add a sample. suffix: "", "_total" (counters), "_bucket", "_count"; labels: built by
 * metrics_label(); le: of a bucket, or NULL.
 */
void metrics_sample(struct metric_family *f, const char *suffix, const struct buf *labels,
		    const char *le, struct number value);

/* Append name="value" to labels. The name is made valid; control characters, and bytes
 * that are not UTF-8, become %XX. */
void metrics_label(struct buf *labels, const char *name, const char *value, size_t len);
void metrics_label_u64(struct buf *labels, const char *name, uint64_t value);

/* Append text, with every character except letters, digits and '_' replaced by '_'. */
void metrics_name(struct buf *out, const char *text);

/* Append all families. 0 or -ENOMEM. */
int metrics_print(const struct metrics *ms, struct buf *out);

#endif

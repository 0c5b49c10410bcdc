/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The histograms in a map. The buckets depend on the map's shape:
 *
 *	HIST_OF_INDEXES  an array of integers: bucket i is entry i; one histogram
 *	HIST_OF_ARRAYS   an array of integers in each value: one histogram per entry and
 *	                 array, as in libbpf-tools
 *	HIST_OF_KEYS     the number that a key ends in is the bucket, the value its count;
 *	                 one histogram for each different rest of the key, as bpftrace and
 *	                 ebpf_exporter have them
 */
#ifndef BPFMAPFS_REPORT_HIST_H
#define BPFMAPFS_REPORT_HIST_H

#include "map/map.h"
#include "report/hist-scale.h"
#include "text/field.h"

/* Maximum number of histograms that are kept: those with the largest totals. */
#define HIST_MAX 1024
/* Maximum bytes of buckets of HIST_OF_KEYS; entries beyond that are left out. */
#define HIST_MEMORY (16u << 20)

enum hist_shape { HIST_OF_INDEXES, HIST_OF_ARRAYS, HIST_OF_KEYS };

struct hist_source {
	enum hist_shape shape;
	struct hist_scale scale; /* HIST_OF_ARRAYS: each has its own */
	struct field bucket;	 /* HIST_OF_KEYS: in the key */
};

struct hist_bar {
	uint64_t bucket;
	uint64_t count;
};

struct hist {
	uint8_t *key; /* of the entry, or with the bucket cleared; NULL: the whole map */
	char *path;   /* HIST_OF_ARRAYS: of the array in the value */
	struct hist_scale scale;
	struct hist_bar *bars; /* in order of buckets; no count is 0 */
	size_t count;
	double total;
};

struct hist_set {
	struct hist_source source;
	struct hist *list; /* in ascending order of totals */
	size_t count;
	uint64_t smaller;    /* histograms that were not kept */
	uint64_t incomplete; /* entries beyond HIST_MEMORY */
};

/* How to make the histograms of a map; false: it has none. */
bool hist_source(const struct schema *s, struct hist_source *ret);
bool hist_applies(const struct schema *s);

/* The scale of an array in a value. */
struct hist_scale hist_array_scale(const struct field *f);

/* The scale itself if it has a bucket with this number; otherwise the guess was wrong,
 * and buckets are numbers. */
struct hist_scale hist_scale_up_to(struct hist_scale scale, uint64_t bucket);

/* The tool whose scale was guessed; NULL: the scale is known, or buckets are numbers. */
const char *hist_assumption(const struct hist_scale *scale);

/* One pass over the map. The caller releases *ret. Errors of scan_fold(). */
int hist_collect(const struct map *m, struct hist_set *ret) _must_check_;
void hist_set_release(struct hist_set *set);
#define _cleanup_hist_set_ _cleanup_(hist_set_release)

/* Append the title of a histogram: the key without its bucket, and the name of the
 * bucket or array. Appends nothing if there are none. -ENOMEM. */
int hist_title(const struct schema *s, const struct hist_source *src,
	       const struct hist *h, struct buf *out);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The meaning of the buckets of a histogram: bucket number i counts the values of a
 * range. Tools use different ranges, and nothing in a map says which, so the scale is
 * guessed from names and shapes that are typical of a tool (hist-source.c).
 *
 *	scale      0          1         2         3         4         i
 *	index      0          1         2         3         4         i
 *	bpftrace   (..., 0)   0         1         [2, 4)    [4, 8)    [2^(i-2), 2^(i-1))
 *	bcc        0          [0, 2)    [2, 4)    [4, 8)    [8, 16)   [2^(i-1), 2^i)
 *	slots      [0, 2)     [2, 4)    [4, 8)    [8, 16)   [16, 32)  [2^i, 2^(i+1))
 *	exp2       [0, 1]     2         (2, 4]    (4, 8]    (8, 16]   (2^(i-1), 2^i]
 *	exp2zero   0          1         2         (2, 4]    (4, 8]    (2^(i-2), 2^(i-1)]
 *	lhist      < min      [min, min + step) ...         the last: >= max
 *	linear     [0, step)  [step, 2 * step) ...
 *
 * The tools of libbpf-tools use slots; ebpf_exporter uses exp2, exp2zero and linear.
 */
#ifndef BPFMAPFS_REPORT_HIST_SCALE_H
#define BPFMAPFS_REPORT_HIST_SCALE_H

#include <stdbool.h>
#include <stdint.h>

struct buf;

typedef __int128 hist_bound;

enum hist_kind {
	HIST_INDEX,
	HIST_BPFTRACE,
	HIST_BCC,
	HIST_SLOTS,
	HIST_EXP2,
	HIST_EXP2ZERO,
	HIST_LHIST,
	HIST_LINEAR,
	HIST_KINDS
};

struct hist_scale {
	enum hist_kind kind;
	int64_t min, max; /* lhist: min < max; exp2, exp2zero: the last bucket, the one
			   * behind it has the sum of values; 0: not known */
	int64_t step;	  /* lhist, linear: positive; others: 0 */
	bool assumed;	  /* guessed from a name or a size */
};

/* The values of a bucket: from `from` up to `to`, bounds as the flags say. */
struct hist_range {
	hist_bound from, to;
	bool below;   /* all values less than `to`; no `from` */
	bool above;   /* `from` and all larger values; no `to` */
	bool to_incl; /* (from, to], not [from, to) */
};

/* false: the scale has no such bucket. */
bool hist_scale_range(const struct hist_scale *s, uint64_t bucket,
		      struct hist_range *ret);

/* The largest integer in a range that is not `above`. */
hist_bound hist_range_max(const struct hist_range *r);

/* Append the range as bpftrace prints it: "[2, 4)", "[1K, 2K)", "[0]", "(..., 0)". */
void hist_scale_label(const struct hist_scale *s, const struct hist_range *r,
		      struct buf *out);

#endif

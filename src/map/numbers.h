/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The numbers of an entry (text/field.h); in per-CPU maps, summed over all CPUs. Sums,
 * histograms, metrics and rates are computed from them.
 *
 * Sums are kept in 128 bits; field_put() and field_number() cut them to the 64 bits
 * that counters wrap in.
 */
#ifndef BPFMAPFS_MAP_NUMBERS_H
#define BPFMAPFS_MAP_NUMBERS_H

#include "map/map.h"
#include "text/field.h"

/* So many without allocating. */
#define NUMBERS_INLINE 16

/* Zeroed: ready for use. For one map; belongs to one thread at a time. */
struct numbers {
	const struct fields *fields; /* of the entry at hand */
	u128 *values;		     /* fields->numbers */

	/* Each variable of global data has a type of its own. */
	const struct type *type;
	struct fields *own;
	u128 few[NUMBERS_INLINE];
	u128 *many; /* NULL, or room for `room` */
	size_t room;
};

void numbers_release(struct numbers *n);
#define _cleanup_numbers_ _cleanup_(numbers_release)

/* True if entries of the map can have numbers. False also for types with too many. */
bool numbers_apply(const struct schema *s);

/* True if the map is per-CPU and its values have numbers. */
bool numbers_have_sums(const struct schema *s);

/* Fill in fields and values for an entry; both are valid until the next call.
 * -EOPNOTSUPP: its value has no numbers; -E2BIG, -ENOMEM. */
int numbers_read(struct numbers *n, const struct schema *s, const void *key,
		 const void *value) _must_check_;

/* Append the entry's sum over all CPUs as JSON; members that are not numbers are left
 * out. Errors like numbers_read(). */
int numbers_format(const struct schema *s, const void *key, const void *value,
		   struct buf *out) _must_check_;

/*
 * One pass over all entries that have numbers: call fn for each. fn and errors as for
 * scan_fold().
 */
typedef int numbers_fn(void *arg, const void *key, const struct numbers *n);
int numbers_fold(const struct map *m, unsigned threads, numbers_fn *fn,
		 void *arg) _must_check_;

#endif

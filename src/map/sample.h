/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All entries of a map as they were at one time, to be compared with a later sample:
 * keys and values in one piece each, in the order in which the map was read. That order
 * is the same each time except for changes, so most entries of two samples are paired
 * without a hash table.
 *
 * A sample does not change once it is taken; safe from any thread.
 */
#ifndef BPFMAPFS_MAP_SAMPLE_H
#define BPFMAPFS_MAP_SAMPLE_H

#include <stddef.h>
#include <stdint.h>

#include "map/map.h"

/* Bytes of the keys and values of a sample. */
#define SAMPLE_MAX ((size_t)48 << 20)

struct sample;

/* One pass over an open map. -E2BIG: more than SAMPLE_MAX; -ENOMEM; errors of
 * scan_fold(). */
int sample_take(const struct map *m, struct sample **ret) _must_check_;
void sample_free(struct sample *s); /* NULL is allowed */
DEFINE_CLEANUP(sample_free, struct sample *);
#define _cleanup_sample_ _cleanup_(cleanup_sample_free)

size_t sample_count(const struct sample *s);
const void *sample_key(const struct sample *s, size_t i);
const void *sample_value(const struct sample *s, size_t i);

/* The pairs of entries of two samples that have the same key. */
struct sample_pairs {
	uint32_t *of; /* for each entry of the later: index + 1 in the earlier; 0: new */
	bool *seen;   /* for each entry of the earlier: it is in the later, too */
};

/* Both samples must be of one map. Release *ret also after -ENOMEM. */
int sample_pair(const struct sample *before, const struct sample *now,
		struct sample_pairs *ret) _must_check_;
void sample_pairs_release(struct sample_pairs *p);
#define _cleanup_sample_pairs_ _cleanup_(sample_pairs_release)

/* Bytes that two samples of a map take at most. */
size_t sample_memory(const struct schema *schema);

#endif

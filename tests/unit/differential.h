/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For tests that compare the stores on maps with keys: maps of a given shape with
 * random sizes, keys to choose from, and passes over all elements. See store-pair.h.
 */
#ifndef BPFMAPFS_TESTS_DIFFERENTIAL_H
#define BPFMAPFS_TESTS_DIFFERENTIAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store-pair.h"

#define DIFF_OPS 400 /* per map */
#define DIFF_BATCH 64 /* room of a batch: more than any map here can hold */
#define DIFF_KEY 64 /* bytes of the longest key */
#define DIFF_VALUE (64 * 64) /* and value: 64 bytes for 64 CPUs */

/* The order and the cursors of a map. */
enum kind { KIND_HASH, KIND_ARRAY, KIND_LPM, KIND_LRU };

struct diff_shape {
	const char *name;
	uint32_t type;
	enum kind kind;
	bool percpu;
	uint32_t flags;
	uint32_t key_type, value_type; /* BTF, or 0 for sizes at random */
	uint32_t key_size, value_size; /* 0: at random, or by type */
};

/* The map under test, in addition to `pair`. */
extern struct diff_map {
	const struct diff_shape *shape;
	size_t stride; /* of values */
	char keys[2 * DIFF_BATCH][DIFF_KEY]; /* operations choose from these */
	uint32_t key_count;
} diff;

/* Create a map in both stores, and its keys: more than fit. */
void diff_make_map(const struct diff_shape *shape);

const char *diff_key(void);
unsigned diff_read_flags(void);

struct diff_element {
	char key[DIFF_KEY];
	char value[DIFF_VALUE];
};

struct diff_pass {
	struct diff_element elements[4 * DIFF_BATCH];
	size_t count;
	int result;
};

/* Order elements by key, for qsort(3). */
int diff_compare(const void *a, const void *b);

/* store_lookup_batch() or store_take_batch() */
typedef int diff_batch(const struct store_map *m, const void *in, void *out, void *keys,
		       void *values, uint32_t *count, unsigned elem_flags);

/* All elements of one store by batches of `room`, or as many as it needs. */
void diff_run_pass(struct store_map *m, diff_batch *op, uint32_t room, unsigned flags,
		   struct diff_pass *p);

#endif

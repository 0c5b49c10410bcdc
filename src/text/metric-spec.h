/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The members of a map's values that are metrics, as users write them:
 *
 *	packets:counter, bytes:counter, queue.len:gauge, slots:histogram
 *
 * A member is a path as in field.h; "value" is a value that is a number. If the kind is
 * missing, it is that of the member's typedef (words.h), or else unknown. "yes" means
 * all numbers, "no" none.
 */
#ifndef BPFMAPFS_TEXT_METRIC_SPEC_H
#define BPFMAPFS_TEXT_METRIC_SPEC_H

#include <stdbool.h>
#include <stddef.h>

#include "text/error.h"
#include "util/attributes.h"

enum metric_kind {
	METRIC_UNKNOWN,
	METRIC_COUNTER,
	METRIC_GAUGE,
	METRIC_HISTOGRAM,
	METRIC_KINDS
};

#define METRICS_ITEMS_MAX 32
#define METRICS_PATH_MAX 128

struct metrics_item {
	char path[METRICS_PATH_MAX];
	bool has_kind;
	enum metric_kind kind;
};

struct metrics_spec {
	bool all;
	size_t count;
	struct metrics_item items[METRICS_ITEMS_MAX];
};

/* -EINVAL, with the reason. */
int metrics_spec_parse(const char *text, struct metrics_spec *ret,
		       struct text_error *err) _must_check_;

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What `.map/` tells beyond plain data. Each function here is the content of
 * one file, and one row in the table of src/tree/dot.c names it.
 *
 * A report function appends the whole content, final newline included, and
 * returns 0 or the user's errno. It sees an open map and nothing of the tree.
 * Safe from any thread.
 */
#ifndef BPFMAPFS_REPORT_REPORT_H
#define BPFMAPFS_REPORT_REPORT_H

#include "map/def.h"
#include "map/map.h"
#include "live/errlog.h"

struct buf;

struct report {
	const struct map *map; /* open */
	const struct def *def; /* as given, for maps made through the tree; or NULL */
	struct errlog *errors;
	const char *bpffs; /* where pins are looked for */
};

typedef int report_fn(const struct report *r, struct buf *out);

/* info.c: one value each, and all of them as "name: value" lines */
report_fn report_id, report_type, report_name, report_key_size, report_value_size,
	report_max_entries, report_flags, report_map_extra, report_memlock, report_btf_id,
	report_ifindex, report_frozen, report_info;

/* count.c: entries now; -EINTR when the reader has gone. */
report_fn report_count;

/* queue.c: the next element of a queue or stack; -ENODATA. pop takes it. */
report_fn report_peek, report_pop;

/* types.c: the C declarations of key and value type; def.c: the definition */
report_fn report_btf, report_def;

/* relations.c: programs, processes and pins that hold the map */
report_fn report_progs, report_pids, report_pins;

/* the last errors of the map */
report_fn report_errors;

#endif

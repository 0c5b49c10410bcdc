/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The content of the files of .map directories, and the effect of writing to them. Each
 * function here belongs to one file; a row in the table of src/tree/dotfiles.c names
 * it.
 *
 * A report function appends the whole content, including the final newline. A command
 * takes a complete text. Both return 0 or the user's errno, use the live maps but not
 * the tree, and are safe from any thread.
 */
#ifndef BPFMAPFS_REPORT_REPORT_H
#define BPFMAPFS_REPORT_REPORT_H

#include "live/registry.h"
#include "map/def.h"
#include "map/map.h"

struct buf;
struct request;
struct text_error;

struct report {
	const struct request *rq; /* -EINTR when it is interrupted */
	struct registry *registry;
	const char *version, *bpffs; /* of this program; where pins are searched */
	bool unsafe;		     /* -o unsafe */
	bool read_only;		     /* -o ro */
	uint32_t program; /* id; 0 except in the .map directory of a program */
	/* The map; all NULL in the .map directories of the root and of programs. */
	struct live_map *m;
	uid_t owner; /* of its directory */
	struct schema *schema;
	const struct map *map; /* open, for reports only */
	const struct def *def; /* of maps created through the tree, as given */
};

typedef int report_fn(const struct report *r, struct buf *out);

/* Apply a complete text (commit), or only check it. -EAGAIN: the text is valid so far,
 * but incomplete. On failure err has the reason. */
typedef int command_fn(const struct report *r, const char *text, size_t len, bool commit,
		       struct text_error *err);

/* root.c */
report_fn report_version, report_store, report_read_only, report_root_errors;

/* survey.c: one line per map */
report_fn report_maps;

/* info.c: one value each */
report_fn report_id, report_type, report_name, report_key_size, report_value_size,
	report_max_entries, report_flags, report_map_extra, report_memlock, report_btf_id,
	report_ifindex, report_frozen;

/* count.c: the number of entries */
report_fn report_count;

/* metrics.c: OpenMetrics, and Prometheus text; of one map, or of all */
report_fn report_metrics, report_metrics_prom;

/* hist.c: histograms */
report_fn report_hist;

/* queue.c: the next element of a queue or stack; -ENODATA. pop removes it. */
report_fn report_peek, report_pop;

/* types.c: the C declarations of key and value type; the definition; the last errors
 * of the map */
report_fn report_btf, report_def, report_errors;
/* The definition with the view's types written out: names in a view may refer to other
 * types elsewhere. */
report_fn report_def_types;

/* programs.c: the programs that use the map; information about one program */
report_fn report_progs, report_program;

/* relations.c: processes and pins that hold the map */
report_fn report_pids, report_pins;
/* 1: another process was found that has the map open; 0; -EINTR. */
int report_is_held(const struct request *rq, struct store *store, uint32_t map_id);

/* commands.c */
command_fn command_frozen, command_clear, command_push;

/* define.c: replace an untouched map, or set the view */
command_fn command_def;

#endif

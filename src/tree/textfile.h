/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The two kinds of open file in `.map/` directories: a small text that is
 * generated at open, and a pass over a whole map that is generated as it is
 * read. What they say and what writing means comes from a table (dot.c).
 */
#ifndef BPFMAPFS_TREE_TEXTFILE_H
#define BPFMAPFS_TREE_TEXTFILE_H

#include "report/bulk.h"
#include "report/report.h"
#include "tree/write-buffer.h"
#include "tree/internal.h"

struct dot_file;

/* One file of a .map directory as a request means it. m and schema are NULL
 * in the root's. */
struct dot_ref {
	struct tree *tree;
	uint64_t node;
	const struct dot_file *row;
	struct tree_map *m;
	struct schema *schema;
};

void dot_ref_release(struct dot_ref *d);
#define _cleanup_dot_ref_ _cleanup_(dot_ref_release)

/* A row of the table. One of show, report, bulk, or none (write-only). */
struct dot_file {
	const char *name;
	mode_t mode; /* masked by the map's directory */
	const char *help;
	/* which maps have it; NULL: all */
	bool (*applies)(const struct schema *s);
	/* resolves but is not listed: what consumes, blocks, or cannot be read */
	bool unlisted;
	/* reading takes something away, so it is for who may write the map */
	bool consumes;
	/* small text: the whole of it */
	int (*show)(struct dot_ref *d, struct buf *out);
	/* the same, as a report on an open map */
	report_fn *report;
	/* whole-map file: an entry a line */
	const struct bulk_format *bulk;
	/* writing: each complete text is one of its own, at whatever offset */
	bool records;
	/* writing: the text takes effect (commit), or is only checked */
	int (*store)(struct dot_ref *d, const char *text, size_t len, bool commit,
		     struct text_error *err);
};

/* What reports know of the map; def is the caller's to release. */
int dot_report(struct dot_ref *d, const struct map *map, struct def *def,
	       struct report *ret);

/* Append what a small file says now. */
int dot_show(struct dot_ref *d, struct buf *out);

/* What who opened it last for reading sees of it: true and the size. */
bool text_file_size(struct tree *t, uint64_t node, size_t *ret);

/* Both take over *d. */
int text_file_open(struct dot_ref *d, int flags, struct tree_file **ret);
int dump_file_open(struct dot_ref *d, int flags, struct tree_file **ret);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files of .map directories: a row of a table (dotfiles.c) defines a file, and a
 * dot_ref is the reference of a request to one such file.
 */
#ifndef BPFMAPFS_TREE_DOTREF_H
#define BPFMAPFS_TREE_DOTREF_H

#include "report/report.h"
#include "tree/internal.h"

struct bulk_format;
struct file_kind;

enum dot_flag {
	/* resolves but is not listed: it consumes, blocks, or cannot be read */
	DOT_UNLISTED = 1 << 0,
	/* reading removes entries: it needs write permission */
	DOT_CONSUMES = 1 << 1,
	/* generating its content takes a walk through the system: st_size is 0 until
	 * the file is open */
	DOT_COSTLY = 1 << 2,
	/* generating its content takes a scan: st_size is 0 for maps with more than
	 * one batch */
	DOT_SCANS = 1 << 4,
	/* one value, which .map/info repeats */
	DOT_INFO = 1 << 5,
	/* each complete text that is written is a record of its own, at any offset */
	DOT_RECORDS = 1 << 3,
	/* of a .map that is not a map's: chmod and chgrp of the directory give others
	 * access to this file; files without it are for its owner */
	DOT_PUBLIC = 1 << 6,
};

/* A row of the table. */
struct dot_file {
	const char *name;
	mode_t mode; /* masked by the mode of the map's directory */
	const char *help;
	bool (*applies)(const struct schema *s); /* which maps have it; NULL: all */
	const struct file_kind *kind;
	unsigned flags; /* enum dot_flag */
	/* Its functions; the kind determines which of these are used. */
	report_fn *report;		/* text_kind: the content; NULL: write-only */
	command_fn *command;		/* text_kind: apply a text; NULL: read-only */
	const struct bulk_format *bulk; /* dump_kind */
};

struct dot_ref {
	struct tree *tree;
	uint64_t node;
	const struct dot_file *row;
	struct live_map *m;    /* NULL in those of the root and of programs */
	struct schema *schema; /* likewise */
};

void dot_ref_release(struct dot_ref *d);
#define _cleanup_dot_ref_ _cleanup_(dot_ref_release)

/* Fill in *ret for a report on the file. def: room for the map's definition, which
 * the caller releases. 0 or -ENOMEM. */
int dot_report(const struct dot_ref *d, const struct request *rq, const struct map *map,
	       struct def *def, struct report *ret);

/* Append the current content of a small file; nothing for write-only files. */
int dot_show(const struct dot_ref *d, const struct request *rq, struct buf *out);

/* For buf.names of a text that only this caller reads; see map/reveal.h. */
const struct host_names *dot_names(const struct dot_ref *d, const struct request *rq);

/* Append ".map/NAME". */
void dot_name(const struct dot_ref *d, struct buf *out);

/* ---- dotfiles.c: the tables ---- */

struct dot_table {
	const struct dot_file *rows;
	uint32_t count;
	enum node_kind file_kind; /* kind of the files' nodes */
	bool of_maps;
	enum node_kind plain_dir; /* otherwise: the files have its owner and mode */
};

/* The table of a directory or file: that of the root, of maps, or of programs. */
const struct dot_table *dot_table_of(uint64_t node);
bool dot_row_applies(const struct dot_file *row, const struct schema *s);
/* The maximum permissions of a map's file. If the entries of a map cannot be listed,
 * its whole-map files are write-only. */
mode_t dot_row_mode(const struct dot_file *row, const struct schema *s);

#endif

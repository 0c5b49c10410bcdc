/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whole maps as text (report/bulk.h): made by a pass, a piece at a time, and kept
 * for a moment if it was made to report a size.
 */
#ifndef BPFMAPFS_TREE_DUMP_H
#define BPFMAPFS_TREE_DUMP_H

#include "map/scan/scan.h"
#include "tree/dotref.h"

/* ---- dump-pass.c: one pass over a map ---- */

/*
 *	      start                     start + window.len
 *	--------|---------------------------|----------> offset
 *	 dropped|          window           | not made yet
 *
 * The pass holds the map open from its beginning to its end; only during calls
 * if scan_is_brief(). A zeroed one is a pass that has ended. One thread at a time.
 */
struct dump_pass {
	struct map map;
	struct scan *scan;
	bool brief;
	struct scan_batch batch;
	size_t i;	/* next entry of the batch */
	uint64_t count; /* entries in the text so far */
	double squares; /* sum of the squares of their lengths in the text */
	bool ended;
	const struct host_names *names; /* that the reader sees, see dot_names() */
	off_t start;
	struct buf window;
};

/* Begin a pass, with the head of the text in the window. A pass that has begun
 * before ends. -ENOENT: the map is gone; -EPERM, -ENOMEM. */
int dump_pass_begin(struct dump_pass *p, const struct dot_ref *d,
		    const struct request *rq);
/* Append a piece of about a quarter of a megabyte to the window, or the rest.
 * The user's errno, -EINTR; what was made until then is in the window. */
int dump_pass_more(struct dump_pass *p, const struct dot_ref *d,
		   const struct request *rq);
/* Drop the window. */
void dump_pass_drop(struct dump_pass *p);
/* Make all of the text if it has at most max bytes: 1. If it has more, or will surely
 * have more by an estimate: 0, with the beginning in the window. Errors as of
 * dump_pass_more(). */
int dump_pass_complete(struct dump_pass *p, const struct dot_ref *d,
		       const struct request *rq, size_t max);
void dump_pass_release(struct dump_pass *p);

/* ---- dump-recent.c: sizes before a file is open ---- */

/*
 * tar, cpio and busybox copy as many bytes as an earlier stat(2) reported. So
 * LOOKUP and GETATTR format the text of a whole-map file to report its size, and
 * an open(2) by the same thread within 100 ms reads that very text. It serves one
 * open, and none after a change of the map through the tree.
 *
 * Texts of more than 1 MiB are not kept: st_size is 0, and that they are so large
 * is believed for a second. Memory is bounded: 16 texts, 4 MiB in all. Texts of
 * more than 100 ms ago are freed whenever one is looked for or a whole-map file
 * is forgotten by the kernel.
 */
struct dump_recent;

struct dump_recent *dump_recent_new(void); /* NULL: no memory */
void dump_recent_free(struct dump_recent *t); /* NULL is allowed */
void dump_recent_expire(struct dump_recent *t);

/* st_size of a file that is not open; 0: not known. -ENOENT: the map is gone;
 * -EINTR. */
int dump_recent_size(const struct dot_ref *d, const struct request *rq, size_t *ret);
/* Take over the text that such a size was of, for a reader who sees these names.
 * *ret_known: the kernel knows the size of this very node. false: there is none. */
bool dump_recent_take(const struct dot_ref *d, const struct request *rq,
		      const struct host_names *names, struct buf *ret, bool *ret_known);

#endif

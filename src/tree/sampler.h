/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Maps whose changes are being read. A map is read once a second, by one thread for all
 * maps, however many readers there are; between two periods only the last sample of it
 * is kept:
 *
 *	sample of a second ago ┐
 *	                       ├─> changes ──> text ──> readers of .map/changes
 *	sample of now ─────────┘└> rates ───> text ──> readers of .map/rates
 *
 * The text of changes is kept until all readers have it, up to SAMPLER_TEXT bytes; a
 * slower reader gets "# skipped".
 *
 * sampler.lock comes after tree_file.lock, and before tree.wake_lock.
 */
#ifndef BPFMAPFS_TREE_SAMPLER_H
#define BPFMAPFS_TREE_SAMPLER_H

#include "tree/internal.h"
#include "util/buf.h"

struct dot_ref;
struct sampler;
struct samplers;
struct tree_file;

#define SAMPLER_TEXT ((size_t)16 << 20)

struct samplers *samplers_new(struct tree *t); /* NULL: no memory */
void samplers_free(struct samplers *ss); /* NULL is allowed; no file is open */

/* Embedded in an open file. */
struct sampler_reader {
	struct sampler *sampler; /* NULL: not joined */
	struct sampler_reader *next;
	struct tree_file *file; /* the file to wake */
	bool rates; /* wants the rates of one period, not the changes */
	uint64_t at; /* changes: bytes of text so far; rates: periods so far */
};

/* The first reader takes the first sample. -EFBIG: the map is too large; -EAGAIN: no
 * thread; -ENOMEM; errors of a scan. */
int sampler_join(const struct dot_ref *d, const struct request *rq, struct tree_file *f,
		 bool rates, struct sampler_reader *ret);
void sampler_leave(struct sampler_reader *r); /* does nothing if not joined */

/*
 * Append at most size bytes of changes, or the rates as a whole. 1: appended (the rates
 * of a period may be empty); 0: nothing yet; -ENOENT: no more, the map is gone; -EFBIG:
 * the map is too large; -ENOMEM.
 */
int sampler_read(struct sampler_reader *r, size_t size, struct buf *out);

/* True if sampler_read() would not return 0. */
bool sampler_is_ready(struct sampler_reader *r);

/* Bytes of memory that are charged for a reader. */
size_t sampler_memory(const struct schema *s);

#endif

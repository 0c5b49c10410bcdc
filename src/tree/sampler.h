/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Maps that somebody wants to see change. A map is read once a second, by one thread
 * for all maps, however many readers there are; between two periods nothing of it is
 * held but the last sample:
 *
 *	sample of a second ago ┐
 *	                       ├─> changes ──> text ──> readers of .map/changes
 *	sample of now ─────────┘└> rates ───> text ──> readers of .map/rates
 *
 * The text of changes is kept until all readers have it, up to SAMPLER_TEXT bytes: a
 * reader that is slower reads "# skipped".
 *
 * sampler.lock comes behind tree_file.lock, and before tree.wake_lock.
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

/* One open file: an embedded member of it. */
struct sampler_reader {
	struct sampler *sampler; /* NULL: not joined */
	struct sampler_reader *next;
	struct tree_file *file; /* that is woken */
	bool rates; /* wants the rates of one period, not the changes */
	uint64_t at; /* changes: bytes of text so far; rates: periods so far */
};

/* The first reader takes the first sample. -EFBIG: the map is too large; -EAGAIN: no
 * thread; -ENOMEM; errors of a scan. */
int sampler_join(const struct dot_ref *d, const struct request *rq, struct tree_file *f,
		 bool rates, struct sampler_reader *ret);
void sampler_leave(struct sampler_reader *r); /* not joined: nothing */

/*
 * Append what there is, at most size bytes of changes, or the rates as a whole. 1: there
 * was something, or the rates of a period without any; 0: not yet; -ENOENT: no more,
 * the map is gone; -EFBIG: the map is too large; -ENOMEM.
 */
int sampler_read(struct sampler_reader *r, size_t size, struct buf *out);

/* True if sampler_read() would not return 0. */
bool sampler_is_ready(struct sampler_reader *r);

/* Bytes of memory that a reader is charged for. */
size_t sampler_memory(const struct schema *s);

#endif

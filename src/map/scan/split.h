/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A pass over a hash table in pieces, which several threads can read at the same time:
 * the cursor of its batches is the number of a bucket, and a pass may begin at any
 * bucket.
 *
 *	buckets  |  first batch  | piece 0 | piece 1 | piece 2 | ...
 *	                 base ---^         ^--- base + span
 *
 * A batch ends where its buffer is full, not at a chosen bucket, so the last batch of a
 * piece reaches into the next piece. The entries read from there are returned, and left
 * out of the next piece: each key is returned once, in the order of the buckets,
 * however often it was read.
 */
#ifndef BPFMAPFS_MAP_SCAN_SPLIT_H
#define BPFMAPFS_MAP_SCAN_SPLIT_H

#include "map/scan/scan.h"

/* A part of a pass, with its own memory. */
struct scan_piece {
	uint8_t *keys, *values; /* room for `room` entries */
	size_t room;
	struct scan_batch batch;
	int result; /* as of scan_method.next */
	uint64_t reach; /* pieces of a split pass: the first bucket not read */
	size_t tail; /* the first entry of its last batch */
};

/* Make room for n entries; contents are kept. -ENOMEM. */
int scan_piece_reserve(struct scan_piece *p, size_t n, const struct schema *sc);
void scan_piece_release(struct scan_piece *p);

struct scan_split {
	uint32_t base, span;
	struct keyset *told; /* returned entries from after the end of the pieces so far */
	uint64_t reach; /* no bucket from here on was read */
};

/* Split the rest of a pass after its first batch. false: it has no buckets, or has
 * ended. */
bool scan_split_begin(struct scan_split *sp, const struct scan *s);
/* Get piece n (from 0 on); needs no lock. p->result may be 1 with no entry. */
void scan_split_get(const struct scan_split *sp, const struct scan *s, uint64_t n,
		    struct scan_piece *p);
/* Leave out entries that were already returned. Call for pieces in order. -ENOMEM. */
int scan_split_join(struct scan_split *sp, const struct schema *sc, uint64_t n,
		    struct scan_piece *p);
void scan_split_end(struct scan_split *sp);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Following the records of a ring buffer that other processes write, without their
 * help:
 *
 *	consumer        tap                     producer
 *	   |             |                         |
 *	---#### record ##|#### record ##|#### BUSY |------
 *	                 |<---- not seen yet ----->|
 *
 * A tap is a separate position, so it takes nothing from the consumer. If the consumer
 * is ahead of the tap, the producer may overwrite records that the tap has not read:
 * the tap is lapped, and continues from the consumer's position. In a ring that
 * overwrites, it continues after the last record that was overwritten.
 *
 * A copy is valid only if the positions prove afterwards that the producer cannot have
 * written there meanwhile. The consumer position can be written by any process that may
 * write the map, so it decides only where a tap begins or continues, and only if it is
 * plausible.
 *
 * Pure functions over a struct store_ring, which may change under them at any time;
 * no lock, no system call, bounded by the size of the ring.
 */
#ifndef BPFMAPFS_MAP_RING_H
#define BPFMAPFS_MAP_RING_H

#include <stdbool.h>
#include <stdint.h>

#include "store/store.h"
#include "util/attributes.h"

struct ring_tap {
	uint64_t pos; /* of the next header to look at */
};

enum ring_found {
	RING_NOTHING, /* no complete record yet */
	RING_RECORD,
	RING_LOST, /* some were overwritten before they were read */
};

/* The next record, or what was lost. */
struct ring_record {
	uint64_t pos; /* of its header */
	uint32_t len; /* its bytes */
	uint64_t lost; /* RING_LOST: bytes of the ring that were skipped */
};

/* Set a tap to the first record that the consumer has not taken. -EOPNOTSUPP: the
 * positions are implausible for a ring that overwrites. */
int ring_begin(const struct store_ring *r, struct ring_tap *t) _must_check_;

/* Find the next record; discarded records are skipped. The tap moves only over these,
 * and with RING_LOST. */
enum ring_found ring_find(const struct store_ring *r, struct ring_tap *t,
			  struct ring_record *ret);

/* Copy the bytes of a record that was found, and move the tap to the end of the record.
 * False: it was overwritten meanwhile, and out is garbage; the next ring_find() returns
 * what was lost. */
bool ring_take(const struct store_ring *r, struct ring_tap *t,
	       const struct ring_record *record, void *out);

/* The consumer's position. False: it is implausible now. */
bool ring_consumer(const struct store_ring *r, uint64_t *ret);

/* True if the producer has no room for one more record of len bytes. */
bool ring_is_full(const struct store_ring *r, uint32_t len);

/* Bytes that a record takes in the ring. */
uint64_t ring_bytes(uint32_t len);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hidden bytes: bytes that no member of a record covers. If they are not zero, they are
 * shown as pseudo-members, named by their offset from the start of the record:
 *
 *	struct { __u8 a; __u32 b; }	byte  0   1   2   3   4 .. 7
 *					      a  | - - gap - | b
 *	name a=1,@1=00beef,b=2		JSON {"a":1,"@1":"00beef","b":2}
 *
 * A gap is a maximal run of bytes that are not covered, or only partly: bits in it that
 * belong to a bit-field are printed as 0 and ignored on input. Alignment padding
 * ("plain") is shown in names, but not in values.
 */
#ifndef BPFMAPFS_TEXT_GAPS_H
#define BPFMAPFS_TEXT_GAPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/buf.h"

struct members;
struct span;
struct text_error;
struct type;

/* A byte of which some bits are covered. */
struct partial {
	uint32_t at; /* from the start of the record */
	uint8_t mask; /* bits of the gap */
};

struct gap {
	uint32_t offset, size; /* in bytes, from the start of the record */
	uint32_t before; /* index of the member after it */
	uint32_t n_partials;
	const struct partial *partials; /* sorted */
	bool plain; /* alignment padding */
};

/* The covered bits of a record, and the places where padding may end. */
struct cover {
	struct buf extents; /* struct extent */
	struct buf edges; /* struct edge */
};

struct extent {
	uint64_t first, end; /* bits */
};

/* A member begins, or a record ends, at byte `at`; the part before it in the same
 * record ended at `from`. Bytes between the two are alignment padding. */
struct edge {
	uint64_t at, from;
	uint32_t align;
};

void cover_release(struct cover *c);
void cover_bits(struct cover *c, uint64_t first, uint64_t count);
/* Offsets count from the start of the record, which is at base. At an unaligned offset
 * (packed), no bytes are alignment padding. */
void cover_edge(struct cover *c, uint32_t base, uint32_t from, uint32_t offset,
		uint32_t align);

/*
 * Find the gaps of a record of `size` bytes and attach them to m, the list of its
 * members. Sorts the contents of c. Returns 0 or -ENOMEM.
 */
int gaps_build(struct type *t, struct members *m, uint32_t size, struct cover *c);

/* True if any bit of the gap is set in the record at p. */
bool gap_is_set(const struct gap *g, const uint8_t *p);

/* Append the gap's bytes in hex; covered bits are 0. */
void gap_put(const struct gap *g, const uint8_t *p, struct buf *out);

/*
 * The gap with a pseudo-member's name ("@6"), as an index into m->gaps. -EINVAL (err
 * filled): no such gap.
 */
int gap_find(const struct members *m, const struct span *name, struct text_error *err,
	     uint32_t *ret);

/* Read the hex digits of a gap into the record at p, and set the bits of the gap in
 * mask (NULL: not wanted). -EINVAL, -ENOMEM. */
int gap_parse(const struct gap *g, const struct span *text, uint8_t *p, uint8_t *mask,
	      struct text_error *err);

#endif

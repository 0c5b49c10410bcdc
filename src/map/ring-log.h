/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records that were copied out of a ring buffer, for taps that read them later, each at
 * its own speed. The log is itself a ring, of bounded size: new records replace the
 * oldest.
 *
 *	 first                            end
 *	   | entry | entry | gap | entry |        cursors: bytes since the beginning
 *	      ^ a cursor
 *
 * An entry has the positions in the ring buffer that it stands for, and begins where
 * the previous entry ends. So a tap whose cursor was passed by `first` knows how many
 * bytes of the buffer it missed. Not thread-safe.
 */
#ifndef BPFMAPFS_MAP_RING_LOG_H
#define BPFMAPFS_MAP_RING_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ring_entry_kind {
	RING_ENTRY_RECORD,
	RING_ENTRY_LOST, /* from..to was overwritten before it was copied */
	RING_ENTRY_FULL, /* the ring had no room, and nobody consumed */
	RING_ENTRY_GAP,	 /* unused bytes at the end of the log's memory */
};

struct ring_entry {
	uint64_t from, to; /* positions in the ring buffer */
	uint32_t len; /* bytes of the record, after this header */
	uint32_t kind;
};

struct ring_log {
	char *data;
	size_t size; /* a power of two */
	uint64_t first, end; /* cursors */
	uint64_t to; /* of the last entry */
};

/* Where a tap reads next, and what it expects there. */
struct ring_cursor {
	uint64_t at; /* in the log */
	uint64_t from; /* in the ring buffer */
};

/* size: a power of two. pos: in the ring buffer, where the first entry begins.
 * -ENOMEM. */
int ring_log_init(struct ring_log *l, size_t size, uint64_t pos);
void ring_log_release(struct ring_log *l);

/* The longest record that the log takes. */
size_t ring_log_max(const struct ring_log *l);

/* Make room for the bytes of the record that is added next; it is not in the log yet. */
void *ring_log_room(struct ring_log *l, uint32_t len);
/* Add an entry that ends at `to` in the ring buffer. len: of a record whose bytes were
 * put into the room; 0 for other kinds. */
void ring_log_add(struct ring_log *l, enum ring_entry_kind kind, uint32_t len, uint64_t to);

/* A cursor at the first entry that ends after a position of the ring buffer. */
struct ring_cursor ring_log_seek(const struct ring_log *l, uint64_t pos);

/*
 * Get the entry at a cursor, and move the cursor to the next one; *ret_bytes: the bytes
 * of the record, in the log. If entries were dropped before they were read, this
 * returns an entry RING_ENTRY_LOST. False: nothing yet.
 */
bool ring_log_next(const struct ring_log *l, struct ring_cursor *c, struct ring_entry *ret,
		   const void **ret_bytes);

#endif

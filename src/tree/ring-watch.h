/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ring buffers with readers. However many readers a ring has, it is checked once, by
 * one thread for all rings:
 *
 *	            every 20 ms; every ms while records come
 *	ring buffer ──────────> ring_log ──> tap: its file formats and answers
 *	  (mapped)                  │
 *	                            └─────> tap ...
 *
 * Between two checks of an idle ring no reference to the map is held: it is opened by
 * id, mapped, checked, unmapped and closed. While records arrive it stays mapped, for a
 * second at a time, so that a map that all others have released can be freed.
 *
 * A watch exists as long as its files are open. ring_watch.lock comes after
 * tree_file.lock, and before tree.wake_lock.
 */
#ifndef BPFMAPFS_TREE_RING_WATCH_H
#define BPFMAPFS_TREE_RING_WATCH_H

#include "map/ring-log.h"
#include "tree/internal.h"
#include "util/buf.h"

struct dot_ref;
struct ring_watch;
struct ring_watches;
struct tree_file;

struct ring_watches *ring_watches_new(struct tree *t); /* NULL: no memory */
void ring_watches_free(struct ring_watches *ws); /* NULL is allowed; no file is open */

/* Embedded in an open file of a ring. */
struct ring_reader {
	struct ring_watch *watch; /* NULL: not joined */
	struct ring_reader *next;
	struct tree_file *file; /* the file to wake */
	bool taps; /* follows the records through cursor; otherwise: is woken while
		    * there are records to consume */
	struct ring_cursor cursor;
	uint64_t woken_at; /* end of the log when the file was woken last */
};

/*
 * Let a file follow the ring buffer of d->m; a tap begins with the records that the
 * consumer has not taken. Errors of the store, including -EOPNOTSUPP (unknown layout);
 * -EAGAIN: no thread; -ENOMEM.
 */
int ring_join(const struct dot_ref *d, const struct request *rq, struct tree_file *f,
	      bool taps, struct ring_reader *ret);
void ring_leave(struct ring_reader *r); /* does nothing if not joined */

/* Log why a file cannot be opened, if the errno alone does not explain it. Returns r. */
int ring_refuse(struct tree_file *f, struct live_map *m, int r);

/* Bytes of memory that are charged for a tap of a ring of so many bytes. */
size_t ring_watch_memory(uint64_t size);

/*
 * Append raw entries, each a struct ring_entry and its record, 8-byte aligned, until
 * there are `want` bytes. 0, also if there are none yet; -ENOENT: none are left, and
 * the map is gone; -ENOMEM.
 */
int ring_read(struct ring_reader *r, size_t want, struct buf *out);

/* True if ring_read() would return an entry or an error; if the reader is not a tap: if
 * there is a record to consume. */
bool ring_has_entries(struct ring_reader *r);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ring buffers that are followed. However many readers a ring has, it is looked at
 * once, by one thread for all rings:
 *
 *	            every 20 ms; every ms while records come
 *	ring buffer ──────────> ring_log ──> tap: its file formats and answers
 *	  (mapped)                  │
 *	                            └─────> tap ...
 *
 * Between two looks at a quiet ring nothing of the map is held: it is opened by id,
 * mapped, looked at, unmapped and closed. While records come it stays mapped, for a
 * second at a time, so that a map which everybody else has let go can end.
 *
 * A watch exists as long as its files are open. ring_watch.lock comes behind
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

/* One open file of a ring: an embedded member of it. */
struct ring_reader {
	struct ring_watch *watch; /* NULL: not joined */
	struct ring_reader *next;
	struct tree_file *file; /* that is woken */
	bool taps; /* follows the records through cursor; else: is woken while the
		    * consumer has any to take */
	struct ring_cursor cursor;
	uint64_t woken_at; /* end of the log when the file was woken last */
};

/*
 * Let a file follow the ring buffer of d->m, a tap beginning with the records that the
 * consumer has not taken. The store's errors, among them -EOPNOTSUPP (a layout that is
 * not known); -EAGAIN: no thread; -ENOMEM.
 */
int ring_join(const struct dot_ref *d, const struct request *rq, struct tree_file *f,
	      bool taps, struct ring_reader *ret);
void ring_leave(struct ring_reader *r); /* not joined: nothing */

/* Log why a file cannot be opened, where the errno alone does not say it. Returns r. */
int ring_refuse(struct tree_file *f, struct live_map *m, int r);

/* Bytes of memory that a tap of a ring of so many bytes is charged for. */
size_t ring_watch_memory(uint64_t size);

/*
 * Append raw entries, as struct ring_entry and its record each, 8-byte aligned, until
 * there are `want` bytes. 0, also if there is none yet; -ENOENT: none is left, and the
 * map is gone; -ENOMEM.
 */
int ring_read(struct ring_reader *r, size_t want, struct buf *out);

/* True if ring_read() would give an entry or an error; not of a tap: if there is a
 * record to consume. */
bool ring_has_entries(struct ring_reader *r);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Checked entries of a bulk write take effect, in batches, while the next ones
 * are being parsed.
 *
 *	entry ──> lane 0: [filling] [queued] [queued] ──> its thread applies them
 *	      └─> lane 1: [filling] [queued] [queued] ──>
 *
 * With one lane all happens in the order of the lines, and nothing behind an
 * entry that fails. Two lanes are nearly twice as fast; a key always takes the
 * same one, so that its last line wins. Since one may be ahead of the other
 * when that fails, there are two only where there is room for every entry, see
 * room_for_sure() in apply-queue.c.
 *
 * An apply_queue belongs to one thread at a time.
 */
#ifndef BPFMAPFS_REPORT_APPLY_QUEUE_H
#define BPFMAPFS_REPORT_APPLY_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct map;
struct schema;
struct apply_queue;

/* Bytes of entries that a queue of such a map holds at most, if they are large; those of
 * small entries are about a megabyte. */
size_t apply_queue_memory(const struct schema *s);

/* The map is borrowed. removes: entries are keys to delete. puts_off: updates
 * that a full map has no room for wait, up to a limit. NULL: no memory. */
struct apply_queue *apply_queue_new(const struct map *m, bool removes, bool puts_off);
void apply_queue_free(struct apply_queue *a); /* NULL is allowed */

/* Start a burst of entries, which apply_queue_finish() ends. */
void apply_queue_begin(struct apply_queue *a);
/* Memory for the next entry; value NULL where entries are removed. */
void apply_queue_next(struct apply_queue *a, uint8_t **key, uint8_t **value);
/* Add that entry. A failure may be that of an earlier one; apply_queue_finish() returns
 * its line. */
int apply_queue_add(struct apply_queue *a, uint64_t line);
/* All that was added has taken effect; or the user's errno, with the line of
 * the first that failed, and what waited is dropped. */
int apply_queue_finish(struct apply_queue *a, uint64_t *ret_line);
bool apply_queue_changed(const struct apply_queue *a); /* anything, ever */

/* How many updates wait for room; try them again, or forget them. */
size_t apply_queue_late(const struct apply_queue *a);
size_t apply_queue_late_memory(const struct apply_queue *a); /* bytes */
int apply_queue_apply_late(struct apply_queue *a);
void apply_queue_drop_late(struct apply_queue *a);

#endif

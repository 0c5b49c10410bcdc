/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Applies checked entries of a bulk write in batches, while the next ones are being
 * parsed.
 *
 *	entry ──> lane 0: [filling] [queued] [queued] ──> its thread applies them
 *	      └─> lane 1: [filling] [queued] [queued] ──>
 *
 * With one lane, entries are applied in the order of the lines, and nothing after an
 * entry that fails. Two lanes are nearly twice as fast; a key always takes the same
 * lane, so that its last line wins. When one lane fails, the other may be ahead, so
 * there are two only if there is room for every entry, see room_for_sure() in
 * apply-queue.c.
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

/* Maximum bytes of entries in a queue of such a map, if entries are large; small
 * entries take about a megabyte. */
size_t apply_queue_memory(const struct schema *s);

/* The map is borrowed. removes: entries are keys to delete. puts_off: updates for which
 * a full map has no room are held, up to a limit. NULL: no memory. */
struct apply_queue *apply_queue_new(const struct map *m, bool removes, bool puts_off);
void apply_queue_free(struct apply_queue *a); /* NULL is allowed */

/* Start a burst of entries, which apply_queue_finish() ends. */
void apply_queue_begin(struct apply_queue *a);
/* Memory for the next entry; *value is NULL if entries are removed. */
void apply_queue_next(struct apply_queue *a, uint8_t **key, uint8_t **value);
/* Add that entry. The failure may be that of an earlier entry; apply_queue_finish()
 * returns its line. */
int apply_queue_add(struct apply_queue *a, uint64_t line);
/* Wait until all entries have taken effect. On failure: the user's errno and the line
 * of the first entry that failed; entries that were held are dropped. */
int apply_queue_finish(struct apply_queue *a, uint64_t *ret_line);
bool apply_queue_changed(const struct apply_queue *a); /* anything, ever */

/* The number of updates that are held until there is room; try them again, or drop
 * them. */
size_t apply_queue_late(const struct apply_queue *a);
size_t apply_queue_late_memory(const struct apply_queue *a); /* bytes */
int apply_queue_apply_late(struct apply_queue *a);
void apply_queue_drop_late(struct apply_queue *a);

#endif

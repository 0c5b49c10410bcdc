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
 * room_for_sure() in applier.c.
 *
 * An applier belongs to one thread at a time.
 */
#ifndef BPFMAPFS_REPORT_APPLIER_H
#define BPFMAPFS_REPORT_APPLIER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct map;
struct applier;

/* The map is borrowed. removes: entries are keys to delete. puts_off: updates
 * that a full map has no room for wait, up to a limit. NULL: no memory. */
struct applier *applier_new(const struct map *m, bool removes, bool puts_off);
void applier_free(struct applier *a); /* NULL is allowed */

/* Between two finishes: much may come. */
void applier_begin(struct applier *a);
/* Memory for the next entry; value NULL where entries are removed. */
void applier_next(struct applier *a, uint8_t **key, uint8_t **value);
/* It is complete. Failures may be those of earlier ones; applier_finish() then
 * tells which. */
int applier_add(struct applier *a, uint64_t line);
/* All that was added has taken effect; or the user's errno, with the line of
 * the first that failed, and what waited is dropped. */
int applier_finish(struct applier *a, uint64_t *ret_line);
bool applier_changed(const struct applier *a); /* anything, ever */

/* How many updates wait for room; try them again, or forget them. */
size_t applier_late(const struct applier *a);
int applier_apply_late(struct applier *a);
void applier_drop_late(struct applier *a);

#endif

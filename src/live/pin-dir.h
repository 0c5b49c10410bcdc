/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The directory of -o pin=DIR, where each map created through the tree is pinned under
 * its own name. main opens it once. Only the daemon's user and root may write to it, so
 * a name there can be checked first and used afterwards.
 *
 * When a map replaces another, it is first pinned as NAME@ID, and then renamed to NAME:
 * whenever the daemon is killed, NAME is one of the two. pin_dir_mend() completes an
 * interrupted replacement.
 *
 * Without -o pin= all of these do nothing: 0, or false. The caller holds
 * registry.refresh.
 */
#ifndef BPFMAPFS_LIVE_PIN_DIR_H
#define BPFMAPFS_LIVE_PIN_DIR_H

#include "live/registry.h"

/* -EEXIST, -EPERM (a '.' in the name) and so on, with err. */
int pin_dir_add(struct registry *r, const struct store_map *map, const char *name,
		struct text_error *err);
/* As NAME@ID. */
int pin_dir_add_beside(struct registry *r, const struct store_map *map, const char *name,
		       uint32_t id, struct text_error *err);
/* Rename the pin NAME@ID to `name`. It may replace the pin of the map `old`, but no
 * other. -EEXIST with err. */
int pin_dir_replace(struct registry *r, const char *name, uint32_t id, uint32_t old,
		    struct text_error *err);

/* The map is pinned under its name. */
bool pin_dir_has(struct registry *r, const char *name, uint32_t id);
/* Remove the pin of this map; false if there was none. */
bool pin_dir_remove(struct registry *r, const char *name, uint32_t id);
void pin_dir_remove_beside(struct registry *r, const char *name, uint32_t id);

/*
 * Complete or undo interrupted replacements. Of the two maps of a name, the older one,
 * whose id is smaller, keeps NAME: it existed before the definition was written. A
 * NAME@ID alone becomes NAME.
 */
void pin_dir_mend(struct registry *r);

#endif

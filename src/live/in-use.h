/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which of the maps that share a name is the one in use: the highest id that a loaded
 * program uses or a pin holds. A loader may leave old maps behind, or create a new map
 * before the program switches to it.
 *
 * The program or pin that uses a map is cached (struct map_use), and checking that it
 * still exists takes a call or two. Without one, all programs and pins are searched.
 * "Not in use" is cached for 20 ms, "no such map" never. In a store that has neither
 * programs nor pins, all maps are in use.
 */
#ifndef BPFMAPFS_LIVE_IN_USE_H
#define BPFMAPFS_LIVE_IN_USE_H

#include "live/registry.h"

/* name: the kernel's. bpffs: where pins are searched, or NULL. -ENOENT: no map in use. */
int registry_in_use(struct registry *r, const char *bpffs, const char *name,
		    struct live_map **ret);

/* Call fn for the map in use of each name, in order of ids, until it returns something
 * other than 0, which is returned. */
int registry_each_in_use(struct registry *r, const char *bpffs, maps_each_fn *fn,
			 void *arg);

#endif

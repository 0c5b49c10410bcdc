/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of the registry share; see registry.h.
 */
#ifndef BPFMAPFS_LIVE_REGISTRY_INTERNAL_H
#define BPFMAPFS_LIVE_REGISTRY_INTERNAL_H

#include "live/registry.h"

/* 1: the store has the map; 0: it is gone; or an error, which leaves that open. */
int registry_is_live(struct registry *r, uint32_t id);

/* For a name that was not found although the newest maps are known: look wherever it
 * may be. 0 or an error: a map that could not be opened may be the one. */
int registry_search_all(struct registry *r);

/* Where an id has gone. Caller holds r->lock. Later moves of it were rewritten. */
uint32_t registry_moved(const struct registry *r, uint32_t id);

#endif

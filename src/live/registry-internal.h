/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Internals that the files of the registry share; see registry.h.
 */
#ifndef BPFMAPFS_LIVE_REGISTRY_INTERNAL_H
#define BPFMAPFS_LIVE_REGISTRY_INTERNAL_H

#include "live/registry.h"

/* 1: the store has the map; 0: it is gone; or an error: unknown. */
int registry_is_live(struct registry *r, uint32_t id);

/* For a name that was not found although the newest maps are known: search everywhere.
 * 0; or an error: a map that could not be opened may have the name. */
int registry_search_all(struct registry *r);

/* The present id of a map that was replaced. Caller holds r->lock. Chains of moves are
 * kept collapsed. */
uint32_t registry_moved(const struct registry *r, uint32_t id);

#endif

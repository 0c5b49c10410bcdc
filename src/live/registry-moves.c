/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Maps that were replaced: requests for the old id get the new map.
 */
#include <errno.h>
#include <stdlib.h>

#include "live/registry-internal.h"

uint32_t registry_moved(const struct registry *r, uint32_t id)
{
	for (size_t i = 0; i < r->n_moves; i++)
		if (r->moves[i].from == id)
			return r->moves[i].to;
	return id;
}

/* The oldest move stands first. */
uint32_t registry_first_id(struct registry *r, uint32_t id)
{
	GUARD_MUTEX(&r->lock);

	for (size_t i = 0; i < r->n_moves; i++)
		if (r->moves[i].to == id)
			return r->moves[i].from;
	return id;
}

/* Forget the moves to maps that are gone; r->lock is held. */
static void prune_moves(struct registry *r)
{
	size_t n = 0;

	for (size_t i = 0; i < r->n_moves; i++)
		if (map_index_find(&r->index, r->moves[i].to))
			r->moves[n++] = r->moves[i];
	r->n_moves = n;
}

int registry_reserve(struct registry *r, const struct live_map *old)
{
	GUARD_MUTEX(&r->lock);
	const struct map_slot *slot = map_index_find(&r->index, old->id);
	struct registry_move *moves;

	if (!slot || slot->m != old)
		return -ENOENT;
	moves = realloc(r->moves, (r->n_moves + 1) * sizeof(*moves));
	if (!moves)
		return -ENOMEM;
	r->moves = moves;
	return map_index_reserve(&r->index);
}

/* There is room for one more; r->lock is held. */
static void move(struct registry *r, uint32_t from, uint32_t to)
{
	/* Collapse chains first: from -> old -> new becomes from -> new. */
	for (size_t i = 0; i < r->n_moves; i++)
		if (r->moves[i].to == from)
			r->moves[i].to = to;
	prune_moves(r);
	r->moves[r->n_moves++] = (struct registry_move){ from, to };
}

void registry_replace(struct registry *r, struct live_map *old, struct live_map *new)
{
	const struct map_slot slot = { .id = new->id, .m = live_map_ref(new) };
	struct live_map *gone;

	if (new->id > r->last)
		r->last = new->id;
	pthread_mutex_lock(&r->lock);
	gone = map_index_remove(&r->index, old->id);
	map_index_add(&r->index, &slot);
	move(r, old->id, new->id);
	pthread_mutex_unlock(&r->lock);
	live_map_unref(gone);
}

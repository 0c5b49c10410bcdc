/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A sorted array by id and a chained hash of names. Removal keeps the order of both.
 */
#include "live/map-index.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "live/registry.h"
#include "util/hash.h"

#define FIRST_ROOM 64

int map_index_init(struct map_index *ix)
{
	memset(ix, 0, sizeof(*ix));
	ix->buckets = calloc(FIRST_ROOM, sizeof(struct live_map *));
	if (!ix->buckets)
		return -ENOMEM;
	ix->n_buckets = FIRST_ROOM;
	return 0;
}

void map_index_release(struct map_index *ix)
{
	for (size_t i = 0; i < ix->count; i++) {
		live_map_unref(ix->slots[i].m);
		live_map_unref(ix->slots[i].hidden);
	}
	free(ix->slots);
	free(ix->buckets);
}

/* ---- by name ---- */

static struct live_map **bucket(const struct map_index *ix, const char *name)
{
	return &ix->buckets[hash_bytes(0, name, strlen(name)) & (ix->n_buckets - 1)];
}

static void link_name(struct map_index *ix, struct live_map *m)
{
	struct live_map **at = bucket(ix, m->name);

	while (*at && (*at)->id > m->id)
		at = &(*at)->chain_next;
	m->chain_next = *at;
	m->chain_at = at;
	if (*at)
		(*at)->chain_at = &m->chain_next;
	*at = m;
	ix->named++;
}

static void unlink_name(struct map_index *ix, struct live_map *m)
{
	*m->chain_at = m->chain_next;
	if (m->chain_next)
		m->chain_next->chain_at = m->chain_at;
	ix->named--;
}

/* Without memory the chains just get longer. */
static void grow_buckets(struct map_index *ix)
{
	size_t n = ix->n_buckets * 4;
	struct live_map **buckets = calloc(n, sizeof(struct live_map *));

	if (!buckets)
		return;
	free(ix->buckets);
	ix->buckets = buckets;
	ix->n_buckets = n;
	ix->named = 0;
	/* By rising id: each comes first in its chain. */
	for (size_t i = 0; i < ix->count; i++)
		if (ix->slots[i].m)
			link_name(ix, ix->slots[i].m);
}

static struct live_map *from(struct live_map *m, const char *name)
{
	while (m && strcmp(m->name, name))
		m = m->chain_next;
	return m;
}

struct live_map *map_index_named(const struct map_index *ix, const char *name)
{
	return from(*bucket(ix, name), name);
}

struct live_map *map_index_same(const struct live_map *m)
{
	return from(m->chain_next, m->name);
}

/* ---- by id ---- */

/* Index of the first slot whose id is not below `id`. */
static size_t lower_bound(const struct map_index *ix, uint32_t id)
{
	size_t lo = 0, hi = ix->count;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (ix->slots[mid].id < id)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

struct map_slot *map_index_find(struct map_index *ix, uint32_t id)
{
	size_t i = lower_bound(ix, id);

	return i < ix->count && ix->slots[i].id == id ? &ix->slots[i] : NULL;
}

struct map_slot *map_index_above(struct map_index *ix, uint32_t id)
{
	size_t i = id == UINT32_MAX ? ix->count : lower_bound(ix, id + 1);

	return i < ix->count ? &ix->slots[i] : NULL;
}

int map_index_reserve(struct map_index *ix)
{
	size_t room = ix->room ? ix->room * 2 : FIRST_ROOM;
	struct map_slot *slots;

	if (ix->count < ix->room)
		return 0;
	slots = reallocarray(ix->slots, room, sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	ix->slots = slots;
	ix->room = room;
	return 0;
}

void map_index_add(struct map_index *ix, const struct map_slot *slot)
{
	size_t i = lower_bound(ix, slot->id);

	assert(ix->count < ix->room);
	memmove(&ix->slots[i + 1], &ix->slots[i], (ix->count++ - i) * sizeof(*slot));
	ix->slots[i] = *slot;
	ix->unread += slot->unread;
	if (slot->m)
		link_name(ix, slot->m);
	if (ix->named > ix->n_buckets)
		grow_buckets(ix);
}

struct live_map *map_index_remove(struct map_index *ix, uint32_t id)
{
	struct map_slot *slot = map_index_find(ix, id);
	struct live_map *m;

	if (!slot)
		return NULL;
	m = slot->m ?: slot->hidden;
	if (slot->m)
		unlink_name(ix, m);
	ix->unread -= slot->unread;
	ix->count--;
	memmove(slot, slot + 1, (size_t)(ix->slots + ix->count - slot) * sizeof(*slot));
	return m;
}

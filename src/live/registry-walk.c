/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How the registry finds the kernel's new and freed maps: searches and walks.
 *
 * Ids are assigned in ascending order, and start again at 1 after INT_MAX, so a new map
 * has an id above the newest one (`last`):
 *
 *	ids    1 ... 17 18 .. 31 ............................. INT_MAX
 *	                      ^last  <- new maps appear here
 *
 * discover() asks for ids above `last`; if there are none, this takes one call.
 * Checking whether a known map still exists takes one call, too (registry_is_live()).
 * So no lookup walks, and a name always refers to the current map. Listings walk
 * (refresh).
 *
 * Once ids have started again, new ones are below others. A slow walk, a few ids with
 * each search, drops maps that are gone and finds an unknown id below `last`: that is a
 * new map then, and `last` moves there. A search looks at one id in SWEEP_NS, because a
 * lookup waits for it, and at SWEEP_NEW for each new map that it finds, so that maps
 * that come and go do not pile up in the index. While old ids are above `last`, or ids
 * are so high that this may happen soon, a name that is not found is searched by a
 * walk, because "no such map" must be correct.
 *
 * If a store's maps appear in any order (pins, for an ordinary user), discover() is a
 * walk.
 */
#include <errno.h>
#include <limits.h>

#include "live/registry-internal.h"
#include "store/errno.h"
#include "util/clock.h"

#define SWEEP_NEW 1
#define SWEEP_NS 10000000
/* Number of ids that are checked while r->refresh is held once. */
#define CHUNK 1024
/* Known ids passed over in search of new ones. */
#define WINDOW 64

/* ---- asking the store ---- */

int registry_is_live(struct registry *r, uint32_t id)
{
	uint32_t next = 0;
	int err = id && id < INT_MAX ? store_next_id(r->store, id - 1, &next) : -ENOENT;

	if (err == -ENOENT)
		return 0;
	return err < 0 ? store_user_errno(STORE_OP_OPEN, err) : next == id;
}

/* *ret is NULL for a map that is not shown. -ENOENT: gone. */
static int probe(struct registry *r, uint32_t id, struct live_map **ret)
{
	_cleanup_store_map_ struct store_map ref = STORE_MAP_INIT;
	struct store_info info;
	int err;

	*ret = NULL;
	err = store_open(r->store, id, STORE_READ, &ref);
	if (err == 0)
		err = store_info(&ref, &info);
	if (err == -EMFILE || err == -ENFILE || err == -ENOMEM)
		return err;
	if (err < 0)
		return store_user_errno(STORE_OP_OPEN, err);
	if (!map_name_matches(r->globs, info.name))
		return 0;
	*ret = live_map_new(id, info.name);
	if (!*ret)
		return -ENOMEM;
	conf_begin(r, *ret);
	return 0;
}

int registry_probe(struct registry *r, uint32_t id, struct live_map **ret)
{
	int err = probe(r, id, ret);

	return err == 0 && !*ret ? -ENOENT : err;
}

/* ---- the index: r->refresh is held by callers that add ---- */

static bool is_known(struct registry *r, uint32_t id)
{
	GUARD_MUTEX(&r->lock);

	return map_index_find(&r->index, id);
}

/* Forget the maps with ids between the two, which the store no longer has. */
static void forget_between(struct registry *r, uint32_t low, uint32_t high)
{
	const struct map_slot *slot;
	uint32_t id;

	do {
		pthread_mutex_lock(&r->lock);
		slot = map_index_above(&r->index, low);
		id = slot ? slot->id : high;
		pthread_mutex_unlock(&r->lock);
		if (id < high)
			registry_forget(r, id);
	} while (id < high);
}

/* An id that is not in the index, or only as unread. 0 also if the map is gone. */
static int read_map(struct registry *r, uint32_t id)
{
	struct map_slot slot = { .id = id };
	struct live_map *old = NULL;
	int err = probe(r, id, &slot.m), full;

	/* Whether the map may be opened is the map's; other errors are ours, and
	 * pass: the id is asked for again. */
	slot.unread = err == -EACCES;
	if (slot.m && live_map_is_hidden(slot.m))
		slot.hidden = take_ptr(slot.m);
	if (err < 0 && err != -ENOENT && !slot.unread)
		return err;
	pthread_mutex_lock(&r->lock);
	full = map_index_reserve(&r->index);
	if (full == 0) {
		old = map_index_remove(&r->index, id);
		if (err != -ENOENT)
			map_index_add(&r->index, &slot);
	}
	pthread_mutex_unlock(&r->lock);
	live_map_unref(old);
	if (full < 0) {
		live_map_unref(slot.m);
		live_map_unref(slot.hidden);
	}
	return full;
}

/* Take in an id that the store has. */
static int note(struct registry *r, uint32_t id)
{
	int err = is_known(r, id) ? 1 : read_map(r, id);

	if (err)
		return err < 0 ? err : 0;
	if (id > r->last)
		r->last = id;
	else
		r->wrapped = id;
	return 0;
}

/* ---- walks ---- */

/* Look at n ids above *pos. 1: that was the end. */
static int sweep(struct registry *r, uint32_t *pos, unsigned n)
{
	while (n--) {
		uint32_t id = 0;
		int err = store_next_id(r->store, *pos, &id);

		if (err == -ENOENT) {
			forget_between(r, *pos, UINT32_MAX);
			return 1;
		}
		if (err == 0) {
			forget_between(r, *pos, id);
			err = note(r, id);
		}
		if (err < 0)
			return store_user_errno(STORE_OP_OPEN, err);
		*pos = id;
	}
	return 0;
}

/* After a walk, or a part of one: new ids were found below others. */
static void follow_wrap(struct registry *r)
{
	if (r->wrapped)
		r->last = r->wrapped;
	r->wrapped = 0;
}

/* After a search that found `found` new maps. */
static int sweep_some(struct registry *r, unsigned found)
{
	uint64_t now = clock_ns(CLOCK_MONOTONIC);
	unsigned n = found * SWEEP_NEW;
	int err;

	if (now - r->swept_at >= SWEEP_NS) {
		r->swept_at = now;
		n++;
	}
	err = sweep(r, &r->swept, n);
	follow_wrap(r);
	if (err > 0)
		r->swept = 0;
	return err < 0 ? err : 0;
}

static int walk_locked(struct registry *r)
{
	uint32_t pos = 0;
	int err;

	do
		err = sweep(r, &pos, CHUNK);
	while (err == 0);
	follow_wrap(r);
	return err < 0 ? err : 0;
}

/* For stores without an order: names may lag. */
static int walk_sometimes(struct registry *r)
{
	uint64_t now = clock_ns(CLOCK_MONOTONIC);

	if (now - r->swept_at < SWEEP_NS)
		return 0;
	r->swept_at = now;
	return walk_locked(r);
}

int registry_refresh(struct registry *r)
{
	uint32_t pos = 0;
	int err;

	do {
		GUARD_MUTEX(&r->refresh);

		err = sweep(r, &pos, CHUNK);
		if (err)
			follow_wrap(r);
		if (err > 0)
			conf_follow(r);
	} while (err == 0);
	return err < 0 ? err : 0;
}

static int search_new(struct registry *r, unsigned *found)
{
	uint32_t id = r->last;
	unsigned known = 0;
	int err;

	while (known < WINDOW && (err = store_next_id(r->store, id, &id)) == 0) {
		if (is_known(r, id)) {
			known++;
			continue;
		}
		err = note(r, id);
		if (err < 0)
			return err;
		++*found;
	}
	return known == WINDOW || err == -ENOENT ? 0 : err;
}

int registry_discover_locked(struct registry *r)
{
	unsigned found = 0;
	int err, swept, followed;

	if (store_ids_any_order(r->store)) {
		err = walk_sometimes(r);
		swept = 0;
	} else {
		err = store_user_errno(STORE_OP_OPEN, search_new(r, &found));
		swept = sweep_some(r, found);
	}
	followed = conf_follow(r);
	return err < 0 ? err : swept < 0 ? swept : followed;
}

int registry_discover(struct registry *r)
{
	GUARD_MUTEX(&r->refresh);

	return registry_discover_locked(r);
}

/* ---- what is not found ---- */

/* New ids may be anywhere. */
static bool may_have_wrapped(struct registry *r)
{
	uint32_t highest;
	GUARD_MUTEX(&r->lock);

	if (store_ids_any_order(r->store))
		return true;
	highest = r->index.count ? r->index.slots[r->index.count - 1].id : 0;
	return highest > r->last || highest > INT_MAX / 2;
}

/* An id above `id` whose map could not be opened; 0: none. */
static uint32_t next_unread(struct registry *r, uint32_t id)
{
	const struct map_slot *slot;
	GUARD_MUTEX(&r->lock);

	if (!r->index.unread)
		return 0;
	slot = map_index_above(&r->index, id);
	while (slot && !slot->unread)
		slot = map_index_above(&r->index, slot->id);
	return slot ? slot->id : 0;
}

/* Try these again. After an error, one of them may be the wanted map. */
static int read_unread(struct registry *r)
{
	int err = 0;

	for (uint32_t id = 0; err == 0 && (id = next_unread(r, id));) {
		err = read_map(r, id);
		if (err == 0 && next_unread(r, id - 1) == id)
			err = -EACCES;
	}
	return err;
}

int registry_search_all(struct registry *r)
{
	GUARD_MUTEX(&r->refresh);
	int err = may_have_wrapped(r) ? walk_locked(r) : 0;

	return err < 0 ? err : read_unread(r);
}

/* ---- an id that is not known ---- */

/* Ids between `last` and this one are new, too: a search that begins here would miss
 * them. */
static int note_with_older(struct registry *r, uint32_t id)
{
	unsigned found = 0;
	int err = id > r->last ? search_new(r, &found) : 0;

	return err < 0 ? store_user_errno(STORE_OP_OPEN, err) : note(r, id);
}

int registry_meet_locked(struct registry *r, uint32_t id, struct live_map **ret)
{
	int err = registry_find(r, id, ret);
	bool unread;

	if (err == 0)
		return 0;
	/* A store without an order must walk to find anything. */
	err = store_ids_any_order(r->store) ? walk_locked(r) : registry_is_live(r, id);
	if (err < 0 || (err == 0 && !store_ids_any_order(r->store)))
		return err < 0 ? err : -ENOENT;
	pthread_mutex_lock(&r->lock);
	unread = r->index.unread && map_index_find(&r->index, id) &&
		 map_index_find(&r->index, id)->unread;
	pthread_mutex_unlock(&r->lock);
	err = unread ? read_map(r, id) : note_with_older(r, id);
	if (err == 0)
		err = registry_find(r, id, ret);
	if (err == -ENOENT && next_unread(r, id - 1) == id)
		err = -EACCES;
	follow_wrap(r);
	return err;
}

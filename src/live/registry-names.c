/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The maps that names in the root refer to: bare names, NAME@ID and @ID, and names that
 * readlink() has just returned.
 */
#include <errno.h>
#include <string.h>

#include "live/registry-internal.h"
#include "util/clock.h"

/* A name that a link leads to is good for this long (ns). */
#define LEASE_NS 20000000

int registry_named_below(struct registry *r, const char *name, uint64_t below,
			 struct live_map **ret)
{
	GUARD_MUTEX(&r->lock);
	struct live_map *m = map_index_named(&r->index, name);

	while (m && m->id >= below)
		m = map_index_same(m);
	if (!m)
		return -ENOENT;
	*ret = live_map_ref(m);
	return 0;
}

/* The live maps with a name: their number, counted up to two, and one of them. */
struct namesakes {
	unsigned count;
	bool gone; /* others have just gone */
	struct live_map *m;
};

static void namesakes_release(struct namesakes *n)
{
	live_map_unref(n->m);
}
#define _cleanup_namesakes_ _cleanup_(namesakes_release)

static int count_named(struct registry *r, const char *name, const struct live_map *but,
		       struct namesakes *ret)
{
	uint64_t below = UINT64_MAX;
	struct live_map *m;
	int err = 0;

	while (err >= 0 && ret->count < 2 &&
	       registry_named_below(r, name, below, &m) == 0) {
		below = m->id;
		err = m == but ? 0 : registry_is_live(r, m->id);
		if (m != but && err == 0) {
			registry_forget(r, m->id);
			ret->gone = true;
		}
		if (err > 0) {
			ret->count++;
			live_map_unref(ret->m);
			ret->m = live_map_ref(m);
		}
		live_map_unref(m);
	}
	return err < 0 ? err : 0;
}

/* The live maps of a name, after looking for new ones. An error of that counts
 * where nothing is found: a map that was found is there. */
static int find_named(struct registry *r, const char *name, struct namesakes *ret)
{
	int found, err;

	do {
		found = registry_discover(r);
		ret->gone = false;
		err = count_named(r, name, NULL, ret);
		/* A map that is gone may have been replaced by now. */
	} while (err == 0 && !ret->count && ret->gone);
	if (err < 0 || ret->count || found < 0)
		return err < 0 ? err : ret->count ? 0 : found;
	err = registry_search_all(r);
	return err < 0 ? err : count_named(r, name, NULL, ret);
}

int registry_has_name(struct registry *r, const char *name)
{
	_cleanup_namesakes_ struct namesakes n = { 0 };
	int err = count_named(r, name, NULL, &n);

	return err < 0 ? err : n.count > 0;
}

int registry_seek_name(struct registry *r, const char *name)
{
	_cleanup_namesakes_ struct namesakes n = { 0 };
	int err = find_named(r, name, &n);

	return err < 0 ? err : n.count > 0;
}

/* Another live map has this name; an error leaves that open, and then names have
 * their ids, which is always right. */
static bool is_shared(struct registry *r, const struct live_map *m)
{
	_cleanup_namesakes_ struct namesakes n = { 0 };

	return count_named(r, m->name, m, &n) < 0 || n.count;
}

void registry_listed_name(struct registry *r, const struct live_map *m,
			  char name[LISTED_NAME_MAX])
{
	map_name_list(m->name, m->id, is_shared(r, m), name);
}

void registry_link_name(struct registry *r, const struct live_map *m,
			char name[LISTED_NAME_MAX])
{
	bool shared;

	registry_discover(r);
	shared = is_shared(r, m);
	map_name_list(m->name, m->id, shared, name);
	if (shared)
		return;
	GUARD_MUTEX(&r->lock);
	r->leases[m->id % REGISTRY_LEASES] = (struct registry_lease){
		m->id, clock_ns(CLOCK_MONOTONIC) + LEASE_NS
	};
}

/* The map of this name that a link led to just before `now`, if it was only one. */
static int leased(struct registry *r, const char *name, uint64_t now,
		  struct live_map **ret)
{
	struct live_map *m = NULL;
	GUARD_MUTEX(&r->lock);

	for (size_t i = 0; i < REGISTRY_LEASES; i++) {
		const struct registry_lease *p = &r->leases[i];
		const struct map_slot *slot =
			p->until > now ? map_index_find(&r->index, p->id) : NULL;

		if (!slot || !slot->m || strcmp(slot->m->name, name))
			continue;
		if (m)
			return -ENOENT;
		m = slot->m;
	}
	if (!m)
		return -ENOENT;
	*ret = live_map_ref(m);
	return 0;
}

/* now: when the request came, however long it waits for r->refresh. */
static int resolve_bare(struct registry *r, const char *name, uint64_t now,
			struct live_map **ret, bool *shared)
{
	_cleanup_namesakes_ struct namesakes n = { 0 };
	int err = find_named(r, name, &n);

	*shared = n.count > 1;
	if (err < 0 || !n.count)
		return err < 0 ? err : -ENOENT;
	if (*shared)
		return leased(r, name, now, ret);
	*ret = take_ptr(n.m);
	return 0;
}

static int resolve_id(struct registry *r, const struct map_name *n, struct live_map **ret,
		      bool *shared)
{
	_cleanup_live_map_ struct live_map *m = NULL;
	int err = registry_live(r, n->id, &m);

	if (err < 0)
		return err;
	/* Ids of maps that were replaced lead to the new map, but names with such ids
	 * do not. */
	if (m->id != n->id || (*n->name && strcmp(m->name, n->name)))
		return -ENOENT;
	registry_discover(r);
	/* A program or pin that hides the map may have been found. */
	if (live_map_is_hidden(m))
		return -ENOENT;
	*shared = is_shared(r, m);
	*ret = take_ptr(m);
	return 0;
}

int registry_resolve(struct registry *r, const char *name, struct live_map **ret,
		     bool *alias, bool *ambiguous)
{
	uint64_t now = clock_ns(CLOCK_MONOTONIC);
	char listed[LISTED_NAME_MAX];
	struct map_name n;
	bool shared = false;
	int err = map_name_parse(name, &n);

	if (err == 0)
		err = n.id ? resolve_id(r, &n, ret, &shared)
			   : resolve_bare(r, n.name, now, ret, &shared);
	if (ambiguous)
		*ambiguous = err == -ENOENT && shared;
	if (err < 0)
		return err;
	map_name_list((*ret)->name, (*ret)->id, shared, listed);
	*alias = strcmp(listed, name) != 0;
	return 0;
}

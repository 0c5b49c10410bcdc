/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How the registry follows the kernel.
 *
 * Ids are handed out upwards, and start again at 1 when they have reached INT_MAX,
 * so a map that is new has an id above the newest one (`last`):
 *
 *	ids    1 ... 17 18 .. 31 ............................. INT_MAX
 *	                      ^last  <- new maps appear here
 *
 * discover() asks for ids above `last`; one call says that there are none. Whether
 * a map that the registry has is still there is one call, too (is_live()). So no
 * lookup walks, and a name means what it means now. Listings walk (refresh).
 *
 * Once ids have started again, new ones are below others. A slow walk, SWEEP ids
 * with each search, at most every SWEEP_NS, drops maps that are gone and finds an
 * unknown id below `last`: that is a new map then, and `last` moves there. While old
 * ids are above `last`, or high ids say that it may soon be so, a name that is not
 * found is looked for by a walk, because "no such map" must be true.
 *
 * Where a store's maps come in any order (pins, for an ordinary user), discover() is
 * a walk.
 */
#include "live/registry.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "store/errno.h"
#include "util/buf.h"
#include "util/clock.h"
#include "util/request.h"

/* A name that a link leads to is good for this long (ns). */
#define LEASE_NS 20000000
#define SWEEP 16
#define SWEEP_NS 10000000
/* Ids looked at with r->refresh held once. */
#define CHUNK 1024
/* Known ids passed over in search of new ones. */
#define WINDOW 64

/* ---- names for the layers below ---- */

static int name_of_id(struct map_names *names, uint32_t id, struct buf *out)
{
	struct registry *r = (struct registry *)names;
	_cleanup_live_map_ struct live_map *m = NULL;
	char name[LISTED_NAME_MAX];
	int err = registry_by_id(r, id, &m);

	if (err < 0)
		return err;
	registry_listed_name(r, m, name);
	buf_puts(out, name);
	return 0;
}

static int id_of_name(struct map_names *names, const char *name, uint32_t *ret)
{
	struct registry *r = (struct registry *)names;
	_cleanup_live_map_ struct live_map *m = NULL;
	bool alias;
	int err = registry_resolve(r, name, &m, &alias, NULL);

	if (err == 0)
		*ret = m->id;
	return err;
}

static int check_enter(struct map_names *names, const struct request *rq, uint32_t id)
{
	struct registry *r = (struct registry *)names;
	_cleanup_live_map_ struct live_map *m = NULL;
	uid_t uid;
	gid_t gid;
	mode_t mode;
	int err = registry_by_id(r, id, &m);

	if (err < 0)
		return err;
	mode = live_map_mode(r, m, &uid, &gid);
	return request_may(rq, uid, gid, mode, 1) ? 0 : -EACCES;
}

int registry_open_name(struct registry *r, const char *name, struct store_map *ret)
{
	uint32_t id = 0;
	int err = id_of_name(&r->names, name, &id);

	return err < 0 ? err : store_open(r->store, id, STORE_READ, ret);
}

int registry_init(struct registry *r, struct store *store, const char *globs,
		  const char *pin, int pin_fd)
{
	int err;

	memset(r, 0, sizeof(*r));
	r->names = (struct map_names){ name_of_id, id_of_name, check_enter };
	r->store = store;
	r->globs = globs;
	r->pin = pin;
	r->pin_fd = pin_fd;
	pthread_mutex_init(&r->refresh, NULL);
	pthread_mutex_init(&r->lock, NULL);
	errlog_init(&r->errors);
	err = map_index_init(&r->index);
	return err < 0 ? err : registry_refresh(r);
}

void registry_release(struct registry *r)
{
	map_index_release(&r->index);
	free(r->moves);
	errlog_release(&r->errors);
	pthread_mutex_destroy(&r->refresh);
	pthread_mutex_destroy(&r->lock);
}

/* ---- asking the store ---- */

/* 1: the map is there; 0: it is gone. */
static int is_live(struct registry *r, uint32_t id)
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
	return *ret ? 0 : -ENOMEM;
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

void registry_forget(struct registry *r, uint32_t id)
{
	struct live_map *m;

	pthread_mutex_lock(&r->lock);
	m = map_index_remove(&r->index, id);
	pthread_mutex_unlock(&r->lock);
	live_map_unref(m);
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
	if (full < 0)
		live_map_unref(slot.m);
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

static int sweep_some(struct registry *r)
{
	uint64_t now = clock_ns(CLOCK_MONOTONIC);
	int err;

	if (now - r->swept_at < SWEEP_NS)
		return 0;
	r->swept_at = now;
	err = sweep(r, &r->swept, SWEEP);
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
	} while (err == 0);
	return err < 0 ? err : 0;
}

static int search_new(struct registry *r)
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
	}
	return known == WINDOW || err == -ENOENT ? 0 : err;
}

int registry_discover_locked(struct registry *r)
{
	int err, swept;

	if (store_ids_any_order(r->store))
		return walk_sometimes(r);
	err = store_user_errno(STORE_OP_OPEN, search_new(r));
	swept = sweep_some(r);
	return err < 0 ? err : swept;
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

/* Try these again. An error: one of them may be what is looked for. */
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

/* Nothing was found although the newest maps are known. */
static int search_all(struct registry *r)
{
	GUARD_MUTEX(&r->refresh);
	int err = may_have_wrapped(r) ? walk_locked(r) : 0;

	return err < 0 ? err : read_unread(r);
}

/* ---- maps by id ---- */

/* Where an id has gone; r->lock is held. Later moves of it were rewritten. */
static uint32_t moved(const struct registry *r, uint32_t id)
{
	for (size_t i = 0; i < r->n_moves; i++)
		if (r->moves[i].from == id)
			return r->moves[i].to;
	return id;
}

int registry_find(struct registry *r, uint32_t id, struct live_map **ret)
{
	GUARD_MUTEX(&r->lock);
	const struct map_slot *slot = map_index_find(&r->index, moved(r, id));

	if (!slot || !slot->m)
		return -ENOENT;
	*ret = live_map_ref(slot->m);
	return 0;
}

int registry_meet_locked(struct registry *r, uint32_t id, struct live_map **ret)
{
	int err = registry_find(r, id, ret);
	bool unread;

	if (err == 0)
		return 0;
	/* A store without an order must walk to find anything. */
	err = store_ids_any_order(r->store) ? walk_locked(r) : is_live(r, id);
	if (err < 0 || (err == 0 && !store_ids_any_order(r->store)))
		return err < 0 ? err : -ENOENT;
	pthread_mutex_lock(&r->lock);
	unread = r->index.unread && map_index_find(&r->index, id) &&
		 map_index_find(&r->index, id)->unread;
	pthread_mutex_unlock(&r->lock);
	err = unread ? read_map(r, id) : note(r, id);
	if (err == 0)
		err = registry_find(r, id, ret);
	if (err == -ENOENT && next_unread(r, id - 1) == id)
		err = -EACCES;
	follow_wrap(r);
	return err;
}

static int meet(struct registry *r, uint32_t id, struct live_map **ret)
{
	GUARD_MUTEX(&r->refresh);

	return registry_meet_locked(r, id, ret);
}

static bool is_hidden(struct registry *r, uint32_t id)
{
	GUARD_MUTEX(&r->lock);
	const struct map_slot *slot = map_index_find(&r->index, moved(r, id));

	return slot && !slot->m && !slot->unread;
}

int registry_by_id(struct registry *r, uint32_t id, struct live_map **ret)
{
	int err = registry_find(r, id, ret);

	return err == 0 || is_hidden(r, id) ? err : meet(r, id, ret);
}

int registry_live(struct registry *r, uint32_t id, struct live_map **ret)
{
	int err = id ? registry_by_id(r, id, ret) : -ENOENT;
	struct live_map *m;

	while (err == 0) {
		m = *ret;
		err = is_live(r, m->id);
		if (err > 0)
			return 0;
		*ret = NULL;
		if (err == 0) {
			registry_forget(r, m->id);
			/* While a map is made anew, its change of place is awaited. */
			err = meet(r, id, ret);
		}
		live_map_unref(m);
	}
	return err;
}

/* ---- maps by name ---- */

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

/* What live maps have a name: how many, at most two, and one of them. */
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
		err = m == but ? 0 : is_live(r, m->id);
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
		/* What has gone may have another map in its place by now. */
	} while (err == 0 && !ret->count && ret->gone);
	if (err < 0 || ret->count || found < 0)
		return err < 0 ? err : ret->count ? 0 : found;
	err = search_all(r);
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
	/* Ids of maps that were made anew lead on, but not names with them. */
	if (m->id != n->id || (*n->name && strcmp(m->name, n->name)))
		return -ENOENT;
	registry_discover(r);
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

/* ---- recreated maps ---- */

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

/* ---- all maps ---- */

static bool has_namesake(const struct registry *r, const struct live_map *m)
{
	const struct live_map *other = map_index_named(&r->index, m->name);

	return other != m || map_index_same(other);
}

int registry_next(struct registry *r, uint32_t id, struct live_map **ret,
		  char name[LISTED_NAME_MAX])
{
	GUARD_MUTEX(&r->lock);
	const struct map_slot *slot = map_index_above(&r->index, id);

	while (slot && !slot->m)
		slot = map_index_above(&r->index, slot->id);
	if (!slot)
		return -ENOENT;
	*ret = live_map_ref(slot->m);
	if (name)
		map_name_list(slot->m->name, slot->id, has_namesake(r, slot->m), name);
	return 0;
}

int maps_each(struct registry *r, maps_each_fn *fn, void *arg)
{
	uint32_t id = 0;
	int e = registry_refresh(r);

	while (e == 0) {
		_cleanup_live_map_ struct live_map *m = NULL;

		if (registry_next(r, id, &m, NULL) < 0)
			break;
		id = m->id;
		e = fn(arg, m);
	}
	return e;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live/registry.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/buf.h"
#include "util/clock.h"
#include "util/libc.h"

/* Names may lag by this much (ns) behind the kernel. */
#define FRESH_NS 10000000
/* And a name that a link told, by this much. */
#define LEASE_NS 20000000

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

int registry_open_name(struct registry *r, const char *name, struct store_map *ret)
{
	uint32_t id = 0;
	int err = id_of_name(&r->names, name, &id);

	return err < 0 ? err : store_open(r->store, id, STORE_READ, ret);
}

int registry_init(struct registry *r, struct store *store, const char *glob,
		  const char *pin, int pin_fd)
{
	memset(r, 0, sizeof(*r));
	r->names = (struct map_names){ name_of_id, id_of_name };
	r->store = store;
	r->glob = glob;
	r->pin = pin;
	r->pin_fd = pin_fd;
	pthread_mutex_init(&r->refresh, NULL);
	pthread_mutex_init(&r->lock, NULL);
	errlog_init(&r->errors);
	return registry_refresh(r);
}

void registry_release(struct registry *r)
{
	for (size_t i = 0; i < r->count; i++)
		live_map_unref(r->maps[i]);
	free(r->maps);
	free(r->moves);
	errlog_release(&r->errors);
	pthread_mutex_destroy(&r->refresh);
	pthread_mutex_destroy(&r->lock);
}

/* ---- one map ---- */

struct live_map *live_map_ref(struct live_map *m)
{
	__atomic_add_fetch(&m->refs, 1, __ATOMIC_RELAXED);
	return m;
}

void live_map_unref(struct live_map *m)
{
	if (!m || __atomic_sub_fetch(&m->refs, 1, __ATOMIC_ACQ_REL))
		return;
	schema_unref(m->schema);
	store_close(&m->owned);
	def_release(&m->def);
	errlog_release(&m->errors);
	pthread_mutex_destroy(&m->lock);
	pthread_rwlock_destroy(&m->ending);
	free(m);
}

static struct live_map *live_map_new(uint32_t id, const char *name)
{
	struct live_map *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	m->id = id;
	m->refs = 1;
	snprintf(m->name, sizeof(m->name), "%s", name);
	clock_gettime(CLOCK_REALTIME, &m->seen);
	errlog_init(&m->errors);
	pthread_mutex_init(&m->lock, NULL);
	/* A stream of changes must not keep rmdir waiting. */
	rwlock_init_prefer_writers(&m->ending);
	return m;
}

bool live_map_is_owned(struct live_map *m)
{
	GUARD_MUTEX(&m->lock);

	return m->owned.store;
}

int live_map_schema(struct registry *r, struct live_map *m, struct schema **ret)
{
	_cleanup_store_map_ struct store_map ref = STORE_MAP_INIT;
	_cleanup_schema_ struct schema *new = NULL;
	int err;

	pthread_mutex_lock(&m->lock);
	*ret = m->schema ? schema_ref(m->schema) : NULL;
	pthread_mutex_unlock(&m->lock);
	if (*ret)
		return 0;
	err = store_open(r->store, m->id, STORE_READ, &ref);
	if (err == 0)
		err = schema_new(&ref, &new);
	if (err < 0)
		return err;
	new->names = &r->names;
	GUARD_MUTEX(&m->lock);
	if (!m->schema)
		m->schema = take_ptr(new);
	*ret = schema_ref(m->schema);
	return 0;
}

/* ---- the walk ---- */

struct walk {
	struct live_map **maps;
	size_t count, room;
};

static void walk_release(struct walk *w)
{
	for (size_t i = 0; i < w->count; i++)
		live_map_unref(w->maps[i]);
	free(w->maps);
}

static int walk_add(struct walk *w, struct live_map *m)
{
	struct live_map **maps;
	size_t room = w->room ? w->room * 2 : 64;

	if (w->count == w->room) {
		maps = realloc(w->maps, room * sizeof(*maps));
		if (!maps) {
			live_map_unref(m);
			return -ENOMEM;
		}
		w->maps = maps;
		w->room = room;
	}
	w->maps[w->count++] = m;
	return 0;
}

/* -ENOENT: gone already, or hidden by the glob. */
int registry_probe(struct registry *r, uint32_t id, struct live_map **ret)
{
	_cleanup_store_map_ struct store_map ref = STORE_MAP_INIT;
	struct store_info info;
	int err;

	err = store_open(r->store, id, STORE_READ, &ref);
	if (err == 0)
		err = store_info(&ref, &info);
	if (err < 0)
		return -ENOENT;
	if (r->glob && fnmatch(r->glob, info.name, 0))
		return -ENOENT;
	*ret = live_map_new(id, info.name);
	return *ret ? 0 : -ENOMEM;
}

/* Only this thread changes r->maps now: reading it needs no lock. */
static int walk_ids(struct registry *r, struct walk *w)
{
	struct live_map *m;
	uint32_t id = 0;
	size_t old = 0;
	int err;

	while ((err = store_next_id(r->store, id, &id)) == 0) {
		while (old < r->count && r->maps[old]->id < id)
			old++;
		if (old < r->count && r->maps[old]->id == id)
			m = live_map_ref(r->maps[old]);
		else if ((err = registry_probe(r, id, &m)) == -ENOENT)
			continue;
		else if (err < 0)
			return err;
		err = walk_add(w, m);
		if (err < 0)
			return err;
	}
	return err == -ENOENT ? 0 : err;
}

int registry_refresh_locked(struct registry *r)
{
	_cleanup_(walk_release) struct walk w = { 0 };
	struct walk old;
	int err = walk_ids(r, &w);

	if (err < 0)
		return err;
	pthread_mutex_lock(&r->lock);
	old = (struct walk){ r->maps, r->count, 0 };
	r->maps = w.maps;
	r->count = w.count;
	r->fresh = clock_ns(CLOCK_MONOTONIC);
	pthread_mutex_unlock(&r->lock);
	w = old; /* released outside the lock */
	return 0;
}

int registry_refresh(struct registry *r)
{
	GUARD_MUTEX(&r->refresh);

	return registry_refresh_locked(r);
}

static bool is_fresh(struct registry *r)
{
	GUARD_MUTEX(&r->lock);

	return clock_ns(CLOCK_MONOTONIC) - r->fresh < FRESH_NS;
}

/* ---- names ---- */

/* Index of the first map whose id is not below `id`; r->lock is held. */
static size_t lower_bound(const struct registry *r, uint32_t id)
{
	size_t lo = 0, hi = r->count;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (r->maps[mid]->id < id)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static struct live_map *find_id(const struct registry *r, uint32_t id)
{
	size_t i = lower_bound(r, id);

	return i < r->count && r->maps[i]->id == id ? r->maps[i] : NULL;
}

static size_t count_name(const struct registry *r, const char *name,
			 struct live_map **last)
{
	size_t n = 0;

	for (size_t i = 0; i < r->count; i++)
		if (!strcmp(r->maps[i]->name, name)) {
			n++;
			if (last)
				*last = r->maps[i];
		}
	return n;
}

bool registry_has_name(struct registry *r, const char *name)
{
	GUARD_MUTEX(&r->lock);

	return count_name(r, name, NULL) > 0;
}

/* Names that a directory entry cannot have, or that mean something else. */
static bool needs_id(const char *name)
{
	return !*name || !strcmp(name, ".") || !strcmp(name, "..") ||
	       !strcmp(name, ".map");
}

static void listed_name(const struct registry *r, const struct live_map *m,
			char name[LISTED_NAME_MAX])
{
	bool plain = !needs_id(m->name) && count_name(r, m->name, NULL) < 2;

	if (plain)
		snprintf(name, LISTED_NAME_MAX, "%s", m->name);
	else
		snprintf(name, LISTED_NAME_MAX, "%s@%u", m->name, m->id);
}

void registry_listed_name(struct registry *r, const struct live_map *m,
			  char name[LISTED_NAME_MAX])
{
	GUARD_MUTEX(&r->lock);

	listed_name(r, m, name);
}

void registry_link_name(struct registry *r, const struct live_map *m,
			char name[LISTED_NAME_MAX])
{
	GUARD_MUTEX(&r->lock);

	listed_name(r, m, name);
	if (!strcmp(name, m->name))
		r->leases[m->id % REGISTRY_LEASES] =
			(struct registry_lease){ m->id,
						 clock_ns(CLOCK_MONOTONIC) + LEASE_NS };
}

/* The map of this name that a link just led to, if it was one only. */
static struct live_map *leased(const struct registry *r, const char *name)
{
	struct live_map *m = NULL;
	uint64_t now = clock_ns(CLOCK_MONOTONIC);

	for (size_t i = 0; i < REGISTRY_LEASES; i++) {
		const struct registry_lease *p = &r->leases[i];
		struct live_map *other = p->until > now ? find_id(r, p->id) : NULL;

		if (!other || strcmp(other->name, name))
			continue;
		if (m)
			return NULL;
		m = other;
	}
	return m;
}

/* "17" -> 17; 0: not a canonical id. */
static uint32_t parse_id(const char *s)
{
	char again[16];
	unsigned long id = strtoul(s, NULL, 10);

	snprintf(again, sizeof(again), "%u", (unsigned)id);
	return !strcmp(s, again) ? (uint32_t)id : 0;
}

static struct live_map *resolve(const struct registry *r, const char *name,
				bool *ambiguous)
{
	const char *at = strrchr(name, '@');
	struct live_map *m = NULL;
	size_t n;

	*ambiguous = false;
	if (at) {
		m = find_id(r, parse_id(at + 1));
		/* "@17" names any map, "flows@17" only one called flows. */
		if (m && at != name &&
		    (strlen(m->name) != (size_t)(at - name) ||
		     memcmp(m->name, name, (size_t)(at - name))))
			m = NULL;
		return m;
	}
	if (needs_id(name))
		return NULL;
	n = count_name(r, name, &m);
	if (n > 1)
		m = leased(r, name);
	*ambiguous = n > 1 && !m;
	return m;
}

static int resolve_now(struct registry *r, const char *name, struct live_map **ret,
		       bool *alias, bool *ambiguous)
{
	char listed[LISTED_NAME_MAX];
	GUARD_MUTEX(&r->lock);
	struct live_map *m = resolve(r, name, ambiguous);

	if (!m)
		return -ENOENT;
	listed_name(r, m, listed);
	*alias = strcmp(listed, name) != 0;
	*ret = live_map_ref(m);
	return 0;
}

int registry_resolve(struct registry *r, const char *name, struct live_map **ret,
		     bool *alias, bool *ambiguous)
{
	bool dummy;
	int err;

	/* What is there may be believed for a moment; what is not, not. */
	if (is_fresh(r) && resolve_now(r, name, ret, alias, ambiguous ?: &dummy) == 0)
		return 0;
	err = registry_refresh(r);
	if (err < 0)
		return err;
	return resolve_now(r, name, ret, alias, ambiguous ?: &dummy);
}

/* Where an id has gone; r->lock is held. Later moves of it were rewritten. */
static uint32_t moved(const struct registry *r, uint32_t id)
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
		if (find_id(r, r->moves[i].to))
			r->moves[n++] = r->moves[i];
	r->n_moves = n;
}

int registry_reserve(struct registry *r, const struct live_map *old)
{
	GUARD_MUTEX(&r->lock);
	struct registry_move *moves;

	if (find_id(r, old->id) != old)
		return -ENOENT;
	moves = realloc(r->moves, (r->n_moves + 1) * sizeof(*moves));
	if (!moves)
		return -ENOMEM;
	r->moves = moves;
	return 0;
}

/* There is room for one more; r->lock is held. */
static void move(struct registry *r, uint32_t from, uint32_t to)
{
	/* First: the map in the middle of two moves has just gone. */
	for (size_t i = 0; i < r->n_moves; i++)
		if (r->moves[i].to == from)
			r->moves[i].to = to;
	prune_moves(r);
	r->moves[r->n_moves++] = (struct registry_move){ from, to };
}

void registry_replace(struct registry *r, struct live_map *old, struct live_map *new)
{
	GUARD_MUTEX(&r->lock);
	size_t i = lower_bound(r, old->id), to;

	memmove(&r->maps[i], &r->maps[i + 1], (--r->count - i) * sizeof(*r->maps));
	to = lower_bound(r, new->id);
	memmove(&r->maps[to + 1], &r->maps[to], (r->count++ - to) * sizeof(*r->maps));
	r->maps[to] = live_map_ref(new);
	move(r, old->id, new->id);
	live_map_unref(old); /* the caller has another */
}

int registry_find(struct registry *r, uint32_t id, struct live_map **ret)
{
	GUARD_MUTEX(&r->lock);
	struct live_map *m = find_id(r, moved(r, id));

	if (!m)
		return -ENOENT;
	*ret = live_map_ref(m);
	return 0;
}

int registry_by_id(struct registry *r, uint32_t id, struct live_map **ret)
{
	int err = registry_find(r, id, ret);

	if (err < 0 && registry_refresh(r) == 0)
		err = registry_find(r, id, ret);
	return err;
}

int registry_next(struct registry *r, uint32_t id, struct live_map **ret)
{
	GUARD_MUTEX(&r->lock);
	size_t i = id == UINT32_MAX ? r->count : lower_bound(r, id + 1);

	if (i >= r->count)
		return -ENOENT;
	*ret = live_map_ref(r->maps[i]);
	return 0;
}

int maps_each(struct registry *r, maps_each_fn *fn, void *arg)
{
	uint32_t id = 0;
	int e = registry_refresh(r);

	while (e == 0) {
		_cleanup_live_map_ struct live_map *m = NULL;

		if (registry_next(r, id, &m) < 0)
			break;
		id = m->id;
		e = fn(arg, m);
	}
	return e;
}

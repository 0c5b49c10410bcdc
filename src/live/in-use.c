/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * First check the cached user of each map of the name, then search programs and pins.
 */
#include "live/in-use.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "host/bpffs.h"
#include "store/errno.h"
#include "util/clock.h"

/* Names may lag by this much (ns). */
#define UNUSED_NS 20000000

/* ---- one map: is what kept it in use still there? ---- */

static bool program_is_loaded(struct registry *r, uint32_t id)
{
	uint32_t next = 0;

	return id && store_next_program(r->store, id - 1, &next) == 0 && next == id;
}

static bool pin_is_there(const char *bpffs, const char *path, ino_t ino)
{
	_cleanup_close_ int fd = path ? bpffs_open(bpffs, path, O_PATH) : -1;
	struct stat st;

	/* Another file at this path has another inode number. */
	return fd >= 0 && fstat(fd, &st) == 0 && st.st_ino == ino;
}

enum use {
	USE_UNKNOWN,
	USE_NONE, /* a moment ago */
	USE_SOME,
};

static enum use look_at(struct registry *r, const char *bpffs, struct live_map *m,
			uint64_t now)
{
	_cleanup_free_ char *pin = NULL;
	struct map_use use;

	pthread_mutex_lock(&m->lock);
	use = m->use;
	pin = use.pin ? strdup(use.pin) : NULL;
	pthread_mutex_unlock(&m->lock);
	if (use.used && (program_is_loaded(r, use.program) ||
			 pin_is_there(bpffs, pin, use.pin_ino)))
		return USE_SOME;
	return !use.used && use.checked && now - use.checked < UNUSED_NS ? USE_NONE
									  : USE_UNKNOWN;
}

/* ---- looking through programs and pins ---- */

struct search {
	struct registry *r;
	const char *name; /* NULL: maps of any name */
	uint64_t now;	  /* that search; see map_use.checked */
};

/* The map of an id, if it is searched for, with its lock held. */
static struct live_map *searched(const struct search *s, uint32_t id)
{
	struct live_map *m;

	if (registry_by_id(s->r, id, &m) < 0)
		return NULL;
	if (s->name && strcmp(m->name, s->name)) {
		live_map_unref(m);
		return NULL;
	}
	pthread_mutex_lock(&m->lock);
	m->use.used = true;
	m->use.checked = s->now;
	return m;
}

static void found(struct live_map *m)
{
	pthread_mutex_unlock(&m->lock);
	live_map_unref(m);
}

static int search_programs(const struct search *s)
{
	struct store *store = s->r->store;
	uint32_t id = 0;
	int err = -ENOENT;

	while (store_has_programs(store) &&
	       (err = store_next_program(store, id, &id)) == 0) {
		_cleanup_store_program_ struct store_program p = STORE_PROGRAM_INIT;

		err = store_program(store, id, &p);
		if (err == -ENOENT)
			continue;
		if (err < 0)
			break;
		for (uint32_t i = 0; i < p.n_maps; i++) {
			struct live_map *m = searched(s, p.maps[i]);

			if (!m)
				continue;
			m->use.program = id;
			found(m);
		}
	}
	return err == -ENOENT ? 0 : store_user_errno(STORE_OP_OPEN, err);
}

static int note_pin(void *arg, int fd, const char *path)
{
	const struct search *s = arg;
	struct live_map *m;
	struct stat st;
	uint32_t id;
	char *copy;

	/* Programs, links, and what may not be opened are passed over. */
	if (store_pinned_map(s->r->store, fd, &id) < 0 || fstat(fd, &st) < 0)
		return 0;
	copy = strdup(path);
	m = copy ? searched(s, id) : NULL;
	if (m) {
		free(m->use.pin);
		m->use.pin = take_ptr(copy);
		m->use.pin_ino = st.st_ino;
		found(m);
	}
	free(copy);
	return 0;
}

/* Before a search: nothing is known to keep the map in use. */
static int forget_use(void *arg, struct live_map *m)
{
	const struct search *s = arg;
	GUARD_MUTEX(&m->lock);

	free(m->use.pin);
	m->use = (struct map_use){ .checked = s->now };
	return 0;
}

static void forget_named(struct search *s)
{
	uint64_t below = UINT64_MAX;
	struct live_map *m;

	while (registry_named_below(s->r, s->name, below, &m) == 0) {
		below = m->id;
		forget_use(s, m);
		live_map_unref(m);
	}
}

static int search(struct search *s, const char *bpffs)
{
	int err = 0;

	if (s->name)
		forget_named(s);
	else
		err = maps_each(s->r, forget_use, s);
	if (err == 0)
		err = search_programs(s);
	if (err == 0 && store_has_pins(s->r->store))
		err = bpffs_walk(bpffs, note_pin, s);
	return err;
}

/* ---- what by-name asks ---- */

static bool keeps_its_maps(const struct registry *r)
{
	return !store_has_programs(r->store) && !store_has_pins(r->store);
}

/* The highest id that is in use. Before a search: -EAGAIN if one is needed. */
static int highest(struct registry *r, const char *bpffs, const char *name, uint64_t now,
		   bool searched, struct live_map **ret)
{
	uint64_t below = UINT64_MAX;
	struct live_map *m;
	enum use use;

	while (registry_named_below(r, name, below, &m) == 0) {
		below = m->id;
		use = keeps_its_maps(r) ? USE_SOME : look_at(r, bpffs, m, now);
		live_map_unref(m);
		if (use == USE_UNKNOWN && !searched)
			return -EAGAIN;
		if (use == USE_SOME && registry_live(r, (uint32_t)below, ret) == 0)
			return 0;
	}
	return -ENOENT;
}

int registry_in_use(struct registry *r, const char *bpffs, const char *name,
		    struct live_map **ret)
{
	struct search s = { r, name, clock_ns(CLOCK_MONOTONIC) };
	int err = registry_seek_name(r, name);

	/* Programs and pins are not looked through for names that no map has. */
	if (err <= 0)
		return err ?: -ENOENT;
	err = highest(r, bpffs, name, s.now, false, ret);
	if (err == 0)
		return 0;
	err = search(&s, bpffs);
	return err < 0 ? err : highest(r, bpffs, name, s.now, true, ret);
}

struct each {
	struct registry *r;
	maps_each_fn *fn;
	void *arg;
};

static bool was_used(struct live_map *m)
{
	GUARD_MUTEX(&m->lock);

	return m->use.used;
}

/* No map of the same name with a higher id is in use. */
static bool is_highest(struct registry *r, const struct live_map *m)
{
	uint64_t below = UINT64_MAX;
	struct live_map *other;
	bool used = false;

	while (!used && registry_named_below(r, m->name, below, &other) == 0) {
		below = other->id;
		used = keeps_its_maps(r) || was_used(other);
		live_map_unref(other);
	}
	return used && below == m->id;
}

static int if_highest(void *arg, struct live_map *m)
{
	const struct each *e = arg;

	return *m->name && is_highest(e->r, m) ? e->fn(e->arg, m) : 0;
}

int registry_each_in_use(struct registry *r, const char *bpffs, maps_each_fn *fn,
			 void *arg)
{
	struct search s = { r, NULL, clock_ns(CLOCK_MONOTONIC) };
	struct each e = { r, fn, arg };
	int err = search(&s, bpffs);

	return err < 0 ? err : maps_each(r, if_highest, &e);
}

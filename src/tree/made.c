/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Maps made through the tree. The tree's own reference keeps such a map
 * alive; whether somebody else holds it too (a program, a pin, an outer map,
 * a process) is found out by letting go: if the id is still there after our
 * reference is closed, it is held, and we take a reference again.
 *
 * With -o pin=DIR such a map is also pinned in DIR under its own name, and a
 * map found there when the daemon starts is one of ours again. The pin is
 * taken off and put back together with our reference.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>

#include "store/bpffs.h"
#include "store/errno.h"
#include "tree/registry.h"

/* A reference of our own may be on its way out: a directory just closed. */
#define LET_GO_TRIES 50
#define LET_GO_NS 1000000

static int create(struct registry *r, const struct def *def, const char *name,
		  const struct store_map *inner, struct store_map *ret,
		  struct text_error *err)
{
	return store_user_errno(STORE_OP_CREATE,
				def_create(def, r->store, name, inner->store ? inner : NULL,
					   ret, err));
}

/* The map that inner= names, if it is there. r->refresh is not held. */
static int open_inner(struct registry *r, const struct def *def, struct store_map *ret,
		      struct text_error *err)
{
	int e = def->inner ? registry_open_name(r, def->inner, ret) : 0;

	return e < 0 ? text_fail(err, -EINVAL, 0, "inner=%s is no map of this tree", def->inner)
		     : 0;
}

/* ---- the pin of a map ---- */

static int pin(struct registry *r, const struct store_map *map, const char *name,
	       struct text_error *err)
{
	_cleanup_close_ int fd = -1;
	int e;

	if (!r->pin)
		return 0;
	fd = bpffs_open(r->pin, "", O_PATH | O_DIRECTORY);
	e = fd < 0 ? fd : store_pin(map, fd, name);
	if (e == -EPERM && strchr(name, '.'))
		return text_fail(err, e, strcspn(name, "."),
				 "it cannot be pinned: the BPF file system allows no '.'");
	return e < 0 ? text_fail(err, e, 0, "it cannot be pinned in %s", r->pin) : 0;
}

/* 1: what is pinned under our map's name is that map. */
static int is_pinned(struct registry *r, int dir_fd, const char *name, uint32_t id)
{
	_cleanup_close_ int fd = bpffs_open_at(dir_fd, name, O_PATH);
	uint32_t there;

	return fd >= 0 && bpffs_map_id(r->store, fd, &there) == 0 && there == id;
}

/* True if there was a pin of ours. */
static bool unpin(struct registry *r, const char *name, uint32_t id)
{
	_cleanup_close_ int fd = -1;

	if (!r->pin)
		return false;
	fd = bpffs_open(r->pin, "", O_PATH | O_DIRECTORY);
	return fd >= 0 && is_pinned(r, fd, name, id) && unlinkat(fd, name, 0) == 0;
}

/* ---- making ---- */

/* r->refresh is held. Takes over *made. */
static int adopt(struct registry *r, struct store_map *made, const struct def *def,
		 struct tree_map **ret)
{
	_cleanup_tree_map_ struct tree_map *m = NULL;
	_cleanup_schema_ struct schema *schema = NULL;
	_cleanup_def_ struct def copy = { 0 };
	struct store_info info;
	int err;

	err = def_copy(def, &copy);
	if (err == 0)
		err = store_info(made, &info);
	if (err == 0)
		err = def_schema(def, made, &schema);
	if (err == 0)
		err = registry_refresh_locked(r);
	if (err == 0)
		err = registry_find(r, info.id, &m);
	if (err < 0)
		return err;
	GUARD_MUTEX(&m->lock);
	m->made = *made;
	*made = (struct store_map)STORE_MAP_INIT;
	m->def = copy;
	copy = (struct def){ 0 };
	schema->names = &r->names;
	if (!m->schema)
		m->schema = take_ptr(schema);
	*ret = tree_map_ref(m);
	return 0;
}

/* The same, pinned if that is asked for. */
static int pin_and_adopt(struct registry *r, struct store_map *made, const struct def *def,
			 const char *name, struct tree_map **ret, struct text_error *err)
{
	struct store_info info;
	int e = store_info(made, &info);

	if (e == 0)
		e = pin(r, made, name, err);
	if (e < 0)
		return e;
	e = adopt(r, made, def, ret);
	if (e < 0)
		unpin(r, name, info.id);
	/* An ordinary user sees pinned maps only. */
	if (e == -ENOENT)
		text_fail(err, e = -EACCES, 0, "maps that are not pinned cannot be seen: "
			  "mount with -o pin=DIR");
	return e;
}

int registry_make(struct registry *r, const struct def *def, const char *name,
		  struct tree_map **ret, struct text_error *err)
{
	_cleanup_store_map_ struct store_map made = STORE_MAP_INIT, inner = STORE_MAP_INIT;
	int e = open_inner(r, def, &inner, err);

	if (e < 0)
		return e;
	GUARD_MUTEX(&r->refresh);
	e = registry_refresh_locked(r);
	if (e == 0 && registry_has_name(r, name))
		e = -EEXIST;
	if (e == 0)
		e = create(r, def, name, &inner, &made, err);
	if (e == 0)
		e = pin_and_adopt(r, &made, def, name, ret, err);
	return e;
}

/* ---- ending ---- */

static bool is_alive(struct registry *r, uint32_t id, struct store_map *ret)
{
	static const struct timespec pause = { 0, LET_GO_NS };

	for (int i = 0; i < LET_GO_TRIES; i++) {
		if (store_open(r->store, id, STORE_READ | STORE_WRITE, ret) < 0)
			return false;
		if (i + 1 < LET_GO_TRIES) {
			store_close(ret);
			*ret = (struct store_map)STORE_MAP_INIT;
			nanosleep(&pause, NULL);
		}
	}
	return true;
}

/* r->refresh is held. -EBUSY, and our reference is back; else it is gone. */
static int let_go(struct registry *r, struct tree_map *m)
{
	_cleanup_store_map_ struct store_map mine = STORE_MAP_INIT;
	struct store_map again = STORE_MAP_INIT;
	bool was_pinned;

	pthread_mutex_lock(&m->lock);
	mine = m->made;
	m->made = (struct store_map)STORE_MAP_INIT;
	pthread_mutex_unlock(&m->lock);
	/* Somebody is just ending it, or finding out that he cannot. */
	if (!mine.store)
		return -EBUSY;
	was_pinned = unpin(r, m->name, m->id);
	store_close(&mine);
	if (!is_alive(r, m->id, &again))
		return 0;
	if (was_pinned)
		pin(r, &again, m->name, NULL);
	GUARD_MUTEX(&m->lock);
	m->made = again;
	return -EBUSY;
}

int registry_unmake(struct registry *r, struct tree_map *m)
{
	GUARD_MUTEX(&r->refresh);
	int err = let_go(r, m);

	if (err == 0)
		registry_refresh_locked(r);
	return err;
}

int registry_remake(struct registry *r, struct tree_map *old, const struct def *def,
		    struct tree_map **ret, struct text_error *err)
{
	_cleanup_store_map_ struct store_map made = STORE_MAP_INIT, inner = STORE_MAP_INIT;
	int e = open_inner(r, def, &inner, err);

	if (e < 0)
		return e;
	GUARD_MUTEX(&r->refresh);
	/* The new one first: a definition that cannot be made changes nothing. */
	e = create(r, def, old->name, &inner, &made, err);
	if (e == 0)
		e = let_go(r, old);
	if (e == 0)
		e = pin_and_adopt(r, &made, def, old->name, ret, err);
	if (e == 0)
		e = registry_move(r, old->id, (*ret)->id);
	return e;
}

/* ---- maps of an earlier mount ---- */

/* A pin whose name is the map's own is one that we made. */
static int adopt_pin(void *arg, int fd, const char *path)
{
	struct registry *r = arg;
	_cleanup_store_map_ struct store_map map = STORE_MAP_INIT;
	_cleanup_tree_map_ struct tree_map *m = NULL, *ours = NULL;
	_cleanup_schema_ struct schema *s = NULL;
	_cleanup_def_ struct def def = { 0 };
	struct store_info info;
	int e;

	e = store_open_pin(r->store, fd, STORE_READ | STORE_WRITE, &map);
	if (e == 0)
		e = store_info(&map, &info);
	if (e < 0 || strcmp(info.name, path) || registry_find(r, info.id, &m) < 0)
		return 0;
	e = schema_new(&map, &s);
	if (e == 0)
		e = def_from_schema(s, &def);
	if (e == 0)
		e = adopt(r, &map, &def, &ours);
	/* Nobody knows what was written to it. */
	if (e == 0)
		tree_map_touch(m);
	return e == -ENOMEM ? e : 0;
}

int registry_adopt(struct registry *r)
{
	GUARD_MUTEX(&r->refresh);

	return r->pin ? bpffs_walk(r->pin, adopt_pin, r) : 0;
}

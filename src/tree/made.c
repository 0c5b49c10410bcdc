/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Maps made through the tree. The tree's own reference keeps such a map
 * alive; whether somebody else holds it too (a program, a pin, an outer map,
 * a process) is found out by letting go: if the id is still there after our
 * reference is closed, it is held, and we take a reference again.
 */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "store/errno.h"
#include "tree/registry.h"

/* A reference of our own may be on its way out: a directory just closed. */
#define LET_GO_TRIES 50
#define LET_GO_NS 1000000

static int create(struct registry *r, const struct def *def, const char *name,
		  struct store_map *ret, struct text_error *err)
{
	return store_user_errno(STORE_OP_CREATE, def_create(def, r->store, name, ret, err));
}

/* r->refresh is held. Takes over *made. */
static int adopt(struct registry *r, struct store_map *made, const struct def *def,
		 struct tree_map **ret)
{
	_cleanup_tree_map_ struct tree_map *m = NULL;
	_cleanup_def_ struct def copy = { 0 };
	struct store_info info;
	int err;

	err = def_copy(def, &copy);
	if (err == 0)
		err = store_info(made, &info);
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
	*ret = tree_map_ref(m);
	return 0;
}

int registry_make(struct registry *r, const struct def *def, const char *name,
		  struct tree_map **ret, struct text_error *err)
{
	_cleanup_store_map_ struct store_map made = STORE_MAP_INIT;
	GUARD_MUTEX(&r->refresh);
	int e;

	e = registry_refresh_locked(r);
	if (e == 0 && registry_has_name(r, name))
		e = -EEXIST;
	if (e == 0)
		e = create(r, def, name, &made, err);
	if (e == 0)
		e = adopt(r, &made, def, ret);
	return e;
}

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

	pthread_mutex_lock(&m->lock);
	mine = m->made;
	m->made = (struct store_map)STORE_MAP_INIT;
	pthread_mutex_unlock(&m->lock);
	if (!mine.store)
		return -EPERM;
	store_close(&mine);
	mine = (struct store_map)STORE_MAP_INIT;
	if (!is_alive(r, m->id, &again))
		return 0;
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
	_cleanup_store_map_ struct store_map made = STORE_MAP_INIT;
	GUARD_MUTEX(&r->refresh);
	int e;

	/* The new one first: a definition that cannot be made changes nothing. */
	e = create(r, def, old->name, &made, err);
	if (e == 0)
		e = let_go(r, old);
	if (e == 0)
		e = adopt(r, &made, def, ret);
	if (e == 0)
		e = registry_move(r, old->id, (*ret)->id);
	return e;
}

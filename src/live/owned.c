/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Maps created through the tree. The tree's own reference keeps such a map alive. To
 * find out whether another holder exists (a program, a pin, an outer map, a process),
 * we close our reference: if the id still exists after that, the map is held by others,
 * and we take a reference again.
 *
 * With -o pin=DIR such a map is also pinned in DIR under its own name, and a
 * map found there when the daemon starts is one of ours again. The pin is
 * taken off and put back together with our reference, which is the only way
 * to learn whether others hold the map. See
 * pin-dir.h.
 */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "host/bpffs.h"
#include "host/host.h"
#include "live/pin-dir.h"
#include "live/pin-record.h"
#include "live/registry.h"
#include "store/errno.h"
#include "util/log.h"

/* One of our own requests may still hold a descriptor; retry for 50 ms. */
#define LET_GO_TRIES 50
#define LET_GO_NS 1000000
/* Pauses of LET_GO_NS until a map that cannot be opened is given up. */
#define TAKE_BACK_TRIES 5000

static int create(struct registry *r, const struct def *def, const char *name,
		  const struct store_map *inner, struct store_map *ret,
		  struct text_error *err)
{
	return store_user_errno(STORE_OP_CREATE,
				def_create(def, r->store, name,
					   inner->store ? inner : NULL, ret, err));
}

/* The map that inner= names, if it is there. r->refresh is not held. */
static int open_inner(struct registry *r, const struct def *def, struct store_map *ret,
		      struct text_error *err)
{
	int e = def->inner ? registry_open_name(r, def->inner, ret) : 0;

	return e < 0 ? text_fail(err, -EINVAL, 0, "inner=%s is not a map of this tree",
				 def->inner)
		     : 0;
}

/* ---- making ---- */

/* r->refresh is held. Takes over *made, which is the map m. */
static int adopt(struct registry *r, struct store_map *made, const struct def *def,
		 struct live_map *m, struct text_error *err)
{
	_cleanup_schema_ struct schema *schema = NULL;
	_cleanup_map_view_ struct map_view view = MAP_VIEW_INIT;
	_cleanup_def_ struct def copy = { 0 };
	int e;

	e = def_copy(def, &copy);
	if (e == 0)
		e = def_schema(def, made, &schema, err);
	if (e == 0)
		e = def_take_view(&copy, &view);
	if (e < 0)
		return e;
	GUARD_MUTEX(&m->lock);
	m->owned = *made;
	*made = (struct store_map)STORE_MAP_INIT;
	m->view.key = take_ptr(view.key);
	m->view.show = take_ptr(view.show);
	m->def = copy;
	copy = (struct def){ 0 };
	schema->names = &r->names;
	if (!m->schema)
		m->schema = take_ptr(schema);
	return 0;
}

/* An ordinary user sees pinned maps only. */
static int explain_unseen(int e, struct text_error *err)
{
	return e != -ENOENT ? e
			    : text_fail(err, -EACCES, 0,
					"maps that are not pinned "
					"cannot be seen: mount with -o pin=DIR");
}

/* Pin and adopt a map with a name that is new. */
static int bring_in(struct registry *r, struct store_map *made, const struct def *def,
		    const char *name, struct live_map **ret, struct text_error *err)
{
	_cleanup_live_map_ struct live_map *m = NULL;
	struct store_info info;
	int e = store_info(made, &info);

	if (e == 0)
		e = pin_dir_add(r, made, name, err);
	if (e < 0)
		return e;
	e = registry_meet_locked(r, info.id, &m);
	if (e == 0)
		e = adopt(r, made, def, m, err);
	if (e == 0)
		e = pin_record_write(r, m, err);
	if (e < 0)
		pin_dir_remove(r, name, info.id);
	else
		*ret = take_ptr(m);
	return explain_unseen(e, err);
}

int registry_make(struct registry *r, const struct def *def, const char *name,
		  struct live_map **ret, struct text_error *err)
{
	_cleanup_store_map_ struct store_map made = STORE_MAP_INIT,
					     inner = STORE_MAP_INIT;
	int e = open_inner(r, def, &inner, err);

	if (e < 0)
		return e;
	GUARD_MUTEX(&r->refresh);
	e = registry_discover_locked(r);
	/* Maps that may not be opened can have any name: it is not taken for that. */
	if (e == 0)
		e = registry_has_name(r, name);
	if (e > 0)
		e = -EEXIST;
	if (e == 0)
		e = create(r, def, name, &inner, &made, err);
	if (e == 0)
		e = bring_in(r, &made, def, name, ret, err);
	return e;
}

/* ---- ending ---- */

static bool has_id(struct registry *r, uint32_t id)
{
	uint32_t next = 0;
	int e = store_next_id(r->store, id - 1, &next);

	/* Only -ENOENT proves that it is gone: other errors may be ours. */
	return e == 0 ? next == id : e != -ENOENT;
}

/* Take a reference again. Only -ENOENT proves that the map is gone: others are
 * shortages of descriptors or memory, which pass. `spare` is for the former. */
static int take_back(struct registry *r, uint32_t id, int *spare, struct store_map *ret)
{
	static const struct timespec pause = { 0, LET_GO_NS };
	int e = -ENOENT;

	for (int i = 0; i < TAKE_BACK_TRIES; i++) {
		cleanup_closep(spare);
		*spare = -1;
		e = store_open(r->store, id, STORE_READ | STORE_WRITE, ret);
		if (e == 0 || e == -ENOENT)
			break;
		nanosleep(&pause, NULL);
	}
	return e;
}

/* Don't open it to check: that would itself be a reference. */
static bool is_alive(struct registry *r, uint32_t id)
{
	static const struct timespec pause = { 0, LET_GO_NS };

	if (!has_id(r, id))
		return false;
	host_wait_for_release();
	for (int i = 1; i < LET_GO_TRIES; i++) {
		if (!has_id(r, id))
			return false;
		nanosleep(&pause, NULL);
	}
	return true;
}

/* Swap m->owned under m->lock; returns the old reference. r->refresh is held. */
static struct store_map swap_owned(struct live_map *m, struct store_map new)
{
	GUARD_MUTEX(&m->lock);
	struct store_map old = m->owned;

	m->owned = new;
	return old;
}

/* Close our reference: 0 and the map is gone; or -EBUSY and m has it again. An
 * error before that changes nothing. */
static int let_go(struct registry *r, struct live_map *m)
{
	_cleanup_close_ int spare = host_spare_fd();
	struct store_map again = STORE_MAP_INIT, mine;

	if (spare < 0)
		return spare;
	mine = swap_owned(m, (struct store_map)STORE_MAP_INIT);
	/* Another thread already released it. */
	if (!mine.store)
		return -ENOENT;
	store_close(&mine);
	if (!is_alive(r, m->id) || take_back(r, m->id, &spare, &again) == -ENOENT)
		return 0;
	swap_owned(m, again);
	return -EBUSY;
}

int registry_unmake(struct registry *r, struct live_map *m)
{
	GUARD_MUTEX(&r->refresh);
	bool was_pinned = pin_dir_remove(r, m->name, m->id);
	int err = let_go(r, m);

	if (err == 0)
		pin_record_remove(r, m->name, m->id);
	if (err == 0)
		registry_forget(r, m->id);
	else if (was_pinned && m->owned.store)
		pin_dir_add(r, &m->owned, m->name, NULL);
	return err;
}

/* ---- another map in its place ---- */

/* Pin the new map beside the old one, and describe it: all that may fail. */
static int prepare(struct registry *r, struct live_map *old, struct store_map *made,
		   const struct def *def, struct live_map **ret, struct text_error *err)
{
	_cleanup_live_map_ struct live_map *m = NULL;
	struct store_info info;
	int e = store_info(made, &info);

	if (e == 0)
		e = pin_dir_add_beside(r, made, old->name, info.id, err);
	if (e < 0)
		return e;
	e = registry_probe(r, info.id, &m);
	if (e == 0)
		e = adopt(r, made, def, m, err);
	if (e < 0)
		pin_dir_remove_beside(r, old->name, info.id);
	else
		*ret = take_ptr(m);
	return explain_unseen(e, err);
}

/* The old map stays after all: so does its pin, if it had one. */
static void pin_back(struct registry *r, struct live_map *old, uint32_t new,
		     bool was_pinned)
{
	if (!was_pinned || !old->owned.store ||
	    pin_dir_add_beside(r, &old->owned, old->name, old->id, NULL) < 0)
		pin_dir_remove(r, old->name, new);
	else
		pin_dir_replace(r, old->name, old->id, new, NULL);
}

/* chmod and chown of the directory last as long as the directory does. */
static void inherit_owner(struct live_map *new, struct live_map *old)
{
	GUARD_MUTEX(&old->lock);

	new->own = old->own;
}

/* Let the new map have the old one's pin, and then its place. */
static int replace(struct registry *r, struct live_map *old, struct live_map *new,
		   struct text_error *err)
{
	bool was_pinned = pin_dir_has(r, old->name, old->id);
	int e;

	inherit_owner(new, old);
	e = pin_record_write(r, new, err);
	if (e == 0)
		e = pin_dir_replace(r, old->name, new->id, old->id, err);
	if (e < 0) {
		pin_dir_remove_beside(r, old->name, new->id);
		pin_record_remove(r, old->name, new->id);
		return e;
	}
	e = let_go(r, old);
	if (e < 0)
		pin_back(r, old, new->id, was_pinned);
	else
		registry_replace(r, old, new);
	pin_record_remove(r, old->name, e < 0 ? new->id : old->id);
	return e;
}

int registry_remake(struct registry *r, struct live_map *old, const struct def *def,
		    struct live_map **ret, struct text_error *err)
{
	_cleanup_store_map_ struct store_map made = STORE_MAP_INIT,
					     inner = STORE_MAP_INIT;
	_cleanup_live_map_ struct live_map *new = NULL;
	int e = open_inner(r, def, &inner, err);

	if (e < 0)
		return e;
	GUARD_MUTEX(&r->refresh);
	/* Steps that can fail come first, and change nothing. */
	e = registry_reserve(r, old);
	if (e == 0)
		e = create(r, def, old->name, &inner, &made, err);
	if (e == 0)
		e = prepare(r, old, &made, def, &new, err);
	if (e == 0)
		e = replace(r, old, new, err);
	if (e == 0)
		*ret = take_ptr(new);
	return e;
}

/* ---- maps of an earlier mount ---- */

/* The definition that is recorded, if it is of such a map. */
static bool recorded_def(const struct pin_record *record, const struct store_map *map,
			 const struct store_info *info, struct def *ret)
{
	_cleanup_schema_ struct schema *s = NULL;
	_cleanup_def_ struct def def = { 0 };

	if (!record->def || def_parse(NULL, record->def, strlen(record->def), &def, NULL) < 0 ||
	    def.type->id != info->type || def_schema(&def, map, &s, NULL) < 0)
		return false;
	*ret = def;
	def = (struct def){ 0 };
	return true;
}

/* Owner and view. A view whose types are not known any more leaves the map's own. */
static void follow_record(struct registry *r, const struct pin_record *record,
			  struct live_map *m)
{
	_cleanup_map_view_ struct map_view view = MAP_VIEW_INIT;

	if (!record->text)
		return;
	pthread_mutex_lock(&m->lock);
	m->own = record->owner;
	pthread_mutex_unlock(&m->lock);
	if (map_view_parse(NULL, record->view, strlen(record->view), &view, NULL) < 0 ||
	    map_view_is_empty(&view))
		return;
	if (live_map_set_view(r, m, &view, NULL) < 0)
		log_warning("the view of %s no longer fits the map", m->name);
}

/* A pin whose name is the map's own is one that we made. */
static int adopt_pin(void *arg, int fd, const char *path)
{
	struct registry *r = arg;
	_cleanup_store_map_ struct store_map map = STORE_MAP_INIT;
	_cleanup_live_map_ struct live_map *m = NULL;
	_cleanup_pin_record_ struct pin_record record = PIN_RECORD_INIT;
	_cleanup_schema_ struct schema *s = NULL;
	_cleanup_def_ struct def def = { 0 };
	struct store_info info;
	int e;

	e = store_open_pin(r->store, fd, STORE_READ | STORE_WRITE, &map);
	if (e == 0)
		e = store_info(&map, &info);
	if (e < 0 || strcmp(info.name, path) || registry_find(r, info.id, &m) < 0)
		return 0;
	e = pin_record_read(r, path, info.id, &record);
	if (e == -ENOMEM)
		return e;
	e = recorded_def(&record, &map, &info, &def) ? 0 : schema_new(&map, &s);
	if (e == 0 && s)
		e = def_from_schema(s, &def);
	if (e == 0)
		e = adopt(r, &map, &def, m, NULL);
	if (e == 0)
		follow_record(r, &record, m);
	/* It may have been written to. */
	if (e == 0)
		live_map_touch(m);
	return e == -ENOMEM ? e : 0;
}

int registry_adopt(struct registry *r)
{
	GUARD_MUTEX(&r->refresh);

	pin_dir_mend(r);
	pin_record_mend(r);
	return r->pin ? bpffs_walk_at(r->pin_fd, adopt_pin, r) : 0;
}

/* ---- the end of the mount ---- */

/* How many names are logged one by one. */
#define ENDINGS_MAX 32

void registry_log_endings(struct registry *r)
{
	const struct map_slot *slot;
	uint32_t id = 0;
	unsigned n = 0;

	/* Maps in memory are made to end with the mount. */
	if (!store_has_pins(r->store))
		return;
	while ((slot = map_index_above(&r->index, id))) {
		id = slot->id;
		if (!slot->m || !slot->m->owned.store || ++n > ENDINGS_MAX)
			continue;
		log_message(LOG_NOTICE, "the map %s (id %u) ends with the mount, unless a "
					"program, a pin or another map holds it", slot->m->name, id);
	}
	if (n > ENDINGS_MAX)
		log_message(LOG_NOTICE, "so do %u more maps that were created with mkdir",
			    n - ENDINGS_MAX);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The live maps by id, as a listing, and in the form that the layers below use. Names
 * are in registry-names.c; how new maps are found, in registry-walk.c.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "live/registry-internal.h"
#include "util/buf.h"
#include "util/request.h"

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

static int check_change(struct map_names *names, uint32_t id)
{
	struct registry *r = (struct registry *)names;
	_cleanup_live_map_ struct live_map *m = NULL;

	/* A map that is gone is another error. */
	return registry_find(r, id, &m) == 0 && live_map_is_readonly(m) ? -EPERM : 0;
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
	r->names = (struct map_names){ name_of_id, id_of_name, check_enter,
				       check_change };
	r->store = store;
	r->globs = globs;
	r->pin = pin;
	r->pin_fd = pin_fd;
	pthread_mutex_init(&r->refresh, NULL);
	pthread_mutex_init(&r->recording, NULL);
	pthread_mutex_init(&r->lock, NULL);
	errlog_init(&r->errors);
	err = map_index_init(&r->index);
	return err < 0 ? err : registry_refresh(r);
}

void registry_release(struct registry *r)
{
	if (!r->pin)
		registry_log_endings(r);
	map_index_release(&r->index);
	registry_conf_release(&r->conf);
	free(r->moves);
	errlog_release(&r->errors);
	pthread_mutex_destroy(&r->refresh);
	pthread_mutex_destroy(&r->recording);
	pthread_mutex_destroy(&r->lock);
}

void registry_forget(struct registry *r, uint32_t id)
{
	struct live_map *m;

	pthread_mutex_lock(&r->lock);
	m = map_index_remove(&r->index, id);
	pthread_mutex_unlock(&r->lock);
	live_map_unref(m);
}

/* ---- maps by id ---- */

int registry_find(struct registry *r, uint32_t id, struct live_map **ret)
{
	GUARD_MUTEX(&r->lock);
	const struct map_slot *slot = map_index_find(&r->index, registry_moved(r, id));

	if (!slot || !slot->m)
		return -ENOENT;
	*ret = live_map_ref(slot->m);
	return 0;
}

int registry_find_any(struct registry *r, uint32_t id, struct live_map **ret)
{
	GUARD_MUTEX(&r->lock);
	const struct map_slot *slot = map_index_find(&r->index, id);

	if (!slot || !(slot->m ?: slot->hidden))
		return -ENOENT;
	*ret = live_map_ref(slot->m ?: slot->hidden);
	return 0;
}

int registry_next_any(struct registry *r, uint32_t id, struct live_map **ret)
{
	GUARD_MUTEX(&r->lock);
	const struct map_slot *slot = map_index_above(&r->index, id);

	while (slot && !(slot->m ?: slot->hidden))
		slot = map_index_above(&r->index, slot->id);
	if (!slot)
		return -ENOENT;
	*ret = live_map_ref(slot->m ?: slot->hidden);
	return 0;
}

void registry_show(struct registry *r, uint32_t id, bool shown)
{
	struct map_slot new = { .id = id };
	GUARD_MUTEX(&r->lock);
	const struct map_slot *slot = map_index_find(&r->index, id);

	if (!slot || !(shown ? slot->hidden : slot->m))
		return;
	/* The room of the old slot is that of the new one. */
	*(shown ? &new.m : &new.hidden) = map_index_remove(&r->index, id);
	map_index_add(&r->index, &new);
}

static int meet(struct registry *r, uint32_t id, struct live_map **ret)
{
	GUARD_MUTEX(&r->refresh);

	return registry_meet_locked(r, id, ret);
}

static bool is_hidden(struct registry *r, uint32_t id)
{
	GUARD_MUTEX(&r->lock);
	const struct map_slot *slot = map_index_find(&r->index, registry_moved(r, id));

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
		err = registry_is_live(r, m->id);
		if (err > 0)
			return 0;
		*ret = NULL;
		if (err == 0) {
			registry_forget(r, m->id);
			/* While a map is being replaced, wait for its move. */
			err = meet(r, id, ret);
		}
		live_map_unref(m);
	}
	return err;
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

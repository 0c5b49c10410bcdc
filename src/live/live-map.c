/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The state of one live map.
 */
#include <stdio.h>
#include <stdlib.h>

#include "live/pin-record.h"
#include "live/registry.h"
#include "util/libc.h"
#include "util/log.h"

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
	map_view_release(&m->view);
	def_release(&m->def);
	free(m->use.pin);
	errlog_release(&m->errors);
	pthread_mutex_destroy(&m->lock);
	pthread_mutex_destroy(&m->drain_lock);
	pthread_mutex_destroy(&m->view_lock);
	buf_release(&m->drained);
	map_conf_release(&m->conf);
	pthread_rwlock_destroy(&m->ending);
	free(m);
}

struct live_map *live_map_new(uint32_t id, const char *name)
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
	pthread_mutex_init(&m->drain_lock, NULL);
	pthread_mutex_init(&m->view_lock, NULL);
	/* A stream of changes must not keep rmdir waiting. */
	rwlock_init_prefer_writers(&m->ending);
	return m;
}

bool live_map_is_owned(struct live_map *m)
{
	GUARD_MUTEX(&m->lock);

	return m->owned.store;
}

/* A map is never hidden because of its types, so the line in errors is the only sign. */
static void report_refused_types(struct live_map *m, const struct schema *s)
{
	char name[32];

	if (!s->why_refused)
		return;
	snprintf(name, sizeof(name), "btf %u", s->info.btf_id);
	errlog_add(&m->errors, ERRLOG_NOBODY, "types", name, s->refused, "%s",
		   s->why_refused);
}

int live_map_schema_now(struct registry *r, struct live_map *m, struct schema **ret)
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
	if (!m->schema) {
		report_refused_types(m, new);
		m->schema = take_ptr(new);
	}
	*ret = schema_ref(m->schema);
	return 0;
}

int live_map_schema(struct registry *r, struct live_map *m, struct schema **ret)
{
	live_map_follow_view(r, m);
	return live_map_schema_now(r, m, ret);
}

/* The configuration. Caller must hold m->lock. */
static void overlay_conf(struct owner *owner, const struct live_map *m)
{
	const struct map_conf *conf = &m->conf;
	const struct config_value *mode = config_find(conf->config, &conf->match, CONFIG_MODE),
				  *uid = config_find(conf->config, &conf->match, CONFIG_OWNER),
				  *gid = config_find(conf->config, &conf->match, CONFIG_GROUP);

	if (mode)
		owner->mode = mode->number;
	if (uid)
		owner->uid = uid->number;
	if (gid)
		owner->gid = gid->number;
}

/* Caller must hold m->lock. */
static struct owner owner_of(const struct registry *r, const struct live_map *m)
{
	struct owner owner = r->owner;

	overlay_conf(&owner, m);
	owner_overlay(&owner, &m->own);
	return owner;
}

struct owner live_map_owner(const struct registry *r, struct live_map *m)
{
	GUARD_MUTEX(&m->lock);

	return owner_of(r, m);
}

mode_t live_map_mode(const struct registry *r, struct live_map *m, uid_t *ret_uid,
		     gid_t *ret_gid)
{
	struct owner owner = live_map_owner(r, m);

	*ret_uid = owner.uid;
	*ret_gid = owner.gid;
	return owner.mode;
}

/* Leaves what was there before in *before. */
static int change_owner(const struct registry *r, struct live_map *m,
			const struct request *rq, const struct stat *st, unsigned set,
			struct owner *before)
{
	GUARD_MUTEX(&m->lock);
	const struct owner now = owner_of(r, m);

	*before = m->own;
	return owner_change(&m->own, &now, rq, st, set);
}

int live_map_change_owner(struct registry *r, struct live_map *m, const struct request *rq,
			  const struct stat *st, unsigned set)
{
	struct owner before;
	int e = change_owner(r, m, rq, st, set, &before);

	if (e == 0)
		e = pin_record_write(r, m, NULL);
	if (e < 0) {
		GUARD_MUTEX(&m->lock);
		m->own = before;
	}
	return e;
}

void live_map_give(struct registry *r, struct live_map *m, uid_t uid, gid_t gid)
{
	const struct owner owner = { OWNER_UID | OWNER_GID, 0, uid, gid };

	pthread_mutex_lock(&m->lock);
	owner_overlay(&m->own, &owner);
	pthread_mutex_unlock(&m->lock);
	/* The first record was written a moment ago, so this one should succeed, too. */
	if (pin_record_write(r, m, NULL) < 0)
		log_warning("cannot record the owner of %s", m->name);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A thread checks all scratch files every few seconds, as long as there are any: the
 * kernel does not report when a map is gone.
 */
#include <errno.h>
#include <string.h>

#include "tree/scratch-slots.h"
#include "util/clock.h"
#include "util/thread.h"

#define SWEEP_SECONDS 5

/* Look at slot i. 1: it is used, *node and *map_id say what it is; if it was left
 * alone, *name too, to be freed. 0: it is free. -ENOENT: there is no such slot. */
static int look_at(struct scratches *s, uint32_t i, uint64_t now, uint64_t *node,
		   struct victim *ret)
{
	GUARD_MUTEX(&s->lock);
	struct scratch *f;

	if (i >= s->count)
		return -ENOENT;
	f = &s->slots[i];
	if (!f->used)
		return 0;
	*node = scratch_number(s, f);
	*ret = (struct victim){ .map_id = f->map_id, .uid = f->uid, .len = f->len };
	if (!f->name || !f->len || f->opens || f->link || f->reported ||
	    now < f->closed + SCRATCH_LEFT_AFTER)
		return 1;
	ret->name = strdup(f->name);
	f->reported = ret->name;
	return 1;
}

static bool is_gone(struct tree *t, uint32_t map_id)
{
	_cleanup_live_map_ struct live_map *m = NULL;
	int r = registry_by_id(&t->registry, map_id, &m);

	/* The old id of a map that was replaced leads to the new map. */
	return r == -ENOENT || (r == 0 && m->id != map_id);
}

static void drop_node(struct scratches *s, uint64_t node)
{
	struct victim v = { 0 };
	struct scratch *f;

	pthread_mutex_lock(&s->lock);
	f = scratch_by_number(s, node);
	if (f)
		scratch_drop(s, f, &v);
	pthread_mutex_unlock(&s->lock);
	free(v.name);
	free(v.data);
}

void scratch_sweep(struct tree *t, uint64_t now)
{
	struct victim v;
	uint64_t node;
	int r;

	for (uint32_t i = 0; (r = look_at(t->scratches, i, now, &node, &v)) >= 0; i++) {
		if (r == 0)
			continue;
		if (is_gone(t, v.map_id))
			drop_node(t->scratches, node);
		else if (v.name)
			scratch_log(t, &v, "close", -ESTALE,
				    "was left behind: its content is not in the map");
		free(v.name);
	}
}

/* Wait for the next sweep, with the lock held. False: the thread shall end. */
static bool wait_to_sweep(struct scratches *s)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += SWEEP_SECONDS;
	while (!s->ending && !pthread_cond_timedwait(&s->wake, &s->lock, &until))
		;
	return !s->ending && s->used;
}

static void *sweep_on(void *arg)
{
	struct scratches *s = arg;
	GUARD_MUTEX(&s->lock);

	while (wait_to_sweep(s)) {
		pthread_mutex_unlock(&s->lock);
		scratch_sweep(s->tree, clock_ns(CLOCK_MONOTONIC));
		pthread_mutex_lock(&s->lock);
	}
	/* scratches_free() joins the thread; otherwise it is detached. */
	if (!s->ending)
		pthread_detach(pthread_self());
	s->sweeping = s->ending;
	return NULL;
}

void scratch_sweep_start(struct scratches *s)
{
	if (!s->sweeping)
		s->sweeping = thread_start(&s->sweeper, sweep_on, s);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The view of a live map: its text, and the schema that is compiled from it. Both
 * change together under live_map.lock.
 */
#include "live/pin-record.h"
#include "live/registry.h"

bool live_map_has_view(struct live_map *m)
{
	GUARD_MUTEX(&m->lock);

	return !map_view_is_empty(&m->view);
}

int live_map_view(struct live_map *m, struct map_view *ret)
{
	GUARD_MUTEX(&m->lock);

	return map_view_copy(&m->view, ret);
}

/* Leaves the old schema and view in the arguments. */
static void swap(struct live_map *m, struct schema **s, struct map_view *v)
{
	GUARD_MUTEX(&m->lock);
	struct schema *schema = m->schema;
	struct map_view view = m->view;

	m->schema = *s;
	m->view = *v;
	*s = schema;
	*v = view;
}

int live_map_compile_view(struct registry *r, struct live_map *m,
			  const struct map_view *v, struct text_error *err)
{
	_cleanup_schema_ struct schema *now = NULL, *new = NULL;
	_cleanup_map_view_ struct map_view copy = MAP_VIEW_INIT;
	bool take_away = !v || map_view_is_empty(v);
	int e = live_map_schema_now(r, m, &now);

	if (e == 0 && take_away)
		new = schema_ref(schema_base(now));
	else if (e == 0)
		e = schema_with_view(schema_base(now), v, &new, err);
	if (e == 0 && !take_away)
		e = map_view_copy(v, &copy);
	if (e < 0)
		return e;
	swap(m, &new, &copy);
	e = pin_record_write(r, m, err);
	if (e < 0)
		swap(m, &new, &copy);
	return e;
}

/* A view that was written to .map/def takes precedence over the configuration's. */
static void forget_conf(struct live_map *m)
{
	GUARD_MUTEX(&m->lock);

	m->conf.view_due = m->conf.view_set = false;
}

int live_map_set_view(struct registry *r, struct live_map *m, const struct map_view *v,
		      struct text_error *err)
{
	GUARD_MUTEX(&m->view_lock);
	int e = live_map_compile_view(r, m, v, err);

	if (e == 0)
		forget_conf(m);
	return e;
}

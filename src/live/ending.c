/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Removal of a map that was created through the tree: by rmdir, or because a new
 * definition replaces it by another map. Both block changes through the tree while they
 * check that nothing is lost.
 */
#include <errno.h>

#include "live/registry.h"
#include "map/check.h"
#include "map/ops.h"
#include "map/scan/scan.h"
#include "store/errno.h"

static int note_entry(void *arg, const struct scan_batch *b)
{
	*(bool *)arg = true;
	return 1;
}

/* 1: there are entries or elements that were put in, not just slots. */
static int has_entries(struct registry *r, const struct schema *s)
{
	_cleanup_map_ struct map map = MAP_INIT;
	bool found = false;
	int e;

	if (!s->ops->remove && !s->ops->has_elements)
		return 0;
	e = map_open(NULL, r->store, s, STORE_READ, &map);
	if (e == 0 && s->ops->has_elements) {
		e = s->ops->has_elements(&map);
		return e == -ENODATA ? 0 : e < 0 ? e : 1;
	}
	if (e == 0)
		e = scan_fold(&map, true, 0, note_entry, &found);
	return e < 0 ? e : found;
}

static int is_frozen(struct registry *r, const struct schema *s)
{
	_cleanup_map_ struct map map = MAP_INIT;
	struct store_usage usage;
	int e = map_open(NULL, r->store, s, STORE_READ, &map);

	if (e == 0)
		e = store_user_errno(STORE_OP_OPEN, store_usage(&map.ref, &usage));
	return e < 0 ? e : usage.frozen;
}

static int explain_busy(int e, struct text_error *err)
{
	if (e != -EBUSY)
		return e;
	return text_fail(err, e, 0,
			 "the map is held by a program, a pin, another map or a process");
}

int registry_redefine(struct registry *r, struct live_map *m, const struct schema *s,
		      const struct def *def, struct text_error *err)
{
	_cleanup_live_map_ struct live_map *new = NULL;
	GUARD_ENDING(m);
	int e = map_check_change(s, err);

	if (e < 0)
		return e;
	e = is_frozen(r, s);
	if (e > 0)
		return text_fail(err, -EBUSY, 0, "the map is frozen: create another one");
	if (e == 0)
		e = live_map_touched(m) ? 1 : has_entries(r, s);
	if (e > 0)
		return text_fail(
			err, -EBUSY, 0,
			"the map was written to or has entries: create another one");
	if (e == 0)
		e = registry_remake(r, m, def, &new, err);
	return explain_busy(e, err);
}

int registry_end(struct registry *r, struct live_map *m, struct text_error *err)
{
	_cleanup_schema_ struct schema *s = NULL;
	int e;

	if (!live_map_is_owned(m))
		return text_fail(err, -EPERM, 0,
				 "this map was not created through the tree");
	e = live_map_schema(r, m, &s);
	if (e == 0)
		e = map_check_change(s, err);
	if (e < 0)
		return e;
	GUARD_ENDING(m);
	e = has_entries(r, s);
	if (e > 0)
		return text_fail(err, -ENOTEMPTY, 0,
				 "the map has entries: remove them first, with rm, "
				 ".map/clear or .map/pop");
	if (e >= 0)
		e = registry_unmake(r, m);
	return explain_busy(e, err);
}

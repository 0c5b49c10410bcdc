/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Entries of maps of maps are symlinks to the directories of the inner maps.
 * Making one sets a slot; under a name that is no key it becomes a scratch
 * file (scratch.h), and renaming that onto a key sets the slot (rename.c).
 */
#include <errno.h>
#include <string.h>

#include "map/ops.h"
#include "tree/entry.h"
#include "tree/linktext.h"
#include "tree/scratch.h"

static int explain(int r, const struct schema *s, struct text_error *err)
{
	switch (r) {
	case -EINVAL:
		return text_fail(
			err, r, 0,
			"that map does not fit: type, sizes of key and value, flags (and "
			"max_entries of arrays) must be those of the map in inner=");
	case -ENOSPC:
		return text_fail(err, r, 0, "the map is full: max_entries=%u",
				 s->info.max_entries);
	case -EPERM: return text_fail(err, r, 0, "the map is frozen or read-only");
	default: return r;
	}
}

/* The map that a link in m's directory means. */
static int target_of(struct tree *t, const struct request *rq, struct live_map *m,
		     const char *text, struct live_map **ret, struct text_error *err)
{
	char where[LISTED_NAME_MAX];

	registry_listed_name(&t->registry, m, where);
	return linktext_map(t, rq, where, text, ret, err);
}

int slot_set(struct tree *t, const struct request *rq, struct live_map *m,
	     const struct schema *s, const uint8_t *key, const char *text, unsigned flags,
	     struct text_error *err)
{
	_cleanup_live_map_ struct live_map *target = NULL;
	_cleanup_map_ struct map map = MAP_INIT;
	int r = target_of(t, rq, m, text, &target, err);

	if (r < 0)
		return r;
	GUARD_CHANGE(m);
	r = map_open(rq, t->store, s, STORE_READ | STORE_WRITE, &map);
	if (r == 0)
		r = map_update(&map, key, &target->id, flags);
	if (r == 0)
		live_map_touch(m);
	return explain(r, s, err);
}

/* Checked right away: who made it learns at once that it leads nowhere. */
static int add_scratch(struct tree *t, const struct request *rq, struct live_map *m,
		       const char *name, const char *text, struct text_error *err)
{
	_cleanup_live_map_ struct live_map *target = NULL;
	int r = target_of(t, rq, m, text, &target, err);

	return r < 0 ? r : scratch_symlink(t, rq, m, name, text);
}

int slot_symlink(struct tree *t, const struct request *rq, uint64_t dir, const char *name,
		 const char *text)
{
	_cleanup_live_map_ struct live_map *m = NULL;
	_cleanup_schema_ struct schema *s = NULL;
	_cleanup_free_ uint8_t *key = NULL;
	struct text_error err = { 0 };
	int r = tree_map_of(t, node_id(dir), &m, &s);

	if (r < 0)
		return r;
	if (!s->ops->links) {
		text_fail(&err, -EPERM, 0, "only entries of maps of maps are symlinks");
		return tree_refuse(t, rq, m, "symlink", name, -EPERM, &err);
	}
	r = scratch_name(name) ? -EINVAL : entry_parse_name(s, name, &key, &err);
	if (r == -EINVAL)
		r = add_scratch(t, rq, m, name, text, &err);
	else if (r == 0)
		r = slot_set(t, rq, m, s, key, text, STORE_NOEXIST, &err);
	return r < 0 && r != -EEXIST ? tree_refuse(t, rq, m, "symlink", name, r, &err)
				     : r;
}

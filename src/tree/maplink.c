/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Entries of maps of maps are symlinks to the directories of the inner maps. Creating
 * one sets a slot. A link with a temporary name of `ln -sf` becomes a scratch file
 * (scratch.h), and renaming that onto a key sets the slot (rename.c).
 *
 * Lock files of editors are symlinks, too, whose target does not exist; they are
 * scratch files in every map.
 */
#include <errno.h>
#include <string.h>

#include "map/ops.h"
#include "tree/entry.h"
#include "tree/linktext.h"
#include "tree/scratch-forms.h"
#include "tree/scratch.h"

static int explain(int r, const struct schema *s, struct text_error *err)
{
	switch (r) {
	case -EINVAL:
		return text_fail(
			err, r, 0,
			"that map does not fit: type, sizes of key and value, flags "
			"(and max_entries of arrays) must be those of the map that "
			"inner= names");
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

/* ln -sf: check now, because this error is more specific than the rename's. */
static int add_scratch(struct tree *t, const struct request *rq, struct live_map *m,
		       const char *name, const char *text, struct text_error *err)
{
	_cleanup_live_map_ struct live_map *target = NULL;
	int r = target_of(t, rq, m, text, &target, err);

	return r < 0 ? r : scratch_symlink(t, rq, m, name, text);
}

/* In a map of maps. */
static int link_in(struct tree *t, const struct request *rq, struct live_map *m,
		   const struct schema *s, const char *name, const char *text,
		   struct text_error *err)
{
	_cleanup_free_ uint8_t *key = NULL;
	const struct scratch_form *form;
	int r = entry_parse_name(s, name, &key, err);

	if (r == 0)
		return slot_set(t, rq, m, s, key, text, STORE_NOEXIST, err);
	form = r == -ENOMEM ? NULL : scratch_form_in(t, s, name, false);
	return form && form->flags & FORM_LINK ? add_scratch(t, rq, m, name, text, err) : r;
}

/* The lock file of an editor: its text is not a map's path. */
static bool is_lock(struct tree *t, const struct request *rq, struct live_map *m,
		    const struct schema *s, const char *name, const char *text)
{
	_cleanup_live_map_ struct live_map *target = NULL;
	const struct scratch_form *form = scratch_form_in(t, s, name, true);

	if (!form || !(form->flags & FORM_LINK))
		return false;
	return !s->ops->links || target_of(t, rq, m, text, &target, NULL) < 0;
}

int slot_symlink(struct tree *t, const struct request *rq, uint64_t dir, const char *name,
		 const char *text)
{
	_cleanup_live_map_ struct live_map *m = NULL;
	_cleanup_schema_ struct schema *s = NULL;
	struct text_error err = { 0 };
	uint64_t there;
	int r = tree_map_of(t, node_id(dir), &m, &s);

	if (r < 0)
		return r;
	if (scratch_find(t, m->id, name, &there) == 0)
		return -EEXIST;
	if (is_lock(t, rq, m, s, name, text))
		r = scratch_symlink(t, rq, m, name, text);
	else if (s->ops->links)
		r = link_in(t, rq, m, s, name, text, &err);
	else
		r = text_fail(&err, -EPERM, 0,
			      "only entries of maps of maps are symlinks");
	return r < 0 && r != -EEXIST ? tree_refuse(t, rq, m, "symlink", name, r, &err) : r;
}

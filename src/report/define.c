/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writing to .map/def. An untouched map that was created through the tree is replaced
 * by another one. For any other map the types in the line become its view.
 */
#include <errno.h>
#include <string.h>

#include "report/report.h"
#include "util/request.h"

static bool is_blank(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!memchr(" \t\n", text[i], 3))
			return false;
	return true;
}

/* A view is everybody's, so write permission for the file is not enough. */
static int check_owner(const struct report *r, struct text_error *err)
{
	if (request_is_root(r->rq) || (r->rq && r->rq->uid == r->owner))
		return 0;
	return text_fail(err, -EACCES, 0,
			 "only the owner of the map's directory and root may set a view");
}

static int set_view(const struct report *r, const struct map_view *v, struct text_error *err)
{
	int e = check_owner(r, err);

	return e < 0 ? e : live_map_set_view(r->registry, r->m, v, err);
}

/* A piece may end within any word. */
static int piece_error(int e, bool commit)
{
	return !commit && (e == -EINVAL || e == -ERANGE) ? -EAGAIN : e;
}

/* The definition that a line changes: the map's own, and what its view shows. */
static int base_def(const struct report *r, struct def *ret)
{
	_cleanup_map_view_ struct map_view view = MAP_VIEW_INIT;
	int e = live_map_view(r->m, &view);

	if (e == 0)
		e = def_copy(&r->m->def, ret);
	if (e < 0)
		return e;
	ret->show = take_ptr(view.show);
	if (ret->type->traits & MAP_INDEXED && view.key) {
		free(ret->key);
		ret->key = take_ptr(view.key);
	}
	return 0;
}

/* Replace an untouched map. -EBUSY with err: it is not untouched. */
static int redefine(const struct report *r, const char *text, size_t len, bool commit,
		    struct text_error *err)
{
	_cleanup_def_ struct def base = { 0 }, def = { 0 };
	int e = base_def(r, &base);

	if (e == 0)
		e = piece_error(def_parse(&base, text, len, &def, err), commit);
	if (e < 0 || !commit)
		return e;
	return registry_redefine(r->registry, r->m, r->schema, &def, err);
}

static int change_view(const struct report *r, const char *text, size_t len, bool commit,
		       struct text_error *err)
{
	_cleanup_map_view_ struct map_view now = MAP_VIEW_INIT, new = MAP_VIEW_INIT;
	int e = live_map_view(r->m, &now);

	if (e == 0)
		e = piece_error(map_view_parse(&now, text, len, &new, err), commit);
	if (e < 0 || !commit)
		return e;
	return set_view(r, &new, err);
}

/* A blank line takes a view away, but is no definition. One of show= alone changes no
 * map. */
static bool is_for_view(const struct report *r, const char *text, size_t len)
{
	static const struct map_view base = { .key = (char *)"=", .value = (char *)"=" };
	_cleanup_map_view_ struct map_view words = MAP_VIEW_INIT;

	if (!live_map_is_owned(r->m))
		return true;
	if (is_blank(text, len))
		return live_map_has_view(r->m);
	/* No type is "=": the line leaves both alone. */
	return map_view_parse(&base, text, len, &words, NULL) == 0 && words.key &&
	       !strcmp(words.key, "=") && words.value && !strcmp(words.value, "=");
}

/* Types alone may also be those of a view. */
static bool may_be_view(const char *text, size_t len)
{
	_cleanup_map_view_ struct map_view words = MAP_VIEW_INIT;

	return map_view_parse(NULL, text, len, &words, NULL) == 0;
}

/* The view of a map that is gone would be lost without a word, and the descriptor may be
 * older than the map that now has this id's place. */
static int check_live(const struct report *r)
{
	_cleanup_live_map_ struct live_map *now = NULL;
	int e = registry_live(r->registry, r->m->id, &now);

	return e == -ENOENT || (e == 0 && now != r->m) ? -ESTALE : e;
}

int command_def(const struct report *r, const char *text, size_t len, bool commit,
		struct text_error *err)
{
	int e = check_live(r);

	if (e < 0)
		return e;
	if (is_for_view(r, text, len))
		return change_view(r, text, len, commit, err);
	e = redefine(r, text, len, commit, err);
	if (e != -EBUSY || !may_be_view(text, len))
		return e;
	/* Not while another definition takes effect: the view would be lost. */
	GUARD_CHANGE(r->m);
	return live_map_is_owned(r->m) ? change_view(r, text, len, commit, err) : -ESTALE;
}

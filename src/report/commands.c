/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes to small files of .map directories.
 */
#include <errno.h>
#include <string.h>

#include "map/check.h"
#include "map/ops.h"
#include "report/bulk.h"
#include "report/report.h"
#include "store/errno.h"

/* The text is this word, without a final newline. */
static bool text_is(const char *text, size_t len, const char *word)
{
	if (len && text[len - 1] == '\n')
		len--;
	return len == strlen(word) && !memcmp(text, word, len);
}

static int open_map(const struct report *r, struct map *ret)
{
	int e = map_open(r->rq, r->registry->store, r->schema, STORE_READ | STORE_WRITE,
			 ret);

	/* The file that is written is open: it was the map that went. */
	return e == -ENOENT ? -ESTALE : e;
}

int command_frozen(const struct report *r, const char *text, size_t len, bool commit,
		   struct text_error *err)
{
	_cleanup_map_ struct map map = MAP_INIT;
	struct store_usage usage;
	bool freeze = text_is(text, len, "1");
	int e;

	if (!freeze && !text_is(text, len, "0"))
		return text_fail(err, -EINVAL, 0,
				 "expected 1 (freeze the map for good) or 0");
	if (!commit)
		return 0;
	/* Not while another thread replaces the map: the new one would not be frozen. */
	GUARD_CHANGE(r->m);
	e = open_map(r, &map);
	if (e == 0)
		e = store_user_errno(STORE_OP_OPEN, store_usage(&map.ref, &usage));
	if (e < 0 || usage.frozen == freeze)
		return e;
	if (!freeze)
		return text_fail(err, -EPERM, 0, "a frozen map stays frozen");
	e = store_user_errno(STORE_OP_FREEZE, store_freeze(&map.ref));
	return e < 0 ? text_fail(err, e, 0, "the map cannot be frozen now") : 0;
}

/* The word that clears such a map. */
static const char *clear_word(const struct schema *s)
{
	return s->ops->remove ? "yes" : "0";
}

static int check_clear(const struct report *r, struct text_error *err)
{
	return r->schema->ops->remove ? map_check_removable(r->schema, err)
				      : map_check_writable(r->schema, r->unsafe, err);
}

int command_clear(const struct report *r, const char *text, size_t len, bool commit,
		  struct text_error *err)
{
	_cleanup_map_ struct map map = MAP_INIT;
	const char *word = clear_word(r->schema);
	int e = check_clear(r, err);

	if (e < 0)
		return e;
	if (!r->schema->ops->remove && text_is(text, len, "yes"))
		return map_check_removable(r->schema, err);
	if (!text_is(text, len, word)) {
		e = len < strlen(word) && !memcmp(text, word, len) ? -EAGAIN : -EINVAL;
		return text_fail(err, e, 0,
				 r->schema->ops->remove
					 ? "expected yes, which deletes every key"
					 : "expected 0, which sets every value to zero");
	}
	if (!commit)
		return 0;
	GUARD_CHANGE(r->m);
	e = open_map(r, &map);
	if (e < 0)
		return e;
	e = r->schema->ops->remove ? bulk_remove_all(&map, err) : bulk_zero(&map, err);
	live_map_touch(r->m); /* a deletion that fails halfway has changed the map */
	return e;
}

int command_push(const struct report *r, const char *text, size_t len, bool commit,
		 struct text_error *err)
{
	_cleanup_map_ struct map map = MAP_INIT;
	GUARD_CHANGE(r->m);
	int e = open_map(r, &map);

	if (e == 0)
		e = r->schema->ops->push(&map, text, len, commit, err);
	if (e == 0 && commit)
		live_map_touch(r->m);
	return e;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Each function opens the map, performs one operation on one entry and closes it.
 */
#include "tree/entry.h"

#include <errno.h>
#include <string.h>

#include "map/check.h"
#include "map/content.h"
#include "map/ops.h"
#include "text/value.h"

/* White space and spellings that are longer than the printed ones. */
#define TEXT_SLACK (64u << 10)

/* A symlink to the inner map's directory. */
static int link_text(const struct schema *s, const void *value, struct buf *out)
{
	buf_puts(out, "../");
	return s->ops->format(s, NULL, value, false, out);
}

int entry_format(const struct schema *s, const uint8_t *key, const void *value,
		 struct buf *out)
{
	return s->ops->links ? link_text(s, value, out)
			     : content_format(s, key, value, out);
}

int entry_read(struct tree *t, const struct request *rq, const struct schema *s,
	       const uint8_t *key, struct buf *out)
{
	_cleanup_map_ struct map map = MAP_INIT;
	_cleanup_free_ uint8_t *value = NULL;
	int r;

	r = map_open(rq, t->store, s, STORE_READ, &map);
	if (r < 0)
		return r;
	value = malloc(s->value_bytes ?: 1);
	if (!value)
		return -ENOMEM;
	r = map_lookup(&map, key, value);
	return r < 0 ? r : entry_format(s, key, value, out);
}

int entry_exists(struct tree *t, const struct request *rq, const struct schema *s,
		 const uint8_t *key)
{
	_cleanup_map_ struct map map = MAP_INIT;
	int r = map_open(rq, t->store, s, STORE_READ, &map);

	return r < 0 ? r : map_exists(&map, key);
}

size_t entry_text_max(const struct schema *s)
{
	size_t text = s->value ? type_max_text(s->value) : TYPE_MAX_TEXT;

	if (text < 4 * s->value_size)
		text = 4 * s->value_size;
	return TEXT_SLACK + 2 * text * s->cpus;
}

int entry_parse_name(const struct schema *s, const char *name, uint8_t **key,
		     struct text_error *err)
{
	int r;

	if (!s->key_size)
		return text_fail(err, -EPERM, 0, "a map of type %s has no keys%s",
				 s->type->name ?: "unknown",
				 s->ops->push ? ": write to .map/push" : "");
	*key = malloc(s->key_size);
	if (!*key)
		return -ENOMEM;
	r = content_parse_name(s, name, strlen(name), *key, err);
	return r < 0 ? r : map_check_index(s, *key, err);
}

/* The value that the text is merged into, or whose union members count. */
static int current_value(const struct map *map, const uint8_t *key, unsigned flags,
			 uint8_t *value, const uint8_t **ret)
{
	int r;

	*ret = NULL;
	if (!(flags & VALUE_MERGE) && !schema_needs_current(map->schema))
		return 0;
	r = map_lookup(map, key, value);
	if (r == 0)
		*ret = value;
	return r == -ENOENT || r == -EOPNOTSUPP ? 0 : r; /* none, or unreadable */
}

int entry_write(struct tree *t, const struct request *rq, struct live_map *m,
		const struct schema *s, const uint8_t *key, const struct entry_text *et,
		struct text_error *err)
{
	struct content_text text = {
		.text = et->text,
		.len = et->len,
		.flags = et->merge ? VALUE_MERGE : 0,
		.rq = rq,
		.err = err,
	};
	_cleanup_map_ struct map map = MAP_INIT;
	_cleanup_free_ uint8_t *values = malloc(2 * s->value_bytes + 1);
	const uint8_t *current;
	int r;

	if (!values)
		return -ENOMEM;
	GUARD_CHANGE(m);
	r = map_open(rq, t->store, s, STORE_READ | STORE_WRITE, &map);
	if (r < 0)
		return r == -ENOENT ? -ESTALE : r;
	r = current_value(&map, key, text.flags, values, &current);
	text.current = current;
	if (r == 0)
		r = content_parse(s, key, &text, values + s->value_bytes);
	if (r < 0 || et->dry)
		return r;
	r = et->merge && current
		    ? map_change(&map, key, current, values + s->value_bytes)
		    : map_update(&map, key, values + s->value_bytes, et->flags);
	if (r == 0)
		live_map_touch(m);
	return r < 0 ? map_refused(s, r, err) : 0;
}

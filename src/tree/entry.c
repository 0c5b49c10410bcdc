/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tree/entry.h"

#include <errno.h>
#include <string.h>

#include "map/content.h"
#include "map/ops.h"
#include "text/value.h"

int entry_format(const struct schema *s, const uint8_t *key, const void *value,
		 struct buf *out)
{
	return s->ops->links ? slot_link_text(s, value, out)
				: content_format(s, key, value, out);
}

int entry_read(struct tree *t, const struct schema *s, const uint8_t *key, struct buf *out)
{
	_cleanup_map_ struct map map = MAP_INIT;
	_cleanup_free_ uint8_t *value = NULL;
	int r;

	r = map_open(t->store, s, STORE_READ, &map);
	if (r < 0)
		return r;
	value = malloc(s->value_bytes ?: 1);
	if (!value)
		return -ENOMEM;
	r = map_lookup(&map, key, value);
	return r < 0 ? r : entry_format(s, key, value, out);
}

int entry_check_writable(const struct tree *t, const struct schema *s,
			 struct text_error *err)
{
	if (!s->ops->update)
		return text_fail(err, -EOPNOTSUPP, 0, "entries of a map of type %s are not written here",
				 s->type->name ?: "unknown");
	if (s->ops->check_write) {
		int r = s->ops->check_write(s, err);

		if (r < 0)
			return r;
	}
	if (schema_owns_objects(s) && !t->opt->unsafe)
		return text_fail(err, -EPERM, 0,
				 "the value holds timers, kptrs or other kernel objects, which an "
				 "update would stop or free: mount with -o unsafe to do it");
	return 0;
}

int entry_parse_name(const struct schema *s, const char *name, uint8_t **key,
		     struct text_error *err)
{
	uint32_t index;
	int r;

	if (!s->key_size)
		return text_fail(err, -EPERM, 0, "a map of type %s has no keys",
				 s->type->name ?: "unknown");
	*key = malloc(s->key_size);
	if (!*key)
		return -ENOMEM;
	r = content_parse_name(s, name, strlen(name), *key, err);
	if (r < 0 || s->ops->parse_name || !schema_has(s, MAP_INDEXED))
		return r;
	memcpy(&index, *key, sizeof(index));
	if (index >= s->info.max_entries)
		return text_fail(err, -EFBIG, 0, "the last index is %u",
				 s->info.max_entries - 1);
	return 0;
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

int entry_write(struct tree *t, struct tree_map *m, const struct schema *s,
		const uint8_t *key, const struct entry_text *et, struct text_error *err)
{
	unsigned flags = et->merge ? VALUE_MERGE : 0;
	_cleanup_map_ struct map map = MAP_INIT;
	_cleanup_free_ uint8_t *values = malloc(2 * s->value_bytes + 1);
	const uint8_t *current;
	int r;

	if (!values)
		return -ENOMEM;
	GUARD_CHANGE(m);
	r = map_open(t->store, s, STORE_READ | STORE_WRITE, &map);
	if (r < 0)
		return r == -ENOENT ? -ESTALE : r;
	r = current_value(&map, key, flags, values, &current);
	if (r == 0)
		r = content_parse(s, key, et->text, et->len, current, flags,
				  values + s->value_bytes, err);
	if (r < 0 || et->dry)
		return r;
	r = et->merge && current ?
		    map_change(&map, key, current, values + s->value_bytes) :
		    map_update(&map, key, values + s->value_bytes, et->flags);
	if (r == 0)
		tree_map_touch(m);
	return r < 0 && r != -EEXIST ? map_refused(s, r, err) : r;
}

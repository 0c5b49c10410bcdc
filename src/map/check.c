/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Refusals that follow from a map's type, flags and value type, and from the
 * configuration.
 */
#include "map/check.h"

#include <errno.h>
#include <string.h>

#include "map/names.h"
#include "map/ops.h"
#include "map/schema.h"
#include "text/error.h"

static const char *type_name(const struct schema *s)
{
	return s->type->name ?: "unknown";
}

int map_check_change(const struct schema *s, struct text_error *err)
{
	int r = s->names ? s->names->check_change(s->names, s->info.id) : 0;

	return r < 0 ? text_fail(err, r, 0, "the configuration makes this map read-only")
		     : 0;
}

int map_check_writable(const struct schema *s, bool unsafe, struct text_error *err)
{
	int r = map_check_change(s, err);

	if (r < 0)
		return r;
	if (!s->ops->update || !s->key_size)
		return text_fail(err, -EOPNOTSUPP, 0,
				 "entries of a map of type %s cannot be written",
				 type_name(s));
	if (s->ops->check_write) {
		r = s->ops->check_write(s, unsafe, err);
		if (r < 0)
			return r;
	}
	if (schema_owns_objects(s) && !unsafe)
		return text_fail(
			err, -EPERM, 0,
			"values hold timers, kptrs or other kernel objects, which an "
			"update would stop or free: mount with -o unsafe to allow it");
	return 0;
}

bool map_is_listed(const struct schema *s)
{
	return s->key_size && s->ops->scan;
}

bool map_can_be_zeroed(const struct schema *s)
{
	return schema_has(s, MAP_INDEXED) && s->ops->update_batch;
}

int map_check_removable(const struct schema *s, struct text_error *err)
{
	if (!s->ops->remove)
		return text_fail(err, -EPERM, 0,
				 "entries of a map of type %s cannot be removed%s",
				 type_name(s),
				 map_can_be_zeroed(s)
					 ? ": echo 0 > .map/clear sets all values to zero"
					 : "");
	return map_check_change(s, err);
}

int map_check_index(const struct schema *s, const uint8_t *key, struct text_error *err)
{
	uint32_t index;

	if (!schema_has(s, MAP_INDEXED) || s->ops->parse_name)
		return 0;
	memcpy(&index, key, sizeof(index));
	if (index < s->info.max_entries)
		return 0;
	return text_fail(err, -EFBIG, 0, "the last index is %u", s->info.max_entries - 1);
}

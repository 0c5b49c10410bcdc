/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Operations for maps whose entries are shown exactly as the store returns them.
 */
#include "map/ops.h"

#include <errno.h>
#include <string.h>

#include "map/map.h"
#include "map/scan/scan.h"

static int plain_lookup(const struct map *m, const void *key, void *value)
{
	return store_lookup(&m->ref, key, value, m->schema->lock);
}

static int plain_update(const struct map *m, const void *key, const void *value,
			unsigned flags)
{
	return store_update(&m->ref, key, value, flags | m->schema->lock);
}

static int plain_remove(const struct map *m, const void *key)
{
	return store_remove(&m->ref, key);
}

static int plain_update_batch(const struct map *m, const void *keys, const void *values,
			      uint32_t *count)
{
	return store_update_batch(&m->ref, keys, values, count, m->schema->lock);
}

static int plain_remove_batch(const struct map *m, const void *keys, uint32_t *count)
{
	return store_remove_batch(&m->ref, keys, count);
}

int map_ops_check_flags(const struct map *m, const void *key, unsigned *flags)
{
	int r;

	if (!(*flags & (STORE_NOEXIST | STORE_EXIST)))
		return 0;
	r = map_exists(m, key);
	if (r < 0 && r != -ENOENT)
		return r;
	if (*flags & STORE_NOEXIST ? r == 0 : r < 0)
		return r == 0 ? -EEXIST : r;
	*flags &= ~(unsigned)(STORE_NOEXIST | STORE_EXIST);
	return 0;
}

const struct map_ops map_ops_keyed = {
	.lookup = plain_lookup,
	.update = plain_update,
	.remove = plain_remove,
	.update_batch = plain_update_batch,
	.remove_batch = plain_remove_batch,
	.takes_batches = true,
	.scan = &scan_batches,
};

/* An index exists by its number: there is nothing to ask. */
static int indexed_exists(const struct map *m, const void *key)
{
	uint32_t index;

	memcpy(&index, key, sizeof(index));
	return index < m->schema->info.max_entries ? 0 : -ENOENT;
}

const struct map_ops map_ops_indexed = {
	.lookup = plain_lookup,
	.exists = indexed_exists,
	.update = plain_update,
	.update_batch = plain_update_batch,
	.scan = &scan_batches,
	.scan_keys = &scan_indexes,
};

/* A type unknown to this program may have a value for each CPU, and then
 * more is copied than value_size says. */
static int unknown_lookup(const struct map *m, const void *key, void *value)
{
	const struct schema *s = m->schema;
	size_t slot = (s->value_size + 7) & ~(size_t)7;
	_cleanup_free_ uint8_t *room = calloc(store_possible_cpus(), slot);
	int r = room ? store_lookup(&m->ref, key, room, s->lock) : -ENOMEM;

	if (r == 0)
		memcpy(value, room, s->value_bytes);
	return r;
}

/*
 * Types without a family of their own: listed and read as far as GET_NEXT_KEY and
 * LOOKUP go. Their values are handles of kernel objects, so writing bytes to them would
 * have another effect than it seems.
 */
static int generic_lookup(const struct map *m, const void *key, void *value)
{
	const struct schema *s = m->schema;

	if (!s->key_size || !s->value_size)
		return -EOPNOTSUPP;
	return s->type->name ? store_lookup(&m->ref, key, value, s->lock) :
			       unknown_lookup(m, key, value);
}

const struct map_ops map_ops_generic = {
	.lookup = generic_lookup,
	.scan = &scan_walk,
};

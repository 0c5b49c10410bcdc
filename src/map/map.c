/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "map/map.h"

#include <errno.h>

#include "map/family.h"
#include "store/errno.h"

int map_open(struct store *store, const struct schema *schema, unsigned access,
	     struct map *ret)
{
	ret->schema = schema;
	return store_open(store, schema->info.id, access, &ret->ref);
}

void map_close(struct map *m)
{
	store_close(&m->ref);
}

int map_lookup(const struct map *m, const void *key, void *value)
{
	const struct family *f = m->schema->family;

	if (!f->lookup)
		return -EOPNOTSUPP;
	return store_user_errno(STORE_OP_LOOKUP, f->lookup(m, key, value));
}

int map_exists(const struct map *m, const void *key)
{
	const struct family *f = m->schema->family;
	_cleanup_free_ void *value = NULL;

	if (f->exists)
		return store_user_errno(STORE_OP_LOOKUP, f->exists(m, key));
	value = malloc(m->schema->value_bytes ?: 1);
	if (!value)
		return -ENOMEM;
	return map_lookup(m, key, value);
}

int map_update(const struct map *m, const void *key, const void *value, unsigned flags)
{
	const struct family *f = m->schema->family;

	if (!f->update)
		return -EOPNOTSUPP;
	return store_user_errno(STORE_OP_UPDATE, f->update(m, key, value, flags));
}

int map_remove(const struct map *m, const void *key)
{
	const struct family *f = m->schema->family;

	if (!f->remove)
		return -EPERM;
	return store_user_errno(STORE_OP_REMOVE, f->remove(m, key));
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Call the map operations of the type and turn their errors into the user's.
 */
#include "map/map.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "map/check.h"
#include "map/ops.h"
#include "store/errno.h"
#include "text/error.h"

int map_open(const struct request *rq, struct store *store, const struct schema *schema,
	     unsigned access, struct map *ret)
{
	int r = access & STORE_WRITE ? map_check_change(schema, NULL) : 0;

	ret->rq = rq;
	ret->schema = schema;
	return r < 0 ? r : store_user_errno(STORE_OP_OPEN,
				store_open(store, schema->info.id, access, &ret->ref));
}

void map_close(struct map *m)
{
	store_close(&m->ref);
}

int map_lookup(const struct map *m, const void *key, void *value)
{
	const struct map_ops *f = m->schema->ops;

	if (!f->lookup)
		return -EOPNOTSUPP;
	return store_user_errno(STORE_OP_LOOKUP, f->lookup(m, key, value));
}

int map_exists(const struct map *m, const void *key)
{
	const struct map_ops *f = m->schema->ops;
	_cleanup_free_ void *value = NULL;

	if (f->exists)
		return store_user_errno(STORE_OP_LOOKUP, f->exists(m, key));
	value = malloc(m->schema->value_bytes ?: 1);
	if (!value)
		return -ENOMEM;
	return map_lookup(m, key, value);
}

static int update_one(const struct map *m, const void *key, const void *value,
		      unsigned flags)
{
	const struct map_ops *f = m->schema->ops;
	int r;

	if (!f->update)
		return -EOPNOTSUPP;
	r = f->update(m, key, value, flags);
	for (const struct map_ops_error *e = f->errors; e && e->store; e++)
		if (e->store == -r)
			return -e->user;
	return store_user_errno(STORE_OP_UPDATE, r);
}

/* The key as the map spells it. A map that cannot be read keeps what it is given. */
static int stored_key(const struct map *m, const void *key, uint8_t **ret)
{
	int r;

	*ret = malloc(m->schema->key_size);
	if (!*ret)
		return -ENOMEM;
	memcpy(*ret, key, m->schema->key_size);
	r = m->schema->ops->stored(m, *ret);
	return r == -ENOENT || r == -EPERM ? 0 : store_user_errno(STORE_OP_LOOKUP, r);
}

int map_update(const struct map *m, const void *key, const void *value, unsigned flags)
{
	_cleanup_free_ uint8_t *stored = NULL;
	int r = m->schema->ops->stored ? stored_key(m, key, &stored) : 0;

	return r < 0 ? r : update_one(m, stored ?: key, value, flags);
}

int map_refused(const struct schema *s, int error, struct text_error *err)
{
	for (const struct map_ops_error *e = s->ops->errors; e && e->store; e++)
		if (e->user == -error)
			return text_fail(err, error, 0, "%s", e->why);
	if (error == -EACCES)
		return error; /* the store knows why, see store_denied() */
	if (error == -ENOSPC)
		return text_fail(err, error, 0, "the map is full: max_entries=%u",
				 s->info.max_entries);
	if (error == -EPERM)
		return text_fail(err, error, 0,
				 "the map is frozen or read-only, by itself or by the "
				 "configuration");
	if (error == -EEXIST)
		return text_fail(err, error, 0, "the key exists already");
	if (error == -EBUSY)
		return text_fail(err, error, 0, "the map is busy: try again");
	if (error == -ENOMEM)
		return text_fail(err, error, 0, "there is no memory for it");
	return text_fail(err, error, 0, "the map does not allow it");
}

int map_change(const struct map *m, const void *key, const void *old, const void *value)
{
	const struct map_ops *f = m->schema->ops;

	if (!f->change)
		return map_update(m, key, value, STORE_ANY);
	return store_user_errno(STORE_OP_UPDATE, f->change(m, key, old, value));
}

int map_remove(const struct map *m, const void *key)
{
	const struct map_ops *f = m->schema->ops;

	if (!f->remove)
		return -EPERM;
	return store_user_errno(STORE_OP_REMOVE, f->remove(m, key));
}

/*
 * A batch that stopped says how far it came, but not of all errors, and not
 * whether one by one would do better (a kernel without batches, a bucket that
 * was busy): the entry it stopped at is tried alone, and then on from there.
 */
static size_t done_by_batch(int r, uint32_t count, size_t asked)
{
	return r < 0 && count == asked ? 0 : count;
}

int map_update_batch(const struct map *m, const void *keys, const void *values,
		     size_t *count)
{
	const struct map_ops *f = m->schema->ops;
	size_t key_size = m->schema->key_size, value_bytes = m->schema->value_bytes;
	size_t total = *count, i = 0;
	const uint8_t *k = keys, *v = values;
	int r = 0;

	while (i < total && r == 0) {
		uint32_t n = (uint32_t)(total - i);

		if (f->update_batch)
			r = f->update_batch(m, k + i * key_size, v + i * value_bytes, &n);
		if (f->update_batch)
			i += done_by_batch(r, n, total - i);
		if (i == total)
			break;
		r = update_one(m, k + i * key_size, v + i * value_bytes, STORE_ANY);
		i += r == 0;
	}
	*count = i;
	return r;
}

int map_remove_batch(const struct map *m, const void *keys, size_t *count)
{
	const struct map_ops *f = m->schema->ops;
	size_t key_size = m->schema->key_size, total = *count, i = 0;
	const uint8_t *k = keys;
	int r = 0;

	while (i < total && r == 0) {
		uint32_t n = (uint32_t)(total - i);

		if (f->remove_batch)
			r = f->remove_batch(m, k + i * key_size, &n);
		if (f->remove_batch)
			i += done_by_batch(r, n, total - i);
		if (i == total)
			break;
		r = map_remove(m, k + i * key_size);
		r = r == -ENOENT ? 0 : r;
		i += r == 0;
	}
	*count = i;
	return r;
}

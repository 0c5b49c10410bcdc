/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lookup-and-delete in batches, with the key-by-key fallback.
 */
#include "map/scan/take.h"

#include <errno.h>
#include <string.h>

#include "map/ops.h"
#include "store/errno.h"

struct take {
	const struct map *map;
	uint8_t *keys, *values; /* room for `room` entries */
	size_t room;
	/* LOOKUP_AND_DELETE_BATCH; the cursor is a bucket */
	uint32_t cursor;
	bool started, ended;
	/* key by key */
	struct scan *scan; /* NULL: not begun */
	struct scan_batch found;
	size_t i; /* next key of it */
};

bool take_applies(const struct schema *s)
{
	return s->key_size && s->ops->lookup && s->ops->remove && s->ops->scan;
}

static int reserve(struct take *t, size_t n)
{
	const struct schema *s = t->map->schema;
	uint8_t *keys = realloc(t->keys, n * s->key_size), *values;

	t->keys = keys ?: t->keys;
	values = keys ? realloc(t->values, n * s->value_bytes + 1) : NULL;
	t->values = values ?: t->values;
	if (!values)
		return -ENOMEM;
	t->room = n;
	return 0;
}

int take_new(const struct map *m, struct take **ret)
{
	_cleanup_take_ struct take *t = calloc(1, sizeof(*t));
	int r;

	if (!t)
		return -ENOMEM;
	t->map = m;
	r = reserve(t, scan_batch_room(m->schema));
	if (r == 0)
		*ret = take_ptr(t);
	return r;
}

void take_free(struct take *t)
{
	if (!t)
		return;
	scan_free(t->scan);
	free(t->keys);
	free(t->values);
	free(t);
}

/* ---- key by key ---- */

static int take_one(const struct map *m, const void *key, void *value)
{
	bool exact;
	int r;

	if (m->schema->ops->takes_batches)
		return store_user_errno(STORE_OP_REMOVE,
					store_take_one(&m->ref, key, value, &exact));
	r = map_lookup(m, key, value);
	return r < 0 ? r : map_remove(m, key);
}

/* The next key; 0: none is left. */
static int next_key(struct take *t, const uint8_t **ret)
{
	int r = t->scan ? 0 : scan_new(t->map, true, &t->scan);

	if (r == 0 && t->i == t->found.count) {
		r = scan_next(t->scan, &t->found);
		t->i = 0;
		if (r <= 0)
			t->found.count = 0;
		if (r <= 0)
			return r;
	}
	*ret = t->found.keys + t->i * t->map->schema->key_size;
	return r < 0 ? r : 1;
}

static int take_keys(struct take *t, struct scan_batch *ret)
{
	const struct schema *s = t->map->schema;
	const uint8_t *key;
	size_t n = 0;
	int r = 1;

	while (n < t->room && (!n || t->i < t->found.count)) {
		r = next_key(t, &key);
		if (r <= 0)
			break;
		r = take_one(t->map, key, t->values + n * s->value_bytes);
		if (r < 0 && r != -ENOENT)
			break;
		if (r == 0)
			memcpy(t->keys + n++ * s->key_size, key, s->key_size);
		t->i++;
	}
	*ret = (struct scan_batch){ .keys = t->keys, .values = t->values, .count = n };
	return n ? 1 : r;
}

/* ---- many at once ---- */

/* It failed before the count was set: nothing was taken. */
static bool is_refusal(const struct take *t, int r, uint32_t count)
{
	return r < 0 && r != -ENOENT && count == t->room;
}

static int take_batch(struct take *t, struct scan_batch *ret)
{
	unsigned lock = t->map->schema->lock;
	uint32_t count = 0, next = 0;
	int r = 0;

	while (r == 0 && !count && !t->ended) {
		count = (uint32_t)t->room;
		r = store_take_batch(&t->map->ref, t->started ? &t->cursor : NULL, &next,
				     t->keys, t->values, &count, lock);
		if (is_refusal(t, r, count))
			return r;
		t->ended = r == -ENOENT || (r == 0 && !count);
		/* After other errors read the same buckets again: taken entries are gone. */
		if (r == 0 || r == -ENOSPC) {
			t->cursor = next;
			t->started = true;
		}
		if (r == -ENOSPC && !count)
			r = reserve(t, t->room * 2);
	}
	*ret = (struct scan_batch){ .keys = t->keys, .values = t->values, .count = count };
	return count ? 1 : t->ended ? 0 : r;
}

int take_next(struct take *t, struct scan_batch *ret)
{
	int r;

	if (t->scan || !t->map->schema->ops->takes_batches)
		return take_keys(t, ret);
	r = take_batch(t, ret);
	if (!t->started && !t->ended && scan_lacks_batches(r))
		return take_keys(t, ret);
	return r < 0 ? store_user_errno(STORE_OP_REMOVE, r) : r;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Functions for all scan methods, and the two simplest methods: maps without entries
 * and array indexes.
 */
#include "map/scan/scan.h"

#include <errno.h>
#include <string.h>

#include "map/ops.h"
#include "store/errno.h"
#include "util/clock.h"

#define BATCH_BYTES (256u << 10)
#define BATCH_MAX 4096

/* ---- every method ---- */

static int nothing_next(struct scan *s, struct scan_batch *ret)
{
	return 0;
}

static int nothing_seek(struct scan *s, uint64_t pos)
{
	return 0;
}

static const struct scan_method scan_nothing = {
	.next = nothing_next,
	.seek = nothing_seek,
};

static const struct scan_method *method_of(const struct map *m, bool keys_only)
{
	const struct map_ops *f = m->schema->ops;

	if (!m->schema->key_size || !f->scan)
		return &scan_nothing;
	return keys_only && f->scan_keys ? f->scan_keys : f->scan;
}

bool scan_is_brief(const struct map *m)
{
	return schema_owns_objects(m->schema);
}

int scan_new(const struct map *m, bool keys_only, struct scan **ret)
{
	_cleanup_scan_ struct scan *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->map = s->given = m;
	if (scan_is_brief(m)) {
		s->store = m->ref.store;
		s->own.schema = m->schema;
		s->map = &s->own;
	}
	s->method = method_of(m, keys_only);
	s->keys_only = keys_only;
	if (s->method->state_size) {
		s->state = calloc(1, s->method->state_size);
		if (!s->state)
			return -ENOMEM;
	}
	*ret = take_ptr(s);
	return 0;
}

void scan_free(struct scan *s)
{
	if (!s)
		return;
	if (s->method->release && s->state)
		s->method->release(s);
	free(s->state);
	free(s->keys);
	free(s->values);
	free(s);
}

int scan_next(struct scan *s, struct scan_batch *ret)
{
	uint64_t now = clock_ns(CLOCK_MONOTONIC);
	int r = 0;

	if (s->store)
		r = map_open(s->given->rq, s->store, s->own.schema, STORE_READ, &s->own);
	if (r < 0)
		return r == -ENOENT ? -ESTALE : r;
	r = s->method->next(s, ret);
	map_close(&s->own);
	/* Threads that read ahead set the time themselves. */
	if (r > 0 && !ret->got)
		ret->got = now;
	return r < 0 ? store_user_errno(STORE_OP_LIST, r) : r;
}

int scan_seek(struct scan *s, uint64_t pos)
{
	return s->method->seek(s, pos);
}

size_t scan_batch_room(const struct schema *s)
{
	size_t n = BATCH_BYTES / (s->key_size + s->value_bytes);

	return n < 1 ? 1 : n > BATCH_MAX ? BATCH_MAX : n;
}

size_t scan_batch_size(const struct scan *s)
{
	return scan_batch_room(s->map->schema);
}

static int grow(uint8_t **p, size_t n, size_t size)
{
	size_t bytes;
	void *q;

	if (__builtin_mul_overflow(n, size ?: 1, &bytes))
		return -ENOMEM;
	q = realloc(*p, bytes);
	if (!q)
		return -ENOMEM;
	*p = q;
	return 0;
}

int scan_reserve(struct scan *s, size_t n)
{
	const struct schema *sc = s->map->schema;

	if (n <= s->room)
		return 0;
	if (grow(&s->keys, n, sc->key_size) < 0 ||
	    grow(&s->values, n, sc->value_bytes) < 0)
		return -ENOMEM;
	s->room = n;
	return 0;
}

/* ---- indexes: no store call at all ---- */

struct indexes {
	uint32_t next;
};

static int indexes_next(struct scan *s, struct scan_batch *ret)
{
	struct indexes *st = s->state;
	uint32_t left = s->map->schema->info.max_entries - st->next;
	uint32_t n = left < BATCH_MAX ? left : BATCH_MAX;
	uint32_t *keys;

	if (!n)
		return 0;
	if (!s->keys && grow(&s->keys, BATCH_MAX, sizeof(uint32_t)) < 0)
		return -ENOMEM;
	keys = (uint32_t *)s->keys;
	for (uint32_t i = 0; i < n; i++)
		keys[i] = st->next + i;
	*ret = (struct scan_batch){ .keys = s->keys, .count = n, .pos = st->next };
	st->next += n;
	ret->last = n == left;
	return 1;
}

static int indexes_seek(struct scan *s, uint64_t pos)
{
	struct indexes *st = s->state;
	uint32_t max = s->map->schema->info.max_entries;

	st->next = pos < max ? (uint32_t)pos : max;
	return 0;
}

const struct scan_method scan_indexes = {
	.instant = true,
	.state_size = sizeof(struct indexes),
	.next = indexes_next,
	.seek = indexes_seek,
};

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What array of maps and hash of maps share. Each is its base type with ids
 * as values (0: an empty slot of the array), and a reference to each map that
 * stands in one. memory_map.slots is held while a slot changes, so an id in a
 * slot and its reference always go together. The rows stand with their base
 * types, in array.c and hash.c.
 */
#include "store/memory/memory.h"

#include <assert.h>
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>

/* Of the inner map that was given at creation. It is not kept alive. */
struct memory_template {
	struct store_info info;
	bool fixed; /* MEMORY_FIXED_INNER */
	struct memory_hole holes[MEMORY_MAX_HOLES];
	unsigned hole_count;
	bool has_lock;
};

int memory_outer_init(struct memory_map *m, const struct store_spec *spec)
{
	const struct memory_map *inner = spec->inner ? spec->inner->object : NULL;

	if (!(m->type->traits & MEMORY_HOLDS_MAPS))
		return 0;
	if (!inner)
		return -EBADF;
	if (inner->type->traits & MEMORY_HOLDS_MAPS)
		return -EINVAL;
	m->inner = calloc(1, sizeof(*m->inner));
	if (!m->inner)
		return -ENOMEM;
	*m->inner = (struct memory_template){
		.info = inner->info,
		.fixed = inner->type->traits & MEMORY_FIXED_INNER,
		.hole_count = inner->hole_count,
		.has_lock = inner->has_lock,
	};
	memcpy(m->inner->holes, inner->holes, sizeof(inner->holes));
	return 0;
}

static bool fits(const struct memory_template *t, const struct memory_map *m)
{
	if (m->info.type != t->info.type || m->info.key_size != t->info.key_size ||
	    m->info.value_size != t->info.value_size || m->info.flags != t->info.flags)
		return false;
	if (m->has_lock != t->has_lock || m->hole_count != t->hole_count ||
	    memcmp(m->holes, t->holes, t->hole_count * sizeof(t->holes[0])))
		return false;
	return !t->fixed || t->info.flags & BPF_F_INNER_MAP ||
	       m->info.max_entries == t->info.max_entries;
}

/* Drop the reference behind an id that was taken out of a slot. */
static void let_go(struct memory_map *m, uint32_t id)
{
	struct memory_map *inner;

	{
		GUARD_MUTEX(&m->store->lock);
		inner = memory_ids_get(&m->store->maps, id);
	}
	/* Our reference kept the id in use until now. */
	assert(inner);
	memory_map_put(inner);
}

void memory_outer_release(struct memory_map *m)
{
	_cleanup_free_ char *key = NULL;
	const void *from = NULL;
	uint32_t id;

	if (m->held)
		key = malloc(m->info.key_size);
	/* Without memory they stay for good: better than to touch what is freed. */
	while (key && m->held && !m->type->next_key(m, from, key)) {
		from = key;
		if (m->type->lookup(m, key, &id) == 0) {
			let_go(m, id);
			m->held--;
		}
	}
	free(m->inner);
}

int memory_outer_change(struct memory_map *m, const void *key, struct memory_map *inner,
			unsigned flags, memory_outer_set *set)
{
	uint32_t id = inner ? inner->info.id : 0, old = 0;
	bool was_used;
	int r;

	if (inner && (!fits(m->inner, inner) || flags > STORE_EXIST))
		return -EINVAL;
	if (inner)
		memory_map_get(inner);
	{
		GUARD_MUTEX(&m->slots);
		was_used = m->type->lookup(m, key, &old) == 0;
		r = set(m, key, inner ? &id : NULL, flags);
		if (r == 0)
			m->held += (inner != NULL) - (uint32_t)was_used;
	}
	if (r && inner)
		memory_map_put(inner);
	if (r == 0 && was_used)
		let_go(m, old);
	return r;
}

int memory_outer_no_bytes(struct memory_map *m, const void *key, const void *value,
			  unsigned flags)
{
	(void)m;
	(void)key;
	(void)value;
	(void)flags;
	return -EBADF;
}

int memory_outer_no_types(const struct store_spec *spec, const struct btf_type *key,
			  const struct btf_type *value)
{
	(void)spec;
	(void)key;
	(void)value;
	return -STORE_ENOTSUPP;
}

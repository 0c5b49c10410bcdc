/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A map of this store is a map of the inner store with another store pointer; each op
 * is counted, fails if the test asked for that, and is passed on otherwise.
 */
#include "store-fault.h"

#include <errno.h>
#include <string.h>

struct fault {
	unsigned calls, after, times;
	int error;
	void (*hook)(void *);
	void *arg;
};

struct fault_store {
	struct store base;
	struct store *inner;
	pthread_mutex_t lock; /* guards all below */
	struct fault faults[FAULT_OPS];
	unsigned open_maps;
	void (*next_key)(void *, const void *key);
	void *next_key_arg;
	int (*answer)(void *, const void *key, void *next);
	void *answer_arg;
	uint32_t type; /* that maps claim to be of, 0: the truth */
	size_t spill; /* bytes that a lookup writes; 0: the value's */
};

static struct fault_store *fault_of(struct store *s)
{
	return (struct fault_store *)s;
}

static struct store_map inner_of(const struct store_map *m)
{
	struct store_map inner = *m;

	inner.store = fault_of(m->store)->inner;
	return inner;
}

/* 0: go on to the inner store. */
static int enter(struct store *s, enum fault_op op)
{
	struct fault_store *f = fault_of(s);
	struct fault *fault = &f->faults[op];
	void (*hook)(void *);
	void *arg;
	int r = 0;

	{
		GUARD_MUTEX(&f->lock);
		fault->calls++;
		hook = fault->hook;
		arg = fault->arg;
		if (fault->after) {
			fault->after--;
		} else if (fault->times) {
			fault->times--;
			r = fault->error;
		}
	}
	if (hook)
		hook(arg);
	return r;
}

/* A map that the inner store opened becomes one of this. */
static int adopt(struct store *s, struct store_map *m, int r)
{
	struct fault_store *f = fault_of(s);

	if (r)
		return r;
	m->store = s;
	GUARD_MUTEX(&f->lock);
	f->open_maps++;
	return 0;
}

static void fault_free(struct store *s)
{
	struct fault_store *f = fault_of(s);

	store_free(f->inner);
	pthread_mutex_destroy(&f->lock);
	free(f);
}

static int fault_next_id(struct store *s, uint32_t id, uint32_t *ret)
{
	int r = enter(s, FAULT_NEXT_ID);

	return r ? r : store_next_id(fault_of(s)->inner, id, ret);
}

static int fault_open(struct store *s, uint32_t id, unsigned access,
		      struct store_map *ret)
{
	int r = enter(s, FAULT_OPEN);

	return r ? r : adopt(s, ret, store_open(fault_of(s)->inner, id, access, ret));
}

static void fault_close(struct store_map *m)
{
	struct fault_store *f = fault_of(m->store);
	struct store_map inner = inner_of(m);

	enter(m->store, FAULT_CLOSE);
	store_close(&inner);
	GUARD_MUTEX(&f->lock);
	f->open_maps--;
}

/* The inner map of a map of maps is the inner store's too. */
static int create_inner(struct store *s, const struct store_spec *spec,
			struct store_map *ret)
{
	struct store_map inner = STORE_MAP_INIT;
	struct store_spec copy = *spec;

	if (spec->inner) {
		inner = inner_of(spec->inner);
		copy.inner = &inner;
	}
	return store_create(s, &copy, ret);
}

static int fault_create(struct store *s, const struct store_spec *spec,
			struct store_map *ret)
{
	int r = enter(s, FAULT_CREATE);

	return r ? r : adopt(s, ret, create_inner(fault_of(s)->inner, spec, ret));
}

static int fault_btf(struct store *s, uint32_t btf_id, struct btf **ret)
{
	int r = enter(s, FAULT_BTF);

	return r ? r : store_btf(fault_of(s)->inner, btf_id, ret);
}

/* An op on a map: fault_NAME(m, ARGS) hands on to store_NAME(m, VALUES). */
#define MAP_OP(name, OP, args, ...)                                            \
	static int fault_##name args                                           \
	{                                                                      \
		struct store_map inner = inner_of(m);                          \
		int r = enter(m->store, OP);                                   \
		return r ? r : store_##name(__VA_ARGS__);                      \
	}

static int fault_info(const struct store_map *m, struct store_info *ret)
{
	struct fault_store *f = fault_of(m->store);
	struct store_map inner = inner_of(m);
	int r = enter(m->store, FAULT_INFO);

	if (!r)
		r = store_info(&inner, ret);
	if (!r && f->type)
		ret->type = f->type;
	return r;
}

static int fault_lookup(const struct store_map *m, const void *key, void *value,
			unsigned flags)
{
	struct fault_store *f = fault_of(m->store);
	struct store_map inner = inner_of(m);
	struct store_info info;
	int r = enter(m->store, FAULT_LOOKUP);

	if (!r)
		r = store_lookup(&inner, key, value, flags);
	if (!r && f->spill && store_info(&inner, &info) == 0)
		memset((char *)value + info.value_size, 0x55, f->spill - info.value_size);
	return r;
}

static int fault_next_key(const struct store_map *m, const void *key, void *next)
{
	struct fault_store *f = fault_of(m->store);
	struct store_map inner = inner_of(m);
	int r = enter(m->store, FAULT_NEXT_KEY);

	if (f->next_key)
		f->next_key(f->next_key_arg, key);
	if (!r)
		r = f->answer ? f->answer(f->answer_arg, key, next) : 1;
	return r <= 0 ? r : store_next_key(&inner, key, next);
}

MAP_OP(usage, FAULT_USAGE, (const struct store_map *m, struct store_usage *ret), &inner,
       ret)
MAP_OP(update, FAULT_UPDATE,
       (const struct store_map *m, const void *key, const void *value, unsigned flags),
       &inner, key, value, flags)
MAP_OP(remove, FAULT_REMOVE, (const struct store_map *m, const void *key), &inner, key)
MAP_OP(lookup_and_delete, FAULT_LOOKUP_AND_DELETE,
       (const struct store_map *m, const void *key, void *value, unsigned flags), &inner,
       key, value, flags)
MAP_OP(lookup_batch, FAULT_LOOKUP_BATCH,
       (const struct store_map *m, const void *in, void *out, void *keys, void *values,
	uint32_t *count, unsigned elem_flags),
       &inner, in, out, keys, values, count, elem_flags)
MAP_OP(take_batch, FAULT_TAKE_BATCH,
       (const struct store_map *m, const void *in, void *out, void *keys, void *values,
	uint32_t *count, unsigned elem_flags),
       &inner, in, out, keys, values, count, elem_flags)
MAP_OP(update_batch, FAULT_UPDATE_BATCH,
       (const struct store_map *m, const void *keys, const void *values, uint32_t *count,
	unsigned elem_flags),
       &inner, keys, values, count, elem_flags)
MAP_OP(remove_batch, FAULT_REMOVE_BATCH,
       (const struct store_map *m, const void *keys, uint32_t *count), &inner, keys,
       count)
MAP_OP(patch, FAULT_PATCH,
       (const struct store_map *m, uint64_t offset, const void *data, size_t len), &inner,
       offset, data, len)
/* The mapping is of the inner store, which unmaps it. */
MAP_OP(ring_map, FAULT_RING_MAP,
       (const struct store_map *m, unsigned access, struct store_ring *ret), &inner, access,
       ret)
MAP_OP(freeze, FAULT_FREEZE, (const struct store_map *m), &inner)

static int fault_update_map(const struct store_map *m, const void *key,
			    const struct store_map *map, unsigned flags)
{
	struct store_map outer = inner_of(m), inner = inner_of(map);
	int r = enter(m->store, FAULT_UPDATE);

	return r ? r : store_update_map(&outer, key, &inner, flags);
}

static const struct store_ops fault_ops = {
	.name = "fault",
	.free = fault_free,
	.next_id = fault_next_id,
	.open = fault_open,
	.close = fault_close,
	.create = fault_create,
	.info = fault_info,
	.usage = fault_usage,
	.btf = fault_btf,
	.lookup = fault_lookup,
	.update = fault_update,
	.update_map = fault_update_map,
	.remove = fault_remove,
	.lookup_and_delete = fault_lookup_and_delete,
	.next_key = fault_next_key,
	.lookup_batch = fault_lookup_batch,
	.take_batch = fault_take_batch,
	.update_batch = fault_update_batch,
	.remove_batch = fault_remove_batch,
	.patch = fault_patch,
	.ring_map = fault_ring_map,
	.freeze = fault_freeze,
};

int store_fault_new(struct store *inner, struct store **ret)
{
	struct fault_store *f = calloc(1, sizeof(*f));

	if (!f)
		return -ENOMEM;
	f->base.ops = &fault_ops;
	f->inner = inner;
	pthread_mutex_init(&f->lock, NULL);
	*ret = &f->base;
	return 0;
}

void store_fault_fail(struct store *s, enum fault_op op, unsigned after, unsigned times,
		      int error)
{
	struct fault_store *f = fault_of(s);

	GUARD_MUTEX(&f->lock);
	f->faults[op].after = after;
	f->faults[op].times = times;
	f->faults[op].error = error;
}

void store_fault_hook(struct store *s, enum fault_op op, void (*hook)(void *), void *arg)
{
	struct fault_store *f = fault_of(s);

	GUARD_MUTEX(&f->lock);
	f->faults[op].hook = hook;
	f->faults[op].arg = arg;
}

void store_fault_next_key(struct store *s, void (*hook)(void *, const void *key), void *arg)
{
	fault_of(s)->next_key = hook;
	fault_of(s)->next_key_arg = arg;
}

void store_fault_answer(struct store *s,
			int (*answer)(void *, const void *key, void *next), void *arg)
{
	fault_of(s)->answer_arg = arg;
	fault_of(s)->answer = answer;
}

void store_fault_type(struct store *s, uint32_t type)
{
	fault_of(s)->type = type;
}

void store_fault_spill(struct store *s, size_t bytes)
{
	fault_of(s)->spill = bytes;
}

unsigned store_fault_calls(struct store *s, enum fault_op op)
{
	struct fault_store *f = fault_of(s);

	GUARD_MUTEX(&f->lock);
	return f->faults[op].calls;
}

unsigned store_fault_open_maps(struct store *s)
{
	struct fault_store *f = fault_of(s);

	GUARD_MUTEX(&f->lock);
	return f->open_maps;
}

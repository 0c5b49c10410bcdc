/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * array and per-CPU array: contiguous values, all of which always exist. A value is
 * copied under the lock of its stripe, so it is never torn.
 */
#include "store/memory/memory.h"

#include <bpf/btf.h>
#include <errno.h>
#include <limits.h>
#include <linux/bpf.h>
#include <string.h>

struct array_map {
	struct memory_map map;
	struct memory_stripes stripes;
	char *values;
	size_t stride; /* between values */
	uint32_t count;
};

static struct array_map *array_of(struct memory_map *m)
{
	return (struct array_map *)m;
}

static int array_check(const struct store_spec *spec)
{
	if (!spec->max_entries || spec->key_size != 4 || !spec->value_size)
		return -EINVAL;
	return spec->value_size > INT_MAX ? -E2BIG : 0;
}

static int percpu_array_check(const struct store_spec *spec)
{
	int r = array_check(spec);

	return !r && spec->value_size > MEMORY_PERCPU_MAX ? -E2BIG : r;
}

/* Global data has no key type: one element, one section. */
static int array_check_btf(const struct store_spec *spec, const struct btf_type *key,
			   const struct btf_type *value)
{
	if (key)
		return btf_is_int(key) && btf_int_bits(key) == 32 &&
		       !btf_int_offset(key) ? 0 : -EINVAL;
	if (spec->type != BPF_MAP_TYPE_ARRAY || spec->max_entries != 1)
		return -EINVAL;
	return btf_is_datasec(value) ? 0 : -EINVAL;
}

static int array_create(const struct store_spec *spec, size_t value_stride,
			struct memory_map **ret)
{
	struct array_map *a = calloc(1, sizeof(*a));

	if (!a)
		return -ENOMEM;
	a->count = spec->max_entries;
	a->stride = (value_stride + 7) & ~(size_t)7;
	a->values = memory_pages(a->count, a->stride, true);
	if (!a->values) {
		free(a);
		return -ENOMEM;
	}
	memory_stripes_init(&a->stripes);
	*ret = &a->map;
	return 0;
}

static void array_free(struct memory_map *m)
{
	struct array_map *a = array_of(m);

	memory_pages_free(a->values, a->count, a->stride, true);
	memory_stripes_release(&a->stripes);
	free(a);
}

static uint64_t array_memlock(struct memory_map *m)
{
	struct array_map *a = array_of(m);

	return sizeof(*a) + a->stride * a->count;
}

static uint32_t index_of(const void *key)
{
	uint32_t index;

	memcpy(&index, key, sizeof(index));
	return index;
}

static void copy_out(struct array_map *a, uint32_t index, void *value)
{
	GUARD_MUTEX(memory_stripe(&a->stripes, index));
	memcpy(value, a->values + index * a->stride, a->map.value_stride);
}

static int array_lookup(struct memory_map *m, const void *key, void *value)
{
	struct array_map *a = array_of(m);
	uint32_t index = index_of(key);

	if (index >= a->count)
		return -ENOENT;
	copy_out(a, index, value);
	return 0;
}

static int array_update(struct memory_map *m, const void *key, const void *value,
			unsigned flags)
{
	struct array_map *a = array_of(m);
	uint32_t index = index_of(key);

	if (index >= a->count)
		return -E2BIG;
	if (flags == STORE_NOEXIST)
		return -EEXIST;
	GUARD_MUTEX(memory_stripe(&a->stripes, index));
	memory_put_value(m, a->values + index * a->stride, value);
	return 0;
}

static int array_remove(struct memory_map *m, const void *key)
{
	(void)m;
	(void)key;
	return -EINVAL;
}

static int array_next_key(struct memory_map *m, const void *key, void *next)
{
	struct array_map *a = array_of(m);
	uint32_t index = key ? index_of(key) : UINT32_MAX;

	if (index == a->count - 1)
		return -ENOENT;
	index = index >= a->count ? 0 : index + 1;
	memcpy(next, &index, sizeof(index));
	return 0;
}

/* There are no programs: every reader of an element holds its lock. */
static void array_patch(struct memory_map *m, uint64_t offset, const void *data, size_t len)
{
	struct array_map *a = array_of(m);
	const char *from = data;

	while (len) {
		uint32_t index = (uint32_t)(offset / a->stride);
		size_t at = offset % a->stride;
		size_t n = len < a->stride - at ? len : a->stride - at;
		GUARD_MUTEX(memory_stripe(&a->stripes, index));

		memcpy(a->values + offset, from, n);
		offset += n;
		from += n;
		len -= n;
	}
}

/* The cursor is the index returned last; one that is out of range restarts. */
static int array_lookup_batch(struct memory_map *m, const void *in, void *out, void *keys,
			      void *values, uint32_t *count)
{
	struct array_map *a = array_of(m);
	uint32_t index = in ? index_of(in) : UINT32_MAX, room = *count, done = 0;

	index = index >= a->count ? 0 : index + 1;
	for (; done < room && index < a->count; done++, index++) {
		memcpy((char *)keys + (size_t)done * 4, &index, 4);
		copy_out(a, index, (char *)values + done * m->value_stride);
	}
	*count = done;
	if (done) {
		index--;
		memcpy(out, &index, sizeof(index));
	}
	return done < room ? -ENOENT : 0;
}

/* ---- array of maps: id 0 is an empty slot ---- */

static int array_of_maps_check(const struct store_spec *spec)
{
	return spec->value_size == sizeof(uint32_t) ? array_check(spec) : -EINVAL;
}

static int array_of_maps_lookup(struct memory_map *m, const void *key, void *value)
{
	int r = array_lookup(m, key, value);

	return r == 0 && index_of(value) == 0 ? -ENOENT : r;
}

static int array_of_maps_set(struct memory_map *m, const void *key, const uint32_t *id,
			     unsigned flags)
{
	const uint32_t none = 0;
	uint32_t old;

	if (!id && array_of_maps_lookup(m, key, &old))
		return -ENOENT;
	return array_update(m, key, id ?: &none, flags);
}

static int check_slot(const struct memory_map *m, const void *key, unsigned flags)
{
	if (flags != STORE_ANY)
		return -EINVAL;
	return index_of(key) < m->info.max_entries ? 0 : -E2BIG;
}

static int array_of_maps_update(struct memory_map *m, const void *key, const void *value,
				unsigned flags)
{
	int r = check_slot(m, key, flags);

	return r ? r : memory_outer_no_bytes(m, key, value, flags);
}

static int array_of_maps_update_map(struct memory_map *m, const void *key,
				    struct memory_map *inner, unsigned flags)
{
	int r = check_slot(m, key, flags);

	return r ? r : memory_outer_change(m, key, inner, flags, array_of_maps_set);
}

static int array_of_maps_remove(struct memory_map *m, const void *key)
{
	int r = check_slot(m, key, STORE_ANY);

	return r ? r : memory_outer_change(m, key, NULL, STORE_ANY, array_of_maps_set);
}

#define ARRAY_FLAGS                                                            \
	(BPF_F_RDONLY | BPF_F_WRONLY | BPF_F_RDONLY_PROG | BPF_F_WRONLY_PROG)

#define ARRAY_BASE                                                             \
	.create = array_create, .free = array_free, .memlock = array_memlock,  \
	.next_key = array_next_key, .update_batch = memory_batch_update

#define ARRAY_OPS                                                              \
	ARRAY_BASE, .check_btf = array_check_btf, .lookup = array_lookup,      \
	.update = array_update, .remove = array_remove,                        \
	.lookup_batch = array_lookup_batch

const struct memory_type memory_type_array = {
	.type = BPF_MAP_TYPE_ARRAY,
	.flags = ARRAY_FLAGS | BPF_F_NUMA_NODE | BPF_F_MMAPABLE | BPF_F_INNER_MAP,
	.traits = MEMORY_FIXED_INNER,
	.check = array_check,
	.patch = array_patch,
	ARRAY_OPS,
};

const struct memory_type memory_type_percpu_array = {
	.type = BPF_MAP_TYPE_PERCPU_ARRAY,
	.flags = ARRAY_FLAGS,
	.traits = MEMORY_PERCPU,
	.check = percpu_array_check,
	ARRAY_OPS,
};

const struct memory_type memory_type_array_of_maps = {
	.type = BPF_MAP_TYPE_ARRAY_OF_MAPS,
	.flags = BPF_F_NUMA_NODE | BPF_F_RDONLY | BPF_F_WRONLY,
	.traits = MEMORY_HOLDS_MAPS,
	.check = array_of_maps_check,
	.check_btf = memory_outer_no_types,
	.lookup = array_of_maps_lookup,
	.update = array_of_maps_update,
	.update_map = array_of_maps_update_map,
	.remove = array_of_maps_remove,
	.lookup_batch = memory_batch_lookup,
	ARRAY_BASE,
};

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * array and per-CPU array: values side by side, all of them always there.
 * A value is copied under the lock of its stripe, so it is never torn.
 */
#include "store/memory.h"

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

	memory_pages_free(a->values, a->count, a->stride);
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

#define ARRAY_FLAGS                                                            \
	(BPF_F_RDONLY | BPF_F_WRONLY | BPF_F_RDONLY_PROG | BPF_F_WRONLY_PROG)

#define ARRAY_OPS                                                              \
	.check_btf = array_check_btf, .create = array_create, .free = array_free, \
	.memlock = array_memlock, .lookup = array_lookup, .update = array_update, \
	.remove = array_remove, .next_key = array_next_key,                    \
	.lookup_batch = array_lookup_batch, .update_batch = memory_batch_update

const struct memory_type memory_type_array = {
	.type = BPF_MAP_TYPE_ARRAY,
	.flags = ARRAY_FLAGS | BPF_F_NUMA_NODE | BPF_F_MMAPABLE | BPF_F_INNER_MAP,
	.check = array_check,
	ARRAY_OPS,
};

const struct memory_type memory_type_percpu_array = {
	.type = BPF_MAP_TYPE_PERCPU_ARRAY,
	.flags = ARRAY_FLAGS,
	.traits = MEMORY_PERCPU,
	.check = percpu_array_check,
	ARRAY_OPS,
};

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * queue and stack of the in-process store: a ring of max_entries values.
 *
 *	   first           first + count
 *	----|-----------------|-------------> (modulo max_entries)
 *	    oldest   newest
 *
 * A queue returns the oldest, a stack the newest. On request, both make room by
 * dropping the oldest.
 */
#include "store/memory/memory.h"

#include <errno.h>
#include <linux/bpf.h>

struct queue_map {
	struct memory_map map;
	pthread_mutex_t lock; /* guards the rest */
	char *values;
	uint32_t limit;
	uint32_t first, count;
};

static struct queue_map *queue_of(struct memory_map *m)
{
	return (struct queue_map *)m;
}

static int queue_check(const struct store_spec *spec)
{
	if (!spec->max_entries || spec->key_size || !spec->value_size)
		return -EINVAL;
	return spec->value_size > MEMORY_KMALLOC_MAX ? -E2BIG : 0;
}

static int queue_create(const struct store_spec *spec, size_t value_stride,
			struct memory_map **ret)
{
	struct queue_map *q = calloc(1, sizeof(*q));

	if (!q)
		return -ENOMEM;
	q->limit = spec->max_entries;
	q->values = memory_pages(q->limit, value_stride, true);
	if (!q->values) {
		free(q);
		return -ENOMEM;
	}
	pthread_mutex_init(&q->lock, NULL);
	*ret = &q->map;
	return 0;
}

static void queue_free(struct memory_map *m)
{
	struct queue_map *q = queue_of(m);

	memory_pages_free(q->values, q->limit, m->value_stride, true);
	pthread_mutex_destroy(&q->lock);
	free(q);
}

static uint64_t queue_memlock(struct memory_map *m)
{
	return sizeof(struct queue_map) + (uint64_t)queue_of(m)->limit * m->value_stride;
}

/* Place of the i-th oldest value; q->lock is held. */
static char *value_at(const struct queue_map *q, uint32_t i)
{
	uint64_t place = ((uint64_t)q->first + i) % q->limit;

	return q->values + place * q->map.value_stride;
}

static int queue_push(struct memory_map *m, const void *key, const void *value,
		      unsigned flags)
{
	struct queue_map *q = queue_of(m);

	(void)key;
	if (flags == STORE_NOEXIST)
		return -EINVAL;
	GUARD_MUTEX(&q->lock);
	if (q->count == q->limit) {
		if (flags != STORE_EXIST)
			return -E2BIG;
		q->first = (q->first + 1) % q->limit;
		q->count--;
	}
	memory_put_value(m, value_at(q, q->count++), value);
	return 0;
}

static int queue_take(struct memory_map *m, void *value, bool newest, bool remove)
{
	struct queue_map *q = queue_of(m);

	GUARD_MUTEX(&q->lock);
	if (!q->count)
		return -ENOENT;
	memcpy(value, value_at(q, newest ? q->count - 1 : 0), m->value_stride);
	if (remove) {
		q->count--;
		q->first = newest ? q->first : (q->first + 1) % q->limit;
	}
	return 0;
}

static int queue_peek(struct memory_map *m, const void *key, void *value)
{
	(void)key;
	return queue_take(m, value, false, false);
}

static int queue_pop(struct memory_map *m, const void *key, void *value)
{
	(void)key;
	return queue_take(m, value, false, true);
}

static int stack_peek(struct memory_map *m, const void *key, void *value)
{
	(void)key;
	return queue_take(m, value, true, false);
}

static int stack_pop(struct memory_map *m, const void *key, void *value)
{
	(void)key;
	return queue_take(m, value, true, true);
}

static int no_remove(struct memory_map *m, const void *key)
{
	(void)m;
	(void)key;
	return -EINVAL;
}

static int no_next_key(struct memory_map *m, const void *key, void *next)
{
	(void)m;
	(void)key;
	(void)next;
	return -EINVAL;
}

#define QUEUE_ROW                                                              \
	.flags = BPF_F_NUMA_NODE | BPF_F_RDONLY | BPF_F_WRONLY |               \
		 BPF_F_RDONLY_PROG | BPF_F_WRONLY_PROG,                        \
	.check = queue_check, .create = queue_create, .free = queue_free,      \
	.memlock = queue_memlock, .update = queue_push, .remove = no_remove,   \
	.next_key = no_next_key

const struct memory_type memory_type_queue = {
	.type = BPF_MAP_TYPE_QUEUE,
	.lookup = queue_peek,
	.lookup_and_delete = queue_pop,
	QUEUE_ROW,
};

const struct memory_type memory_type_stack = {
	.type = BPF_MAP_TYPE_STACK,
	.lookup = stack_peek,
	.lookup_and_delete = stack_pop,
	QUEUE_ROW,
};

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ring buffer of the in-process store, in the kernel's format, so that it is read as
 * the kernel's are. No program fills it; store_memory_produce() does in tests.
 *
 *	positions:	page 0, as struct positions
 *	data:		max_entries bytes, records of a header and their bytes,
 *			padded to 8
 *
 * Readers see it without a lock, as those of the kernel's.
 */
#include "store/memory/memory.h"

#include <errno.h>
#include <linux/bpf.h>

#define HEADER 8u /* u32 len and flags, u32 that readers ignore */

struct positions {
	uint64_t consumer, producer, overwritten;
};

struct ring_map {
	struct memory_map map;
	pthread_mutex_t lock; /* held by producers */
	struct positions at;
	char *data;
	uint64_t size;
};

static struct ring_map *ring_of(struct memory_map *m)
{
	return (struct ring_map *)m;
}

static int ring_check(const struct store_spec *spec)
{
	uint32_t page = (uint32_t)sysconf(_SC_PAGESIZE), n = spec->max_entries;

	if (spec->key_size || spec->value_size || !n || n & (n - 1) || n % page)
		return -EINVAL;
	return 0;
}

static int ring_create(const struct store_spec *spec, size_t value_stride,
		       struct memory_map **ret)
{
	struct ring_map *r = calloc(1, sizeof(*r));

	(void)value_stride;
	if (!r)
		return -ENOMEM;
	r->size = spec->max_entries;
	r->data = memory_pages(r->size, 1, true);
	if (!r->data) {
		free(r);
		return -ENOMEM;
	}
	pthread_mutex_init(&r->lock, NULL);
	*ret = &r->map;
	return 0;
}

static void ring_free(struct memory_map *m)
{
	struct ring_map *r = ring_of(m);

	memory_pages_free(r->data, r->size, 1, true);
	pthread_mutex_destroy(&r->lock);
	free(r);
}

static uint64_t ring_memlock(struct memory_map *m)
{
	return sizeof(struct ring_map) + ring_of(m)->size;
}

const struct memory_type memory_type_ringbuf = {
	.type = BPF_MAP_TYPE_RINGBUF,
	.flags = BPF_F_NUMA_NODE | STORE_RB_OVERWRITE,
	.check = ring_check,
	.create = ring_create,
	.free = ring_free,
	.memlock = ring_memlock,
};

/* ---- readers ---- */

static bool is_frozen(struct memory_map *m)
{
	GUARD_READ(&m->write_lock);
	return m->frozen;
}

int memory_ring_map(const struct store_map *sm, unsigned access, struct store_ring *ret)
{
	struct memory_map *m = sm->object;
	struct ring_map *r = ring_of(m);

	if (m->type != &memory_type_ringbuf)
		return -EINVAL;
	/* Like mmap(2) of a kernel's ring buffer, which treats other mappings as
	 * private. */
	if ((sm->access & (STORE_READ | STORE_WRITE)) != (STORE_READ | STORE_WRITE))
		return -EINVAL;
	if (access & STORE_WRITE && is_frozen(m))
		return -EPERM;
	memory_map_get(m);
	*ret = (struct store_ring){
		.consumer = &r->at.consumer,
		.producer = &r->at.producer,
		.overwritten = m->info.flags & STORE_RB_OVERWRITE ? &r->at.overwritten : NULL,
		.data = r->data,
		.size = r->size,
		.store = sm->store,
		.object = m,
	};
	return 0;
}

void memory_ring_unmap(struct store_ring *r)
{
	memory_map_put(r->object);
}

/* ---- the producer of tests; r->lock is held ---- */

static uint32_t *header_at(const struct ring_map *r, uint64_t pos)
{
	return (uint32_t *)(void *)(r->data + (pos & (r->size - 1)));
}

static uint64_t record_bytes(uint32_t len)
{
	return (HEADER + (uint64_t)(len & ~BPF_RINGBUF_DISCARD_BIT) + 7) & ~UINT64_C(7);
}

/* Drop the oldest records until those up to `end` fit. */
static void overwrite(struct ring_map *r, uint64_t end)
{
	uint64_t over = r->at.overwritten;

	while (end - over > r->size - 1)
		over += record_bytes(*header_at(r, over));
	__atomic_store_n(&r->at.overwritten, over, __ATOMIC_RELEASE);
}

static int make_room(struct ring_map *r, uint64_t end)
{
	uint64_t consumed = __atomic_load_n(&r->at.consumer, __ATOMIC_ACQUIRE);

	if (r->map.info.flags & STORE_RB_OVERWRITE)
		overwrite(r, end);
	else if (end - consumed > r->size - 1)
		return -ENOSPC;
	return 0;
}

static void copy_in(struct ring_map *r, uint64_t pos, const char *from, size_t len)
{
	for (size_t i = 0; i < len; i++)
		__atomic_store_n(&r->data[(pos + i) & (r->size - 1)], from[i],
				 __ATOMIC_RELAXED);
}

int store_memory_produce(const struct store_map *sm, const void *record, size_t len,
			 bool discard)
{
	struct ring_map *r = ring_of(sm->object);
	uint32_t flag = discard ? BPF_RINGBUF_DISCARD_BIT : 0;
	uint64_t pos, end;
	int e;

	if (r->map.type != &memory_type_ringbuf)
		return -EINVAL;
	if (len > r->size - 2 * HEADER)
		return -EFBIG;
	GUARD_MUTEX(&r->lock);
	pos = r->at.producer;
	end = pos + record_bytes((uint32_t)len);
	e = make_room(r, end);
	if (e < 0)
		return e;
	__atomic_store_n(header_at(r, pos), (uint32_t)len | BPF_RINGBUF_BUSY_BIT,
			 __ATOMIC_RELAXED);
	__atomic_store_n(&r->at.producer, end, __ATOMIC_RELEASE);
	copy_in(r, pos + HEADER, record, len);
	__atomic_store_n(header_at(r, pos), (uint32_t)len | flag, __ATOMIC_RELEASE);
	return 0;
}

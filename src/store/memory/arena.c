/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Storage for millions of entries without an allocation for each, and for tables sized
 * by max_entries that may never be used.
 */
#include "store/memory/memory.h"

#include <assert.h>
#include <errno.h>
#include <sys/mman.h>

/* Target size of a chunk. A larger slot has its own chunk. */
#define CHUNK_BYTES (1u << 20)
#define PAGE_BYTES 4096u

void *memory_pages(size_t count, size_t size, bool charged)
{
	int flags = MAP_PRIVATE | MAP_ANONYMOUS | (charged ? 0 : MAP_NORESERVE);
	size_t bytes;
	void *pages;

	if (__builtin_mul_overflow(count, size, &bytes))
		return NULL;
	if (charged && memory_charge(bytes))
		return NULL;
	pages = mmap(NULL, bytes, PROT_READ | PROT_WRITE, flags, -1, 0);
	if (pages != MAP_FAILED)
		return pages;
	if (charged)
		memory_uncharge(bytes);
	return NULL;
}

void memory_pages_free(void *pages, size_t count, size_t size, bool charged)
{
	if (!pages)
		return;
	munmap(pages, count * size);
	if (charged)
		memory_uncharge(count * size);
}

static size_t chunk_count(const struct memory_arena *a)
{
	return (size_t)((a->limit - 1) >> a->shift) + 1;
}

int memory_arena_init(struct memory_arena *a, size_t size, uint32_t limit,
		      uint64_t index_bytes)
{
	assert(limit);
	*a = (struct memory_arena){ .limit = limit, .index_left = index_bytes };
	/* A freed slot holds the number of the next one. */
	a->stride = (size + 3) & ~(size_t)3;
	while ((a->stride << (a->shift + 1)) <= CHUNK_BYTES)
		a->shift++;
	a->chunks = memory_pages(chunk_count(a), sizeof(*a->chunks), false);
	if (!a->chunks)
		return -ENOMEM;
	pthread_mutex_init(&a->lock, NULL);
	return 0;
}

void memory_arena_release(struct memory_arena *a)
{
	if (!a->chunks)
		return;
	for (size_t i = 0; i < chunk_count(a) && a->chunks[i]; i++)
		free(a->chunks[i]);
	memory_pages_free(a->chunks, chunk_count(a), sizeof(*a->chunks), false);
	memory_uncharge(a->charged);
	pthread_mutex_destroy(&a->lock);
	a->chunks = NULL;
}

static int charge(struct memory_arena *a, uint64_t bytes)
{
	int r = memory_charge(bytes);

	if (r == 0)
		a->charged += bytes;
	return r;
}

/* The next new slot is linked from one more place of the tables, on a page that
 * may not have been touched before. */
static int charge_index(struct memory_arena *a)
{
	uint64_t page = a->index_left < PAGE_BYTES ? a->index_left : PAGE_BYTES;
	int r = page ? charge(a, page) : 0;

	if (r == 0)
		a->index_left -= page;
	return r;
}

/* Memory for the chunk of slot index i; the last one may be short. */
static int open_chunk(struct memory_arena *a, uint32_t i)
{
	size_t slots = (size_t)1 << a->shift;

	if (a->chunks[i >> a->shift])
		return 0;
	if (slots > a->limit - i)
		slots = a->limit - i;
	if (charge(a, slots * a->stride))
		return -ENOMEM;
	a->chunks[i >> a->shift] = calloc(slots, a->stride);
	if (!a->chunks[i >> a->shift]) {
		memory_uncharge(slots * a->stride);
		a->charged -= slots * a->stride;
		return -ENOMEM;
	}
	a->bytes += slots * a->stride;
	return 0;
}

int memory_arena_alloc(struct memory_arena *a, uint32_t *ret)
{
	GUARD_MUTEX(&a->lock);
	if (a->freed) {
		*ret = a->freed;
		memcpy(&a->freed, memory_arena_at(a, *ret), sizeof(a->freed));
		return 0;
	}
	if (a->opened == a->limit)
		return -ENOSPC;
	if (open_chunk(a, a->opened) || charge_index(a))
		return -ENOMEM;
	*ret = ++a->opened;
	return 0;
}

void memory_arena_free(struct memory_arena *a, uint32_t slot)
{
	GUARD_MUTEX(&a->lock);
	memcpy(memory_arena_at(a, slot), &a->freed, sizeof(a->freed));
	a->freed = slot;
}

uint64_t memory_arena_bytes(struct memory_arena *a)
{
	GUARD_MUTEX(&a->lock);
	return a->bytes;
}

void memory_stripes_init(struct memory_stripes *s)
{
	for (size_t i = 0; i < MEMORY_STRIPES; i++)
		pthread_mutex_init(&s->locks[i], NULL);
}

void memory_stripes_release(struct memory_stripes *s)
{
	for (size_t i = 0; i < MEMORY_STRIPES; i++)
		pthread_mutex_destroy(&s->locks[i]);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Maps mapped into this process. A mapping holds the map and, if it can be written,
 * keeps it from being frozen. So each ends with the call that made it, except for ring
 * buffers, and has the pages that are needed, no more.
 */
#include "store/kernel/kernel.h"

#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include <sys/mman.h>

struct mapping {
	void *pages; /* NULL: none */
	size_t size;
	char *at; /* the byte that was asked for */
};

static void unmap(struct mapping *m)
{
	if (m->pages)
		munmap(m->pages, m->size);
}

#define _cleanup_mapping_ _cleanup_(unmap)

static int map_range(int fd, uint64_t offset, size_t len, int prot, struct mapping *ret)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	size_t before = offset % page, size;
	void *pages;

	if (__builtin_add_overflow(before, len, &size) || offset > INT64_MAX)
		return -EINVAL;
	size += !size; /* nothing of a page: it must still be there */
	pages = mmap(NULL, size, prot, MAP_SHARED, fd, (off_t)(offset - before));
	if (pages == MAP_FAILED)
		return -errno;
	*ret = (struct mapping){ pages, size, (char *)pages + before };
	return 0;
}

/* The widest store that the place and the rest allow. */
static size_t store_width(const char *to, size_t left)
{
	size_t width = sizeof(uint64_t);

	while (width > left || (uintptr_t)to % width)
		width /= 2;
	return width;
}

/* One store each: a program sees the old or the new number, nothing between. */
#define STORE_AS(type, to, from)                                               \
	({                                                                     \
		type v_;                                                       \
		memcpy(&v_, (from), sizeof(v_));                               \
		__atomic_store_n((type *)(void *)(to), v_, __ATOMIC_RELAXED);  \
	})

static void store_bytes(char *to, const char *from, size_t len)
{
	while (len) {
		size_t width = store_width(to, len);

		if (width == 8)
			STORE_AS(uint64_t, to, from);
		else if (width == 4)
			STORE_AS(uint32_t, to, from);
		else if (width == 2)
			STORE_AS(uint16_t, to, from);
		else
			STORE_AS(uint8_t, to, from);
		to += width;
		from += width;
		len -= width;
	}
}

int kernel_map_patch(int fd, uint64_t offset, const void *data, size_t len)
{
	_cleanup_mapping_ struct mapping m = { 0 };
	int r;

	r = map_range(fd, offset, len, PROT_READ | PROT_WRITE, &m);
	if (r == 0)
		store_bytes(m.at, data, len);
	return r;
}

/*
 * User ring buffer:
 *
 *	page 0		consumer position, u64, moved by the kernel
 *	page 1		producer position, u64, moved by us
 *	page 2...	data, mapped twice in a row, so that a record that goes
 *			over the end needs no care
 *
 * A record is a header and its bytes, padded to 8. Its length is marked busy
 * until the bytes are there; positions only grow.
 */
struct ring_header {
	uint32_t len; /* top bits: BPF_RINGBUF_BUSY_BIT, _DISCARD_BIT */
	uint32_t pad;
};

struct ring {
	const uint64_t *consumer;
	uint64_t *producer;
	char *data;
	uint64_t size;
};

static int ring_put(const struct ring *r, const void *record, size_t len)
{
	uint64_t consumed = __atomic_load_n(r->consumer, __ATOMIC_ACQUIRE);
	uint64_t produced = __atomic_load_n(r->producer, __ATOMIC_ACQUIRE);
	uint64_t need = (sizeof(struct ring_header) + (uint64_t)len + 7) & ~UINT64_C(7);
	struct ring_header *header;

	/* Positions that make no sense leave no room. */
	if (produced - consumed > r->size || need > r->size - (produced - consumed))
		return -ENOSPC;
	header = (struct ring_header *)(void *)(r->data + (produced & (r->size - 1)));
	header->pad = 0;
	__atomic_store_n(&header->len, (uint32_t)len | BPF_RINGBUF_BUSY_BIT, __ATOMIC_RELAXED);
	__atomic_store_n(r->producer, produced + need, __ATOMIC_RELEASE);
	memcpy(header + 1, record, len);
	__atomic_store_n(&header->len, (uint32_t)len, __ATOMIC_RELEASE);
	return 0;
}

int kernel_map_push(int fd, uint32_t size, const void *record, size_t len)
{
	_cleanup_mapping_ struct mapping consumer = { 0 }, rest = { 0 };
	size_t page = (size_t)sysconf(_SC_PAGESIZE), bytes;
	struct ring ring;
	int r;

	if (len > size - sizeof(struct ring_header))
		return -EFBIG;
	if (__builtin_add_overflow(page, 2 * (uint64_t)size, &bytes))
		return -ENOMEM;
	r = map_range(fd, 0, page, PROT_READ, &consumer);
	if (r == 0)
		r = map_range(fd, page, bytes, PROT_READ | PROT_WRITE, &rest);
	if (r < 0)
		return r;
	ring = (struct ring){ consumer.pages, rest.pages, (char *)rest.pages + page, size };
	return ring_put(&ring, record, len);
}

/*
 * Ring buffer: the same pages, but the kernel moves the producer position, and a
 * reader may move the consumer position (mapped writable, that page alone). In
 * overwrite mode the position behind the last overwritten record follows the
 * producer position. The data is mapped once: map/ring.c goes over its end.
 */

/* The layout is that of a kernel of 64 bits, whatever this process is. */
static bool layout_is_known(const struct store_info *info)
{
	return sizeof(long) == sizeof(uint64_t) &&
	       !(info->flags & ~(BPF_F_NUMA_NODE | STORE_RB_OVERWRITE));
}

int kernel_ring_map(const struct store_map *m, unsigned access, struct store_ring *ret)
{
	int prot = access & STORE_WRITE ? PROT_READ | PROT_WRITE : PROT_READ;
	_cleanup_mapping_ struct mapping consumer = { 0 }, rest = { 0 };
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct store_info info;
	int r = m->store->ops->info(m, &info);

	if (r < 0)
		return r;
	if (info.type != BPF_MAP_TYPE_RINGBUF)
		return -EINVAL;
	if (!layout_is_known(&info))
		return -EOPNOTSUPP;
	r = map_range(m->fd, 0, page, prot, &consumer);
	if (r == 0)
		r = map_range(m->fd, page, page + info.max_entries, PROT_READ, &rest);
	if (r < 0)
		return r;
	*ret = (struct store_ring){
		.consumer = consumer.pages,
		.producer = rest.pages,
		.overwritten = info.flags & STORE_RB_OVERWRITE
				       ? (const uint64_t *)rest.pages + 1
				       : NULL,
		.data = (const char *)rest.pages + page,
		.size = info.max_entries,
		.store = m->store,
		.pages = { take_ptr(consumer.pages), take_ptr(rest.pages) },
		.lengths = { consumer.size, rest.size },
	};
	return 0;
}

void kernel_ring_unmap(struct store_ring *r)
{
	munmap(r->pages[0], r->lengths[0]);
	munmap(r->pages[1], r->lengths[1]);
}

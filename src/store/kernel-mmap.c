/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Maps mapped into this process. A mapping holds the map and keeps it from
 * being frozen, so each ends with the call that made it, and has the pages
 * that are needed, no more.
 */
#include "store/kernel.h"

#include <errno.h>
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

	if (!len)
		return 0;
	r = map_range(fd, offset, len, PROT_READ | PROT_WRITE, &m);
	if (r == 0)
		store_bytes(m.at, data, len);
	return r;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ids are assigned like the kernel's: ascending and cyclic, so that a freed id is not
 * reused for a long time. There are few objects and new ones nearly always come last: a
 * sorted array does.
 */
#include "store/memory/memory.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

/* Index of the first entry with an id of at least `id`. */
static size_t lower_bound(const struct memory_ids *ids, uint32_t id)
{
	size_t low = 0, high = ids->count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (ids->entries[mid].id < id)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static int make_room(struct memory_ids *ids)
{
	size_t room = ids->room ? ids->room * 2 : 16;
	struct memory_id *entries;

	if (ids->count < ids->room)
		return 0;
	if (ids->count >= INT_MAX - 1)
		return -ENOSPC;
	entries = reallocarray(ids->entries, room, sizeof(*entries));
	if (!entries)
		return -ENOMEM;
	ids->entries = entries;
	ids->room = room;
	return 0;
}

/* The next unused id behind the last one; there is one. */
static uint32_t fresh_id(const struct memory_ids *ids)
{
	uint32_t id = ids->last;

	do
		id = id >= INT_MAX - 1 ? 1 : id + 1;
	while (memory_ids_get(ids, id));
	return id;
}

int memory_ids_add(struct memory_ids *ids, void *object, uint32_t *ret)
{
	int r = make_room(ids);
	uint32_t id;
	size_t at;

	if (r)
		return r;
	id = fresh_id(ids);
	at = lower_bound(ids, id);
	memmove(ids->entries + at + 1, ids->entries + at,
		(ids->count - at) * sizeof(*ids->entries));
	ids->entries[at] = (struct memory_id){ .id = id, .object = object };
	ids->count++;
	ids->last = id;
	*ret = id;
	return 0;
}

void memory_ids_remove(struct memory_ids *ids, uint32_t id)
{
	size_t at = lower_bound(ids, id);

	if (at == ids->count || ids->entries[at].id != id)
		return;
	ids->count--;
	memmove(ids->entries + at, ids->entries + at + 1,
		(ids->count - at) * sizeof(*ids->entries));
}

void *memory_ids_get(const struct memory_ids *ids, uint32_t id)
{
	size_t at = lower_bound(ids, id);

	if (at == ids->count || ids->entries[at].id != id)
		return NULL;
	return ids->entries[at].object;
}

uint32_t memory_ids_after(const struct memory_ids *ids, uint32_t id)
{
	size_t at = lower_bound(ids, id + 1);

	return at == ids->count ? 0 : ids->entries[at].id;
}

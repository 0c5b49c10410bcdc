/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Each entry is contiguous: if the memory ends before an entry would, the rest is a
 * gap, whose entry has no positions.
 */
#include "map/ring-log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int ring_log_init(struct ring_log *l, size_t size, uint64_t pos)
{
	*l = (struct ring_log){ .data = malloc(size), .size = size, .to = pos };
	return l->data ? 0 : -ENOMEM;
}

void ring_log_release(struct ring_log *l)
{
	free(l->data);
	*l = (struct ring_log){ 0 };
}

static size_t entry_bytes(uint32_t len)
{
	return (sizeof(struct ring_entry) + len + 7) & ~(size_t)7;
}

size_t ring_log_max(const struct ring_log *l)
{
	return l->size / 4;
}

static struct ring_entry *entry_at(const struct ring_log *l, uint64_t cursor)
{
	return (struct ring_entry *)(void *)(l->data + (cursor & (l->size - 1)));
}

/* Bytes up to the end of the memory; all are multiples of 8. */
static size_t bytes_to_end(const struct ring_log *l, uint64_t cursor)
{
	return l->size - (cursor & (l->size - 1));
}

/* Where the entry behind the one at a cursor begins. */
static uint64_t behind(const struct ring_log *l, uint64_t cursor)
{
	size_t rest = bytes_to_end(l, cursor);
	const struct ring_entry *e = entry_at(l, cursor);

	/* Too short for the header of a gap. */
	if (rest < sizeof(*e) || e->kind == RING_ENTRY_GAP)
		return cursor + rest;
	return cursor + entry_bytes(e->len);
}

static void drop_until(struct ring_log *l, uint64_t end)
{
	while (end - l->first > l->size)
		l->first = behind(l, l->first);
}

/* Let the next entry, of so many bytes, lie in one piece, and drop what is there. */
static void make_room(struct ring_log *l, size_t bytes)
{
	size_t rest = bytes_to_end(l, l->end);

	if (rest < bytes) {
		drop_until(l, l->end + rest);
		if (rest >= sizeof(struct ring_entry))
			*entry_at(l, l->end) =
				(struct ring_entry){ .kind = RING_ENTRY_GAP };
		l->end += rest;
	}
	drop_until(l, l->end + bytes);
}

void *ring_log_room(struct ring_log *l, uint32_t len)
{
	make_room(l, entry_bytes(len));
	return entry_at(l, l->end) + 1;
}

void ring_log_add(struct ring_log *l, enum ring_entry_kind kind, uint32_t len, uint64_t to)
{
	make_room(l, entry_bytes(len));
	*entry_at(l, l->end) =
		(struct ring_entry){ .from = l->to, .to = to, .len = len, .kind = kind };
	l->end += entry_bytes(len);
	l->to = to;
}

/* Skip a gap. */
static uint64_t next_entry(const struct ring_log *l, uint64_t cursor)
{
	size_t rest = bytes_to_end(l, cursor);

	if (cursor != l->end && (rest < sizeof(struct ring_entry) ||
				 entry_at(l, cursor)->kind == RING_ENTRY_GAP))
		cursor += rest;
	return cursor;
}

struct ring_cursor ring_log_seek(const struct ring_log *l, uint64_t pos)
{
	uint64_t at = next_entry(l, l->first);

	while (at != l->end && (int64_t)(entry_at(l, at)->to - pos) <= 0)
		at = next_entry(l, behind(l, at));
	return (struct ring_cursor){ at, at == l->end ? l->to : entry_at(l, at)->from };
}

bool ring_log_next(const struct ring_log *l, struct ring_cursor *c, struct ring_entry *ret,
		   const void **ret_bytes)
{
	bool passed = (int64_t)(l->first - c->at) > 0;
	uint64_t at = next_entry(l, passed ? l->first : c->at);
	const struct ring_entry *e = entry_at(l, at);

	if (passed) {
		uint64_t to = at == l->end ? l->to : e->from;

		*ret = (struct ring_entry){ c->from, to, 0, RING_ENTRY_LOST };
		*c = (struct ring_cursor){ at, to };
		return true;
	}
	if (at == l->end)
		return false;
	*ret = *e;
	*ret_bytes = e + 1;
	*c = (struct ring_cursor){ behind(l, at), e->to };
	return true;
}

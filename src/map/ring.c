/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The steps of the producer, on which the correctness of taps depends:
 *
 *	1. (ring that overwrites) overwritten = behind the records in the way
 *	2. write the header at `producer`, marked busy
 *	3. producer = behind the record (release)
 *	4. write the record's bytes
 *	5. clear the busy mark (release)
 *
 * So when `producer` is p, at most the 8 bytes from p on are changed beyond what it
 * covers, and a record at pos is untouched as long as p + 8 - pos <= size.
 */
#include "map/ring.h"

#include <errno.h>
#include <linux/bpf.h>
#include <string.h>

#define HEADER 8u /* u32 len and flags, u32 page offset */
#define MARKS (BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT)

static uint64_t load(const uint64_t *position)
{
	return __atomic_load_n(position, __ATOMIC_ACQUIRE);
}

uint64_t ring_bytes(uint32_t len)
{
	return (HEADER + (uint64_t)len + 7) & ~UINT64_C(7);
}

/* A position from which a record may be read while the producer is at p. */
static bool makes_sense(const struct store_ring *r, uint64_t pos, uint64_t p)
{
	return pos % HEADER == 0 && pos <= p && p - pos <= r->size;
}

bool ring_consumer(const struct store_ring *r, uint64_t *ret)
{
	uint64_t c = load(r->consumer);

	/* The producer is loaded second: it can only have moved on. */
	if (!makes_sense(r, c, load(r->producer)))
		return false;
	*ret = c;
	return true;
}

bool ring_is_full(const struct store_ring *r, uint32_t len)
{
	uint64_t c;

	return !r->overwritten && ring_consumer(r, &c) &&
	       load(r->producer) + ring_bytes(len) - c > r->size - 1;
}

/* Where the oldest record begins that is there for sure. False: unknown. */
static bool oldest(const struct store_ring *r, uint64_t *ret)
{
	uint64_t over;

	if (!r->overwritten)
		return ring_consumer(r, ret);
	over = load(r->overwritten);
	if (!makes_sense(r, over, load(r->producer)))
		return false;
	*ret = over;
	return true;
}

/* Try a few times: between two loads the producer can come around. */
static bool find_oldest(const struct store_ring *r, uint64_t *ret)
{
	bool found = false;

	for (int i = 0; !found && i < 4; i++)
		found = oldest(r, ret);
	return found;
}

int ring_begin(const struct store_ring *r, struct ring_tap *t)
{
	uint64_t c;

	if (!find_oldest(r, &t->pos)) {
		if (r->overwritten)
			return -EOPNOTSUPP;
		t->pos = load(r->producer);
	}
	/* A ring that overwrites can have a consumer, too. */
	if (r->overwritten && ring_consumer(r, &c) && c - t->pos <= r->size)
		t->pos = c;
	return 0;
}

/* Nothing at pos can have been overwritten so far. */
static bool is_intact(const struct store_ring *r, uint64_t pos)
{
	/* Earlier loads of data are not moved behind this. */
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	if (r->overwritten && pos - load(r->overwritten) > r->size)
		return false;
	return load(r->producer) + HEADER - pos <= r->size;
}

static uint32_t load_header(const struct store_ring *r, uint64_t pos)
{
	const char *at = r->data + (pos & (r->size - 1));

	return __atomic_load_n((const uint32_t *)(const void *)at, __ATOMIC_ACQUIRE);
}

static enum ring_found lose(const struct store_ring *r, struct ring_tap *t,
			    struct ring_record *ret)
{
	uint64_t to, lost;

	/* An oldest record that is not behind the tap is no way out. */
	if (!find_oldest(r, &to) || to - t->pos - 1 >= INT64_MAX)
		to = load(r->producer);
	lost = to - t->pos < INT64_MAX ? to - t->pos : 0;
	*ret = (struct ring_record){ .pos = t->pos, .lost = lost };
	t->pos = to;
	return RING_LOST;
}

enum ring_found ring_find(const struct store_ring *r, struct ring_tap *t,
			  struct ring_record *ret)
{
	uint64_t p = load(r->producer);

	while (t->pos != p) {
		uint32_t header, len;

		if (!makes_sense(r, t->pos, p))
			return lose(r, t, ret);
		header = load_header(r, t->pos);
		len = header & ~MARKS;
		if (!is_intact(r, t->pos))
			return lose(r, t, ret);
		if (header & BPF_RINGBUF_BUSY_BIT)
			return RING_NOTHING;
		/* Not a header: the tap began in the middle of a record. */
		if (ring_bytes(len) > p - t->pos)
			return lose(r, t, ret);
		if (!(header & BPF_RINGBUF_DISCARD_BIT)) {
			*ret = (struct ring_record){ .pos = t->pos, .len = len };
			return RING_RECORD;
		}
		t->pos += ring_bytes(len);
	}
	return RING_NOTHING;
}

bool ring_take(const struct store_ring *r, struct ring_tap *t,
	       const struct ring_record *record, void *out)
{
	uint64_t at = (record->pos + HEADER) & (r->size - 1);
	size_t first = record->len;

	if (first > r->size - at)
		first = (size_t)(r->size - at);
	memcpy(out, r->data + at, first);
	memcpy((char *)out + first, r->data, record->len - first);
	if (!is_intact(r, record->pos))
		return false;
	t->pos = record->pos + ring_bytes(record->len);
	return true;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A pass through GET_NEXT_KEY, for types and kernels without batches. All keys are
 * collected first, each once, and then looked up; a key that LOOKUP does not find (it
 * was deleted, or read while it was overwritten) is not an entry.
 *
 *	keys  [k0][k1]...[km-1] | [km]...[kn-1]
 *	       met by this walk,   known from walks before
 *	       in its order
 *	slots open-addressed hash of key numbers + 1 (0: free)
 *
 * GET_NEXT_KEY of a key that was deleted starts again at the first one. A key
 * that is rewritten may move to the head of its bucket: behind it come keys
 * that were met already. A walk that is thrown back, either way, looks back
 * along what it met for a key that is followed by one it did not meet, and goes
 * on there. So deletions cost it a few steps, not the way from the beginning,
 * and it always holds that
 *
 *	all that is before a key met, and has not moved since the walk
 *	began, was met too;
 *
 * so that a walk that finds the end has met all keys that stayed where they
 * were. A key that stays but is rewritten is passed over if that happens while
 * the walk stands before it in its bucket; the kernel's own step, too, can
 * jump when the entry it stands on is reused for another key in that moment.
 * No walk can see that, but walks seldom miss the same key: there are more,
 * until two are alike, up to WALKS_MAX.
 *
 * So the guarantee is: keys that are not rewritten appear exactly once; of those that
 * are rewritten one is missing only if WALKS_MAX walks, or two that were alike in all
 * else, came to it in the wrong moment each. (8 keys, all rewritten by two threads as
 * fast as they can: one walk in 20 misses one, two in 100, eight none in 20,000.) Where
 * no end is found in CALLS_PER_KEY calls a key, the pass fails with -EBUSY.
 *
 * If GET_NEXT_KEY is not supported, the map operations name candidates instead.
 */
#include <errno.h>
#include <sched.h>
#include <string.h>

#include "map/ops.h"
#include "map/scan/scan.h"
#include "util/hash.h"
#include "util/request.h"

#define WALKS_MAX 8
/* All of them for so few keys: the fewer buckets, the likelier that keys which
 * move all the time share one, and walks are cheap. */
#define SMALL_MAP 1024

/* Upper bound on calls; stops a walk that makes no progress. */
#define CALLS_PER_KEY 64
#define CALLS_MIN (1u << 18)
/* Tables that are being resized return EAGAIN; -EBUSY after so many for one key. */
#define AGAIN_MAX 64
/* A type that is not known: its walk ends when all keys met lead to keys met, so
 * often in a row. */
#define FRUITLESS_MAX 2

struct walk {
	bool collected;
	uint8_t *keys;
	size_t count, room;
	size_t met; /* leading keys that this walk has met */
	bool alike; /* it has met those of the last one, in the same order */
	uint32_t *slots;
	size_t mask;	/* slots - 1 */
	uint64_t calls; /* of GET_NEXT_KEY, that may still be made */
	size_t next;	/* first key of the next batch */
};

static uint32_t *find_slot(struct walk *w, const uint8_t *key, size_t size)
{
	size_t i = hash_bytes(0, key, size) & w->mask;

	while (w->slots[i] && memcmp(w->keys + (w->slots[i] - 1) * size, key, size))
		i = (i + 1) & w->mask;
	return &w->slots[i];
}

static void number_keys(struct walk *w, size_t size)
{
	memset(w->slots, 0, (w->mask + 1) * sizeof(*w->slots));
	for (size_t i = 0; i < w->count; i++)
		*find_slot(w, w->keys + i * size, size) = (uint32_t)i + 1;
}

static int make_room(struct walk *w, size_t size)
{
	size_t room = w->room ? w->room * 2 : 256;
	uint32_t *slots;
	uint8_t *keys;

	if (w->count < w->room)
		return 0;
	if (room * (size + 2 * sizeof(*slots)) > SCAN_WALK_MAX)
		return -E2BIG;
	slots = malloc(room * 2 * sizeof(*slots));
	keys = slots ? realloc(w->keys, room * size) : NULL;
	if (!keys) {
		free(slots);
		return -ENOMEM;
	}
	free(w->slots);
	w->keys = keys;
	w->slots = slots;
	w->mask = room * 2 - 1;
	w->room = room;
	number_keys(w, size);
	return 0;
}

/* Sets the key's number; a new key is the last one. */
static int remember(struct walk *w, const uint8_t *key, size_t size, size_t *ret)
{
	uint32_t *slot = w->room ? find_slot(w, key, size) : NULL;
	int r;

	if (!slot || !*slot) {
		r = make_room(w, size);
		if (r < 0)
			return r;
		slot = find_slot(w, key, size);
		memcpy(w->keys + w->count * size, key, size);
		*slot = (uint32_t)++w->count;
		w->calls += CALLS_PER_KEY;
	}
	*ret = *slot - 1;
	return 0;
}

static int add_candidate(void *arg, const void *key)
{
	const struct scan *s = arg;
	size_t number;
	int r = remember(s->state, key, s->map->schema->key_size, &number);

	return r < 0 ? r : request_interrupted(s->map->rq) ? -EINTR : 0;
}

/* ---- a walk ---- */

static void swap_keys(struct walk *w, size_t a, size_t b, size_t size)
{
	uint8_t *p = w->keys + a * size, *q = w->keys + b * size;
	uint32_t *slot_a = find_slot(w, p, size), *slot_b = find_slot(w, q, size);

	for (size_t i = 0; i < size; i++) {
		uint8_t byte = p[i];

		p[i] = q[i];
		q[i] = byte;
	}
	*slot_a = (uint32_t)b + 1;
	*slot_b = (uint32_t)a + 1;
}

static bool is_known(const struct scan *s)
{
	return s->map->schema->type->name != NULL;
}

/* GET_NEXT_KEY, within the bounds of the walk. */
static int next_key(struct scan *s, const uint8_t *key, uint8_t *next)
{
	struct walk *w = s->state;
	int r;

	for (unsigned i = 0; i < AGAIN_MAX; i++) {
		if (!w->calls)
			return -EBUSY;
		if (--w->calls % 256 == 0 && request_interrupted(s->map->rq))
			return -EINTR;
		r = store_next_key(&s->map->ref, key, next);
		if (r != -EAGAIN)
			return r;
		sched_yield();
	}
	return -EBUSY;
}

/*
 * The key behind `key` (NULL: the first). 1: it is the newest of those met now;
 * 0: this walk has met it before; -ENOENT: none is behind it.
 */
static int step(struct scan *s, const uint8_t *key, uint8_t *next)
{
	size_t size = s->map->schema->key_size, number = 0;
	struct walk *w = s->state;
	int r = next_key(s, key, next);

	if (!r)
		r = remember(w, next, size, &number);
	if (r < 0 || number < w->met)
		return r;
	if (number != w->met) {
		swap_keys(w, number, w->met, size);
		w->alike = false;
	}
	w->met++;
	return 1;
}

/* From the newest key met, or from the newest one before it that leads on. */
static int advance(struct scan *s, uint8_t *next)
{
	size_t size = s->map->schema->key_size;
	struct walk *w = s->state;
	int r = 0;

	for (size_t i = w->met; !r && i-- > 0;)
		r = step(s, w->keys + i * size, next);
	return r ? r : step(s, NULL, next);
}

/* From the first key to the end, which only a key that is there can have. */
static int walk_once(struct scan *s, uint8_t *next)
{
	struct walk *w = s->state;
	size_t known = w->count;
	unsigned fruitless = 0;
	int r;

	w->met = 0;
	w->alike = true;
	do {
		r = advance(s, next);
		fruitless = r ? 0 : fruitless + 1;
		if (fruitless == FRUITLESS_MAX && !is_known(s))
			r = -EBUSY;
	} while (r >= 0);
	if (w->met != known || w->count != known)
		w->alike = false;
	return r == -ENOENT ? 0 : r;
}

/* Forget keys that have gone, when they may be the most of all. */
static void shed(struct scan *s)
{
	const struct schema *sc = s->map->schema;
	struct walk *w = s->state;
	size_t n = 0;

	if (w->count / 2 <= w->met)
		return;
	for (size_t i = 0; i < w->count; i++)
		if (map_exists(s->map, w->keys + i * sc->key_size) != -ENOENT)
			memmove(w->keys + n++ * sc->key_size, w->keys + i * sc->key_size,
				sc->key_size);
	w->count = n;
	number_keys(w, sc->key_size);
}

static int collect(struct scan *s)
{
	const struct schema *sc = s->map->schema;
	struct walk *w = s->state;
	_cleanup_free_ uint8_t *next = malloc(sc->key_size);
	int r = 0;

	if (!next)
		return -ENOMEM;
	w->calls = CALLS_MIN;
	for (unsigned i = 0; r == 0 && i < WALKS_MAX; i++) {
		r = walk_once(s, next);
		if (w->alike && w->count > SMALL_MAP)
			break;
		shed(s);
	}
	/* An unknown type may never return ENOENT: list the keys that were met. */
	if (r == -EBUSY && !is_known(s))
		r = 0;
	/* Types whose keys cannot be listed have an empty listing. */
	if (r == -STORE_ENOTSUPP || r == -EOPNOTSUPP || r == -EINVAL)
		r = 0;
	w->collected = r == 0;
	return r;
}

/* Keys whose value can be read: what LOOKUP refuses is not an entry. */
static int walk_next(struct scan *s, struct scan_batch *ret)
{
	const struct schema *sc = s->map->schema;
	struct walk *w = s->state;
	size_t limit = scan_batch_size(s), n = 0;
	uint64_t pos = 0;
	int r = 0;

	if (!w->collected && sc->ops->candidates) {
		r = sc->ops->candidates(s->map, add_candidate, s);
		w->collected = r == 0;
	} else if (!w->collected) {
		r = collect(s);
	}
	if (r < 0)
		return r;
	r = scan_reserve(s, limit);
	if (r < 0)
		return r;
	while (n < limit && w->next < w->count) {
		const uint8_t *key = w->keys + w->next * sc->key_size;

		r = sc->ops->lookup(s->map, key, s->values + n * sc->value_bytes);
		if (r < 0 && n)
			break; /* positions in a batch have no holes */
		if (r == 0) {
			pos = n ? pos : w->next;
			memcpy(s->keys + n++ * sc->key_size, key, sc->key_size);
		}
		w->next++;
	}
	*ret = (struct scan_batch){ s->keys, s->values, n, w->next == w->count, pos, 0 };
	return n > 0;
}

int scan_walk_new(const struct scan *like, uint64_t pos, struct scan **ret)
{
	_cleanup_scan_ struct scan *s = calloc(1, sizeof(*s));
	struct walk *w;

	if (!s)
		return -ENOMEM;
	*s = (struct scan){ .map = like->map,
			    .method = &scan_walk,
			    .keys_only = like->keys_only };
	s->state = w = calloc(1, sizeof(*w));
	if (!w)
		return -ENOMEM;
	w->next = pos;
	*ret = take_ptr(s);
	return 0;
}

static int walk_seek(struct scan *s, uint64_t pos)
{
	struct walk *w = s->state;

	w->next = pos < w->count || !w->collected ? (size_t)pos : w->count;
	return 0;
}

static void walk_release(struct scan *s)
{
	struct walk *w = s->state;

	free(w->keys);
	free(w->slots);
}

const struct scan_method scan_walk = {
	.state_size = sizeof(struct walk),
	.release = walk_release,
	.next = walk_next,
	.seek = walk_seek,
};

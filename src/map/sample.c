/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "map/sample.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "map/scan/scan.h"
#include "util/buf.h"
#include "util/hash.h"

struct sample {
	size_t key_size, value_bytes, count;
	struct buf keys, values;
};

void sample_free(struct sample *s)
{
	if (!s)
		return;
	buf_release(&s->keys);
	buf_release(&s->values);
	free(s);
}

size_t sample_count(const struct sample *s)
{
	return s->count;
}

const void *sample_key(const struct sample *s, size_t i)
{
	return s->keys.data + i * s->key_size;
}

const void *sample_value(const struct sample *s, size_t i)
{
	return s->values.data + i * s->value_bytes;
}

static int add_batch(void *arg, const struct scan_batch *b)
{
	struct sample *s = arg;

	if (s->keys.len + s->values.len + b->count * (s->key_size + s->value_bytes) >
	    SAMPLE_MAX)
		return -E2BIG;
	buf_put(&s->keys, b->keys, b->count * s->key_size);
	buf_put(&s->values, b->values, b->count * s->value_bytes);
	s->count += b->count;
	return buf_error(&s->keys) ?: buf_error(&s->values);
}

int sample_take(const struct map *m, struct sample **ret)
{
	_cleanup_sample_ struct sample *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return -ENOMEM;
	s->key_size = m->schema->key_size;
	s->value_bytes = m->schema->value_bytes;
	r = scan_fold(m, false, 0, add_batch, s);
	if (r == 0)
		*ret = take_ptr(s);
	return r;
}

size_t sample_memory(const struct schema *schema)
{
	uint64_t entries = schema_max_entries(schema), bytes;

	/* A buffer grows by halves; to compare, an entry takes up to five indexes. */
	bytes = entries * (schema->key_size + schema->value_bytes + 4 * sizeof(uint32_t));
	if (!entries || bytes > SAMPLE_MAX)
		bytes = SAMPLE_MAX;
	return 2 * (size_t)bytes;
}

/* ---- pairs ---- */

/* How far from its place an entry is searched: a bucket may have so many entries. */
#define NEAR 8

static bool has_key(const struct sample *s, size_t i, const void *key)
{
	return !memcmp(sample_key(s, i), key, s->key_size);
}

/* The entry with this key among those near `place`; before->count: there is none. */
static size_t find_near(const struct sample *before, size_t place, const void *key)
{
	size_t i = place < NEAR ? 0 : place - NEAR;
	size_t end = before->count - place < NEAR ? before->count : place + NEAR;

	if (place < before->count && has_key(before, place, key))
		return place;
	while (i < end && !has_key(before, i, key))
		i++;
	return i < end ? i : before->count;
}

static void set_pair(struct sample_pairs *p, size_t now, size_t before)
{
	p->of[now] = (uint32_t)before + 1;
	p->seen[before] = true;
}

/* A map that nobody changes is read in the same order each time. Returns how many
 * entries have no pair yet. */
static size_t pair_in_order(const struct sample *before, const struct sample *now,
			    struct sample_pairs *p)
{
	size_t place = 0, left = 0;

	for (size_t i = 0; i < now->count; i++) {
		size_t found = find_near(before, place, sample_key(now, i));

		if (found == before->count) {
			left++;
			continue;
		}
		set_pair(p, i, found);
		place = found + 1;
	}
	return left;
}

/* A hash table of the entries without a pair. */
struct table {
	const struct sample *before;
	uint32_t *index; /* of an entry, + 1; 0: free */
	size_t slots; /* a power of two, at least twice the entries */
	uint64_t seed;
};

static uint32_t *slot_of(const struct table *t, const void *key)
{
	size_t i = (size_t)hash_bytes(t->seed, key, t->before->key_size) & (t->slots - 1);

	while (t->index[i] && !has_key(t->before, t->index[i] - 1, key))
		i = (i + 1) & (t->slots - 1);
	return &t->index[i];
}

static int make_table(struct table *t, const struct sample_pairs *p)
{
	size_t count = 0;

	for (size_t i = 0; i < t->before->count; i++)
		count += !p->seen[i];
	for (t->slots = 64; t->slots < 2 * count;)
		t->slots *= 2;
	t->index = calloc(t->slots, sizeof(*t->index));
	if (!t->index)
		return -ENOMEM;
	t->seed = hash_seed();
	for (size_t i = 0; i < t->before->count; i++)
		if (!p->seen[i])
			*slot_of(t, sample_key(t->before, i)) = (uint32_t)i + 1;
	return 0;
}

static int pair_others(const struct sample *before, const struct sample *now,
		       struct sample_pairs *p)
{
	struct table t = { .before = before };
	int r = make_table(&t, p);

	for (size_t i = 0; r == 0 && i < now->count; i++) {
		const uint32_t *slot = p->of[i] ? NULL : slot_of(&t, sample_key(now, i));

		if (slot && *slot)
			set_pair(p, i, *slot - 1);
	}
	free(t.index);
	return r;
}

void sample_pairs_release(struct sample_pairs *p)
{
	free(p->of);
	free(p->seen);
}

int sample_pair(const struct sample *before, const struct sample *now,
		struct sample_pairs *ret)
{
	*ret = (struct sample_pairs){
		.of = calloc(now->count + 1, sizeof(*ret->of)),
		.seen = calloc(before->count + 1, sizeof(*ret->seen)),
	};
	if (!ret->of || !ret->seen)
		return -ENOMEM;
	return pair_in_order(before, now, ret) ? pair_others(before, now, ret) : 0;
}

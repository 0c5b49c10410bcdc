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
	uint32_t *table; /* index + 1 of an entry, 0: free */
	size_t slots; /* a power of two, at least twice the count */
	uint64_t seed;
};

void sample_free(struct sample *s)
{
	if (!s)
		return;
	buf_release(&s->keys);
	buf_release(&s->values);
	free(s->table);
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

static uint32_t *slot_of(const struct sample *s, const void *key)
{
	size_t i = (size_t)hash_bytes(s->seed, key, s->key_size) & (s->slots - 1);

	while (s->table[i] && memcmp(sample_key(s, s->table[i] - 1), key, s->key_size))
		i = (i + 1) & (s->slots - 1);
	return &s->table[i];
}

const void *sample_find(const struct sample *s, const void *key)
{
	uint32_t *slot = slot_of(s, key);

	return *slot ? sample_value(s, *slot - 1) : NULL;
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

static int make_table(struct sample *s)
{
	for (s->slots = 64; s->slots < 2 * s->count;)
		s->slots *= 2;
	s->table = calloc(s->slots, sizeof(*s->table));
	if (!s->table)
		return -ENOMEM;
	for (size_t i = 0; i < s->count; i++)
		*slot_of(s, sample_key(s, i)) = (uint32_t)i + 1;
	return 0;
}

int sample_take(const struct map *m, struct sample **ret)
{
	_cleanup_sample_ struct sample *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return -ENOMEM;
	s->key_size = m->schema->key_size;
	s->value_bytes = m->schema->value_bytes;
	s->seed = hash_seed();
	r = scan_fold(m, false, 0, add_batch, s);
	if (r == 0)
		r = make_table(s);
	if (r == 0)
		*ret = take_ptr(s);
	return r;
}

size_t sample_memory(const struct schema *schema)
{
	uint64_t entries = schema_max_entries(schema), bytes;

	/* A buffer grows by halves, and the table has up to four places per entry. */
	bytes = entries * (schema->key_size + schema->value_bytes + 4 * sizeof(uint32_t));
	if (!entries || bytes > SAMPLE_MAX)
		bytes = SAMPLE_MAX;
	return 2 * (size_t)bytes;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bloom filter of the in-process store: it has as many bits as the kernel's, so false
 * positives are about as frequent, though not for the same values.
 */
#include "store/memory/memory.h"

#include <errno.h>
#include <linux/bpf.h>

#include "util/hash.h"

#define MAX_HASHES 15
#define DEFAULT_HASHES 5
#define WORD_BITS 64

struct bloom_map {
	struct memory_map map;
	uint64_t *words; /* bits, set atomically and never cleared */
	size_t word_count; /* a power of two */
	unsigned hashes;
	uint64_t seed;
};

static struct bloom_map *bloom_of(struct memory_map *m)
{
	return (struct bloom_map *)m;
}

static int bloom_check(const struct store_spec *spec)
{
	if (!spec->max_entries || spec->key_size || !spec->value_size ||
	    spec->map_extra > MAX_HASHES)
		return -EINVAL;
	return 0;
}

/* Only the values have a type. */
static int bloom_check_btf(const struct store_spec *spec, const struct btf_type *key,
			   const struct btf_type *value)
{
	(void)spec;
	(void)value;
	return key ? -EINVAL : 0;
}

/* Entries times hashes by ln 2, up to a power of two of at most 2^32. */
static uint64_t bit_count(uint32_t max_entries, unsigned hashes)
{
	uint64_t wanted = (uint64_t)max_entries * hashes / 5 * 7, bits = WORD_BITS;

	while (bits < wanted && bits < 1ull << 32)
		bits *= 2;
	return bits;
}

static int bloom_create(const struct store_spec *spec, size_t value_stride,
			struct memory_map **ret)
{
	struct bloom_map *b = calloc(1, sizeof(*b));

	(void)value_stride;
	if (!b)
		return -ENOMEM;
	b->hashes = spec->map_extra ? (unsigned)spec->map_extra : DEFAULT_HASHES;
	b->word_count = bit_count(spec->max_entries, b->hashes) / WORD_BITS;
	b->words = memory_pages(b->word_count, sizeof(*b->words), true);
	if (!b->words) {
		free(b);
		return -ENOMEM;
	}
	if (!(spec->flags & BPF_F_ZERO_SEED))
		b->seed = hash_seed();
	*ret = &b->map;
	return 0;
}

static void bloom_free(struct memory_map *m)
{
	struct bloom_map *b = bloom_of(m);

	memory_pages_free(b->words, b->word_count, sizeof(*b->words), true);
	free(b);
}

static uint64_t bloom_memlock(struct memory_map *m)
{
	return sizeof(struct bloom_map) + bloom_of(m)->word_count * sizeof(uint64_t);
}

/* The word and the bit of a value's i-th hash. */
static uint64_t *bit_of(struct bloom_map *b, const void *value, unsigned i, uint64_t *mask)
{
	uint64_t hash = hash_bytes(b->seed + i, value, b->map.value_stride);

	*mask = 1ull << hash % WORD_BITS;
	return &b->words[hash / WORD_BITS & (b->word_count - 1)];
}

static int bloom_lookup(struct memory_map *m, const void *key, void *value)
{
	struct bloom_map *b = bloom_of(m);
	uint64_t mask;

	(void)key;
	for (unsigned i = 0; i < b->hashes; i++) {
		const uint64_t *word = bit_of(b, value, i, &mask);

		if (!(__atomic_load_n(word, __ATOMIC_RELAXED) & mask))
			return -ENOENT;
	}
	return 0;
}

static int bloom_push(struct memory_map *m, const void *key, const void *value,
		      unsigned flags)
{
	struct bloom_map *b = bloom_of(m);
	uint64_t mask;

	(void)key;
	if (flags != STORE_ANY)
		return -EINVAL;
	for (unsigned i = 0; i < b->hashes; i++) {
		uint64_t *word = bit_of(b, value, i, &mask);

		__atomic_fetch_or(word, mask, __ATOMIC_RELAXED);
	}
	return 0;
}

static int no_remove(struct memory_map *m, const void *key)
{
	(void)m;
	(void)key;
	return -EOPNOTSUPP;
}

static int no_next_key(struct memory_map *m, const void *key, void *next)
{
	(void)m;
	(void)key;
	(void)next;
	return -EOPNOTSUPP;
}

const struct memory_type memory_type_bloom_filter = {
	.type = BPF_MAP_TYPE_BLOOM_FILTER,
	.flags = BPF_F_NUMA_NODE | BPF_F_RDONLY | BPF_F_WRONLY | BPF_F_ZERO_SEED |
		 BPF_F_RDONLY_PROG | BPF_F_WRONLY_PROG,
	.traits = MEMORY_TAKES_EXTRA | MEMORY_SIZE_FIRST,
	.check = bloom_check,
	.check_btf = bloom_check_btf,
	.create = bloom_create,
	.free = bloom_free,
	.memlock = bloom_memlock,
	.lookup = bloom_lookup,
	.update = bloom_push,
	.remove = no_remove,
	.next_key = no_next_key,
};

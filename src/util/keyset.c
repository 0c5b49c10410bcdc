/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Open addressing; 0 is a free slot, so the key that mixes to 0 has a flag of
 * its own. Each step of mixing is invertible, unlike hash_bytes(), so short keys are
 * distinguished exactly.
 */
#include "util/keyset.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util/hash.h"

#define SLOTS_FIRST 1024

struct keyset {
	size_t key_size;
	uint64_t seed;
	uint64_t *slots;
	size_t mask; /* slots - 1 */
	size_t count;
	bool has_zero;
};

static uint64_t mix(uint64_t h, uint64_t word)
{
	h = (h ^ word) * 0x9e3779b97f4a7c15u;
	return h ^ h >> 32;
}

static uint64_t digest(const struct keyset *ks, const uint8_t *key)
{
	size_t left = ks->key_size;
	uint64_t h = ks->seed, word;

	for (; left > sizeof(word); left -= sizeof(word), key += sizeof(word)) {
		memcpy(&word, key, sizeof(word));
		h = mix(h, word);
		h = mix(h, h >> 17);
	}
	word = 0;
	memcpy(&word, key, left);
	return mix(h, word);
}

struct keyset *keyset_new(size_t key_size)
{
	struct keyset *ks = calloc(1, sizeof(*ks));

	if (!ks)
		return NULL;
	ks->key_size = key_size;
	ks->seed = hash_seed();
	ks->mask = SLOTS_FIRST - 1;
	ks->slots = calloc(SLOTS_FIRST, sizeof(*ks->slots));
	if (ks->slots)
		return ks;
	free(ks);
	return NULL;
}

void keyset_free(struct keyset *ks)
{
	if (!ks)
		return;
	free(ks->slots);
	free(ks);
}

static uint64_t *find(uint64_t *slots, size_t mask, uint64_t h)
{
	size_t i = h & mask;

	while (slots[i] && slots[i] != h)
		i = (i + 1) & mask;
	return &slots[i];
}

size_t keyset_memory(const struct keyset *ks)
{
	return ks ? (ks->mask + 1) * sizeof(*ks->slots) : 0;
}

/* 1: the slots are other ones now. */
static int grow(struct keyset *ks)
{
	size_t mask = ks->mask * 2 + 1;
	uint64_t *slots;

	if (ks->count >= KEYSET_MAX)
		return -E2BIG;
	if (ks->count < ks->mask / 4 * 3)
		return 0;
	slots = calloc(mask + 1, sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	for (size_t i = 0; i <= ks->mask; i++)
		if (ks->slots[i])
			*find(slots, mask, ks->slots[i]) = ks->slots[i];
	free(ks->slots);
	ks->slots = slots;
	ks->mask = mask;
	return 1;
}

int keyset_add(struct keyset *ks, const void *key)
{
	uint64_t h = digest(ks, key), *slot;
	int r;

	if (!h) {
		r = !ks->has_zero;
		ks->has_zero = true;
		return r;
	}
	slot = find(ks->slots, ks->mask, h);
	if (*slot)
		return 0;
	r = grow(ks);
	if (r < 0)
		return r;
	if (r > 0)
		slot = find(ks->slots, ks->mask, h);
	*slot = h;
	ks->count++;
	return 1;
}

bool keyset_has(const struct keyset *ks, const void *key)
{
	uint64_t h = digest(ks, key);

	return h ? *find(ks->slots, ks->mask, h) != 0 : ks->has_zero;
}

size_t keyset_count(const struct keyset *ks)
{
	return ks->count + ks->has_zero;
}

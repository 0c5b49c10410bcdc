/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "util/hash.h"

#include <string.h>
#include <sys/random.h>

/* Fold the full product of two words: every bit reaches every other. */
static uint64_t mix(uint64_t a, uint64_t b)
{
	unsigned __int128 product = (unsigned __int128)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

uint64_t hash_bytes(uint64_t seed, const void *bytes, size_t len)
{
	const char *p = bytes;
	uint64_t hash = seed ^ 0x9e3779b97f4a7c15u, word;

	for (; len > sizeof(word); len -= sizeof(word), p += sizeof(word)) {
		memcpy(&word, p, sizeof(word));
		hash = mix(hash ^ word, 0xd6e8feb86659fd93u);
	}
	word = 0;
	/* If len is 0, data may be NULL. */
	if (len)
		memcpy(&word, p, len);
	hash = mix(hash ^ word, 0xd6e8feb86659fd93u);
	return mix(hash ^ seed, 0xa0761d6478bd642fu);
}

uint64_t hash_seed(void)
{
	uint64_t seed;

	/* Early at boot there is no entropy yet: addresses are random, too. */
	if (getrandom(&seed, sizeof(seed), GRND_NONBLOCK) != sizeof(seed))
		seed = (uintptr_t)&seed;
	return seed;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tree/inode-key.h"

#include <string.h>

#include "tree/node.h"
#include "util/hash.h"

/* How many bits of a key count, from its first on. */
static size_t counting_bits(const uint8_t *key, size_t size, unsigned prefix_at)
{
	size_t bits = 8 * size, start;
	uint32_t length;

	if (!prefix_at || size < prefix_at - 1 + sizeof(length))
		return bits;
	memcpy(&length, key + prefix_at - 1, sizeof(length));
	start = 8 * (prefix_at - 1 + sizeof(length));
	return length < bits - start ? start + length : bits;
}

uint64_t inode_key_hash(const struct inode_key *k)
{
	size_t bits = counting_bits(k->key, k->size, k->prefix_at);
	uint64_t h = hash_bytes(k->map_id, k->key, bits / 8);
	uint8_t last;

	if (bits % 8 == 0)
		return h;
	last = ((const uint8_t *)k->key)[bits / 8] & (uint8_t)(0xff00u >> bits % 8);
	return hash_bytes(h, &last, 1);
}

uint64_t key_ino(const struct inode_key *k)
{
	return (inode_key_hash(k) & (NODE_INO_KEY - 1)) | NODE_INO_KEY;
}

static bool is_same_key(const uint8_t *a, const struct inode_key *k)
{
	const uint8_t *b = k->key;
	size_t bits = counting_bits(b, k->size, k->prefix_at);

	/* The lengths are among the bytes that count. */
	return !memcmp(a, b, bits / 8) &&
	       (bits % 8 == 0 || !((a[bits / 8] ^ b[bits / 8]) >> (8 - bits % 8)));
}

bool inode_key_is(const struct inode_key *a, const struct inode_key *b)
{
	return a->map_id == b->map_id && a->serial == b->serial && a->size == b->size &&
	       a->prefix_at == b->prefix_at && is_same_key(a->key, b);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A set of tens of millions of keys of one size. It stores 8 bytes per key: the whole
 * key if it has up to 8 bytes, otherwise a seeded hash. Two longer keys are taken for
 * the same key with a probability of 2^-64.
 *
 * Not thread-safe.
 */
#ifndef BPFMAPFS_UTIL_KEYSET_H
#define BPFMAPFS_UTIL_KEYSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Keys in the largest set; it takes at most KEYSET_MAX * 8 / 0.75 bytes. */
#define KEYSET_MAX ((size_t)12 << 20)

struct keyset;

struct keyset *keyset_new(size_t key_size); /* NULL: no memory */
void keyset_free(struct keyset *ks);
size_t keyset_memory(const struct keyset *ks); /* bytes; NULL is allowed */ /* NULL is allowed */
/* 1: the key is new; 0: it was there already; -ENOMEM; -E2BIG: KEYSET_MAX is reached. */
int keyset_add(struct keyset *ks, const void *key);
size_t keyset_count(const struct keyset *ks);
bool keyset_has(const struct keyset *ks, const void *key);

#endif

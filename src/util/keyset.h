/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A set of keys of one size, for tens of millions of them: 8 bytes are kept
 * of each, all of a key of up to 8 bytes and a seeded hash of longer ones.
 * Two of those are taken for the same with a chance of one in 2^64.
 *
 * Not thread-safe.
 */
#ifndef BPFMAPFS_UTIL_KEYSET_H
#define BPFMAPFS_UTIL_KEYSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Room for the largest set; its memory is KEYSET_MAX * 8 / 0.75 at most. */
#define KEYSET_MAX ((size_t)12 << 20)

struct keyset;

struct keyset *keyset_new(size_t key_size); /* NULL: no memory */
void keyset_free(struct keyset *ks);
size_t keyset_memory(const struct keyset *ks); /* bytes; NULL is allowed */ /* NULL is allowed */
/* 1: new; 0: was there; -ENOMEM; -E2BIG: there are KEYSET_MAX. */
int keyset_add(struct keyset *ks, const void *key);
size_t keyset_count(const struct keyset *ks);
bool keyset_has(const struct keyset *ks, const void *key);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keys of LPM tries: their order in the kernel's walk, and the spelling that the trie
 * has stored. A key is a length in bits, then the data. Bits after the length (host
 * bits) are stored, but keys that differ only in these are the same key.
 */
#ifndef BPFMAPFS_MAP_OPS_LPM_H
#define BPFMAPFS_MAP_OPS_LPM_H

#include <stddef.h>
#include <stdint.h>

#include "util/attributes.h"

struct map;

#define PREFIX_LEN_SIZE sizeof(uint32_t)

uint32_t prefix_len(const uint8_t *key);

/* <0: a comes before b in the kernel's walk; 0: they are one prefix. */
int prefix_order(const uint8_t *a, const uint8_t *b);

/* 0: exactly this prefix is in the trie, with any host bits; -ENOENT; or the store's
 * error. */
int prefix_exists(const struct map *m, const void *key);

/*
 * lpm-stored.c: cached knowledge of the walk through one trie, see there. Locks itself.
 */
struct prefix_index;
struct prefix_index *prefix_index_new(void); /* NULL: no memory */
void prefix_index_free(struct prefix_index *x);

/*
 * Replace the host bits of `key` by those that the trie has stored.
 * 0; -ENOENT: no such prefix; -EINTR; -EBUSY: the trie changes too fast; -ENOMEM.
 */
int prefix_stored(const struct map *m, uint8_t *key) _must_check_;

#endif

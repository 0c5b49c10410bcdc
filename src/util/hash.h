/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hashes of bytes, for tables in memory: 64 bits, any of which may be used. They differ
 * between machines of different byte order, and must not be stored.
 */
#ifndef BPFMAPFS_UTIL_HASH_H
#define BPFMAPFS_UTIL_HASH_H

#include <stddef.h>
#include <stdint.h>

uint64_t hash_bytes(uint64_t seed, const void *bytes, size_t len);

/* A random seed. Users choose the keys of some tables; without a seed they could choose
 * keys that all collide. */
uint64_t hash_seed(void);

#endif

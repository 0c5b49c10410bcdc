/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One BTF object with types of many shapes, for tests that make maps.
 */
#ifndef BPFMAPFS_TESTS_STORE_BTF_H
#define BPFMAPFS_TESTS_STORE_BTF_H

#include <stdint.h>

#include "store/store.h"

/* Types by number, as store_btf_types() adds them. */
enum {
	BTF_NONE,
	BTF_U32, /* unsigned int, 4 bytes */
	BTF_U64, /* 8 bytes */
	BTF_ENUM, /* 4 bytes */
	BTF_TYPEDEF, /* of BTF_U32 */
	BTF_INDEX, /* struct { u32 }, 4 bytes */
	BTF_PREFIX, /* struct { u32, u32 }, 8 bytes: a key of an LPM trie */
	BTF_LOCK, /* struct bpf_spin_lock, 4 bytes */
	BTF_LOCKED, /* struct { u32, bpf_spin_lock, u64 }, 16 bytes */
	BTF_NESTED, /* struct { u64, BTF_LOCKED }, 24 bytes, lock at 12 */
	BTF_TIMER, /* struct bpf_timer, 16 bytes */
	BTF_TIMED, /* struct { u64, bpf_timer }, 24 bytes */
	BTF_TWO_TIMERS, /* struct { u64, bpf_timer, bpf_timer }, 40 bytes */
	BTF_LOCK_ARRAY, /* BTF_LOCKED[2], 32 bytes */
	BTF_LOCKS, /* struct { BTF_LOCK_ARRAY }, 32 bytes */
	BTF_UNION, /* union { u64, BTF_LOCKED }, 16 bytes */
	BTF_EMPTY, /* struct without members */
	BTF_VAR, /* u64 of global data */
	BTF_DATASEC, /* .data of 8 bytes with BTF_VAR */
	BTF_COUNT,
};

/* Size of a type in bytes. */
uint32_t store_btf_size(uint32_t id);

/* The raw object; it lives until the end. */
const void *store_btf_types(uint32_t *ret_size);

/* A map with these types as key and value, and sizes to match. Key 0: none; a value
 * of BTF_COUNT does not exist. */
struct store_spec store_btf_spec(uint32_t type, uint32_t key_type, uint32_t value_type,
				 uint32_t max_entries, uint32_t flags);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of map types: a row has the name of a type and the struct map_ops for its
 * entries. Nothing elsewhere asks "which type is this?".
 */
#ifndef BPFMAPFS_MAP_TYPES_H
#define BPFMAPFS_MAP_TYPES_H

#include <stdbool.h>
#include <stdint.h>

struct map_ops;

enum map_trait {
	/* a value is one round_up(value_size, 8) slot per possible CPU */
	MAP_PER_CPU = 1 << 0,
	/* keys are the indexes 0 ... max_entries - 1 */
	MAP_INDEXED = 1 << 1,
	/* keys are prefixes: a length, then data */
	MAP_PREFIX = 1 << 2,
	/* the kernel accepts BTF for key and value (else: refuses it) */
	MAP_TAKES_BTF = 1 << 3,
	/* needs BPF_F_NO_PREALLOC at creation */
	MAP_NO_PREALLOC = 1 << 4,
	/* elements have no keys; in BTF of such a map, the key is an empty struct */
	MAP_NO_KEYS = 1 << 8,
	/* a set of values: its values are the tree's keys, and BTF has no key */
	MAP_SET = 1 << 9,
	/* values are ids of other maps, made with an inner map as template */
	MAP_OF_MAPS = 1 << 10,
	/* the kernel adds BPF_F_RDONLY_PROG, and refuses it at creation */
	MAP_RDONLY_PROG = 1 << 11,
	/* the store's keys are u32, whatever the keys in the tree are */
	MAP_KEY_U32 = 1 << 12,
	/* max_entries must be 0: there is no limit */
	MAP_UNLIMITED = 1 << 13,
	/* a full map evicts entries */
	MAP_EVICTS = 1 << 14,
	/* there are no values either */
	MAP_NO_VALUES = 1 << 15,
	/* needs BPF_F_MMAPABLE at creation */
	MAP_NEEDS_MMAP = 1 << 16,
	/* keys or values are descriptors to the kernel: only root may write them */
	MAP_DESCRIPTORS = 1 << 17,
	/* holds records of any size */
	MAP_RECORDS = 1 << 18,
};

struct map_type {
	uint32_t id; /* BPF_MAP_TYPE_* */
	const char *name; /* as bpftool spells it */
	unsigned traits; /* enum map_trait */
	const struct map_ops *ops;
	const char *value; /* value= of new maps, if it follows from the type; or NULL */
};

/* The row of a type; for an unknown type, the generic row, whose name is NULL. Never
 * NULL. */
const struct map_type *map_type_by_id(uint32_t id);

/* NULL: no such type. */
const struct map_type *map_type_by_name(const char *name);

#endif

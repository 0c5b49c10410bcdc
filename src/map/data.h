/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Global data of a program: an array of one element whose type is a BTF
 * DATASEC (.data, .bss, .rodata, custom sections). Its entries are the
 * variables, and a key is the number of a variable as u32:
 *
 *	section   [ verbose ][pad][ limits.............. ][ name ]
 *	key         0              1                        2
 *	value buffers hold one variable, from their first byte on, then zeros
 *
 * BTF is untrusted: variables may lack names, share them, overlap or lie outside the
 * section. Variables that cannot be shown are left out; the memory for types is bounded
 * (DATA_TYPES_MAX), and variables beyond the bound are shown raw.
 */
#ifndef BPFMAPFS_MAP_DATA_H
#define BPFMAPFS_MAP_DATA_H

#include <stddef.h>
#include <stdint.h>

#include "text/type.h"

struct btf;

#define DATA_TYPES_MAX (8u << 20)

struct data_var {
	char *name; /* as listed: escaped, with @OFFSET if others share it */
	uint32_t offset, size;
	const struct type *type; /* borrowed from the section */
};

/* Immutable; safe from any thread. */
struct data {
	struct data_var *vars; /* in the order of BTF */
	uint32_t count;
	uint32_t *by_name; /* their numbers, in the order of their names */
	size_t max_size; /* of a variable */
	unsigned traits; /* enum type_trait of all variables together */
	struct type **types; /* owned, each for all variables of that type */
	uint32_t n_types;
	struct type *whole; /* the section as one struct, for definitions */
};

/* -EINVAL: id is not a section of this size; -ENOMEM. */
int data_new(const struct btf *btf, uint32_t id, size_t size, struct data **ret);
void data_free(struct data *d); /* NULL is allowed */
DEFINE_CLEANUP(data_free, struct data *);
#define _cleanup_data_ _cleanup_(cleanup_data_free)

#endif

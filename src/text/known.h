/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Types that mean more than their bytes, recognised by name.
 */
#ifndef BPFMAPFS_TEXT_KNOWN_H
#define BPFMAPFS_TEXT_KNOWN_H

#include <stdint.h>

struct kind;

struct known {
	const char *name; /* of a typedef or struct */
	uint32_t size; /* a type of another size is something else */
	const struct kind *kind;
	const char *word; /* in the grammar of definitions */
	uint8_t align; /* that the word implies */
};

/* NULL: nothing special. */
const struct known *known_find(const char *name);

/* Kernel-owned structs: TYPE_HAS_LOCK, TYPE_HAS_OBJECTS, or 0. */
unsigned known_struct_traits(const char *name);

/* Type tags that make a pointer a kernel pointer: TYPE_HAS_OBJECTS, or 0. */
unsigned known_tag_traits(const char *tag);

#endif

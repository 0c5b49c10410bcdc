/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names of maps in the root: NAME, NAME@ID, @ID. The kernel's names consist of letters,
 * digits, '_' and '.'; a leading '.' is written %2E, so that ls and globs show the map.
 */
#ifndef BPFMAPFS_LIVE_MAP_NAME_H
#define BPFMAPFS_LIVE_MAP_NAME_H

#include <stdbool.h>
#include <stdint.h>

#include "store/store.h"

struct text_error;

/* Size of the longest name with its NUL. */
#define LISTED_NAME_MAX 32

/* A parsed name. */
struct map_name {
	char name[STORE_NAME_LEN]; /* as the kernel has it; "": any (@ID) */
	uint32_t id;		   /* 0: a bare name */
};

/* -ENOENT: no map can have this name; bare ".", ".." and ".map" are not names of maps. */
int map_name_parse(const char *text, struct map_name *ret);

/* The name that the root lists. shared: another live map has this name. */
void map_name_list(const char *name, uint32_t id, bool shared, char ret[LISTED_NAME_MAX]);

/* The kernel's name of a map that mkdir will create. -EINVAL, -ENAMETOOLONG. */
int map_name_check(const char *text, char ret[STORE_NAME_LEN], struct text_error *err);

/* A name matches one of the patterns GLOB:GLOB...; NULL matches all. A ':' between '['
 * and ']' belongs to the pattern. */
bool map_name_matches(const char *globs, const char *name);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names of maps as the root has them: NAME, NAME@ID, @ID. The kernel's names are
 * made of letters, digits, '_' and '.'; a leading '.' is written %2E, so that ls
 * and globs show the map.
 */
#ifndef BPFMAPFS_LIVE_MAP_NAME_H
#define BPFMAPFS_LIVE_MAP_NAME_H

#include <stdbool.h>
#include <stdint.h>

#include "store/store.h"

struct text_error;

/* Room for the longest name and its NUL. */
#define LISTED_NAME_MAX 32

/* What a name says. */
struct map_name {
	char name[STORE_NAME_LEN]; /* as the kernel has it; "": any (@ID) */
	uint32_t id;		   /* 0: a bare name */
};

/* -ENOENT: no map can have this name; nor is there a bare ".", ".." or ".map". */
int map_name_parse(const char *text, struct map_name *ret);

/* The name that the root lists. shared: another live map has this name. */
void map_name_list(const char *name, uint32_t id, bool shared, char ret[LISTED_NAME_MAX]);

/* The kernel's name of a map that mkdir shall make. -EINVAL, -ENAMETOOLONG. */
int map_name_check(const char *text, char ret[STORE_NAME_LEN], struct text_error *err);

/* A name matches one of the patterns GLOB:GLOB...; NULL matches all. A ':' between
 * '[' and ']' is the pattern's. */
bool map_name_matches(const char *globs, const char *name);

#endif

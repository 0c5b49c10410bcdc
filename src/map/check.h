/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Checks whether a map's type, its state and the configuration allow an operation,
 * before any entry is touched. Each function returns 0, or the user's errno with the
 * reason in err (NULL is allowed). Safe from any thread.
 */
#ifndef BPFMAPFS_MAP_CHECK_H
#define BPFMAPFS_MAP_CHECK_H

#include <stdbool.h>
#include <stdint.h>

struct schema;
struct text_error;

/* The configuration lets the map be changed. -EPERM. */
int map_check_change(const struct schema *s, struct text_error *err);

/* Values can be written. unsafe: including values that hold timers and other kernel
 * objects. -EOPNOTSUPP: the type has no update; -EPERM. */
int map_check_writable(const struct schema *s, bool unsafe, struct text_error *err);

/* All entries can be listed, so that they can be counted. */
bool map_is_listed(const struct schema *s);

/* Every value of the array can be set to zero at once. */
bool map_can_be_zeroed(const struct schema *s);

/* Entries can be removed. -EPERM. */
int map_check_removable(const struct schema *s, struct text_error *err);

/* If keys are indexes, the key is below max_entries. -EFBIG. */
int map_check_index(const struct schema *s, const uint8_t *key, struct text_error *err);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a view finds the types that it names: in the BTF of the map, then of the
 * object file that the configuration names, then of the programs that use the map,
 * then of the kernel and of its modules.
 *
 * A BTF is read when it is first searched, and kept until the end, so that types that
 * are copied from it twice are one. Only one thread at a time reads the kernel's, which
 * has 10 MB.
 */
#ifndef BPFMAPFS_MAP_TYPE_SOURCE_H
#define BPFMAPFS_MAP_TYPE_SOURCE_H

#include <stddef.h>
#include <stdint.h>

#include "text/grammar.h"
#include "util/attributes.h"

struct schema;
struct store;
struct type_source;

/* Types of the map of a schema; NULL: of no map. Both are borrowed, as is the BTF into
 * which all types go. -ENOMEM. */
int type_source_new(struct store *store, const struct schema *s, struct btf *to,
		    struct type_source **ret) _must_check_;
void type_source_free(struct type_source *t);

/* Search this object file, too; NULL: none. path is borrowed. */
void type_source_add_file(struct type_source *t, const char *path);

/* For the next types that are found: of several with one name, one of this size (0: any)
 * is preferred. */
struct grammar_source *type_source_want(struct type_source *t, size_t size);

/* Copy a type of the map's own BTF. -ENOENT: the map has none; else as
 * btf_copy_type(). */
int type_source_own(struct type_source *t, uint32_t id, uint32_t *ret) _must_check_;

#endif

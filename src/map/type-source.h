/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The BTF in which a view looks up the types that it names: that of the map, then of
 * the object file that the configuration names, then of the programs that use the map,
 * then of the kernel and of its modules.
 *
 * A BTF is read when it is first searched, and kept until the end, so that a type that
 * is copied twice remains one type. Only one thread at a time reads the kernel's BTF,
 * which has 10 MB.
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

/* Search for the map of a schema; NULL: for no map. Both are borrowed, as is the BTF
 * into which all types are copied. -ENOMEM. */
int type_source_new(struct store *store, const struct schema *s, struct btf *to,
		    struct type_source **ret) _must_check_;
void type_source_free(struct type_source *t);

/* Search this object file, too; NULL: none. path is borrowed. */
void type_source_add_file(struct type_source *t, const char *path);

/* For the next lookups: of several types with one name, prefer one of this size (0:
 * any). */
struct grammar_source *type_source_want(struct type_source *t, size_t size);

/* Copy a type of the map's own BTF. -ENOENT: the map has none; otherwise errors like
 * btf_copy_type(). */
int type_source_own(struct type_source *t, uint32_t id, uint32_t *ret) _must_check_;

#endif

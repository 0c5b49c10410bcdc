/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Definition lines, from which mkdir and writes to .map/def create maps.
 *
 *	type=hash key=char[64] value=char[256] max_entries=4096
 *
 * Tokens in any order (map/assign.h); a missing token keeps its value, or gets the
 * value that follows from the type. See bpfmapfs(5), "Definitions".
 */
#ifndef BPFMAPFS_MAP_DEF_H
#define BPFMAPFS_MAP_DEF_H

#include <stdbool.h>
#include <stdint.h>

#include "map/schema.h"
#include "text/error.h"

struct buf;
struct grammar_source;
struct map_view;

#define DEF_BUILTIN "type=hash key=char[64] value=char[256] max_entries=4096"

struct def {
	const struct map_type *type;
	char *key; /* type grammar; NULL: none */
	char *value;
	uint32_t max_entries;
	uint32_t flags; /* BPF_F_* */
	uint64_t extra;
	uint32_t numa_node;
	bool on_node; /* numa_node is known; the kernel does not report it */
	char *inner; /* name of a map in the root: the template of maps of maps */
	char *show; /* show= of the map's first view (map/view.h); NULL: no view */
};

/* Set *d, which is zeroed or valid, from base (NULL: nothing) and a line.
 * -EINVAL, -ERANGE with err; -EAGAIN with err: the line is not complete, a bracket or
 * a quote is open; -ENOMEM. *d is untouched on failure. */
int def_parse(const struct def *base, const char *line, size_t len, struct def *d,
	      struct text_error *err);
/* True if definitions have a word of this name, as in NAME=VALUE. */
bool def_has_word(const char *name, size_t len);
int def_copy(const struct def *from, struct def *to); /* -ENOMEM */
void def_release(struct def *d);
#define _cleanup_def_ _cleanup_(def_release)

/* The definition of an existing map, with the types of its view, as far as the grammar
 * can express it. */
int def_from_schema(const struct schema *s, struct def *d);

/* key= is a type for the names of indexes: that of a view, because the map has u32. */
bool def_names_indexes(const struct def *d);

/* Move what is of the map's first view into *ret: show=, and key= of an array. *ret is
 * empty. -ENOMEM. */
int def_take_view(struct def *d, struct map_view *ret);

/* Append the line, without a newline. */
void def_format(const struct def *d, struct buf *out);

/* Parse flags separated by commas. offset: of the text in the line, for errors.
 * -EINVAL. */
int def_parse_flags(const char *s, size_t len, size_t offset, uint32_t *ret,
		    struct text_error *err);
/* Append the names of map flags ("no_prealloc,mmapable"), numbers for the
 * unknown ones; "0" for none. */
void def_format_flags(uint32_t flags, struct buf *out);

/* Check the types as far as possible without a store: a type that the definition does
 * not declare is an error. -EINVAL, -ERANGE with err; -ENOMEM. */
int def_check(const struct def *d, struct text_error *err);

/* Add the type of key= or value= (`what`) to btf; source: where named types are looked
 * up, or NULL. -EINVAL, -ERANGE with err, which names the word and has the column
 * within the type; -ENOMEM. */
int def_add_type(const char *what, const char *text, struct grammar_source *source,
		 struct btf *btf, uint32_t *ret_id, uint32_t *ret_size,
		 struct text_error *err);

/* Bytes of key and value, 0 for none. Errors as def_check(). */
int def_sizes(const struct def *d, size_t *ret_key, size_t *ret_value);

/* Whether two types of definitions (NULL: none) are the same, regardless of spelling
 * and of the names of enumerators: 1 or 0. prefix: they are keys of an LPM trie. Errors
 * like def_check(), for the first of them. */
int def_same_type(const char *a, const char *b, bool prefix, struct text_error *err);

/* The text means a type, names of enumerators included: 1, or 0. Errors as def_check(). */
int def_means_type(const char *text, bool prefix, const struct type *type);

/*
 * Describe a map that was created from a definition: like schema_new(), with the
 * definition's types if the store could not keep them, and through its view. -EINVAL
 * with err: show= does not fit.
 */
int def_schema(const struct def *d, const struct store_map *map, struct schema **ret,
	       struct text_error *err);

/*
 * Create the map; inner is the open map that d->inner names, or NULL. The types are
 * given to the store as BTF if the map type accepts BTF. -EINVAL, -EOPNOTSUPP (the
 * store lacks the type), -E2BIG, -EPERM, -ENOMEM, with err filled in.
 */
int def_create(const struct def *d, struct store *store, const char *name,
	       const struct store_map *inner, struct store_map *ret, struct text_error *err);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Views: the types with which keys and values of an existing map are shown. The words
 * are those of definition lines:
 *
 *	key=ipv4 value={packets:u64,port:be16}
 *
 * A view is text; view-schema.c compiles it into a schema. live_map_set_view()
 * (live/registry.h) gives a map a view.
 */
#ifndef BPFMAPFS_MAP_VIEW_H
#define BPFMAPFS_MAP_VIEW_H

#include <stdbool.h>
#include <stddef.h>

#include "util/attributes.h"

struct buf;
struct def;
struct schema;
struct text_error;

/* Heap strings, one line each; NULL: the map's own types. */
struct map_view {
	char *key;   /* type grammar (text/grammar.h) */
	char *value; /* likewise; of a ring buffer: its records */
	char *show;  /* types of single members: "saddr:ipv4,ports.src:be16" */
	char *btf;   /* path of an object file whose types the others may name; only the
		      * configuration sets it, and alone it is not a view */
};

#define MAP_VIEW_INIT \
	{         \
		0 \
	}

/*
 * Set *v from base (NULL: an empty view) and a line. A word that the line lacks keeps
 * its text from base, a word without text is removed, and a blank line removes the
 * whole view. The types are not checked. -EINVAL; -EPERM: a word of definitions that is
 * not part of a view; -EAGAIN: a bracket or a quote is open; all with err. -ENOMEM. *v
 * is untouched on failure.
 */
int map_view_parse(const struct map_view *base, const char *line, size_t len, struct map_view *v,
	       struct text_error *err) _must_check_;
int map_view_copy(const struct map_view *from, struct map_view *to) _must_check_; /* -ENOMEM */
void map_view_release(struct map_view *v); /* leaves an empty view */
#define _cleanup_map_view_ _cleanup_(map_view_release)

bool map_view_is_empty(const struct map_view *v);
/* Append the line, without a newline. */
void map_view_format(const struct map_view *v, struct buf *out);

/*
 * Describe the map of `base`, a schema without a view, as seen through a view. *ret
 * keeps a reference to base. -EINVAL with err: a type is malformed or unknown, has
 * another size than the map's, or is for keys or values that have only one form;
 * -ERANGE with err; -ENOMEM.
 */
int schema_with_view(struct schema *base, const struct map_view *v, struct schema **ret,
		     struct text_error *err) _must_check_;

#endif

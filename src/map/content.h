/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An entry as a file: its key as the name, its value as the content, and back.
 * Content is one line, or one line per possible CPU for per-CPU maps (bpfmapfs(5),
 * "Values").
 *
 * Values are in the store's layout (schema->value_bytes). Pure functions,
 * safe from any thread.
 */
#ifndef BPFMAPFS_MAP_CONTENT_H
#define BPFMAPFS_MAP_CONTENT_H

#include "map/schema.h"
#include "text/error.h"
#include "util/attributes.h"

struct buf;
struct request;

/* A text to parse as a value. */
struct content_text {
	const char *text;
	size_t len;
	const void *current;	  /* as for value_parse(); NULL: zeros */
	unsigned flags;		  /* enum value_flag */
	const struct request *rq; /* of the writer: only root may write paths */
	struct text_error *err;	  /* NULL: not of interest */
};

/* The listed name of a key, and the key of any of its names; like name_format(),
 * name_parse(). */
int content_name(const struct schema *s, const void *key, struct buf *out);
int content_parse_name(const struct schema *s, const char *name, size_t len, void *key,
		       struct text_error *err);
/* Like content_parse_name(), for a name in the content of a file, where a prefix may
 * also be written with '/'. */
int content_parse_key(const struct schema *s, const char *text, size_t len, void *key,
		      struct text_error *err);

/* Append the content, final newline included. 0 or -ENOMEM. */
int content_format(const struct schema *s, const void *key, const void *value,
		   struct buf *out);

/*
 * Parse the text of a value. out is written only if the whole text is valid. One line
 * sets the values of all CPUs; one line per CPU sets each value. Returns 0, -EAGAIN
 * (more text could complete it), -EINVAL, -ERANGE, -EFBIG or -ENOMEM, with err filled
 * in.
 */
int content_parse(const struct schema *s, const void *key, const struct content_text *t,
		  void *out) _must_check_;

/* Append the value as one JSON text: per-CPU values as an array. */
int content_format_json(const struct schema *s, const void *key, const void *value,
			struct buf *out);
/* Like content_format_json(), but the text reads back as the same bytes; see
 * value_format_exact(). */
int content_format_exact(const struct schema *s, const void *key, const void *value,
			 struct buf *out);

/* Parse the JSON text of a value; errors like content_parse(). Per-CPU maps take an
 * array with a value for each CPU, or one value for all. current: see
 * schema_needs_current(). */
int content_parse_json(const struct schema *s, const void *key,
		       const struct content_text *t, void *out) _must_check_;

/* Format a key as JSON that reads back as the same bytes, and parse it; errors like
 * content_parse_name(). */
int content_key_json(const struct schema *s, const void *key, struct buf *out);
int content_parse_key_json(const struct schema *s, const char *text, size_t len,
			   void *key, struct text_error *err);

#endif

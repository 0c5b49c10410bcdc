/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keys as file names. name_format() gives every key exactly one name, and name_parse()
 * turns this name back into exactly that key; other spellings are accepted on input
 * (bpfmapfs(5), "Keys").
 */
#ifndef BPFMAPFS_TEXT_NAME_H
#define BPFMAPFS_TEXT_NAME_H

#include <stddef.h>

#include "text/parse.h"
#include "text/type.h"

/*
 * Append the one listed name of a key of type_size(t) bytes: the typed name
 * if parsing it gives the same bytes back, else the raw form "@0a000001".
 * Never empty, "." or "..", never contains '/' or NUL. Any length.
 * Returns 0 or -ENOMEM. Safe from any thread.
 */
int name_format(const struct type *t, const void *key, struct buf *out);

/* Append a name for a key without its last `tail` bytes and, if it is a struct, without
 * its last member; append nothing if nothing is left. -ENOMEM. */
int name_format_head(const struct type *t, const void *key, size_t tail, struct buf *out);

/* Append a string as a file name, escaped as char[N] keys are. -ENOMEM. */
int name_format_text(const char *s, size_t len, struct buf *out);

/* Undo name_format_text(): append the string of a name. -EINVAL, -ENOMEM. */
int name_parse_text(const char *name, size_t len, struct buf *out, struct text_error *err);

/* Append only the raw form. */
void name_format_raw(const void *key, size_t size, struct buf *out);

/*
 * Turn a name into key bytes; nothing is written to key unless the whole name is valid.
 * Returns 0; -EINVAL (no such spelling), -ERANGE (number too big for its type),
 * -ENAMETOOLONG (string longer than its array), -ENOMEM.
 */
int name_parse(const struct type *t, const struct text_parse *how, const char *name,
	       size_t len, void *key);

#endif

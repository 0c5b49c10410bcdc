/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One entry of a map as text, whoever asks: an open file, a rename.
 * key has schema->key_size bytes; errors are the user's.
 */
#ifndef BPFMAPFS_TREE_ENTRY_H
#define BPFMAPFS_TREE_ENTRY_H

#include "tree/internal.h"

/* Append what the file of a key says, or where its symlink leads. */
int entry_format(const struct schema *s, const uint8_t *key, const void *value,
		 struct buf *out);

/* Append the content of the entry. -ENOENT: no such key, or no such map. */
int entry_read(struct tree *t, const struct schema *s, const uint8_t *key, struct buf *out);

/* May values of this map be written at all? -EOPNOTSUPP, -EPERM. */
int entry_check_writable(const struct tree *t, const struct schema *s,
			 struct text_error *err);

/* How a text becomes the value of an entry. */
struct entry_text {
	const char *text;
	size_t len;
	bool merge; /* members that are not named keep their value */
	unsigned flags; /* STORE_ANY or STORE_NOEXIST */
	bool dry; /* only say whether it is valid */
};

/* 0; -EAGAIN: valid so far, but not complete; -ESTALE: the map is gone. */
int entry_write(struct tree *t, struct tree_map *m, const struct schema *s,
		const uint8_t *key, const struct entry_text *text, struct text_error *err);

/* The key that a new name means: -EINVAL, -ERANGE, -ENAMETOOLONG, -EFBIG. */
int entry_parse_name(const struct schema *s, const char *name, uint8_t **key,
		     struct text_error *err);

#endif

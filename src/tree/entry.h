/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One entry of a map as text, for open files and renames. key has
 * schema->key_size bytes; errors are the user's.
 */
#ifndef BPFMAPFS_TREE_ENTRY_H
#define BPFMAPFS_TREE_ENTRY_H

#include "tree/internal.h"
#include "util/attributes.h"

/* Append the content of a key's file, or the target of its symlink. */
int entry_format(const struct schema *s, const uint8_t *key, const void *value,
		 struct buf *out);

/* Append the content of the entry. -ENOENT: no such key, or no such map. */
int entry_read(struct tree *t, const struct request *rq, const struct schema *s,
	       const uint8_t *key, struct buf *out) _must_check_;

/* 0: the key is in the map; -ENOENT: it is not. */
int entry_exists(struct tree *t, const struct request *rq, const struct schema *s,
		 const uint8_t *key);

/* A text that is written to an entry. */
struct entry_text {
	const char *text;
	size_t len;
	bool merge;	/* members that are not named keep their value */
	unsigned flags; /* STORE_ANY or STORE_NOEXIST */
	bool dry;	/* only check that it is valid */
};

/* 0; -EAGAIN: valid so far, but not complete; -ESTALE: the map is gone. */
int entry_write(struct tree *t, const struct request *rq, struct live_map *m,
		const struct schema *s, const uint8_t *key, const struct entry_text *text,
		struct text_error *err) _must_check_;

/* The maximum length of the text of a value, including white space. */
size_t entry_text_max(const struct schema *s);

/* The key of a new name: -EINVAL, -ERANGE, -ENAMETOOLONG, -EFBIG. */
int entry_parse_name(const struct schema *s, const char *name, uint8_t **key,
		     struct text_error *err) _must_check_;

/* The key of the inode table for the node of a map's key. */
static inline struct inode_key entry_inode(const struct live_map *m,
					   const struct schema *s, const uint8_t *key)
{
	return (struct inode_key){ m->id, s->serial, key, s->key_size,
				   schema_has(s, MAP_PREFIX) ? 1 : 0 };
}

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The open file of a key; see keyfile.c for its states.
 */
#ifndef BPFMAPFS_TREE_KEYFILE_H
#define BPFMAPFS_TREE_KEYFILE_H

#include "tree/file.h"

/* The key to open. All is borrowed. */
struct key_place {
	struct live_map *m;
	struct schema *schema;
	const uint8_t *key;
	uint64_t node;
};

/* -ENOENT: the key is not in the map. */
int key_file_open(struct tree *t, const struct request *rq, const struct key_place *place,
		  int flags, struct tree_file **ret);

/* O_CREAT: the key need not exist. -EEXIST: it exists, with O_EXCL. */
int key_file_create(struct tree *t, const struct request *rq,
		    const struct key_place *place, int flags, struct tree_file **ret);

#endif

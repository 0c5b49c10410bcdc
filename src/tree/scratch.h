/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Scratch files: what editors and copying tools put beside a file before they
 * rename it into place. They look like files of the map's directory, are not
 * listed, and live in this process only, SCRATCH_MAX bytes in all; when that
 * is used up the oldest are dropped, with a line in the map's errors.
 *
 * In maps of maps there are symlinks among them: `ln -sfn` makes one.
 * Renaming one onto a key writes its content there. See "Scratch files" in
 * bpfmapfs(5) for which names are scratch names.
 *
 * A scratch file's memory lives while it has a name, is open, or is known to
 * the kernel. All functions lock.
 */
#ifndef BPFMAPFS_TREE_SCRATCH_H
#define BPFMAPFS_TREE_SCRATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "tree/tree.h"

#define SCRATCH_MAX (64u << 20)

struct scratches;
struct live_map;

struct scratches *scratches_new(void); /* NULL: no memory */
void scratches_free(struct scratches *s);

/* A name that no key is listed under: ".x" or "x~". */
bool scratch_name(const char *name);
/* open(2) flags of a program that makes a temporary file of its own name. */
bool scratch_flags(int flags);

/* The node of a scratch file of this map. -ENOENT. */
int scratch_find(struct tree *t, uint32_t map_id, const char *name, uint64_t *ret_node);
/* The same as a lookup: its count rises. */
int scratch_lookup(struct tree *t, struct live_map *m, const char *name,
		   struct tree_entry *ret);
void scratch_forget(struct tree *t, uint64_t node, uint64_t n);

/* -EEXIST, -ENOSPC (larger than all may be), -ENOMEM. */
int scratch_create(struct tree *t, const struct request *rq, struct live_map *m,
		   const char *name, int flags, struct tree_entry *entry,
		   struct tree_file **ret);
/* A symlink: content is its text. -EEXIST, -ENOSPC, -ENOMEM. */
int scratch_symlink(struct tree *t, const struct request *rq, struct live_map *m,
		    const char *name, const char *text);
int scratch_unlink(struct tree *t, uint32_t map_id, const char *name);
/* Another scratch name in the same map; what was there is gone. */
int scratch_rename(struct tree *t, uint32_t map_id, const char *from, const char *to);
/* Append a copy of the content. */
int scratch_content(struct tree *t, uint64_t node, struct buf *out);

#endif

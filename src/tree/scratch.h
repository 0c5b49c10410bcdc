/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Scratch files: temporary files that editors and copying tools create in a directory
 * before they rename them to the final name. They look like files of the map's
 * directory, are not listed, and exist only in this process. scratch-forms.h has their
 * names.
 *
 * Each user has a quota, by number and by allocated bytes. A file beyond the quota
 * replaces that user's oldest files. If a file with content is dropped in this way, or
 * still has a name a minute after its last close, a line is added to the map's errors,
 * because the content is not in the map.
 *
 * A scratch file's slot is in use while it has a name, is open, or is known to
 * the kernel:
 *
 *	named ---- unlink, rename onto a key ----> unnamed, still readable
 *	  \------- over the quota, map gone -----> dropped: no content, reads are
 *						   ESTALE, writes ENOSPC
 *
 * A scratch file holds no reference to a map. All functions lock; none makes a store
 * call or drops a reference with the lock held.
 */
#ifndef BPFMAPFS_TREE_SCRATCH_H
#define BPFMAPFS_TREE_SCRATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "tree/tree.h"

/* Of one user. */
#define SCRATCH_BYTES_MAX (64u << 20)
#define SCRATCH_FILES_MAX 256u
/* ns after which an abandoned file is reported. */
#define SCRATCH_LEFT_AFTER 60000000000ull

struct scratches;
struct scratch_form;
struct live_map;
struct schema;

struct scratches *scratches_new(struct tree *t); /* NULL: no memory */
void scratches_free(struct scratches *s);

/* ---- names ---- */

/* The node of a scratch file of this map. -ENOENT. */
int scratch_find(struct tree *t, uint32_t map_id, const char *name, uint64_t *ret_node);
/* Like scratch_find(), for a lookup: the node's lookup count rises. -ENOENT. */
int scratch_lookup(struct tree *t, struct live_map *m, const char *name,
		   struct tree_entry *ret);
void scratch_forget(struct tree *t, uint64_t node, uint64_t n);

/*
 * Create a file, or find an existing one if not exclusive; its lookup count and its
 * count of open files rise by one. -EEXIST, -ENOSPC, -ENOMEM.
 */
int scratch_make(struct tree *t, const struct request *rq, struct live_map *m,
		 const char *name, bool exclusive, struct tree_entry *ret);
/* A symlink: content is its text. -EEXIST, -ENOSPC, -ENOMEM. */
int scratch_symlink(struct tree *t, const struct request *rq, struct live_map *m,
		    const char *name, const char *text);
int scratch_unlink(struct tree *t, uint32_t map_id, const char *name);
/* Rename to another scratch name in the same map, replacing an existing file. */
int scratch_rename(struct tree *t, uint32_t map_id, const char *from, const char *to);
/* The content was written to a key: the name is removed, and writes to open files
 * fail. */
void scratch_became_key(struct tree *t, uint64_t node);

/* ---- content; -ESTALE: the file was dropped, or is none ---- */

int scratch_opened(struct tree *t, uint64_t node);
void scratch_closed(struct tree *t, uint64_t node);
int scratch_stat_fill(struct tree *t, uint64_t node, struct stat *st);

/* Append up to size bytes at off. */
int scratch_read(struct tree *t, uint64_t node, size_t size, off_t off, struct buf *out);
/* Append the whole content. *ret_link: it is the target of a symlink. */
int scratch_content(struct tree *t, uint64_t node, struct buf *out, bool *ret_link);
/* append: write at the end, and ignore off. -EFBIG: more than a user may have; -ENOSPC:
 * the file was dropped. */
int scratch_write(struct tree *t, uint64_t node, const char *data, size_t len, off_t off,
		  bool append);
/* Errors like scratch_write(). */
int scratch_resize(struct tree *t, uint64_t node, off_t size);

/* Log that content was refused with this errno. */
void scratch_log_refusal(struct tree *t, uint64_t node, const char *operation, int error);

/* ---- time ---- */

/* Report abandoned files, and drop those of maps that are gone. now: ns, monotonic. */
void scratch_sweep(struct tree *t, uint64_t now);

/* ---- scratch-names.c: what names mean in a map's directory ---- */

/* True if open(2) with O_CREAT and these flags creates a scratch file, not a key.
 * parsed: the result of entry_parse_name(). */
bool scratch_wants(struct tree *t, const struct request *rq, const struct schema *s,
		   const char *name, int parsed, int flags);
/* The form of a temporary file that the name has; NULL: none. */
const struct scratch_form *scratch_form_in(struct tree *t, const struct schema *s,
					   const char *name, bool is_key);

/* ---- scratchfile.c: open files ---- */

/* Like scratch_make(), and open the file. */
int scratch_create(struct tree *t, const struct request *rq, struct live_map *m,
		   const char *name, int flags, struct tree_entry *entry,
		   struct tree_file **ret);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Scratch files: what editors and copying tools put beside a file before they
 * rename it into place. They look like files of the map's directory, are not
 * listed, and live in this process only. scratch-forms.h has their names.
 *
 * Each user has a quota, by number and by allocated bytes. A file over it takes
 * the place of that user's oldest ones. One with content that is dropped so, or
 * that has a name a minute after its last close, leaves a line in the map's
 * errors, because what was written to it is not in the map.
 *
 * A scratch file's slot is in use while it has a name, is open, or is known to
 * the kernel:
 *
 *	named ---- unlink, rename onto a key ----> unnamed, still readable
 *	  \------- over the quota, map gone -----> dropped: no content, reads are
 *						   ESTALE, writes ENOSPC
 *
 * It holds no reference to a map. All functions lock; none makes a store call
 * or drops a reference with the lock held.
 */
#ifndef BPFMAPFS_TREE_SCRATCH_H
#define BPFMAPFS_TREE_SCRATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "tree/tree.h"

/* Of one user. */
#define SCRATCH_BYTES_MAX (64u << 20)
#define SCRATCH_FILES_MAX 256u
/* ns: a file that is left alone so long is reported. */
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
/* As a lookup: the node's lookup count rises. -ENOENT. */
int scratch_lookup(struct tree *t, struct live_map *m, const char *name,
		   struct tree_entry *ret);
void scratch_forget(struct tree *t, uint64_t node, uint64_t n);

/*
 * Make a file, or find it if it is there and not exclusive; then it has one more
 * lookup and one more open file. -EEXIST, -ENOSPC, -ENOMEM.
 */
int scratch_make(struct tree *t, const struct request *rq, struct live_map *m,
		 const char *name, bool exclusive, struct tree_entry *ret);
/* A symlink: content is its text. -EEXIST, -ENOSPC, -ENOMEM. */
int scratch_symlink(struct tree *t, const struct request *rq, struct live_map *m,
		    const char *name, const char *text);
int scratch_unlink(struct tree *t, uint32_t map_id, const char *name);
/* Another scratch name in the same map; what was there is gone. */
int scratch_rename(struct tree *t, uint32_t map_id, const char *from, const char *to);
/* The content is in a key now: the name is gone, writes to open files fail. */
void scratch_became_key(struct tree *t, uint64_t node);

/* ---- content; -ESTALE: the file was dropped, or is none ---- */

int scratch_opened(struct tree *t, uint64_t node);
void scratch_closed(struct tree *t, uint64_t node);
int scratch_stat_fill(struct tree *t, uint64_t node, struct stat *st);

/* Append up to size bytes at off. */
int scratch_read(struct tree *t, uint64_t node, size_t size, off_t off, struct buf *out);
/* Append all of it. *ret_link: it is the text of a symlink. */
int scratch_content(struct tree *t, uint64_t node, struct buf *out, bool *ret_link);
/* append: at the end, whatever off says. -EFBIG: more than a user may have;
 * -ENOSPC: the file was dropped. */
int scratch_write(struct tree *t, uint64_t node, const char *data, size_t len, off_t off,
		  bool append);
/* Errors as scratch_write(). */
int scratch_resize(struct tree *t, uint64_t node, off_t size);

/* Log that content was refused with this errno. */
void scratch_log_refusal(struct tree *t, uint64_t node, const char *operation, int error);

/* ---- time ---- */

/* Report files left alone, drop those of maps that are gone. now: ns, monotonic. */
void scratch_sweep(struct tree *t, uint64_t now);

/* ---- scratch-names.c: what names mean in a map's directory ---- */

/* open(2) with O_CREAT and these flags makes a scratch file, not a key. parsed:
 * what entry_parse_name() says of the name. */
bool scratch_wants(struct tree *t, const struct request *rq, const struct schema *s,
		   const char *name, int parsed, int flags);
/* The form of a temporary file that the name has; NULL: none. */
const struct scratch_form *scratch_form_in(struct tree *t, const struct schema *s,
					   const char *name, bool is_key);

/* ---- scratchfile.c: open files ---- */

/* As scratch_make(), opened. */
int scratch_create(struct tree *t, const struct request *rq, struct live_map *m,
		   const char *name, int flags, struct tree_entry *entry,
		   struct tree_file **ret);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tree: the nodes that exist, their names, and reading and writing them. It does
 * not depend on FUSE: src/fuse decodes requests and calls these functions.
 *
 * Functions return 0 (or a count) or the user's errno, negative. All are safe
 * from any thread; a tree_file or tree_dir locks itself. rq is the request that
 * the call serves, valid until it returns (util/request.h); RELEASE has none,
 * since the kernel sends it without a caller.
 *
 * Lock order: a tree_file's or tree_dir's lock, live_map.ending,
 * live_map.drain_lock, registry.refresh, live_map.view_lock, registry.recording,
 * registry.lock, scratches.lock, live_map.lock, inodes.lock. No store call is made with
 * registry.lock, live_map.lock or inodes.lock held.
 */
#ifndef BPFMAPFS_TREE_TREE_H
#define BPFMAPFS_TREE_TREE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "live/owner.h"
#include "map/def.h"
#include "store/store.h"
#include "util/buf.h"

struct config;
struct tree;
struct tree_file;
struct tree_dir;
struct request;

struct tree_options {
	uid_t uid; /* owner of everything */
	gid_t gid;
	mode_t umask;	   /* directories have 0777 & ~umask */
	size_t max_files; /* descriptors that this process can have; 0: 1,024 */
	bool unsafe;	   /* allow overwriting values with kernel objects */
	bool steal; /* .map/consume also takes from maps that other processes hold */
	bool pins_rw;	   /* by-pin can be changed */
	const char *bpffs; /* what by-pin mirrors */
	const char *pin; /* where maps created through the tree are pinned; NULL: nowhere */
	int pin_fd; /* with pin: this directory, open until tree_free() */
	const char *maps; /* glob of map names to show; NULL: all */
	const char *version;
	const char *mountpoint; /* absolute; NULL: unknown */
	bool read_only; /* nothing is changed, whatever the kernel's mount says */
	struct def def; /* the definition for mkdir */
	struct config *config; /* NULL: none */
};

/* The reply to a lookup. */
struct tree_entry {
	uint64_t node;
	struct stat st;
	double entry_timeout; /* seconds */
	double attr_timeout;
};

/* options are borrowed until tree_free(). -ENOMEM. */
int tree_new(struct store *store, const struct tree_options *options, struct tree **ret);
void tree_free(struct tree *t);

/* Set the device of the mount, before requests are served: files that consume must not
 * be read on a mount that was remounted read-only. */
void tree_set_device(struct tree *t, dev_t device);

/* Use another configuration from now on; NULL: none. -ENOMEM, and nothing changes. */
int tree_configure(struct tree *t, struct config *c);

/* Set a function that is called when attributes of a node change without a request of
 * the kernel. */
void tree_set_notify(struct tree *t, void (*notify)(void *arg, uint64_t node), void *arg);

/* Set a function that is called when a file that waits has been woken
 * (tree_file_wakes()), with locks of the tree held: it must not call the tree. NULL:
 * none. When this returns, the old function is not being called any more. */
void tree_set_wake(struct tree *t, void (*wake)(void *arg), void *arg);

/* -ENOENT. On success the node's lookup count has risen by one. */
int tree_lookup(struct tree *t, const struct request *rq, uint64_t parent,
		const char *name, struct tree_entry *ret);
/* The kernel drops n lookups of a node. */
void tree_forget(struct tree *t, uint64_t node, uint64_t n);

int tree_getattr(struct tree *t, const struct request *rq, uint64_t node, struct stat *st,
		 double *timeout);

enum tree_set {
	TREE_SET_MODE = OWNER_MODE,
	TREE_SET_UID = OWNER_UID,
	TREE_SET_GID = OWNER_GID,
	TREE_SET_SIZE = 8
};
/* file: the open file of an ftruncate, or NULL. Times are accepted and ignored. -EPERM. */
int tree_setattr(struct tree *t, const struct request *rq, uint64_t node,
		 struct tree_file *file, const struct stat *st, unsigned set,
		 struct stat *ret, double *timeout);

int tree_readlink(struct tree *t, const struct request *rq, uint64_t node,
		  struct buf *out);

int tree_mkdir(struct tree *t, const struct request *rq, uint64_t parent,
	       const char *name, struct tree_entry *ret);
int tree_rmdir(struct tree *t, const struct request *rq, uint64_t parent,
	       const char *name);
/* text: the target of the link, which must lead to a map of this tree. */
int tree_symlink(struct tree *t, const struct request *rq, uint64_t parent,
		 const char *name, const char *text, struct tree_entry *ret);
int tree_unlink(struct tree *t, const struct request *rq, uint64_t parent,
		const char *name);
int tree_rename(struct tree *t, const struct request *rq, uint64_t parent,
		const char *name, uint64_t newparent, const char *newname,
		unsigned flags);
/* Hard links, devices and the like: -EPERM, always. */
int tree_link(struct tree *t, const struct request *rq, uint64_t parent,
	      const char *name);
int tree_mknod(struct tree *t, const struct request *rq, uint64_t parent,
	       const char *name);
/* Set the longest name that the kernel accepts; 1,024 bytes before this call. */
void tree_set_name_max(struct tree *t, unsigned n);

struct tree_statfs {
	uint64_t name_max;
	/* Entries that the map of the node can have, and has; both 0 if the node is not
	 * a map's directory, counting is not cheap, or the caller may not list it. */
	uint64_t max_entries, entries;
};
void tree_statfs(struct tree *t, const struct request *rq, uint64_t node,
		 struct tree_statfs *ret);

/* ---- files ---- */

/* flags: those of open(2). *nonseekable, *noflush: see fuse. */
int tree_open(struct tree *t, const struct request *rq, uint64_t node, int flags,
	      struct tree_file **ret);
/* Open a key that does not exist yet; it is inserted with its first complete text.
 * -EINVAL, -ERANGE, -ENAMETOOLONG, -EFBIG, -EEXIST (O_EXCL), ... */
int tree_create(struct tree *t, const struct request *rq, uint64_t parent,
		const char *name, int flags, struct tree_entry *entry,
		struct tree_file **ret);

/* Append up to size bytes from off to out; nothing at the end. -EAGAIN, for a file that
 * waits: no data yet. */
int tree_read(struct tree_file *f, const struct request *rq, size_t size, off_t off,
	      struct buf *out);
/* Accepts all of data or nothing. owner: the lock owner of the descriptor, 0 if
 * unknown. Later writes fail with the same error, because they could be the rest of a
 * text. */
int tree_write(struct tree_file *f, const struct request *rq, const char *data,
	       size_t len, off_t off, uint64_t owner);
/* A write was refused before tree_write(): later ones fail with the same error. */
void tree_fail_write(struct tree_file *f, int error);
/* A descriptor is closed: held text that is complete takes effect. -EINVAL: text that
 * never became complete. Only a close by the owner of the last write ends a text. */
int tree_flush(struct tree_file *f, const struct request *rq, uint64_t owner);
void tree_release(struct tree_file *f);
/* Close a file whose open(2) failed: its key is not created. */
void tree_abandon(struct tree_file *f);
/* Only files that are open for writing can have errors to report at close. */
bool tree_file_wants_flush(const struct tree_file *f);

/* A stream: its content arrives over time, and reading may have to wait. off is
 * ignored. */
bool tree_file_waits(const struct tree_file *f);
/* The number of times such a file has been woken: if it has changed, tree_read() may
 * find data. Any thread. */
unsigned tree_file_wakes(const struct tree_file *f);
/* True if tree_read() would find data, or fail. */
bool tree_poll(struct tree_file *f, const struct request *rq);

/* The size of the content is unknown, and st_size is 0. */
bool tree_file_is_stream(const struct tree_file *f);

/* lseek(2) and pread(2) are allowed. */
bool tree_file_can_seek(const struct tree_file *f);

/* ---- directories ---- */

struct tree_dirent {
	const char *name; /* valid until the next call on the directory */
	struct stat st;	  /* st_ino and the type bits of st_mode */
	uint64_t next;	  /* offset of the next entry */
};

int tree_opendir(struct tree *t, const struct request *rq, uint64_t node,
		 struct tree_dir **ret);
void tree_releasedir(struct tree_dir *d);
void tree_dir_lock(struct tree_dir *d);
void tree_dir_unlock(struct tree_dir *d);
/* Let the next call return the entry at this offset (0: the first). */
int tree_dir_seek(struct tree_dir *d, const struct request *rq, uint64_t offset);
/* 1 and the next entry; 0 at the end; or -errno. */
int tree_dir_next(struct tree_dir *d, const struct request *rq, struct tree_dirent *ret);
/* Look up the entry that tree_dir_next() returned last, as tree_lookup() would;
 * -EAGAIN: not worth it (large directories): return only the name. */
int tree_dir_entry(struct tree_dir *d, const struct request *rq, struct tree_entry *ret);

#endif

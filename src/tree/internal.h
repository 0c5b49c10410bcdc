/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of src/tree share: the tree itself, and the tables of
 * functions behind nodes, open files and open directories.
 */
#ifndef BPFMAPFS_TREE_INTERNAL_H
#define BPFMAPFS_TREE_INTERNAL_H

#include <fcntl.h>
#include <pthread.h>

#include "tree/inodes.h"
#include "tree/node.h"
#include "live/registry.h"
#include "tree/tree.h"

/* Existence, names and sizes of keys may lag by this much (seconds). */
#define KEY_TIMEOUT 0.02
/* So may the names of maps: half of it is the registry's. */
#define MAP_TIMEOUT 0.01
/* The longest name that FUSE can carry. */
#define TREE_NAME_MAX 1024
/* What never changes, or is announced to the kernel when it does. */
#define LONG_TIMEOUT 86400.0

/* One of the open files, or one of the open directories. An unmount does not
 * wait for their release: tree_free() closes what is left. */
struct tree_handle {
	struct tree *tree; /* NULL: not handed out */
	struct tree_handle *prev, *next;
};

struct tree {
	pthread_mutex_t handles_lock; /* guards the next two */
	struct tree_handle files, dirs; /* rings; these are their ends */
	bool ending; /* tree_free() */
	struct store *store;
	const struct tree_options *opt;
	struct registry registry;
	struct inodes *keys;
	struct inodes *view_keys; /* of .map/raw and the like, see views.c */
	struct scratches *scratches;
	struct inodes *pins; /* paths of by-pin; map id 0 */
	struct errlog errors; /* those of no map */
	struct timespec started;
	uint32_t turns; /* lookups of whole-map files */
	void (*notify)(void *arg, uint64_t node);
	void *notify_arg;
};

/*
 * One row per node kind. NULL functions: -ENOTDIR, -EPERM or what tree.c
 * says for the request.
 */
struct node_ops {
	int (*stat)(struct tree *t, uint64_t node, struct stat *st, double *timeout);
	int (*setattr)(struct tree *t, uint64_t node, const struct stat *st, unsigned set);
	int (*lookup)(struct tree *t, uint64_t node, const char *name, struct tree_entry *ret);
	int (*readlink)(struct tree *t, uint64_t node, struct buf *out);
	int (*open)(struct tree *t, uint64_t node, int flags, struct tree_file **ret);
	int (*create)(struct tree *t, uint64_t node, const char *name, int flags,
		      struct tree_entry *entry, struct tree_file **ret);
	int (*opendir)(struct tree *t, uint64_t node, struct tree_dir **ret);
	int (*mkdir)(struct tree *t, uint64_t node, const char *name);
	int (*rmdir)(struct tree *t, uint64_t node, const char *name);
	int (*unlink)(struct tree *t, uint64_t node, const char *name);
	int (*symlink)(struct tree *t, uint64_t node, const char *name, const char *text);
	int (*rename)(struct tree *t, uint64_t parent, const char *name, uint64_t newparent,
		      const char *newname, unsigned flags);
	/* the map that this is, or that this symlink leads to */
	int (*map)(struct tree *t, uint64_t node, struct tree_map **ret);
};

extern const struct node_ops root_ops, root_dot_ops, root_file_ops, by_id_ops,
	by_id_link_ops, map_ops, alias_ops, dot_ops, dot_file_ops, key_ops, scratch_ops,
	view_ops, view_key_ops, by_pin_ops, pin_ops, by_prog_ops, prog_ops, prog_map_ops;

/* ---- open files ---- */

struct tree_file_ops {
	bool stream; /* content without a size */
	int (*read)(struct tree_file *f, size_t size, off_t off, struct buf *out);
	int (*write)(struct tree_file *f, const char *data, size_t len, off_t off);
	int (*flush)(struct tree_file *f);
	void (*truncate)(struct tree_file *f, off_t size);
	void (*release)(struct tree_file *f); /* frees it */
};

/* The first member of every kind of open file. */
struct tree_file {
	struct tree_handle handle; /* first */
	const struct tree_file_ops *ops;
	pthread_mutex_t lock; /* held by tree.c around every call */
	int flags; /* of open(2) */
	uint64_t writer; /* who wrote last; 0: nobody, or not known */
	bool abandoned; /* open(2) failed: nobody meant what release would do */
};

void tree_file_init(struct tree_file *f, const struct tree_file_ops *ops, int flags);

static inline bool wants_read(int flags)
{
	return (flags & O_ACCMODE) != O_WRONLY;
}

static inline bool wants_write(int flags)
{
	return (flags & O_ACCMODE) != O_RDONLY;
}

/* Serve a piece of a text that is there as a whole. */
void tree_read_text(const struct buf *text, size_t size, off_t off, struct buf *out);

/* ---- open directories ---- */

struct tree_dir_ops {
	/* positions are the directory's own, 0 is its start */
	int (*seek)(struct tree_dir *d, uint64_t pos);
	/* as tree_dir_next(), with ret->next a position */
	int (*next)(struct tree_dir *d, struct tree_dirent *ret);
	int (*entry)(struct tree_dir *d, struct tree_entry *ret); /* may be NULL */
	void (*release)(struct tree_dir *d); /* frees what it added; may be NULL */
};

struct tree_dir {
	struct tree_handle handle; /* first */
	const struct tree_dir_ops *ops;
	pthread_mutex_t lock;
	struct tree *tree;
	uint64_t node;
	uint64_t offset; /* of the entry that comes next */
	uint64_t pos; /* for simple directories: position of the next entry */
	char name[64]; /* the same: name of the last one */
};

/* size: of the structure that begins with struct tree_dir. NULL: no memory. */
struct tree_dir *tree_dir_new(struct tree *t, uint64_t node, const struct tree_dir_ops *ops,
			      size_t size);

/* ---- helpers ---- */

/* Attributes that all nodes have; mode with type bits. */
void stat_fill(struct tree *t, uint64_t node, mode_t mode, size_t size,
	       const struct timespec *time, struct stat *st);
/* The same with owner and permission of a map's directory; bits are masked by
 * the directory's mode. */
void stat_fill_map(struct tree *t, struct tree_map *m, uint64_t node, mode_t type,
		   mode_t bits, size_t size, struct stat *st);
int map_dir_mode(struct tree *t, struct tree_map *m, uid_t *uid, gid_t *gid);

/* The map that a node is or leads to. -EINVAL: neither. */
int tree_map_at(struct tree *t, uint64_t node, struct tree_map **ret);

/* by-id and the like: a directory of the tree itself. */
int plain_dir_stat(struct tree *t, uint64_t node, struct stat *st, double *timeout);

/* Symlinks to a map whose node has its id: what it is, and "../" `up` times
 * and the map's listed name. */
int map_of_id(struct tree *t, uint64_t node, struct tree_map **ret);
int map_link_text(struct tree *t, struct tree_map *m, unsigned up, struct buf *out);
int map_link_stat(struct tree *t, uint64_t node, struct stat *st, double *timeout);

/* For files whose owner, mode and times are not their own: accepted, without
 * effect. */
int accept_setattr(struct tree *t, uint64_t node, const struct stat *st, unsigned set);

/* Fill in an entry for a node that needs no lookup count. */
int entry_fill(struct tree *t, uint64_t node, double entry_timeout, struct tree_entry *ret);

/* A map that is meant by a node: the registry's entry and its schema.
 * -ENOENT: gone. */
int tree_map_of(struct tree *t, uint32_t id, struct tree_map **m, struct schema **s);

/* keyfile.c: O_CREAT in a map's directory; attributes of a key whose text is
 * at hand. */
int key_create(struct tree *t, uint64_t parent, const char *name, int flags,
	       struct tree_entry *entry, struct tree_file **ret);
void key_stat_fill(struct tree *t, struct tree_map *m, const struct schema *s,
		   uint64_t node, const uint8_t *key, const struct buf *text,
		   struct stat *st);

/* mapdir.c: the keys of a map as a listing, for other directories too. */
int map_opendir(struct tree *t, uint64_t node, struct tree_dir **ret);

/* maplink.c: entries of maps of maps are symlinks. Their text, from a value; to
 * make one (-EPERM: this map has none); the entry becomes what a text says. */
int slot_link_text(const struct schema *s, const void *value, struct buf *out);
int slot_symlink(struct tree *t, uint64_t dir, const char *name, const char *text);
int slot_set(struct tree *t, struct tree_map *m, const struct schema *s,
	     const uint8_t *key, const char *text, unsigned flags, struct text_error *err);

/* rename.c */
int map_rename(struct tree *t, uint64_t parent, const char *name, uint64_t newparent,
	       const char *newname, unsigned flags);

/* 1: there are entries that rm could remove. */
int map_has_entries(struct tree *t, const struct schema *s);

/* rmdir of a map made through the tree: -ENOTEMPTY, -EBUSY, -EPERM. */
int map_end(struct tree *t, struct tree_map *m, struct text_error *err);

/* Log and pass on: `return tree_refuse(...)`. */
int tree_refuse(struct tree *t, struct tree_map *m, const char *operation, const char *name,
		int error, const struct text_error *err);

#endif

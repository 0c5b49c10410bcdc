/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shared by the files of src/tree: the tree itself, and the table of functions of a
 * kind of nodes. Open files are in file.h, open directories in dir.h.
 */
#ifndef BPFMAPFS_TREE_INTERNAL_H
#define BPFMAPFS_TREE_INTERNAL_H

#include <pthread.h>

#include "live/registry.h"
#include "map/reveal.h"
#include "tree/handles.h"
#include "tree/inodes.h"
#include "tree/node.h"
#include "tree/plain-dir.h"
#include "tree/tree.h"

/* Existence, names and sizes of keys may lag by this much (seconds). */
#define KEY_TIMEOUT 0.02
/* So may the names of maps. */
#define MAP_TIMEOUT 0.01
/* The longest name that every kernel accepts through FUSE. */
#define TREE_NAME_MAX 1024
/* Attributes that never change, or whose change is reported to the kernel. */
#define LONG_TIMEOUT 86400.0

struct dot_ref;
struct request;
struct ring_watches;
struct samplers;

struct tree {
	const struct node_ops *const *kinds; /* by enum node_kind */
	struct users *users;
	struct handles files, dirs;
	bool ending; /* tree_free() */
	struct store *store;
	struct reveal reveal; /* names of the host, for root */
	const struct tree_options *opt;
	dev_t device; /* of the mount; 0: unknown */
	struct registry registry;
	struct inodes *keys;
	struct inodes *view_keys; /* of .map/raw and the like, see views.c */
	struct inodes *pins;	  /* paths of by-pin; map id 0 */
	struct scratches *scratches;
	uint64_t hinted; /* ns, monotonic: the last hint of a lookup; atomic */
	struct dump_recent *recent;
	struct plain_dirs plain_dirs;
	struct timespec started;
	unsigned name_max; /* the longest name that this kernel accepts; atomic */
	uint32_t turns; /* lookups of whole-map files */
	void (*notify)(void *arg, uint64_t node);
	void *notify_arg;
	pthread_mutex_t wake_lock; /* guards wake; held while wake is called */
	void (*wake)(void *arg);
	void *wake_arg;
	struct ring_watches *rings;
	struct samplers *samplers;
};

/*
 * One row per node kind. NULL functions: -ENOTDIR, -EPERM or the default of tree.c for
 * the request.
 */
struct node_ops {
	int (*stat)(struct tree *t, const struct request *rq, uint64_t node,
		    struct stat *st, double *timeout);
	int (*setattr)(struct tree *t, const struct request *rq, uint64_t node,
		       const struct stat *st, unsigned set);
	int (*lookup)(struct tree *t, const struct request *rq, uint64_t node,
		      const char *name, struct tree_entry *ret);
	/* FORGET of n lookups; NULL: nodes of this kind have no lookup count */
	void (*forget)(struct tree *t, uint64_t node, uint64_t n);
	int (*readlink)(struct tree *t, const struct request *rq, uint64_t node,
			struct buf *out);
	int (*open)(struct tree *t, const struct request *rq, uint64_t node, int flags,
		    struct tree_file **ret);
	int (*create)(struct tree *t, const struct request *rq, uint64_t node,
		      const char *name, int flags, struct tree_entry *entry,
		      struct tree_file **ret);
	int (*opendir)(struct tree *t, const struct request *rq, uint64_t node,
		       struct tree_dir **ret);
	int (*mkdir)(struct tree *t, const struct request *rq, uint64_t node,
		     const char *name);
	int (*rmdir)(struct tree *t, const struct request *rq, uint64_t node,
		     const char *name);
	int (*unlink)(struct tree *t, const struct request *rq, uint64_t node,
		      const char *name);
	int (*symlink)(struct tree *t, const struct request *rq, uint64_t node,
		       const char *name, const char *text);
	int (*rename)(struct tree *t, const struct request *rq, uint64_t parent,
		      const char *name, uint64_t newparent, const char *newname,
		      unsigned flags);
	/* the map of this directory, or that this symlink leads to */
	int (*map)(struct tree *t, const struct request *rq, uint64_t node,
		   struct live_map **ret);
};

extern const struct node_ops root_ops, root_dot_ops, root_file_ops, by_id_ops,
	by_id_link_ops, map_ops, alias_ops, dot_ops, dot_file_ops, key_ops, scratch_ops,
	view_ops, view_key_ops, by_pin_ops, pin_ops, by_prog_ops, prog_ops, prog_map_ops,
	prog_dot_ops, prog_file_ops, by_name_ops, by_name_link_ops;

/* The row of a node; accepts any number. Never NULL. */
const struct node_ops *node_ops_of(const struct tree *t, uint64_t node);

/* ---- attributes: attr.c ---- */

int node_stat(struct tree *t, const struct request *rq, uint64_t node, struct stat *st,
	      double *timeout);
void node_forget(struct tree *t, uint64_t node, uint64_t n);

/* Attributes that all nodes have; mode with type bits. */
void stat_fill(struct tree *t, uint64_t node, mode_t mode, size_t size,
	       const struct timespec *time, struct stat *st);
/* Like stat_fill(), with owner and permission bits of a map's directory; `bits` are
 * masked by the directory's mode. */
void stat_fill_map(struct tree *t, struct live_map *m, uint64_t node, mode_t type,
		   mode_t bits, size_t size, struct stat *st);
mode_t map_dir_mode(struct tree *t, struct live_map *m, uid_t *uid, gid_t *gid);

/* For files that have no owner, mode and times of their own: accepted, without effect. */
int accept_setattr(struct tree *t, const struct request *rq, uint64_t node,
		   const struct stat *st, unsigned set);

/* Fill in an entry for a node that needs no lookup count. */
int entry_fill(struct tree *t, const struct request *rq, uint64_t node,
	       double entry_timeout, struct tree_entry *ret);

/* The longest name that a listing may have. */
unsigned tree_name_max(const struct tree *t);

/* Invalidate the attributes that the kernel caches: of a node; of the directory of a
 * map and of the nodes below it. */
void attributes_changed(struct tree *t, uint64_t node);
void map_attributes_changed(struct tree *t, uint32_t first_id);

/* Log an error and return it: `return tree_refuse(...)`. The line is readable for the
 * user of rq, for root and for the owner of the map; m: NULL for the root. */
int tree_refuse(struct tree *t, const struct request *rq, struct live_map *m,
		const char *operation, const char *name, int error,
		const struct text_error *err);

/* ---- nodes and maps: attr.c ---- */

/* The live map of an id and its schema (s may be NULL). -ENOENT: gone. */
int tree_map_of(struct tree *t, uint32_t id, struct live_map **m, struct schema **s);

/* The map and the key of a node in an inode table. -ESTALE: the map was replaced since,
 * so the bytes of the key are meaningless. */
int tree_key_of(struct tree *t, struct inodes *table, uint64_t node, struct live_map **m,
		struct schema **s, struct key_ref *key);

/* ---- programs.c ---- */

/* Attributes of a program's directories. -ENOENT: the program is gone. */
int program_stat(struct tree *t, const struct request *rq, uint64_t node,
		 struct stat *st, double *timeout);

/* ---- symlinks to maps: root.c ---- */

/* The map whose id is in the node's number. */
int map_of_id(struct tree *t, const struct request *rq, uint64_t node,
	      struct live_map **ret);
/* Append `up` times "../", and the map's listed name. */
int map_link_text(struct tree *t, struct live_map *m, unsigned up, struct buf *out);
int map_link_stat(struct tree *t, const struct request *rq, uint64_t node,
		  struct stat *st, double *timeout);

/* ---- the parts of a map's directory ---- */

/* key.c: look up a key, whose lookup count rises (-ENOENT: not in the map and not about
 * to be created); O_CREAT; attributes of a key whose text was just formatted. */
int key_lookup(struct tree *t, const struct request *rq, struct live_map *m,
	       const struct schema *s, const uint8_t *key, struct tree_entry *ret);
int key_create(struct tree *t, const struct request *rq, uint64_t parent,
	       const char *name, int flags, struct tree_entry *entry,
	       struct tree_file **ret);
void key_stat_fill(struct tree *t, struct live_map *m, const struct schema *s,
		   uint64_t node, const uint8_t *key, const struct buf *text,
		   struct stat *st);

/* mapdir.c: fill in the number of entries of a map, if known. */
void map_statfs(struct tree *t, const struct request *rq, uint32_t id,
		struct tree_statfs *ret);

/* keylist.c: list the keys of a map, also in other directories. */
int map_opendir(struct tree *t, const struct request *rq, uint64_t node,
		struct tree_dir **ret);

/* maplink.c: entries of maps of maps are symlinks. Create one (-EPERM: the map has
 * none); set an entry to the target of a link. */
int slot_symlink(struct tree *t, const struct request *rq, uint64_t dir, const char *name,
		 const char *text);
int slot_set(struct tree *t, const struct request *rq, struct live_map *m,
	     const struct schema *s, const uint8_t *key, const char *text, unsigned flags,
	     struct text_error *err);

/* rename.c */
int map_rename(struct tree *t, const struct request *rq, uint64_t parent,
	       const char *name, uint64_t newparent, const char *newname, unsigned flags);

#endif

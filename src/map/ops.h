/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Map operations: how the entries of similar map types are found, read, changed and
 * listed. A map type names its operations in the table of types.c. A new map type is a
 * row there and, if no existing operations fit, one file with a new struct map_ops.
 *
 * All functions work on bytes in the store's layout (schema.h). A NULL function means
 * that the operation is not supported: reading and writing then fail with -EOPNOTSUPP,
 * removing with -EPERM.
 */
#ifndef BPFMAPFS_MAP_OPS_H
#define BPFMAPFS_MAP_OPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct content_text;
struct map;
struct scan_method;
struct schema;
struct text_error;
struct type;

/* The user's errno and reason for an errno of the store's update. */
struct map_ops_error {
	int store, user; /* positive; a row without `store` ends the table */
	/* The code that prints the reason knows only `user`: of the rows with the same
	 * `user`, the first one has a text that is true for all of them, and the others
	 * have NULL. */
	const char *why;
};

typedef int map_ops_add_fn(void *arg, const void *key); /* 0, or an error to stop at */

struct map_ops {
	/* The types of keys and values in the tree, in the grammar of definitions
	 * (text/grammar.h), if they differ from the kernel's: lookup, update and remove
	 * convert. NULL: they do not differ. */
	const char *key, *value;
	/* Copy the value of exactly this key. -ENOENT; errors of the store. */
	int (*lookup)(const struct map *m, const void *key, void *value);
	/* True if both are spellings of one key. NULL: keys are equal only if all
	 * bytes are. */
	bool (*same_key)(const struct schema *s, const void *a, const void *b);
	/* Replace a key by the spelling that the map has stored, so that an update
	 * keeps the stored spelling: 0, -ENOENT, -EINTR, -EBUSY, -ENOMEM. NULL: keys
	 * have one spelling. */
	int (*stored)(const struct map *m, uint8_t *key);
	/* 0 or -ENOENT, without reading the value; NULL: use lookup. */
	int (*exists)(const struct map *m, const void *key);
	/* flags: STORE_ANY, STORE_NOEXIST or STORE_EXIST. */
	int (*update)(const struct map *m, const void *key, const void *value,
		      unsigned flags);
	/* Update an entry from `old` to `value`; bytes that are the same in both are
	 * not written, and keep concurrent changes. NULL: use update. */
	int (*change)(const struct map *m, const void *key, const void *old,
		      const void *value);
	int (*remove)(const struct map *m, const void *key);
	const struct map_ops_error *errors; /* of update; NULL: as store/errno.h says */
	/* Batches: like the store's, see store.h. If it is NULL, or fails with an error
	 * that single operations do not have, single operations are used. */
	int (*update_batch)(const struct map *m, const void *keys, const void *values,
			    uint32_t *count);
	int (*remove_batch)(const struct map *m, const void *keys, uint32_t *count);
	/* Entries are taken out (map/scan/take.h) by store_take_batch(), or by
	 * store_take_one() if the kernel lacks the former. false: by lookup and remove. */
	bool takes_batches;
	/* 0: there are elements without keys; -ENODATA: there are none. NULL: there
	 * never are any. */
	int (*has_elements)(const struct map *m);
	/* .map/push: add the text as an element (commit), or only check it. -EAGAIN:
	 * more text could complete it; the user's errno with err. NULL: the map has no
	 * such file. */
	int (*push)(const struct map *m, const char *text, size_t len, bool commit,
		    struct text_error *err);
	/* Check before trying whether a write can succeed; unsafe: with -o unsafe.
	 * -EPERM with err. NULL: no check. */
	int (*check_write)(const struct schema *s, bool unsafe, struct text_error *err);
	/* Names and content, if they are not those of the types of key and value; see
	 * content.h. NULL: they are. */
	int (*name)(const struct schema *s, const void *key, struct buf *out);
	int (*parse_name)(const struct schema *s, const char *name, size_t len, void *key,
			  struct text_error *err);
	int (*format)(const struct schema *s, const void *key, const void *value,
		      bool json, struct buf *out);
	bool format_names; /* format shows names of the host, if out->names */
	int (*parse)(const struct schema *s, const void *key,
		     const struct content_text *t, void *value);
	/* The type of a value that depends on the key; NULL: it does not depend on it
	 * (schema->value). */
	const struct type *(*value_type)(const struct schema *s, const void *key);
	/* Entries are symlinks to maps: values are the ids of these maps. */
	bool links;
	/* The method of a pass over all entries; NULL: nothing is listed. */
	const struct scan_method *scan;
	/* The method of a pass over keys alone; NULL: the same as `scan`. */
	const struct scan_method *scan_keys;
	/* For scan_walk: call add for every key that may exist, in place of the keys
	 * that GET_NEXT_KEY returns. */
	int (*candidates)(const struct map *m, map_ops_add_fn *add, void *arg);
};

/*
 * For types that do not implement STORE_NOEXIST and STORE_EXIST, or not correctly: look
 * the key up, and continue with STORE_ANY. -EEXIST, -ENOENT.
 */
int map_ops_check_flags(const struct map *m, const void *key, unsigned *flags);

extern const struct map_ops map_ops_keyed;   /* hash and its kin */
extern const struct map_ops map_ops_indexed; /* array, per-CPU array */
extern const struct map_ops map_ops_prefix;  /* LPM trie */
extern const struct map_ops map_ops_data;    /* the variables of a section */
extern const struct map_ops map_ops_stack;   /* stack traces */
extern const struct map_ops map_ops_struct_ops;
extern const struct map_ops map_ops_ring;	/* without entries: see map/ring.h */
extern const struct map_ops map_ops_arena;	/* without entries */
extern const struct map_ops map_ops_user_ring;	/* the same, and takes records */
extern const struct map_ops map_ops_queue;	/* queue, stack: see queue.h */
extern const struct map_ops map_ops_bloom;	/* bloom filter */
extern const struct map_ops map_ops_map_in_map; /* array of maps, hash of maps */
extern const struct map_ops map_ops_program_array;
extern const struct map_ops map_ops_perf_event_array;
extern const struct map_ops map_ops_cgroup_array;
extern const struct map_ops map_ops_devmap;
extern const struct map_ops map_ops_devmap_hash;
extern const struct map_ops map_ops_cpumap;
extern const struct map_ops map_ops_socket_array; /* sockmap, reuseport_sockarray */
extern const struct map_ops map_ops_sockhash;
extern const struct map_ops map_ops_xskmap;
extern const struct map_ops map_ops_task_storage;
extern const struct map_ops map_ops_cgrp_storage;
extern const struct map_ops map_ops_inode_storage;
extern const struct map_ops map_ops_sk_storage;
extern const struct map_ops map_ops_cgroup_storage; /* deprecated, and per CPU */
extern const struct map_ops map_ops_generic;	    /* all other types: read only */

#endif

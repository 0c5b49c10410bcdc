/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A family: how the entries of similar map types are found, read, changed
 * and listed. A map type names its family in the table of types.c; a new
 * kind of map is a row there and, where no family fits, one file with one of
 * these.
 *
 * All functions work on bytes in the store's layout (schema.h). A NULL
 * function means that the family cannot do it: reading and writing then fail
 * with -EOPNOTSUPP, removing with -EPERM.
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

/* What an errno of the store's update means to the user of such a map. */
struct map_ops_error {
	int store, user; /* positive; a row without `store` ends the table */
	/* Which of them it was is not known where this is printed: the first row with
	 * a `user` says what is true of all of these, and the others NULL. */
	const char *why;
};

typedef int map_ops_add_fn(void *arg, const void *key); /* 0, or an error to stop at */

struct map_ops {
	/* Keys and values as the tree knows them, in the grammar of definitions
	 * (text/grammar.h), where they are not the kernel's: lookup, update and
	 * remove convert. NULL: they are. */
	const char *key, *value;
	/* Copy the value of exactly this key. -ENOENT, and the store's errors. */
	int (*lookup)(const struct map *m, const void *key, void *value);
	/* Whether both are spellings of one key; NULL: only if all bytes are equal. */
	bool (*same_key)(const struct schema *s, const void *a, const void *b);
	/* Replace a key by the spelling that the map has stored, so that an update keeps
	 * that: 0, -ENOENT, -EINTR, -EBUSY, -ENOMEM. NULL: keys have one spelling. */
	int (*stored)(const struct map *m, uint8_t *key);
	/* 0 or -ENOENT, without the value; NULL: lookup answers. */
	int (*exists)(const struct map *m, const void *key);
	/* flags: STORE_ANY, STORE_NOEXIST or STORE_EXIST. */
	int (*update)(const struct map *m, const void *key, const void *value,
		      unsigned flags);
	/* The same for an entry that was `old`, where bytes that are the same in
	 * both keep whatever value they have by now; NULL: update. */
	int (*change)(const struct map *m, const void *key, const void *old,
		      const void *value);
	int (*remove)(const struct map *m, const void *key);
	const struct map_ops_error *errors; /* of update; NULL: as store/errno.h says */
	/* The same for many at once: as the store's batches, see store.h. NULL,
	 * or an error that one by one does not give: one by one. */
	int (*update_batch)(const struct map *m, const void *keys, const void *values,
			    uint32_t *count);
	int (*remove_batch)(const struct map *m, const void *keys, uint32_t *count);
	/* Entries are taken out (map/scan/take.h) by store_take_batch(), or where
	 * the kernel lacks that by store_take_one(). false: lookup and remove. */
	bool takes_batches;
	/* 0: there are elements without keys; -ENODATA. NULL: there never are. */
	int (*has_elements)(const struct map *m);
	/* .map/push: the text becomes one element more (commit), or is only
	 * checked. -EAGAIN: more text could complete it; the user's errno with
	 * err. NULL: there is no such file. */
	int (*push)(const struct map *m, const char *text, size_t len, bool commit,
		    struct text_error *err);
	/* Check what is known before trying; unsafe: with -o unsafe. -EPERM with
	 * err. NULL: nothing is. */
	int (*check_write)(const struct schema *s, bool unsafe, struct text_error *err);
	/* Names and content, where they are not those of the key's and value's
	 * types; see content.h. NULL: they are. */
	int (*name)(const struct schema *s, const void *key, struct buf *out);
	int (*parse_name)(const struct schema *s, const char *name, size_t len, void *key,
			  struct text_error *err);
	int (*format)(const struct schema *s, const void *key, const void *value,
		      bool json, struct buf *out);
	bool format_names; /* format shows names of the host, if out->names */
	int (*parse)(const struct schema *s, const void *key,
		     const struct content_text *t, void *value);
	/* Values whose type depends on the key; NULL: it does not (schema->value). */
	const struct type *(*value_type)(const struct schema *s, const void *key);
	/* Entries are symlinks to maps: values are ids of these. */
	bool links;
	/* How a pass over all entries goes; NULL: nothing is listed. */
	const struct scan_method *scan;
	/* How a pass over keys alone goes; NULL: as `scan`. */
	const struct scan_method *scan_keys;
	/* For scan_walk: call add for every key that may be there, in place of
	 * what GET_NEXT_KEY returns. */
	int (*candidates)(const struct map *m, map_ops_add_fn *add, void *arg);
};

/*
 * For types that know no STORE_NOEXIST and STORE_EXIST, or know them wrong:
 * look, and go on with STORE_ANY. -EEXIST, -ENOENT.
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

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The immutable description of one map: its info, its row in the table of
 * types, its compiled key and value types, and the layout of a value in the
 * store. All per-CPU arithmetic lives here:
 *
 *	value_bytes = cpus * stride
 *	+-------------- stride --------------+-- stride --+ ...
 *	| value of CPU 0 (value_size) | pad  | CPU 1      |
 *
 * For other maps cpus is 1 and stride is value_size. Safe from any thread.
 */
#ifndef BPFMAPFS_MAP_SCHEMA_H
#define BPFMAPFS_MAP_SCHEMA_H

#include "map/data.h"
#include "map/types.h"
#include "store/store.h"
#include "text/type.h"

struct btf;
struct map_names;
struct prefix_index;
struct record_cases;

struct schema {
	struct store *store; /* borrowed; outlives all schemas */
	struct store_info info;
	const struct map_type *type;
	const struct map_ops *ops; /* the type's, unless the value says otherwise */
	struct type *key;	   /* NULL: the map has no keys, or no type for them */
	struct type *value;	   /* NULL: no values, or each key has its own type */
	struct type *record;	   /* of ring buffers, from the view; NULL: unknown */
	struct record_cases *cases; /* likewise, distinguished by a tag; NULL: one type */
	struct data *data;	   /* the variables of global data; NULL: other maps */
	struct prefix_index *prefixes; /* of an LPM trie, see ops/lpm.h; the one member
					* that changes. NULL: other maps */
	size_t key_size;	   /* of keys in the tree */
	size_t value_size;	   /* of one CPU; the largest, if they differ */
	size_t stride;
	size_t value_bytes; /* bytes that lookup and update copy */
	unsigned cpus;
	unsigned traits;	 /* enum type_trait bits of all values together */
	unsigned lock;		 /* STORE_LOCK if values hold a bpf_spin_lock, else 0 */
	bool typed;		 /* BTF was found */
	/* Why the map's BTF is not used, or not all of it: the errno (negative) and a
	 * reason. NULL: it is used, or there is none. */
	int refused;
	const char *why_refused;
	struct map_names *names; /* maps by name; NULL: by id only */
	uint32_t serial;	 /* unique for every schema of this process; not 0 */
	/* Of a view (map/view.h): the map's schema without the view, whose types the
	 * view borrows where it has no types of its own; and the view's types as BTF
	 * (ids 0: unknown). */
	struct schema *base;
	struct btf *btf;
	uint32_t btf_key_id, btf_value_id;
	int refs;
};

/*
 * Describe an open map. If BTF cannot be read or is invalid, key and value are raw: a
 * map is never hidden because of its types. Returns 0, the store's error for info, or
 * -ENOMEM, -EMFILE, -ENFILE.
 */
int schema_new(const struct store_map *map, struct schema **ret);

/* Like schema_new(), without BTF, which is most of the cost: keys and values are raw. */
int schema_new_untyped(const struct store_map *map, struct schema **ret);

/* Replace the types of key and value by BTF that the store could not keep. Only for the
 * creator of the schema, before others can see it. -ENOMEM. */
int schema_retype(struct schema *s, const struct btf *btf, uint32_t key_id,
		  uint32_t value_id);

/* A copy with another serial, whose base is `base`: the start of a view. -ENOMEM. */
int schema_derive(struct schema *base, struct schema **ret);

/* The schema without a view; borrowed. */
static inline struct schema *schema_base(struct schema *s)
{
	return s->base ?: s;
}

struct schema *schema_ref(struct schema *s);
void schema_unref(struct schema *s); /* NULL is allowed */
DEFINE_CLEANUP(schema_unref, struct schema *);
#define _cleanup_schema_ _cleanup_(cleanup_schema_unref)

static inline bool schema_has(const struct schema *s, enum map_trait trait)
{
	return s->type->traits & (unsigned)trait;
}

/* The maximum number of entries. */
static inline uint32_t schema_max_entries(const struct schema *s)
{
	return s->data ? s->data->count : s->info.max_entries;
}

/* The type of this key's value (of one CPU); NULL: untyped. */
const struct type *schema_value_type(const struct schema *s, const void *key);

/* Bytes of this key's value, all CPUs together: the part of value_bytes that is used. */
size_t schema_value_size(const struct schema *s, const void *key);

/* Writing text needs the current value (unions, spin locks...). */
bool schema_needs_current(const struct schema *s);

/* Values hold timers, kptrs...: an update would stop or free them. */
bool schema_owns_objects(const struct schema *s);

#endif

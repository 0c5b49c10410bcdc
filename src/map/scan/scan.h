/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A pass over all entries of a map, one batch at a time.
 *
 * Guarantees while the map changes: every key that is present throughout appears
 * exactly once, no key that never existed appears, the pass ends. Memory is a batch or
 * two for maps with batch operations. Without them keys are collected first, and a pass
 * fails with -E2BIG beyond SCAN_WALK_MAX bytes of them and of their hash table (4M keys
 * of 4 bytes, 2M of 16). walk.c describes the guarantees for keys that are then deleted
 * and inserted all the time.
 *
 * Each entry has a position: a number below 2^62 that names the place before
 * it. A position is valid within one map only. scan_seek() returns to it exactly if
 * the map did not change around it.
 *
 * A scan belongs to one thread at a time.
 */
#ifndef BPFMAPFS_MAP_SCAN_H
#define BPFMAPFS_MAP_SCAN_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "map/map.h"
#include "util/attributes.h"

#define SCAN_THREADS 2
#define SCAN_WALK_MAX (48u << 20)

struct scan;

/* Entries in the store's layout, valid until the next call on the scan. */
struct scan_batch {
	const uint8_t *keys;   /* count * key_size */
	const uint8_t *values; /* count * value_bytes; NULL in a keys-only scan */
	size_t count;
	bool last;    /* this is the last batch */
	uint64_t pos; /* position of the first entry; of entry i: pos + i */
	uint64_t got; /* ns, monotonic: the entries were read then or later */
};

struct scan_method {
	/* Room for method state in struct scan, zeroed. */
	size_t state_size;
	bool instant; /* makes no calls, so reading ahead saves nothing */
	void (*release)(struct scan *s);
	/* 1: a batch (count > 0); 0: the end; or a store errno. */
	int (*next)(struct scan *s, struct scan_batch *ret);
	/* Let the next batch begin at pos. */
	int (*seek)(struct scan *s, uint64_t pos);
};

struct scan {
	const struct map *map;	 /* borrowed, stays open; or &own */
	const struct map *given; /* by the caller of scan_new() */
	struct map own;	     /* open during calls, if the scan holds no reference */
	struct store *store; /* of own; NULL: not used */
	const struct scan_method *method;
	bool keys_only;
	uint8_t *keys, *values; /* room for `room` entries */
	size_t room;
	void *state;
};

/*
 * A reference held by user space decides whether a program may start a timer. Therefore
 * a pass over values that hold kernel objects holds a reference only during single
 * calls: it opens the map for each call, and the caller of scan_new() must not keep the
 * map open.
 */
bool scan_is_brief(const struct map *m);

/*
 * Begin a pass over an open map. keys_only: values are not read, which is cheaper for
 * some types. The pass is empty for types that list nothing. Returns 0 or -ENOMEM.
 */
int scan_new(const struct map *m, bool keys_only, struct scan **ret) _must_check_;
/* Like scan_new(), for a reader that does other work between batches: later batches of
 * a large map are read ahead by one thread, or by SCAN_THREADS threads if the reader
 * keeps up with them. For a slower reader, more than one thread would only take CPU
 * time from it. */
int scan_new_ahead(const struct map *m, bool keys_only, unsigned threads,
		   struct scan **ret) _must_check_;
void scan_free(struct scan *s);
DEFINE_CLEANUP(scan_free, struct scan *);
#define _cleanup_scan_ _cleanup_(cleanup_scan_free)

/* 1 and a batch; 0 at the end; or the user's errno. */
int scan_next(struct scan *s, struct scan_batch *ret) _must_check_;
int scan_seek(struct scan *s, uint64_t pos) _must_check_;

/*
 * One pass over all entries: call fn for each batch. fn returns 0 to go on, 1 to
 * stop there (then scan_fold() returns 0), or a negative errno. threads as for
 * scan_new_ahead(), 0: everything happens in this thread.
 * -EINTR when the request of the map is interrupted; otherwise as scan_next().
 */
typedef int scan_fold_fn(void *arg, const struct scan_batch *batch);
int scan_fold(const struct map *m, bool keys_only, unsigned threads, scan_fold_fn *fn,
	      void *arg) _must_check_;

/* Count the entries of the map in one pass; threads as for scan_fold(). */
int scan_count(const struct map *m, unsigned threads, uint64_t *ret) _must_check_;
/* Like scan_count(), but only if it takes at most about a millisecond. -EOPNOTSUPP: it
 * would take longer, or the type does not list its entries. */
int scan_count_cheap(const struct map *m, uint64_t *ret) _must_check_;

/* About how many entries a hash table has, by its first buckets. The standard error is
 * entries / sqrt(sample): within 2 % for two thirds of all tables with small values.
 * -EOPNOTSUPP: it is none. */
struct scan_estimate {
	uint64_t entries;
	uint64_t sample; /* entries in these buckets; 0: the number is exact */
};
int scan_estimate(const struct map *m, struct scan_estimate *ret) _must_check_;

/* For methods: room for at least n entries (contents are kept). */
int scan_reserve(struct scan *s, size_t n);
/* For methods: a batch size that keeps the buffers near a quarter of a megabyte:
 * a pass has up to seven of them, and there may be a hundred passes. */
size_t scan_batch_size(const struct scan *s);
size_t scan_batch_room(const struct schema *s);

/* For a pass in pieces: the buckets of the last batch, from *ret_from up to, but not
 * including, *ret_to; there are more. false: the map has no buckets. */
bool scan_batches_buckets(const struct scan *s, uint32_t *ret_from, uint32_t *ret_to);
/* The position of the first entry after a cursor. */
uint64_t scan_batches_position(uint64_t cursor);

/* True if r, the result of the first LOOKUP_BATCH, means that the kernel does not
 * support it for this type. */
static inline bool scan_lacks_batches(int r)
{
	return r == -STORE_ENOTSUPP || r == -EOPNOTSUPP || r == -EINVAL;
}
/* A scan that replaces `like` on the same map and continues from pos. 0 or -ENOMEM. */
int scan_walk_new(const struct scan *like, uint64_t pos, struct scan **ret);

extern const struct scan_method scan_batches;  /* hash and array families */
extern const struct scan_method scan_indexes;  /* 0 ... max_entries - 1, no values */
extern const struct scan_method scan_prefixes; /* LPM trie */
extern const struct scan_method scan_walk;     /* GET_NEXT_KEY and LOOKUP */

#endif

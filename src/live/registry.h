/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The live maps and their names. The kernel announces no new maps, so the
 * ids are walked anew whenever a name is asked for (a map's name never
 * changes, so only ids that are new cost more than one short call).
 */
#ifndef BPFMAPFS_LIVE_REGISTRY_H
#define BPFMAPFS_LIVE_REGISTRY_H

#include <pthread.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <time.h>

#include "map/def.h"
#include "map/map.h"
#include "map/names.h"
#include "live/errlog.h"

/*
 * What is known of one map for as long as it lives. No reference to the map
 * is held (watching must not keep it alive), but for maps made through the
 * tree, which nobody else holds.
 */
struct live_map {
	uint32_t id;
	char name[STORE_NAME_LEN]; /* "" : none */
	int refs;
	struct timespec seen; /* first time; a directory's times */
	struct errlog errors;

	pthread_mutex_t lock;  /* guards the rest */
	struct schema *schema; /* NULL until first needed */
	bool has_owner;	       /* chmod or chown changed the following three */
	mode_t mode;
	uid_t uid;
	gid_t gid;
	struct store_map owned; /* maps made through the tree: our reference */
	struct def def;		/* of such a map */
	bool touched;		/* something was written to it; atomic, no lock */

	/* Read: somebody changes the map through the tree. Written: it is being
	 * ended. See GUARD_CHANGE(). */
	pthread_rwlock_t ending;
};

/*
 * Until the end of the scope, which changes the map through the tree: whoever
 * ends it waits, looks at what was written, and lets no more changes in. These
 * then find the map gone. Before the map is opened; not twice in a thread.
 */
#define GUARD_CHANGE(m) GUARD_READ(&(m)->ending)
#define GUARD_ENDING(m) GUARD_WRITE(&(m)->ending)

/* The map was made through the tree, and has not ended. */
bool live_map_is_owned(struct live_map *m);

static inline void live_map_touch(struct live_map *m)
{
	__atomic_store_n(&m->touched, true, __ATOMIC_RELAXED);
}

static inline bool live_map_touched(const struct live_map *m)
{
	return __atomic_load_n(&m->touched, __ATOMIC_RELAXED);
}

/* A map that was made anew has another id; who still has the old one (a shell
 * in its directory, a name the kernel remembers) means the new one. */
struct registry_move {
	uint32_t from, to;
};

/* A link said that a map is called so. Whoever follows it looks the name up in
 * the next moment, when another map of that name may have come. */
struct registry_lease {
	uint32_t id;
	uint64_t until; /* ns, monotonic */
};
#define REGISTRY_LEASES 64

struct registry {
	struct map_names names; /* first; what schemas know of other maps */
	struct store *store;
	const char *glob; /* names to show, NULL: all */
	const char *pin; /* where maps made through the tree are pinned, or NULL */
	int pin_fd; /* with pin: this directory; borrowed */
	pthread_mutex_t refresh; /* one walk, or one change of ours, at a time */
	pthread_mutex_t lock;	 /* guards the rest */
	struct live_map **maps;	 /* by rising id */
	size_t count;
	struct registry_move *moves; /* maps that were made anew */
	size_t n_moves;
	struct registry_lease leases[REGISTRY_LEASES]; /* by id; may forget */
	uint64_t fresh;				       /* ns, monotonic: the last walk */
	struct errlog errors;			       /* those of no map; locks itself */
};

int registry_init(struct registry *r, struct store *store, const char *glob,
		  const char *pin, int pin_fd);
void registry_release(struct registry *r);

/* Walk the ids now. 0 or the store's error (the old state stays). */
int registry_refresh(struct registry *r);

/* The same, for who holds r->refresh. */
int registry_refresh_locked(struct registry *r);

struct live_map *live_map_ref(struct live_map *m);
void live_map_unref(struct live_map *m);
DEFINE_CLEANUP(live_map_unref, struct live_map *);
#define _cleanup_live_map_ _cleanup_(cleanup_live_map_unref)

/* -ENOENT: not live. The caller owns the reference. */
int registry_by_id(struct registry *r, uint32_t id, struct live_map **ret);

/* The same as of the last walk. */
int registry_find(struct registry *r, uint32_t id, struct live_map **ret);

/*
 * Which map a name of the root means: NAME if only one map is called so,
 * NAME@ID, @ID. *alias is true where that is not the listed form.
 * -ENOENT: none, or several (*ambiguous, if not NULL, tells).
 */
int registry_resolve(struct registry *r, const char *name, struct live_map **ret,
		     bool *alias, bool *ambiguous);

/* For who makes maps and holds r->refresh. meet: a live map that the registry
 * does not know yet; -ENOENT, -ENOMEM. replace: such a map takes the place of
 * `old`, and whoever asks for that gets the new one; it cannot fail after
 * reserve, which may: -ENOMEM, -ENOENT (the old one is not known). */
int registry_probe(struct registry *r, uint32_t id, struct live_map **ret);
int registry_reserve(struct registry *r, const struct live_map *old);
void registry_replace(struct registry *r, struct live_map *old, struct live_map *new);

/* The id in the node numbers of a map's directory: the first that it had, so
 * that who is in there stays there when the map is made anew. */
uint32_t registry_first_id(struct registry *r, uint32_t id);

/* The live map that such a name means; -ENOENT. Not for who holds r->refresh. */
int registry_open_name(struct registry *r, const char *name, struct store_map *ret);

/* Some live map has this name. */
bool registry_has_name(struct registry *r, const char *name);

/* The listed name of a map: NAME, NAME@ID or @ID. */
#define LISTED_NAME_MAX 32
void registry_listed_name(struct registry *r, const struct live_map *m,
			  char name[LISTED_NAME_MAX]);
/* The same for the text of a link, which leads to this map for a moment even if
 * another one of that name comes. */
void registry_link_name(struct registry *r, const struct live_map *m,
			char name[LISTED_NAME_MAX]);

/* The live map with the smallest id above `id`; -ENOENT after the last. */
int registry_next(struct registry *r, uint32_t id, struct live_map **ret);

/* The schema, made on first use. The caller owns the reference. */
int live_map_schema(struct registry *r, struct live_map *m, struct schema **ret);

/*
 * Maps made through the tree. Each call is one step for everybody else: no
 * name is seen twice or missing in between.
 *
 * registry_make: -EEXIST (the name is taken), what def_create() says; err is
 *   filled in for a bad definition.
 * registry_remake: another map in the place of one that is untouched; *ret is
 *   the new one. -EBUSY: somebody else holds the old one, which then stays.
 * registry_unmake: ends the map. -EBUSY as above.
 *   Both for who ends it: GUARD_ENDING().
 * registry_adopt: takes the maps that an earlier mount pinned as our own.
 */
int registry_make(struct registry *r, const struct def *def, const char *name,
		  struct live_map **ret, struct text_error *err);
int registry_remake(struct registry *r, struct live_map *old, const struct def *def,
		    struct live_map **ret, struct text_error *err);
int registry_unmake(struct registry *r, struct live_map *m);
int registry_adopt(struct registry *r);

/*
 * ending.c: the same, after checking that nothing is lost.
 *
 * registry_redefine: make another map of m, whose schema is s, as def says.
 *   -EBUSY: it was written to, has entries, is frozen, or somebody holds it.
 * registry_end: -EPERM (not made through the tree), -ENOTEMPTY, -EBUSY.
 *
 * On failure err has the reason.
 */
int registry_redefine(struct registry *r, struct live_map *m, const struct schema *s,
		      const struct def *def, struct text_error *err);
int registry_end(struct registry *r, struct live_map *m, struct text_error *err);

/* Call fn for every live map, by rising id, until it returns something else than
 * 0, which is returned. fn must not use a reference beyond the call. */
typedef int maps_each_fn(void *arg, struct live_map *m);
int maps_each(struct registry *r, maps_each_fn *fn, void *arg);

#endif

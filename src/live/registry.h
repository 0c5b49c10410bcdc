/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The live maps and their names.
 *
 * The kernel does not announce new maps, so each lookup of a name asks for ids above
 * the newest one that was seen, and checks that the maps of that name still exist: a
 * few short calls, however many maps there are. Only listings walk all ids. See
 * registry-walk.c.
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
#include "map/view.h"
#include "util/attributes.h"
#include "live/conf.h"
#include "live/errlog.h"
#include "util/buf.h"
#include "live/map-index.h"
#include "live/map-name.h"
#include "live/owner.h"

/* The user that keeps a map in use, cached for by-name; see in-use.h. */
struct map_use {
	uint32_t program; /* a program that uses it; 0: unknown */
	char *pin;	  /* path in the BPF file system; NULL: unknown */
	ino_t pin_ino;
	bool used;	  /* a user was found */
	uint64_t checked; /* ns, monotonic: the last search; 0: never */
};

/*
 * The daemon's state of one map, for as long as the map lives. No reference to the map
 * is held (a mount must not keep it alive), except for maps created through the tree,
 * which would otherwise be freed.
 */
struct live_map {
	uint32_t id;
	char name[STORE_NAME_LEN]; /* "" : none */
	int refs;
	struct timespec seen; /* when it was first seen; the times of the directory */
	struct errlog errors;

	/* maps with the same hash of their names; registry.lock */
	struct live_map *chain_next, **chain_at;

	/* Serializes changes of the view; store calls are made with it held. */
	pthread_mutex_t view_lock;

	pthread_mutex_t lock;  /* guards the rest */
	struct schema *schema; /* with the view; NULL until first needed */
	struct map_view view;
	struct owner own;      /* of its directory, as chmod and chown left it */
	struct map_conf conf;
	struct store_map owned; /* maps created through the tree: our reference */
	struct def def;		/* of an owned map */
	struct map_use use;
	uint64_t changes;	/* number of changes through the tree; atomic, no lock */

	/* Lines of entries that .map/drain took out of the map and that no reader has
	 * received yet: at most those of one batch, plus one line that was partly read
	 * for each reader that closed the file. */
	pthread_mutex_t drain_lock; /* guards drained; store calls are made with it held */
	struct buf drained;

	/* Held for reading while the map is changed through the tree, for writing while
	 * it is removed or replaced. See GUARD_CHANGE(). */
	pthread_rwlock_t ending;
};

/*
 * For a scope that changes the map through the tree. Code that removes the map waits
 * for the end of the scope, then checks what was written and admits no further changes;
 * these find the map gone. Take it before opening the map; not twice in a thread.
 */
#define GUARD_CHANGE(m) GUARD_READ(&(m)->ending)
#define GUARD_ENDING(m) GUARD_WRITE(&(m)->ending)

struct registry;

/* Permission bits and owner of a map's directory; all is set. */
struct owner live_map_owner(const struct registry *r, struct live_map *m);
mode_t live_map_mode(const struct registry *r, struct live_map *m, uid_t *ret_uid,
		     gid_t *ret_gid);
/* Set the owner of a new map. */
void live_map_give(struct registry *r, struct live_map *m, uid_t uid, gid_t gid);
/* chmod(2) and chown(2) of a map's directory. -EPERM, see owner.h; or an error of
 * recording the change. */
int live_map_change_owner(struct registry *r, struct live_map *m,
			  const struct request *rq, const struct stat *st,
			  unsigned set) _must_check_;

/* The map was created through the tree, and was not removed. */
bool live_map_is_owned(struct live_map *m);

static inline void live_map_touch(struct live_map *m)
{
	__atomic_fetch_add(&m->changes, 1, __ATOMIC_RELAXED);
}

/* Raised after each change, before that is reported as done. */
static inline uint64_t live_map_changes(const struct live_map *m)
{
	return __atomic_load_n(&m->changes, __ATOMIC_RELAXED);
}

static inline bool live_map_touched(const struct live_map *m)
{
	return live_map_changes(m);
}

/* A map that replaces another has another id. Users of the old id (a shell in its
 * directory, a name cached by the kernel) get the new map. */
struct registry_move {
	uint32_t from, to;
};

/* readlink() returned this name; the follow-up lookup must find the same map even if
 * another map of that name appears. */
struct registry_lease {
	uint32_t id;
	uint64_t until; /* ns, monotonic */
};
#define REGISTRY_LEASES 64

struct registry {
	struct map_names names; /* first; the names of other maps, for schemas */
	struct store *store;
	const char *globs; /* names to show, GLOB:GLOB...; NULL: all */
	const char *pin;   /* where maps created through the tree are pinned, or NULL */
	/* Owner and mode of directories that chmod and chown have not changed; all is
	 * set, after registry_init(). */
	struct owner owner;
	int pin_fd;	   /* with pin: this directory; borrowed */
	/* bpffs: where pins of the configuration are searched. changed: called when the
	 * owner or the mode of a map's directory has changed; it must not call
	 * functions of the registry that search. Both are set after registry_init(). */
	const char *bpffs;
	void (*changed)(void *arg, uint32_t id);
	void *changed_arg;
	/* Serializes searches for new ids and our own changes; guards the next five. */
	pthread_mutex_t refresh;
	uint32_t last;	   /* the newest known id */
	uint32_t wrapped;  /* a new id that was found below `last`; 0: none */
	uint32_t swept;	   /* position of the slow walk */
	uint64_t swept_at; /* ns, monotonic */
	struct registry_conf conf;
	pthread_mutex_t recording; /* pin-record.c; before live_map.lock */
	pthread_mutex_t lock; /* guards the rest */
	struct map_index index;
	struct registry_move *moves; /* maps that were replaced */
	size_t n_moves;
	struct registry_lease leases[REGISTRY_LEASES]; /* by id; old ones are overwritten */
	struct errlog errors;			       /* without a map; locks itself */
};

int registry_init(struct registry *r, struct store *store, const char *globs,
		  const char *pin, int pin_fd) _must_check_;
void registry_release(struct registry *r);

/* Walk all ids, for a listing. 0; or an error: a map could not be opened because
 * descriptors or memory are missing. */
int registry_refresh(struct registry *r);

/* Search for new maps. Errors as above. _locked: caller must hold r->refresh. */
int registry_discover(struct registry *r);
int registry_discover_locked(struct registry *r);

/* NULL: no memory. */
struct live_map *live_map_new(uint32_t id, const char *name);
struct live_map *live_map_ref(struct live_map *m);
void live_map_unref(struct live_map *m);
DEFINE_CLEANUP(live_map_unref, struct live_map *);
#define _cleanup_live_map_ _cleanup_(cleanup_live_map_unref)

/*
 * The map of an id. -ENOENT: not live, or not shown; or an error of opening it
 * (-EMFILE, -ENOMEM, -EPERM). The caller owns the reference.
 *
 * registry_find: only if the registry has it.
 * registry_by_id: a map that the registry has may be gone by now: opening it will
 *   say so.
 * registry_live: it is there now.
 */
int registry_find(struct registry *r, uint32_t id, struct live_map **ret);
int registry_by_id(struct registry *r, uint32_t id, struct live_map **ret);
int registry_live(struct registry *r, uint32_t id, struct live_map **ret);

/* For conf.c: maps of the index, hidden or not. -ENOENT. */
int registry_find_any(struct registry *r, uint32_t id, struct live_map **ret);
int registry_next_any(struct registry *r, uint32_t id, struct live_map **ret);
/* Show or hide a map if it is in the index. */
void registry_show(struct registry *r, uint32_t id, bool shown);

/* Like registry_by_id(), for a map that was just created. Caller must hold r->refresh. */
int registry_meet_locked(struct registry *r, uint32_t id, struct live_map **ret);

/*
 * The map that a name in the root refers to now: NAME if only one live map has that
 * name, NAME@ID, @ID. *alias: that is not the listed form. -ENOENT: no map, or several
 * (*ambiguous, if not NULL, is set then); other errors as above: a map that could not
 * be opened may have the name.
 */
int registry_resolve(struct registry *r, const char *name, struct live_map **ret,
		     bool *alias, bool *ambiguous) _must_check_;

/* For code that creates maps and holds r->refresh. probe: get a live map that the
 * registry does not know yet; -ENOENT: no such map, or not shown. replace: let such a
 * map replace `old`, so that requests for the old map get the new one; it cannot fail
 * after reserve, which may fail: -ENOMEM, -ENOENT (the old map is unknown). forget: the
 * map is gone. */
int registry_probe(struct registry *r, uint32_t id, struct live_map **ret);
int registry_reserve(struct registry *r, const struct live_map *old);
void registry_replace(struct registry *r, struct live_map *old, struct live_map *new);
void registry_forget(struct registry *r, uint32_t id);

/* The id in the node numbers of a map's directory: the first id that it had, so that a
 * shell in the directory stays there when the map is replaced. */
uint32_t registry_first_id(struct registry *r, uint32_t id);

/* Open the live map that such a name refers to; -ENOENT. Caller must not hold
 * r->refresh. */
int registry_open_name(struct registry *r, const char *name, struct store_map *ret);

/* Whether a live map that is shown has this kernel name: 1, 0, or an error. seek
 * searches for new maps first; has_name is for code that holds r->refresh. */
int registry_seek_name(struct registry *r, const char *name);
int registry_has_name(struct registry *r, const char *name);

/* The listed name of a map: NAME, NAME@ID or @ID. Does not search for new maps. */
void registry_listed_name(struct registry *r, const struct live_map *m,
			  char name[LISTED_NAME_MAX]);
/* The listed name for the target of a link. This searches for new maps, but the name
 * leads to this map for 20 ms even if another map of that name appears. */
void registry_link_name(struct registry *r, const struct live_map *m,
			char name[LISTED_NAME_MAX]);

/* The shown map with the smallest id above `id`, and its listed name (name may be
 * NULL), as of the last walk; -ENOENT after the last map. */
int registry_next(struct registry *r, uint32_t id, struct live_map **ret,
		  char name[LISTED_NAME_MAX]);

/* The shown map of this kernel name with the highest id below `below`, among those that
 * the registry knows; -ENOENT. */
int registry_named_below(struct registry *r, const char *name, uint64_t below,
			 struct live_map **ret);

/* The schema, created on first use. The caller owns the reference. _now: without
 * checking whether the configuration has a view for the map. */
int live_map_schema(struct registry *r, struct live_map *m, struct schema **ret) _must_check_;
int live_map_schema_now(struct registry *r, struct live_map *m,
			struct schema **ret) _must_check_;

/*
 * view.c: replace the view (map/view.h) of a map; an empty view, or NULL, removes it.
 * Open files keep the schema that they were opened with; nodes of keys answer ESTALE,
 * because keys have other names now. Errors of schema_with_view(), with err, and of
 * live_map_schema().
 */
int live_map_set_view(struct registry *r, struct live_map *m, const struct map_view *v,
		      struct text_error *err) _must_check_;
/* Like live_map_set_view(), for the configuration: caller must hold
 * live_map.view_lock. */
int live_map_compile_view(struct registry *r, struct live_map *m,
			  const struct map_view *v, struct text_error *err) _must_check_;
bool live_map_has_view(struct live_map *m);
/* A copy of the view; -ENOMEM. */
int live_map_view(struct live_map *m, struct map_view *ret) _must_check_;

/*
 * Maps created through the tree. Each call is atomic to other threads: no name appears
 * twice or is missing in between.
 *
 * registry_make: -EEXIST (the name is taken), what def_create() says; err is
 *   filled in for a bad definition.
 * registry_remake: another map in the place of one that is untouched; *ret is
 *   the new one. -EBUSY: the old one has another holder, and stays.
 * registry_unmake: ends the map. -EBUSY as above.
 *   Callers of both must hold GUARD_ENDING().
 * registry_adopt: takes the maps that an earlier mount pinned as our own.
 */
int registry_make(struct registry *r, const struct def *def, const char *name,
		  struct live_map **ret, struct text_error *err) _must_check_;
int registry_remake(struct registry *r, struct live_map *old, const struct def *def,
		    struct live_map **ret, struct text_error *err) _must_check_;
int registry_unmake(struct registry *r, struct live_map *m);
int registry_adopt(struct registry *r);
/* Log the kernel maps that end with the mount because -o pin=DIR is missing. */
void registry_log_endings(struct registry *r);

/*
 * ending.c: the same, after checking that nothing is lost.
 *
 * registry_redefine: make another map of m, whose schema is s, as def says.
 *   -EBUSY: it was written to, has entries, is frozen, or has another holder.
 * registry_end: -EPERM (not made through the tree), -ENOTEMPTY, -EBUSY.
 *
 * On failure err has the reason.
 */
int registry_redefine(struct registry *r, struct live_map *m, const struct schema *s,
		      const struct def *def, struct text_error *err);
int registry_end(struct registry *r, struct live_map *m, struct text_error *err);

/* Call fn for every live map, in order of ids, until it returns something other than 0,
 * which is returned. fn must not use a reference beyond the call. */
typedef int maps_each_fn(void *arg, struct live_map *m);
int maps_each(struct registry *r, maps_each_fn *fn, void *arg);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The live maps and their names.
 *
 * The kernel announces no maps, so each lookup of a name asks for ids above the
 * newest one that was seen, and asks whether the maps that are meant are still
 * there: a few short calls, however many maps there are. Only listings walk all
 * ids. See registry-walk.c.
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

/* What keeps a map in use, as far as by-name asked; see in-use.h. */
struct map_use {
	uint32_t program; /* that uses it; 0: none is known */
	char *pin;	  /* path in the BPF file system; NULL: none is known */
	ino_t pin_ino;
	bool used;	  /* one of these was seen */
	uint64_t checked; /* ns, monotonic: when that was searched; 0: never */
};

/*
 * What is known of one map for as long as it lives. No reference to the map
 * is held (a mount must not keep it alive), except for maps made through the
 * tree, which would otherwise end.
 */
struct live_map {
	uint32_t id;
	char name[STORE_NAME_LEN]; /* "" : none */
	int refs;
	struct timespec seen; /* first time; a directory's times */
	struct errlog errors;

	/* maps with the same hash of their names; registry.lock */
	struct live_map *chain_next, **chain_at;

	/* One change of the view at a time; store calls are made with it. */
	pthread_mutex_t view_lock;

	pthread_mutex_t lock;  /* guards the rest */
	struct schema *schema; /* with the view; NULL until first needed */
	struct map_view view;
	struct owner own;      /* of its directory, as chmod and chown left it */
	struct map_conf conf;
	struct store_map owned; /* maps made through the tree: our reference */
	struct def def;		/* of such a map */
	struct map_use use;
	uint64_t changes;	/* through the tree, so far; atomic, no lock */

	/* Lines of entries that .map/drain took out of the map and that no reader
	 * has been given yet: those of one batch, at most, and the line that a
	 * reader had begun for each one that closed the file. */
	pthread_mutex_t drain_lock; /* guards drained; store calls are made with it */
	struct buf drained;

	/* Held for reading while the map is changed through the tree, for writing
	 * while it is ended. See GUARD_CHANGE(). */
	pthread_rwlock_t ending;
};

/*
 * For a scope that changes the map through the tree. Code that ends the map waits
 * for the scope, checks what was written, and admits no further changes, which
 * then find the map gone. Take it before opening the map; not twice in a thread.
 */
#define GUARD_CHANGE(m) GUARD_READ(&(m)->ending)
#define GUARD_ENDING(m) GUARD_WRITE(&(m)->ending)

struct registry;

/* Permission bits and owner of a map's directory; all is set. */
struct owner live_map_owner(const struct registry *r, struct live_map *m);
mode_t live_map_mode(const struct registry *r, struct live_map *m, uid_t *ret_uid,
		     gid_t *ret_gid);
/* A new map is this user's. */
void live_map_give(struct registry *r, struct live_map *m, uid_t uid, gid_t gid);
/* chmod(2) and chown(2) of it. -EPERM, see owner.h; what recording it gave. */
int live_map_change_owner(struct registry *r, struct live_map *m,
			  const struct request *rq, const struct stat *st,
			  unsigned set) _must_check_;

/* The map was made through the tree, and has not ended. */
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

/* A recreated map has another id. Users of the old id (a shell in its directory, a
 * name cached by the kernel) get the new map. */
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
	struct map_names names; /* first; what schemas know of other maps */
	struct store *store;
	const char *globs; /* names to show, GLOB:GLOB...; NULL: all */
	const char *pin;   /* where maps made through the tree are pinned, or NULL */
	/* Of directories that chmod and chown have left alone; all of it is set, after
	 * registry_init(). */
	struct owner owner;
	int pin_fd;	   /* with pin: this directory; borrowed */
	/* What pins of the configuration are looked for in, and called when the owner or
	 * the mode of a map's directory has changed; both are set after
	 * registry_init(). changed must not call functions of the registry that
	 * search. */
	const char *bpffs;
	void (*changed)(void *arg, uint32_t id);
	void *changed_arg;
	/* One search for new ids, or one change of ours, at a time; guards the next
	 * five. */
	pthread_mutex_t refresh;
	uint32_t last;	   /* the newest id, as far as we know */
	uint32_t wrapped;  /* a new id below that was found; 0: none */
	uint32_t swept;	   /* how far the slow walk is */
	uint64_t swept_at; /* ns, monotonic */
	struct registry_conf conf;
	pthread_mutex_t recording; /* pin-record.c; before live_map.lock */
	pthread_mutex_t lock; /* guards the rest */
	struct map_index index;
	struct registry_move *moves; /* maps that were made anew */
	size_t n_moves;
	struct registry_lease leases[REGISTRY_LEASES]; /* by id; may forget */
	struct errlog errors;			       /* those of no map; locks itself */
};

int registry_init(struct registry *r, struct store *store, const char *globs,
		  const char *pin, int pin_fd) _must_check_;
void registry_release(struct registry *r);

/* Walk all ids, for a listing. 0 or an error: a map could not be opened for want of
 * descriptors or memory. */
int registry_refresh(struct registry *r);

/* Look for maps that are new. Errors as above. _locked: caller must hold
 * r->refresh. */
int registry_discover(struct registry *r);
int registry_discover_locked(struct registry *r);

/* NULL: no memory. */
struct live_map *live_map_new(uint32_t id, const char *name);
struct live_map *live_map_ref(struct live_map *m);
void live_map_unref(struct live_map *m);
DEFINE_CLEANUP(live_map_unref, struct live_map *);
#define _cleanup_live_map_ _cleanup_(cleanup_live_map_unref)

/*
 * The map of an id. -ENOENT: not live, or not shown; else what opening it gave
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
/* Show or hide a map, if it is in the index. */
void registry_show(struct registry *r, uint32_t id, bool shown);

/* As registry_by_id(), of a map that was just made. Caller must hold r->refresh. */
int registry_meet_locked(struct registry *r, uint32_t id, struct live_map **ret);

/*
 * Which map a name of the root means now: NAME if only one live map has that name,
 * NAME@ID, @ID. *alias is true where that is not the listed form.
 * -ENOENT: none, or several (*ambiguous, if not NULL, is set then); other errors
 * as above: the name may be that of a map that could not be opened.
 */
int registry_resolve(struct registry *r, const char *name, struct live_map **ret,
		     bool *alias, bool *ambiguous) _must_check_;

/* For code that makes maps and holds r->refresh. probe: a live map that the
 * registry does not know yet; -ENOENT: none, or not shown. replace: such a map takes
 * the place of `old`, and requests for that get the new one; it cannot fail after
 * reserve, which may: -ENOMEM, -ENOENT (the old one is not known). forget: the map
 * has ended. */
int registry_probe(struct registry *r, uint32_t id, struct live_map **ret);
int registry_reserve(struct registry *r, const struct live_map *old);
void registry_replace(struct registry *r, struct live_map *old, struct live_map *new);
void registry_forget(struct registry *r, uint32_t id);

/* The id in the node numbers of a map's directory: the first that it had, so
 * that a shell in there stays there when the map is made anew. */
uint32_t registry_first_id(struct registry *r, uint32_t id);

/* The live map that such a name means; -ENOENT. Caller must not hold r->refresh. */
int registry_open_name(struct registry *r, const char *name, struct store_map *ret);

/* A live map that is shown has this name of the kernel's: 1, 0, or an error. seek
 * looks for new maps first; has_name is for code that holds r->refresh. */
int registry_seek_name(struct registry *r, const char *name);
int registry_has_name(struct registry *r, const char *name);

/* The listed name of a map: NAME, NAME@ID or @ID. Looks for no new maps. */
void registry_listed_name(struct registry *r, const struct live_map *m,
			  char name[LISTED_NAME_MAX]);
/* The same for the text of a link. New maps count, but the name leads to this map
 * for 20 ms even if another map of that name comes. */
void registry_link_name(struct registry *r, const struct live_map *m,
			char name[LISTED_NAME_MAX]);

/* The shown map with the smallest id above `id`, and its listed name (NULL: not
 * wanted), as of the last walk; -ENOENT after the last. */
int registry_next(struct registry *r, uint32_t id, struct live_map **ret,
		  char name[LISTED_NAME_MAX]);

/* The shown map of this name of the kernel's with the highest id below `below`, as
 * far as the registry knows; -ENOENT. */
int registry_named_below(struct registry *r, const char *name, uint64_t below,
			 struct live_map **ret);

/* The schema, made on first use. The caller owns the reference. _now: without looking
 * whether the configuration has a view for the map. */
int live_map_schema(struct registry *r, struct live_map *m, struct schema **ret) _must_check_;
int live_map_schema_now(struct registry *r, struct live_map *m,
			struct schema **ret) _must_check_;

/*
 * view.c: give a map a view (map/view.h) in place of the one it has; an empty one, or
 * NULL, takes that away. Files that are open keep the schema that they began with;
 * nodes of keys answer ESTALE, because keys have other names now.
 * Returns what schema_with_view() does, with err, and what live_map_schema() does.
 */
int live_map_set_view(struct registry *r, struct live_map *m, const struct map_view *v,
		      struct text_error *err) _must_check_;
/* The same, for the configuration: caller must hold live_map.view_lock. */
int live_map_compile_view(struct registry *r, struct live_map *m,
			  const struct map_view *v, struct text_error *err) _must_check_;
bool live_map_has_view(struct live_map *m);
/* A copy of the view; -ENOMEM. */
int live_map_view(struct live_map *m, struct map_view *ret) _must_check_;

/*
 * Maps made through the tree. Each call is atomic to other threads: no name appears
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
/* Log which kernel maps end with the mount, for want of -o pin=DIR. */
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

/* Call fn for every live map, by rising id, until it returns something else than
 * 0, which is returned. fn must not use a reference beyond the call. */
typedef int maps_each_fn(void *arg, struct live_map *m);
int maps_each(struct registry *r, maps_each_fn *fn, void *arg);

#endif

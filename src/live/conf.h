/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The configuration applied to live maps. Sections for names and ids are matched when
 * a map is first seen; those for pins and programs also later, when a search for
 * new maps finds a new pin or program:
 *
 *	new map ───────> conf_begin()    name, id
 *	new program ─┐
 *	new pin ─────┴─> conf_follow()   the maps that they use
 *	SIGHUP ────────> registry_configure()   everything again
 *
 * No request walks all programs or pins: new programs have higher ids, and the kernel
 * reports new pins (host/pin-watch.h). Once a section has matched a map, it applies
 * until the map is gone or the configuration is read again, so loading the program
 * again changes nothing in between.
 */
#ifndef BPFMAPFS_LIVE_CONF_H
#define BPFMAPFS_LIVE_CONF_H

#include <stdbool.h>
#include <stdint.h>

#include "config/config.h"
#include "util/attributes.h"

struct live_map;
struct registry;

/*
 * Part of a live map; its lock guards it. The view of the configuration is compiled
 * when the types of the map are first needed, which may be never. If it does not fit,
 * it is tried again from time to time, because a program with the types that it names
 * may be loaded later.
 */
struct map_conf {
	struct config *config; /* a reference; NULL: none */
	struct config_match match;
	bool view_due;	      /* the view of the configuration is still to be set */
	bool view_set;	      /* the current view is that of the configuration */
	bool view_refused;    /* did not fit; .map/errors has the reason */
	uint64_t view_next;   /* ns, monotonic: when the next try is due */
};

void map_conf_release(struct map_conf *conf);

/* Apply the view of the configuration if it is due. */
void live_map_follow_view(struct registry *r, struct live_map *m);

/* Of the registry; registry.refresh guards it. */
struct registry_conf {
	struct config *config;	 /* a reference; NULL: none */
	uint32_t program;	 /* the newest program that was checked */
	uint64_t programs_at;	 /* ns, monotonic: when all of them were checked */
	struct pin_watch *watch; /* NULL: no section is for pins */
};

void registry_conf_release(struct registry_conf *conf);

/*
 * Use this configuration from now on (NULL: none), also for existing maps. On an error
 * (-ENOMEM and the like) everything stays as it was.
 */
int registry_configure(struct registry *r, struct config *c) _must_check_;

/* Callers of the next two must hold registry.refresh. */

/* Match a map that is not in the index yet. */
void conf_begin(struct registry *r, struct live_map *m);
/* Search for new programs and pins. After an error the search is tried again. */
int conf_follow(struct registry *r);

/* The configuration hides the map. Maps created through the tree are never hidden. */
bool live_map_is_hidden(struct live_map *m);
/* The configuration forbids changing the map through the tree. */
bool live_map_is_readonly(struct live_map *m);
/* The configuration hides new maps of this name. */
bool registry_hides_name(struct registry *r, const char *name);

/* The number of a word for the map; see config.h. False: the configuration lacks the
 * word for it. */
bool live_map_word(struct live_map *m, enum config_word word, uint32_t *ret_number);

/* The text of a word for the map: a copy, to be freed. NULL: the configuration lacks
 * the word, or no memory. */
char *live_map_word_text(struct live_map *m, enum config_word word);

#endif

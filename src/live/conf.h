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
 * reports new pins (host/pin-watch.h). A section that has matched a map once applies
 * to it until the map ends or the configuration is read again, so that a reload of
 * the program changes nothing in between.
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
 * Part of a live map; its lock guards it. The view of the configuration is compiled when
 * the types of the map are first needed, which may be never; if it does not fit, that
 * is tried again now and then, because a program whose types it names may come later.
 */
struct map_conf {
	struct config *config; /* a reference; NULL: none */
	struct config_match match;
	bool view_due;	      /* the view shall become that of the configuration */
	bool view_set;	      /* it is that of the configuration */
	bool view_refused;    /* once; .map/errors has the reason */
	uint64_t view_next;   /* ns, monotonic: when the next try is due */
};

void map_conf_release(struct map_conf *conf);

/* Apply the view of the configuration if it is due. */
void live_map_follow_view(struct registry *r, struct live_map *m);

/* Of the registry; registry.refresh guards it. */
struct registry_conf {
	struct config *config;	 /* a reference; NULL: none */
	uint32_t program;	 /* the newest one that was looked at */
	uint64_t programs_at;	 /* ns, monotonic: when all of them were */
	struct pin_watch *watch; /* NULL: no section is for pins */
};

void registry_conf_release(struct registry_conf *conf);

/*
 * Use this configuration from now on (NULL: none), for maps that are there, too. It is
 * whole or not at all: -ENOMEM and the like, and everything is as it was.
 */
int registry_configure(struct registry *r, struct config *c) _must_check_;

/* Callers of the next two must hold registry.refresh. */

/* A map that is not in the index yet. */
void conf_begin(struct registry *r, struct live_map *m);
/* Look for new programs and pins. An error: it could not be done now, and is tried
 * again. */
int conf_follow(struct registry *r);

/* The configuration hides the map. Maps made through the tree are not hidden. */
bool live_map_is_hidden(struct live_map *m);
/* It forbids to change the map through the tree. */
bool live_map_is_readonly(struct live_map *m);
/* It hides new maps of this name. */
bool registry_hides_name(struct registry *r, const char *name);

/* What the configuration says of the map; false: nothing. number: see config.h. */
bool live_map_word(struct live_map *m, enum config_word word, uint32_t *ret_number);

/* The same for a word that is text: a copy, to be freed. NULL: nothing, or no memory. */
char *live_map_word_text(struct live_map *m, enum config_word word);

#endif

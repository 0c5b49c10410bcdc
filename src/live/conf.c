/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live/conf.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "host/pin-watch.h"
#include "live/registry.h"
#include "store/errno.h"
#include "util/clock.h"

/* Once program ids may have started again at 1, all programs are checked this often
 * (ns). */
#define PROGRAMS_NS 1000000000u
/* How often a view that does not fit is tried again (ns). */
#define VIEW_NS 1000000000u

void map_conf_release(struct map_conf *conf)
{
	config_unref(take_ptr(conf->config));
}

void registry_conf_release(struct registry_conf *conf)
{
	config_unref(take_ptr(conf->config));
	pin_watch_free(take_ptr(conf->watch));
}

/* ---- what is known of one map ---- */

bool live_map_word(struct live_map *m, enum config_word word, uint32_t *ret_number)
{
	GUARD_MUTEX(&m->lock);
	const struct config_value *v = config_find(m->conf.config, &m->conf.match, word);

	if (v)
		*ret_number = v->number;
	return v;
}

char *live_map_word_text(struct live_map *m, enum config_word word)
{
	GUARD_MUTEX(&m->lock);
	const struct config_value *v = config_find(m->conf.config, &m->conf.match, word);

	return v ? strdup(v->text) : NULL;
}

bool live_map_is_hidden(struct live_map *m)
{
	uint32_t hidden = 0;

	return live_map_word(m, CONFIG_HIDDEN, &hidden) && hidden && !live_map_is_owned(m);
}

bool live_map_is_readonly(struct live_map *m)
{
	uint32_t readonly = 0;

	return live_map_word(m, CONFIG_READONLY, &readonly) && readonly;
}

bool registry_hides_name(struct registry *r, const char *name)
{
	struct config_match match = { 0 };
	const struct config_value *v;
	GUARD_MUTEX(&r->refresh);

	if (!r->conf.config)
		return false;
	config_match_map(r->conf.config, name, 0, &match);
	v = config_find(r->conf.config, &match, CONFIG_HIDDEN);
	return v && v->number;
}

/* ---- views ---- */

static const enum config_word view_words[] = { CONFIG_KEY, CONFIG_VALUE, CONFIG_SHOW,
					       CONFIG_BTF };
#define N_VIEW_WORDS (sizeof(view_words) / sizeof(view_words[0]))

static const char *text_of(const struct config_value *v)
{
	return v ? v->text : "";
}

static bool same_view(const struct config *a, const struct config_match *ma,
		      const struct config *b, const struct config_match *mb)
{
	for (size_t i = 0; i < N_VIEW_WORDS; i++)
		if (strcmp(text_of(config_find(a, ma, view_words[i])),
			   text_of(config_find(b, mb, view_words[i]))))
			return false;
	return true;
}

/* Copy the view of the configuration, if it is time to apply it: 1; 0: it is not; or
 * -ENOMEM. *line: of the file, for errors. */
static int due_view(struct live_map *m, struct map_view *ret, unsigned *line)
{
	GUARD_MUTEX(&m->lock);
	const struct map_conf *conf = &m->conf;
	char **const texts[N_VIEW_WORDS] = { &ret->key, &ret->value, &ret->show,
					     &ret->btf };

	if (!conf->view_due || clock_ns(CLOCK_MONOTONIC) < conf->view_next)
		return 0;
	for (size_t i = 0; i < N_VIEW_WORDS; i++) {
		const struct config_value *v =
			config_find(conf->config, &conf->match, view_words[i]);

		if (!v)
			continue;
		*line = *line ?: v->line;
		*texts[i] = strdup(v->text);
		if (!*texts[i])
			return -ENOMEM;
	}
	return 1;
}

/* A view was compiled, or refused. */
static void note_view(struct live_map *m, int error, unsigned line,
		      const struct text_error *err)
{
	bool report;

	pthread_mutex_lock(&m->lock);
	report = error < 0 && !m->conf.view_refused;
	m->conf.view_due = error < 0;
	m->conf.view_set |= error == 0;
	m->conf.view_refused = error < 0;
	m->conf.view_next = clock_ns(CLOCK_MONOTONIC) + VIEW_NS;
	pthread_mutex_unlock(&m->lock);
	if (report)
		errlog_add(&m->errors, ERRLOG_NOBODY, "view", "configuration", error,
			   "line %u: %s", line, err->reason);
}

void live_map_follow_view(struct registry *r, struct live_map *m)
{
	_cleanup_map_view_ struct map_view view = MAP_VIEW_INIT;
	struct text_error err = { 0 };
	unsigned line = 0;
	bool due;
	int e;

	pthread_mutex_lock(&m->lock);
	due = m->conf.view_due;
	pthread_mutex_unlock(&m->lock);
	if (!due)
		return;
	GUARD_MUTEX(&m->view_lock);
	e = due_view(m, &view, &line);
	if (e <= 0)
		return;
	e = live_map_compile_view(r, m, &view, &err);
	/* A map that is gone, or no descriptor, says nothing about the view. */
	if (e == 0 || err.reason[0])
		note_view(m, e, line, &err);
}

/* ---- applying ---- */

static void set_conf(struct live_map *m, struct config *c,
		     const struct config_match *match)
{
	struct map_conf *conf = &m->conf;
	struct config *old;

	pthread_mutex_lock(&m->lock);
	old = conf->config;
	/* A view that was written to .map/def stays. */
	if (!same_view(old, &conf->match, c, match) &&
	    (conf->view_set || map_view_is_empty(&m->view))) {
		conf->view_due = true;
		conf->view_refused = false;
		conf->view_next = 0;
	}
	conf->config = c ? config_ref(c) : NULL;
	conf->match = *match;
	pthread_mutex_unlock(&m->lock);
	config_unref(old);
}

void conf_begin(struct registry *r, struct live_map *m)
{
	struct config_match match = { 0 };

	if (r->conf.config && config_match_map(r->conf.config, m->name, m->id, &match))
		set_conf(m, r->conf.config, &match);
}

/* A map that may be in the index. */
static void apply(struct registry *r, struct live_map *m, struct config *c,
		  const struct config_match *match)
{
	struct owner before = live_map_owner(r, m), now;

	set_conf(m, c, match);
	now = live_map_owner(r, m);
	registry_show(r, m->id, !live_map_is_hidden(m));
	if (r->changed && memcmp(&before, &now, sizeof(now)))
		r->changed(r->changed_arg, m->id);
}

/* Sections for a name of the map, of a program or a pin. */
typedef bool match_fn(const struct config *c, const char *name, struct config_match *m);

static void apply_name(struct registry *r, struct live_map *m, match_fn *fn,
		       const char *name)
{
	struct config_match match = { 0 };

	pthread_mutex_lock(&m->lock);
	if (m->conf.config == r->conf.config)
		match = m->conf.match;
	pthread_mutex_unlock(&m->lock);
	if (fn(r->conf.config, name, &match))
		apply(r, m, r->conf.config, &match);
}

/* The map of an id, hidden or not. */
static int any_map(struct registry *r, uint32_t id, struct live_map **ret)
{
	int err = registry_find_any(r, id, ret);

	if (err == -ENOENT) {
		err = registry_meet_locked(r, id, ret);
		if (err == -ENOENT)
			err = registry_find_any(r, id, ret);
	}
	return err;
}

/* ---- programs ---- */

static int match_program(struct registry *r, uint32_t id)
{
	_cleanup_store_program_ struct store_program p = STORE_PROGRAM_INIT;
	struct config_match match = { 0 };
	int err = store_program(r->store, id, &p);

	if (err < 0)
		return err == -ENOENT ? 0 : store_user_errno(STORE_OP_OPEN, err);
	store_program_name(r->store, &p);
	if (!config_match_program(r->conf.config, p.name, &match))
		return 0;
	for (uint32_t i = 0; err == 0 && i < p.n_maps; i++) {
		_cleanup_live_map_ struct live_map *m = NULL;

		err = any_map(r, p.maps[i], &m);
		if (err == 0)
			apply_name(r, m, config_match_program, p.name);
		if (err == -ENOENT || err == -EACCES)
			err = 0;
	}
	return err;
}

static int follow_programs(struct registry *r)
{
	struct registry_conf *conf = &r->conf;
	uint64_t now = clock_ns(CLOCK_MONOTONIC);
	uint32_t id;
	int err;

	if (conf->program > INT_MAX / 2 && now - conf->programs_at > PROGRAMS_NS) {
		conf->program = 0;
		conf->programs_at = now;
	}
	id = conf->program;
	while ((err = store_next_program(r->store, id, &id)) == 0) {
		err = match_program(r, id);
		if (err < 0)
			return err;
		conf->program = id;
	}
	return err == -ENOENT ? 0 : store_user_errno(STORE_OP_OPEN, err);
}

/* ---- pins ---- */

static int match_pin(void *arg, int fd, const char *path)
{
	struct registry *r = arg;
	_cleanup_live_map_ struct live_map *m = NULL;
	_cleanup_free_ char *whole = NULL;
	struct config_match match = { 0 };
	uint32_t id;
	int err;

	if (asprintf(&whole, "%s/%s", r->bpffs, path) < 0)
		return -ENOMEM;
	if (!config_match_pin(r->conf.config, whole, &match))
		return 0;
	/* Programs, links, and what may not be opened are passed over. */
	if (store_pinned_map(r->store, fd, &id) < 0)
		return 0;
	err = any_map(r, id, &m);
	if (err == 0)
		apply_name(r, m, config_match_pin, whole);
	return err == -ENOMEM || err == -EMFILE || err == -ENFILE ? err : 0;
}

int conf_follow(struct registry *r)
{
	const struct config *c = r->conf.config;
	int err = 0;

	if (c && c->has[CONFIG_PROG] && store_has_programs(r->store))
		err = follow_programs(r);
	if (err == 0 && r->conf.watch && pin_watch_changed(r->conf.watch))
		err = pin_watch_walk(r->conf.watch, match_pin, r);
	return err;
}

/* ---- another configuration ---- */

/* Maps have only what their own names and ids say. */
static void begin_again(struct registry *r)
{
	struct config *c = r->conf.config;
	struct live_map *m;

	for (uint32_t id = 0; registry_next_any(r, id, &m) == 0;) {
		struct config_match match = { 0 };

		id = m->id;
		if (c)
			config_match_map(c, m->name, id, &match);
		apply(r, m, c, &match);
		live_map_unref(m);
	}
}

int registry_configure(struct registry *r, struct config *c)
{
	struct registry_conf new = { .config = c };
	GUARD_MUTEX(&r->refresh);
	int err = 0;

	if (c && c->has[CONFIG_PIN] && store_has_pins(r->store))
		err = pin_watch_new(r->bpffs, &new.watch);
	if (err < 0)
		return err;
	if (c)
		config_ref(c);
	registry_conf_release(&r->conf);
	r->conf = new;
	begin_again(r);
	/* If this fails, the next search for new maps tries again. */
	conf_follow(r);
	return 0;
}

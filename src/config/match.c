/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Match the names of a map against sections. The C library's fnmatch(3) goes back
 * to the last '*' only, so a pattern and a name cost at most their product.
 */
#include <fnmatch.h>

#include "config/config.h"

/* Section i applies to the map. */
static bool add(const struct config *c, size_t i, struct config_match *m)
{
	bool changed = false;

	for (size_t w = 0; w < CONFIG_WORDS; w++) {
		uint16_t now = m->section[w];

		if (!c->sections[i].words[w].text || (now && now <= i + 1))
			continue;
		m->section[w] = (uint16_t)(i + 1);
		changed = true;
	}
	return changed;
}

static bool match_text(const struct config *c, enum config_kind kind, const char *text,
		       struct config_match *m)
{
	bool changed = false;

	for (size_t i = 0; c->has[kind] && i < c->count; i++)
		if (c->sections[i].kind == kind &&
		    !fnmatch(c->sections[i].pattern, text, 0))
			changed |= add(c, i, m);
	return changed;
}

static bool match_id(const struct config *c, uint32_t id, struct config_match *m)
{
	bool changed = false;

	for (size_t i = 0; c->has[CONFIG_ID] && i < c->count; i++)
		if (c->sections[i].kind == CONFIG_ID && c->sections[i].id == id)
			changed |= add(c, i, m);
	return changed;
}

bool config_match_map(const struct config *c, const char *name, uint32_t id,
		      struct config_match *m)
{
	bool changed = match_text(c, CONFIG_MAP, name, m);

	return match_id(c, id, m) || changed;
}

bool config_match_pin(const struct config *c, const char *path, struct config_match *m)
{
	return match_text(c, CONFIG_PIN, path, m);
}

bool config_match_program(const struct config *c, const char *name,
			  struct config_match *m)
{
	return match_text(c, CONFIG_PROG, name, m);
}

const struct config_value *config_find(const struct config *c,
				       const struct config_match *m,
				       enum config_word word)
{
	size_t section = c ? m->section[word] : 0;

	return section ? &c->sections[section - 1].words[word] : NULL;
}

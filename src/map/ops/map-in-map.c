/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Array of maps, hash of maps. To the tree a value is the id of the inner
 * map, for reading and writing alike; as text it is the inner map's listed
 * name, which makes it a symlink there and a string in whole-map files.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "map/content.h"
#include "map/ops.h"
#include "map/map.h"
#include "map/names.h"
#include "map/scan/scan.h"
#include "text/error.h"
#include "util/buf.h"

static uint32_t id_of(const void *value)
{
	uint32_t id;

	memcpy(&id, value, sizeof(id));
	return id;
}

static int slot_lookup(const struct map *m, const void *key, void *value)
{
	return store_lookup(&m->ref, key, value, 0);
}

/* An array takes no flags, so they are checked ahead. */
static int check_flags(const struct map *m, const void *key, unsigned *flags)
{
	uint32_t id;
	int r;

	if (!schema_has(m->schema, MAP_INDEXED) || *flags == STORE_ANY)
		return 0;
	r = slot_lookup(m, key, &id);
	if (*flags == STORE_NOEXIST && r != -ENOENT)
		return r == 0 ? -EEXIST : r;
	if (*flags == STORE_EXIST && r < 0)
		return r;
	*flags = STORE_ANY;
	return 0;
}

static int slot_update(const struct map *m, const void *key, const void *value,
		       unsigned flags)
{
	_cleanup_store_map_ struct store_map inner = STORE_MAP_INIT;
	struct map_names *names = m->schema->names;
	int r = names ? names->check(names, m->rq, id_of(value)) : 0;

	if (r == 0)
		r = check_flags(m, key, &flags);
	else if (r == -ENOENT)
		r = -EINVAL;
	if (r == 0)
		r = store_open(m->ref.store, id_of(value), STORE_READ, &inner);
	else
		return r;
	if (r < 0)
		return r == -ENOENT ? -EINVAL : r; /* no such map any more */
	return store_update_map(&m->ref, key, &inner, flags);
}

static int slot_remove(const struct map *m, const void *key)
{
	return store_remove(&m->ref, key);
}

/* A map that the tree does not show still has its id. */
static int slot_format(const struct schema *s, const void *key, const void *value,
		       bool json, struct buf *out)
{
	const char *quote = json ? "\"" : "";

	buf_puts(out, quote);
	if (!s->names || s->names->name(s->names, id_of(value), out) < 0)
		buf_printf(out, "@%u", id_of(value));
	buf_puts(out, quote);
	return buf_error(out);
}

static int slot_parse(const struct schema *s, const void *key,
		      const struct content_text *t, void *value)
{
	const char *text = t->text;
	size_t len = t->len;
	char name[64], quoted[TEXT_QUOTE_SIZE];
	uint32_t id;

	if (len && text[len - 1] == '\n')
		len--;
	if (len > 1 && *text == '"' && text[len - 1] == '"') {
		text++;
		len -= 2;
	}
	snprintf(name, sizeof(name), "%.*s",
		 (int)(len < sizeof(name) ? len : sizeof(name)), text);
	if (strlen(name) != len || !s->names || s->names->find(s->names, name, &id) < 0)
		return text_fail(t->err, -EINVAL, 0,
				 "expected the name of a map, found %s",
				 text_quote(quoted, text, len));
	memcpy(value, &id, sizeof(id));
	return 0;
}

static const struct map_ops_error slot_errors[] = {
	{ EACCES, EACCES, "no permission to enter that map's directory" },
	{ 0 },
};

const struct map_ops map_ops_map_in_map = {
	.errors = slot_errors,
	.lookup = slot_lookup,
	.update = slot_update,
	.remove = slot_remove,
	.format = slot_format,
	.parse = slot_parse,
	.links = true,
	.scan = &scan_batches,
};

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The map's types: as C, from its BTF, and as a definition line.
 */
#include <errno.h>
#include <string.h>

#include "map/decl.h"
#include "map/names.h"
#include "map/scan/scan.h"
#include "report/report.h"
#include "util/buf.h"
#include "util/request.h"

int report_btf(const struct report *r, struct buf *out)
{
	return map_c_decl(r->map, out);
}

int report_errors(const struct report *r, struct buf *out)
{
	uid_t reader = r->rq ? r->rq->uid : ERRLOG_NOBODY;

	errlog_format(&r->m->errors, request_is_root(r->rq) || reader == r->owner, reader,
		      out);
	return buf_error(out);
}

/*
 * The kernel does not report the template of a map of maps. Any map that it
 * holds is like that, as far as it matters for what another one may hold.
 */
struct inner_search {
	const struct schema *schema;
	struct def *def;
};

static int take_inner(void *arg, const struct scan_batch *b)
{
	struct inner_search *search = arg;
	struct map_names *names = search->schema->names;
	_cleanup_buf_ struct buf name = BUF_INIT;
	uint32_t id;

	memcpy(&id, b->values, sizeof(id));
	/* A map that the mount does not show has no name here. */
	if (names->name(names, id, &name) < 0)
		return 1;
	if (!buf_cstr(&name))
		return -ENOMEM;
	search->def->inner = buf_detach(&name);
	return 1;
}

static int find_inner(const struct map *m, struct def *d)
{
	struct inner_search search = { m->schema, d };

	return m->schema->names ? scan_fold(m, false, 0, take_inner, &search) : 0;
}

static void move_text(char **from, char **to)
{
	if (!*from)
		return;
	free(*to);
	*to = take_ptr(*from);
}

/* Longer declarations would hide the rest of the definition. */
#define C_TYPE_MAX 16384

/*
 * The grammar has no words for enumerators, unions and bit-fields: say in C what it
 * would turn into numbers or bytes, so that a map made from the definition takes the
 * same text. Words that a user wrote stay. libbpf writes some structures with another
 * layout, such as packed ones whose bit-fields cross their type's size: not those.
 */
static int spell_type(const struct map *m, const struct schema *s, bool key, char **text)
{
	const struct type *type = key || schema_has(s, MAP_SET) ? s->key : s->value;
	_cleanup_buf_ struct buf words = BUF_INIT, c = BUF_INIT;
	int r;

	/* In C it would hardly be shorter. */
	if (!*text || !type || strlen(*text) > C_TYPE_MAX || type_is_described(type))
		return 0;
	type_describe(type, &words);
	if (!buf_cstr(&words))
		return -ENOMEM;
	if (strcmp(words.data, *text))
		return 0;
	r = map_c_type(m, s, key, &c);
	if (r == 0 && c.len > C_TYPE_MAX)
		r = -E2BIG;
	if (r == 0)
		r = buf_cstr(&c) ? def_means_type(c.data, key && schema_has(s, MAP_PREFIX),
						  type) : -ENOMEM;
	if (r <= 0)
		return r == -ENOMEM ? r : 0;
	free(*text);
	*text = buf_detach(&c);
	return 0;
}

static int spell_types(const struct map *m, const struct schema *s, struct def *d)
{
	int r = spell_type(m, s, true, &d->key);

	return r < 0 ? r : spell_type(m, s, false, &d->value);
}

/* The map's own definition. */
static int own_def(const struct report *r, struct def *d)
{
	const struct schema *s = r->map->schema;
	int err = r->def ? def_copy(r->def, d) : def_from_schema(s->base ?: s, d);

	if (err == 0)
		err = spell_types(r->map, s->base ?: s, d);
	return err == 0 && schema_has(s, MAP_OF_MAPS) && !d->inner ? find_inner(r->map, d)
								   : err;
}

static int put_def(const struct def *d, struct buf *out)
{
	def_format(d, out);
	buf_putc(out, '\n');
	return buf_error(out);
}

int report_def(const struct report *r, struct buf *out)
{
	_cleanup_map_view_ struct map_view view = MAP_VIEW_INIT;
	_cleanup_def_ struct def def = { 0 };
	int err = own_def(r, &def);

	if (err == 0)
		err = live_map_view(r->m, &view);
	if (err < 0)
		return err;
	move_text(&view.key, &def.key);
	move_text(&view.value, &def.value);
	move_text(&view.show, &def.show);
	return put_def(&def, out);
}

int report_def_types(const struct report *r, struct buf *out)
{
	_cleanup_def_ struct def def = { 0 }, viewed = { 0 };
	int err = own_def(r, &def);

	/* Also where a word names a type that is declared elsewhere. */
	if (err == 0 && (r->map->schema->base || def_check(&def, NULL) < 0))
		err = def_from_schema(r->map->schema, &viewed);
	if (err == 0)
		err = spell_types(r->map, r->map->schema, &viewed);
	if (err < 0)
		return err;
	move_text(&viewed.key, &def.key);
	move_text(&viewed.value, &def.value);
	return put_def(&def, out);
}

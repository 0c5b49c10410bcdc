/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The walk goes down from the root of a type with the set of paths that may still
 * match; what no path leads to is copied as it is, once for all places. A struct that a
 * path goes through is copied for this place alone, since another place may use the
 * same struct with other types.
 */
#include "text/show.h"

#include <bpf/btf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "text/btf-copy.h"
#include "text/grammar.h"
#include "text/model.h"
#include "text/words.h"
#include "util/buf.h"

struct item {
	const char *path; /* "": the whole value */
	const char *type;
	size_t at; /* of the type in the text, for errors */
	bool used;
};

struct show {
	char *copy; /* of the text; items point into it */
	struct item items[SHOW_MAX];
	uint32_t count;
	struct show_tag tag;
	struct btf_copier copier; /* of all parts, so that they share types */
};

/* ---- the text ---- */

#define PATH_CHARS "_.0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

/* The first such character outside of brackets, or the end of the text. */
static char *find_outside(char *s, char wanted)
{
	int depth = 0;

	for (; *s && (depth > 0 || *s != wanted); s++)
		depth += strchr("{[(", *s) ? 1 : strchr("}])", *s) ? -1 : 0;
	return s;
}

/* Cut the text behind a path; what follows the colon. NULL: it has no path. */
static char *cut_path(char *text)
{
	size_t len = strspn(text, PATH_CHARS);

	if (text[len] != ':' || !len)
		return NULL;
	text[len] = '\0';
	return text + len + 1;
}

static int fail_at(const struct show *s, const char *at, const char *expected,
		   struct text_error *err)
{
	return text_fail(err, -EINVAL, (size_t)(at - s->copy), "in show=: expected %s",
			 expected);
}

static int add_member(struct show *s, char *text, struct text_error *err)
{
	struct item *item = &s->items[s->count];
	char *type = cut_path(text);

	item->path = type ? text : "";
	item->type = type ?: text;
	item->at = (size_t)(item->type - s->copy);
	if (!*item->type)
		return fail_at(s, item->type, "a type", err);
	s->count++;
	return 0;
}

/* "PATH" or "NAME:TYPE" */
static int set_tag(struct show *s, char *text, struct text_error *err)
{
	struct show_tag *tag = &s->tag;

	if (tag->path)
		return fail_at(s, text, "one tag", err);
	tag->type = cut_path(text);
	tag->path = text;
	tag->at = (size_t)((tag->type ?: text) - s->copy);
	if (!*text || (!tag->type && text[strspn(text, PATH_CHARS)]))
		return fail_at(s, text, "the name of a member before \"?\"", err);
	return tag->type && !*tag->type ? fail_at(s, tag->type, "a type", err) : 0;
}

/* "LABEL=TYPE" */
static int add_case(struct show *s, char *text, char *equals, struct text_error *err)
{
	struct show_case *c = &s->tag.cases[s->tag.count];

	if (!s->tag.path)
		return fail_at(s, text, "a tag and \"?\" before the first case", err);
	*equals = '\0';
	*c = (struct show_case){ text, equals + 1, (size_t)(text - s->copy),
				 (size_t)(equals + 1 - s->copy) };
	if (!*c->label)
		return fail_at(s, text, "a value of the tag before \"=\"", err);
	if (!*c->type)
		return fail_at(s, c->type, "a type", err);
	s->tag.count++;
	return 0;
}

static int add_item(struct show *s, char *text, struct text_error *err)
{
	char *mark = find_outside(text, '?'), *equals;
	bool tagged = *mark;
	int r = 0;

	if (tagged) {
		*mark = '\0';
		r = set_tag(s, text, err);
		text = mark + 1;
	}
	if (r < 0)
		return r;
	equals = find_outside(text, '=');
	if (*equals)
		return add_case(s, text, equals, err);
	return tagged ? fail_at(s, text, "VALUE=TYPE after \"?\"", err)
		      : add_member(s, text, err);
}

int show_parse(const char *text, struct show **ret, struct text_error *err)
{
	_cleanup_show_ struct show *s = calloc(1, sizeof(*s));
	char *at, *end;
	int r = 0;

	if (!s || !(s->copy = strdup(text)))
		return -ENOMEM;
	for (at = s->copy; r == 0; at = end + 1) {
		bool last;

		if (s->count == SHOW_MAX || s->tag.count == SHOW_MAX)
			return text_fail(err, -EINVAL, (size_t)(at - s->copy),
					 "in show=: at most %d members, and as many "
					 "cases",
					 SHOW_MAX);
		end = find_outside(at, ',');
		last = !*end;
		*end = '\0';
		r = add_item(s, at, err);
		if (last)
			break;
	}
	if (r == 0)
		*ret = take_ptr(s);
	return r;
}

const struct show_tag *show_tag(const struct show *s)
{
	return s->tag.path ? &s->tag : NULL;
}

void show_free(struct show *s)
{
	if (!s)
		return;
	btf_copier_release(&s->copier);
	free(s->copy);
	free(s);
}

/* ---- paths ---- */

/* A path that leads to the type at hand, and what is left of it. */
struct match {
	struct item *item;
	const char *rest;
};

struct matches {
	struct match *list;
	uint32_t count;
};

const char *show_step(const char *path, const char *name)
{
	size_t len = strlen(name);

	if (!len || strncmp(path, name, len))
		return NULL;
	return path[len] == '.' ? path + len + 1 : path[len] ? NULL : path + len;
}

/* Those that go on in a member of this name; an anonymous one is no step. */
static int matches_in(const struct matches *all, const char *name, struct matches *ret)
{
	*ret = (struct matches){ calloc(all->count ?: 1, sizeof(*ret->list)), 0 };
	if (!ret->list)
		return -ENOMEM;
	for (uint32_t i = 0; i < all->count; i++) {
		const char *rest = *name ? show_step(all->list[i].rest, name) :
					   all->list[i].rest;

		if (rest)
			ret->list[ret->count++] = (struct match){ all->list[i].item, rest };
	}
	return 0;
}

static void matches_release(struct matches *m)
{
	free(m->list);
}
#define _cleanup_matches_ _cleanup_(matches_release)

/* ---- types ---- */

struct walk {
	const struct show_part *part;
	struct grammar_source *source;
	struct btf *to;
	struct btf_copier *copier;
	struct text_error *err;
	unsigned depth, visits;
	bool changed;
};

static const struct btf_type *skip_modifiers(const struct walk *w, uint32_t *id)
{
	const struct btf_type *t = NULL;
	unsigned steps = 0;

	while (steps++ < TYPE_MAX_DEPTH) {
		t = btf__type_by_id(w->part->btf, *id);
		if (!t || (!btf_is_mod(t) && !btf_is_typedef(t)))
			return t;
		*id = t->type;
	}
	return NULL;
}

/* Words that mean a type of any size become the one of this size. */
static int adapt(const char *type, size_t size, bool bytes, struct buf *out)
{
	size_t len = strspn(type, "abcdefghijklmnopqrstuvwxyz0123456789_");
	bool alone = !type[len], hex = len == 3 && !strncmp(type, "hex", 3);
	const struct word *word = word_find_sized(type, len, size);
	bool sized = (word && !word->size) || (len == 4 && !strncmp(type, "char", 4)) ||
		     (len == 5 && !strncmp(type, "bytes", 5));

	if (alone && hex && (bytes || !word))
		buf_printf(out, "bytes[%zu]", size);
	else if (alone && sized)
		buf_printf(out, "%s[%zu]", type, size);
	else
		buf_printf(out, "%s%s", word ? word->text : "", type + (word ? len : 0));
	return buf_cstr(out) ? 0 : -ENOMEM;
}

int show_check(const char *text, struct text_error *err)
{
	_cleanup_show_ struct show *s = NULL;
	int r = show_parse(text, &s, err);

	for (uint32_t i = 0; r == 0 && i < s->count; i++) {
		_cleanup_buf_ struct buf type = BUF_INIT;
		struct text_error inner = { 0 };

		r = adapt(s->items[i].type, 1, false, &type);
		if (r == 0)
			r = grammar_check(type.data, false, &inner);
		if (r == -EINVAL || r == -ERANGE)
			text_fail(err, r, s->items[i].at, "in show=: %s", inner.reason);
	}
	return r;
}

/* The item's type for so many bytes. -ENODATA with err: it has another size. */
static int make_type(struct walk *w, const struct item *item, size_t size, bool bytes,
		     uint32_t *ret)
{
	_cleanup_buf_ struct buf text = BUF_INIT;
	struct text_error inner = { 0 };
	uint32_t id, its_size;
	int r = adapt(item->type, size, bytes, &text);

	if (r == 0)
		r = grammar_find_to_btf(text.data, strlen(text.data), w->source, w->to, &id,
					&its_size, &inner);
	if (r == -EINVAL || r == -ERANGE)
		return text_fail(w->err, r, item->at, "in show=: %s", inner.reason);
	if (r < 0)
		return r;
	if (its_size != size)
		return text_fail(w->err, -ENODATA, item->at,
				 "in show=: %.60s has %u bytes, but %.60s has %zu",
				 item->type, its_size,
				 *item->path ? item->path : w->part->name, size);
	*ret = id;
	return 0;
}

static int make_array(struct walk *w, const struct btf_type *t, uint32_t elem,
		      uint32_t *ret)
{
	uint32_t index;
	int id, r = btf_copy_type(w->copier, btf_array(t)->index_type, &index);

	if (r < 0)
		return r;
	id = btf__add_array(w->to, (int)index, (int)elem, btf_array(t)->nelems);
	if (id < 0)
		return id;
	*ret = (uint32_t)id;
	return 0;
}

static size_t size_of(const struct walk *w, uint32_t id)
{
	long long size = id ? btf__resolve_size(w->part->btf, id) : (long long)w->part->size;

	return size > 0 ? (size_t)size : 0;
}

/* In an array, change each element if the type fits; otherwise try the whole array. */
static int replace(struct walk *w, struct item *item, uint32_t id, uint32_t *ret)
{
	size_t size = size_of(w, id);
	const struct btf_type *t = id ? skip_modifiers(w, &id) : NULL;
	bool is_array = t && btf_is_array(t);
	size_t elem_size = is_array ? size_of(w, btf_array(t)->type) : 0;
	uint32_t elem;
	int r = -ENODATA;

	item->used = w->changed = true;
	if (elem_size > 1) {
		r = replace(w, item, btf_array(t)->type, &elem);
		if (r == 0)
			return make_array(w, t, elem, ret);
	}
	return r == -ENODATA ? make_type(w, item, size, elem_size == 1, ret) : r;
}

static int retype(struct walk *w, uint32_t id, const struct matches *m, uint32_t *ret);

/* *ret_named: a path leads into the member. */
static int retype_member(struct walk *w, const struct btf_type *t, uint32_t i,
			 const struct matches *m, uint32_t *ret, bool *ret_named)
{
	const struct btf_member *member = &btf_members(t)[i];
	const char *name = btf__name_by_offset(w->part->btf, member->name_off) ?: "";
	_cleanup_matches_ struct matches in = { NULL, 0 };
	int r = matches_in(m, name, &in);

	*ret_named = in.count;
	if (r == 0 && in.count && *name && btf_member_bitfield_size(t, i))
		r = text_fail(w->err, -EINVAL, in.list->item->at,
			      "in show=: %.60s is a bit-field", in.list->item->path);
	return r < 0 ? r : retype(w, member->type, &in, ret);
}

static int retype_variable(struct walk *w, const struct btf_type *t, uint32_t i,
			   const struct matches *m, uint32_t *ret)
{
	uint32_t id = btf_var_secinfos(t)[i].type;
	const struct btf_type *var = btf__type_by_id(w->part->btf, id);
	const char *name = var ? btf__name_by_offset(w->part->btf, var->name_off) : NULL;
	_cleanup_matches_ struct matches in = { NULL, 0 };
	uint32_t type;
	int r = matches_in(m, name ?: "", &in);

	if (r < 0)
		return r;
	if (!var || !btf_is_var(var) || !name || !*name || !in.count)
		return btf_copy_type(w->copier, id, ret);
	r = retype(w, var->type, &in, &type);
	return r < 0 ? r : btf_copy_with(w->copier, id, &type, ret);
}

static int retype_record(struct walk *w, uint32_t id, const struct btf_type *t,
			 const struct matches *m, uint32_t *ret)
{
	_cleanup_free_ uint32_t *ids = calloc(btf_vlen(t) + 1u, sizeof(*ids));
	_cleanup_free_ bool *named = calloc(btf_vlen(t) + 1u, sizeof(*named));
	bool section = btf_is_datasec(t);
	int r = ids && named ? 0 : -ENOMEM;

	for (uint32_t i = 0; r == 0 && i < btf_vlen(t); i++)
		r = section ? retype_variable(w, t, i, m, &ids[i]) :
			      retype_member(w, t, i, m, &ids[i], &named[i]);
	if (r == 0)
		r = btf_copy_with(w->copier, id, ids, ret);
	/* A path says more than a tag. */
	for (uint32_t i = 0; r == 0 && !section && i < btf_vlen(t); i++)
		r = named[i] ? 0 : btf_copy_tags(w->copier, id, i, *ret);
	return r;
}

static int retype_inside(struct walk *w, uint32_t id, const struct matches *m,
			 uint32_t *ret)
{
	uint32_t elem, inner = id;
	const struct btf_type *t = skip_modifiers(w, &inner);
	int r;

	if (t && btf_is_array(t)) {
		r = retype(w, btf_array(t)->type, m, &elem);
		return r < 0 ? r : make_array(w, t, elem, ret);
	}
	if (t && (btf_is_composite(t) || btf_is_datasec(t)))
		return retype_record(w, inner, t, m, ret);
	return btf_copy_type(w->copier, id, ret);
}

static int retype(struct walk *w, uint32_t id, const struct matches *m, uint32_t *ret)
{
	int r;

	for (uint32_t i = 0; i < m->count; i++)
		if (!*m->list[i].rest) {
			r = replace(w, m->list[i].item, id, ret);
			return r == -ENODATA ? -EINVAL : r;
		}
	*ret = 0;
	if (!id)
		return 0;
	if (!m->count)
		return btf_copy_type(w->copier, id, ret);
	if (w->visits++ == BTF_COPY_MAX || w->depth == TYPE_MAX_DEPTH)
		return -E2BIG;
	w->depth++;
	r = retype_inside(w, id, m, ret);
	w->depth--;
	return r;
}

/* ---- */

static bool has_member(const struct walk *w, uint32_t id, const char *path)
{
	const struct btf_type *t = id ? skip_modifiers(w, &id) : NULL;

	for (uint32_t i = 0; t && btf_is_composite(t) && i < btf_vlen(t); i++) {
		const char *name = btf__name_by_offset(w->part->btf,
						       btf_members(t)[i].name_off);

		if (name && show_step(path, name))
			return true;
	}
	return false;
}

/* The path in this part: without the part's name at its beginning. */
static const char *path_in(const struct walk *w, const struct item *item)
{
	const char *rest = show_step(item->path, w->part->name);

	if (!*item->path)
		return strcmp(w->part->name, "value") ? NULL : item->path;
	return rest && !has_member(w, w->part->id, item->path) ? rest : item->path;
}

int show_apply(struct show *s, const struct show_part *part, struct grammar_source *source,
	       struct btf *to, uint32_t *ret_id, bool *ret_changed, struct text_error *err)
{
	struct walk w = { .part = part, .source = source, .to = to,
			  .copier = &s->copier, .err = err };
	_cleanup_matches_ struct matches all = {
		calloc(s->count, sizeof(*all.list)), 0
	};
	int r = all.list ? 0 : -ENOMEM;

	if (r == 0 && !s->copier.to)
		r = btf_copier_init(&s->copier, part->btf, to);
	for (uint32_t i = 0; r == 0 && i < s->count; i++) {
		const char *path = path_in(&w, &s->items[i]);

		if (path)
			all.list[all.count++] = (struct match){ &s->items[i], path };
	}
	if (r == 0)
		r = retype(&w, part->id, &all, ret_id);
	*ret_changed = w.changed;
	return r;
}

int show_all_used(const struct show *s, struct text_error *err)
{
	for (uint32_t i = 0; i < s->count; i++) {
		const struct item *item = &s->items[i];

		if (!item->used)
			return text_fail(err, -EINVAL, item->at,
					 "in show=: \"%.60s\" is not a member of key "
					 "or value, or is given twice",
					 *item->path ? item->path : "value");
	}
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Compile a view. All its types are put into one BTF, together with those of the
 * map's own that the view leaves alone, so that .map/btf can declare each type once:
 *
 *	view's key= ───── grammar ──┐
 *	                            ├─> BTF of the view ──> types of the schema
 *	map's value type ── copy ───┘
 *
 * A view does not make data less safe: locks and kernel objects in the map's own value
 * type are protected under every view.
 */
#include <bpf/btf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "map/cases.h"
#include "map/def.h"
#include "map/ops.h"
#include "map/type-source.h"
#include "map/view.h"
#include "text/grammar.h"
#include "text/show.h"

/* Key or value. */
struct part {
	const char *word; /* "key" */
	const char *text; /* of the view; NULL: the map's own type stays */
	uint32_t own_id;  /* the map's own type in its BTF; 0: it has none */
	uint32_t id;	  /* in the view's BTF; 0: there is no type */
	uint32_t size;	  /* of what `text` describes */
	bool changed;	  /* it is another type than the map's own */
};

struct building {
	struct schema *s; /* the new schema */
	struct part key, value;
	struct show *show; /* NULL: none */
	const struct show_tag *tag; /* of records of several types; NULL: none */
	struct part *cases; /* of the tag */
	const char *file; /* with more types; NULL: none */
	struct text_error *err;
};

static const char *type_name(const struct schema *s)
{
	return s->type->name ?: "unknown";
}

/* ---- which maps have such a part ---- */

static int refuse_part(const struct schema *s, const char *word, const char *why,
		       struct text_error *err)
{
	return text_fail(err, -EINVAL, 0, "maps of type %s have no %s=: %s", type_name(s),
			 word, why);
}

static int check_key(const struct schema *s, struct text_error *err)
{
	if (s->data)
		return refuse_part(s, "key", "keys are variables; show= changes their types",
				   err);
	if (schema_has(s, MAP_SET))
		return refuse_part(s, "key", "the names are values; use value=", err);
	if (!s->key_size)
		return refuse_part(s, "key", "they have no keys", err);
	if (s->ops->key || s->ops->name)
		return refuse_part(s, "key", "keys of this type have one form only", err);
	return 0;
}

static int check_value(const struct schema *s, struct text_error *err)
{
	if (s->data)
		return refuse_part(s, "value",
				   "each variable has a type; show= changes it", err);
	if (schema_has(s, MAP_OF_MAPS))
		return refuse_part(s, "value", "values are maps", err);
	if (s->ops->value || s->ops->format)
		return refuse_part(s, "value", "values of this type have one form only", err);
	if (!s->info.value_size && !schema_has(s, MAP_RECORDS))
		return refuse_part(s, "value", "they have no values", err);
	return 0;
}

/* ---- types to BTF ---- */

static int check_size(const struct building *b, const struct part *p, size_t size)
{
	if (p->size == size)
		return 0;
	return text_fail(b->err, -EINVAL, 0,
			 "%s= has %u bytes, but the %ss of this map have %zu", p->word,
			 p->size, p->word, size);
}

/* A type of the map's own that cannot be copied is not declared; that is all. */
static int copy_own(struct type_source *source, struct part *p)
{
	int r = p->own_id ? type_source_own(source, p->own_id, &p->id) : 0;

	return r == -ENOMEM ? r : 0;
}

static int add_part(struct building *b, struct type_source *source, struct part *p,
		    size_t size)
{
	if (!p->text)
		return copy_own(source, p);
	p->changed = true;
	return def_add_type(p->word, p->text, type_source_want(source, size), b->s->btf,
			    &p->id, &p->size, b->err);
}

/* Types in show= that are not of members. */
static int add_case_type(struct building *b, struct type_source *source, const char *text,
			 size_t at, uint32_t *ret_id, uint32_t *ret_size)
{
	struct text_error inner = { 0 };
	int r = grammar_find_to_btf(text, strlen(text), type_source_want(source, 0), b->s->btf,
				    ret_id, ret_size, &inner);

	if (r == -EINVAL || r == -ERANGE)
		return text_fail(b->err, r, at + (inner.column ? inner.column - 1 : 0),
				 "in show=: %s", inner.reason);
	return r;
}

static int add_cases(struct building *b, struct type_source *source)
{
	const struct show_tag *tag = b->tag;
	uint32_t id, size;
	int r = 0;

	if (tag->type)
		r = add_case_type(b, source, tag->type, tag->at, &id, &size);
	if (r == 0 && tag->type)
		r = record_cases_lead(b->s->cases, tag, b->s->btf, id, b->err);
	for (uint32_t i = 0; r == 0 && i < tag->count; i++) {
		struct part *p = &b->cases[i];

		p->word = "record";
		p->text = tag->cases[i].type;
		r = add_case_type(b, source, p->text, tag->cases[i].type_at, &p->id, &p->size);
	}
	return r;
}

static int open_source(const struct building *b, struct btf *to, struct type_source **ret)
{
	int r = type_source_new(b->s->store, b->s, to, ret);

	if (r == 0)
		type_source_add_file(*ret, b->file);
	return r;
}

static int add_parts(struct building *b)
{
	struct type_source *source = NULL;
	struct schema *s = b->s;
	int r;

	s->btf = btf__new_empty();
	r = s->btf ? open_source(b, s->btf, &source) : -ENOMEM;
	if (r == 0)
		r = add_part(b, source, &b->key, s->info.key_size);
	if (r == 0)
		r = add_part(b, source, &b->value, s->info.value_size);
	if (r == 0 && b->tag)
		r = add_cases(b, source);
	type_source_free(source);
	return r;
}

/* ---- show= ---- */

/* Call it before types are built: a tag adds types. */
static int parse_show(struct building *b, const char *text)
{
	struct schema *s = b->s;
	int r = show_parse(text, &b->show, b->err);

	if (r < 0)
		return r;
	b->tag = show_tag(b->show);
	if (!b->tag)
		return 0;
	if (!schema_has(s, MAP_RECORDS) || s->ops->push)
		return text_fail(b->err, -EINVAL, b->tag->at,
				 "in show=: only records of a ringbuf can have several types");
	s->cases = record_cases_new(b->tag);
	b->cases = calloc(b->tag->count, sizeof(*b->cases));
	return s->cases && b->cases ? 0 : -ENOMEM;
}

/* Members of global data are variables. */
static bool can_show(const struct schema *s, const struct part *p, bool is_key)
{
	if (s->data)
		return !is_key;
	return (is_key ? check_key(s, NULL) : check_value(s, NULL)) == 0;
}

static int show_part(struct building *b, struct type_source *source, struct btf *to,
		     struct part *p, bool is_key)
{
	const struct store_info *info = &b->s->info;
	const struct show_part part = {
		.name = p->word,
		.btf = b->s->btf,
		.id = p->id,
		.size = p->text ? p->size : is_key ? info->key_size : info->value_size,
	};
	bool changed;
	int r;

	if (!can_show(b->s, p, is_key))
		return 0;
	r = show_apply(b->show, &part, type_source_want(source, 0), to, &p->id, &changed,
		       b->err);
	if (r == 0 && changed && !p->text)
		p->size = (uint32_t)part.size;
	p->changed |= r == 0 && changed;
	return r == -E2BIG ? text_fail(b->err, -EINVAL, 0, "in show=: the type is too large")
			   : r;
}

/* The types so far go into another BTF, with those of single members. */
static int apply_show(struct building *b)
{
	struct type_source *source = NULL;
	struct schema *s = b->s;
	struct btf *to = btf__new_empty();
	int r = to ? open_source(b, to, &source) : -ENOMEM;

	if (r == 0)
		r = show_part(b, source, to, &b->key, true);
	if (r == 0)
		r = show_part(b, source, to, &b->value, false);
	for (uint32_t i = 0; r == 0 && b->tag && i < b->tag->count; i++)
		r = show_part(b, source, to, &b->cases[i], false);
	if (r == 0)
		r = show_all_used(b->show, b->err);
	type_source_free(source);
	btf__free(r < 0 ? to : s->btf);
	if (r == 0)
		s->btf = to;
	return r;
}

/* ---- BTF to types ---- */

/* The new schema has its base's key type until it gets its own. */
static int compile_prefix(struct building *b, const struct part *p)
{
	struct schema *s = b->s;
	int r = type_prefix_from_btf(s->btf, p->id, s->key_size, &s->key);

	if (r == -ENOMEM || (r == 0 && type_is_prefix(s->key)))
		return r;
	return text_fail(b->err, -EINVAL, 0, "%s has prefixes as keys: key=prefix(ipv4), "
			 "prefix(ipv6), ...", type_name(s));
}

static int compile_key(struct building *b, const struct part *p)
{
	struct schema *s = b->s;
	int r = check_size(b, p, s->key_size);

	if (r == 0)
		r = grammar_check_key(s->btf, p->id, p->size, b->err);
	if (r == 0 && schema_has(s, MAP_PREFIX))
		return compile_prefix(b, p);
	if (r < 0)
		return r;
	r = type_from_btf(s->btf, p->id, s->key_size, &s->key);
	return r == -EINVAL ? text_fail(b->err, r, 0, "%s= is not a valid type of a key", p->word) : r;
}

static int compile_value(struct building *b, const struct part *p)
{
	struct schema *s = b->s;
	bool records = schema_has(s, MAP_RECORDS);
	int r = records ? 0 : check_size(b, p, s->value_size);

	if (r < 0)
		return r;
	r = type_from_btf(s->btf, p->id, p->size, records ? &s->record : &s->value);
	return r == -EINVAL ? text_fail(b->err, r, 0, "%s= is not a valid type of a value", p->word)
			    : r;
}

/* Names and places of the variables are the same. */
static int compile_data(struct building *b)
{
	struct schema *s = b->s;
	int r = data_new(s->btf, b->value.id, s->info.value_size, &s->data);

	return r == -EINVAL ? text_fail(b->err, r, 0, "this map has no variables") : r;
}

static int compile_cases(struct building *b)
{
	struct schema *s = b->s;
	int r = 0;

	if (!b->tag->type)
		r = record_cases_member(s->cases, b->tag, s->btf, b->value.id, b->err);
	for (uint32_t i = 0; r == 0 && i < b->tag->count; i++)
		r = record_cases_set(s->cases, b->tag, i, s->btf, b->cases[i].id,
				     b->cases[i].size, b->err);
	return r;
}

static int compile_types(struct building *b)
{
	bool set = schema_has(b->s, MAP_SET);
	int r = b->key.changed ? compile_key(b, &b->key) : 0;

	if (r < 0 || !b->value.changed)
		return r;
	if (b->s->data)
		return compile_data(b);
	return set ? compile_key(b, &b->value) : compile_value(b, &b->value);
}

static void set_traits(struct schema *s)
{
	const unsigned kept = TYPE_HAS_LOCK | TYPE_HAS_OBJECTS;
	unsigned traits = s->data ? s->data->traits : s->value ? type_traits(s->value) : 0;

	s->traits = (traits & ~(unsigned)TYPE_HAS_LOCK) | (s->base->traits & kept);
}

static int build(struct building *b, const struct map_view *v)
{
	struct schema *s = b->s;
	int r = v->show ? parse_show(b, v->show) : 0;

	if (r == 0)
		r = add_parts(b);
	if (r == 0 && v->show)
		r = apply_show(b);
	s->btf_key_id = b->key.id;
	s->btf_value_id = b->value.id;
	if (r == 0)
		r = compile_types(b);
	if (r == 0 && b->tag)
		r = compile_cases(b);
	return r;
}

int schema_with_view(struct schema *base, const struct map_view *v, struct schema **ret,
		     struct text_error *err)
{
	_cleanup_schema_ struct schema *s = NULL;
	struct building b = {
		.key = { .word = "key", .text = v->key, .own_id = base->info.btf_key_type_id },
		.value = { .word = "value", .text = v->value,
			   .own_id = base->info.btf_value_type_id },
		.file = v->btf,
		.err = err,
	};
	int r = v->key ? check_key(base, err) : 0;

	if (r == 0 && v->value)
		r = check_value(base, err);
	if (r == 0)
		r = schema_derive(base, &s);
	if (r < 0)
		return r;
	b.s = s;
	r = build(&b, v);
	show_free(b.show);
	free(b.cases);
	if (r < 0)
		return r;
	set_traits(s);
	*ret = take_ptr(s);
	return 0;
}

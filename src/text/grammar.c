/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The type grammar of definition lines, turned into BTF.
 *
 *	type   := base { "[" N "]" }
 *	base   := WORD | "char[" N "]" | "bytes[" N "]" | "prefix(" type ")"
 *	        | "{" NAME ":" type { "," NAME ":" type } "}"
 *
 * A base may also be a C type, see c-decl.c. T[M][N] is N times T[M], in the order in which it is read (C declarations
 * have it the other way round).
 *
 * Types are made from the inside to the outside, because libbpf adds fields
 * to the last struct only; it also means that types refer only to earlier
 * ones, which the kernel resolves without nesting.
 */
#include "text/grammar.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <bpf/btf.h>

#include "text/grammar-parts.h"
#include "text/model.h"
#include "text/words.h"
#include "util/buf.h"
#include "util/decimal.h"

struct field {
	char name[GRAMMAR_MAX_NAME + 1];
	uint32_t id;
	uint32_t offset;
};

int grammar_refuse(const struct grammar *g, size_t at, const char *expected)
{
	char quote[TEXT_QUOTE_SIZE];

	return text_fail(g->err, -EINVAL, at, "expected %s, found %s", expected,
			 text_quote(quote, g->text + at, g->len - at));
}

int grammar_too_large(const struct grammar *g, size_t at)
{
	return text_fail(g->err, -ERANGE, at, "the type is too large");
}

static int make_string(struct grammar *g, const char *elem, int encoding,
		       struct made *ret);

static bool take(struct grammar *g, char c)
{
	if (g->pos == g->len || g->text[g->pos] != c)
		return false;
	g->pos++;
	return true;
}

static int expect(struct grammar *g, char c)
{
	char expected[] = { '"', c, '"', 0 };

	return take(g, c) ? 0 : grammar_refuse(g, g->pos, expected);
}

/* libbpf's ids are positive, its errors negative. */
static int set_id(int id, struct made *ret)
{
	if (id < 0)
		return id;
	ret->id = (uint32_t)id;
	return 0;
}

/* --- words ---------------------------------------------------------------- */

static int find_or_add_int(struct btf *btf, const char *name, uint32_t size, int encoding)
{
	int id = btf__find_by_name_kind(btf, name, BTF_KIND_INT);

	return id > 0 ? id : btf__add_int(btf, name, size, encoding);
}

static int add_array(struct btf *btf, int elem, uint32_t count)
{
	int index = find_or_add_int(btf, "__ARRAY_SIZE_TYPE__", 4, 0);

	if (elem < 0 || index < 0)
		return elem < 0 ? elem : index;
	return btf__add_array(btf, index, elem, count);
}

static int add_base(struct btf *btf, const struct word *w)
{
	int id;

	if (!w->base)
		return add_array(btf, find_or_add_int(btf, "unsigned char", 1, 0),
				 w->size);
	if (w->kind != &kind_float)
		return find_or_add_int(btf, w->base, w->size, w->encoding);
	id = btf__find_by_name_kind(btf, w->base, BTF_KIND_FLOAT);
	return id > 0 ? id : btf__add_float(btf, w->base, w->size);
}

int made_int(struct grammar *g, const char *name, uint32_t size, int encoding,
	     struct made *ret)
{
	ret->size = ret->align = size;
	return set_id(find_or_add_int(g->btf, name, size, encoding), ret);
}

/* A typedef of that name for so many bytes, which may have been copied; or an error. */
static int find_typedef(struct btf *btf, const char *name, uint32_t size)
{
	int id = btf__find_by_name_kind(btf, name, BTF_KIND_TYPEDEF);

	return id > 0 && btf__resolve_size(btf, (uint32_t)id) != size ? -ENOENT : id;
}

static int made_alias(struct grammar *g, const struct word *w, const char *alias,
		      struct made *ret)
{
	int id = alias ? find_typedef(g->btf, alias, w->size) : -ENOENT;

	if (id <= 0) {
		id = add_base(g->btf, w);
		if (alias && id > 0)
			id = btf__add_typedef(g->btf, alias, id);
	}
	ret->size = w->size;
	ret->align = w->align;
	return set_id(id, ret);
}

int made_word(struct grammar *g, const struct word *w, struct made *ret)
{
	return made_alias(g, w, w->names[0], ret);
}

/* "N)" or "N,N,N)" behind a word and its bracket. Only the first of several may be 0. */
static int made_with_number(struct grammar *g, const struct word *w, struct made *ret)
{
	unsigned count = w->kind->takes_number;
	char name[GRAMMAR_MAX_NAME + 1];
	size_t len = (size_t)snprintf(name, sizeof(name), "%s", w->names[0]);
	bool overflow;
	uint64_t v;
	int r = 0;

	for (unsigned i = 0; r == 0 && i < count; i++) {
		size_t from = g->pos, n;

		n = decimal_scan(g->text + from, g->len - from, &v, &overflow);
		g->pos += n;
		if (!n || v > WORD_NUMBER_MAX || (!v && (i || count == 1)))
			return grammar_refuse(g, from, "a number 1..1000000000");
		len += (size_t)snprintf(name + len, sizeof(name) - len, "_%llu",
					(unsigned long long)v);
		r = expect(g, i + 1 < count ? ',' : ')');
	}
	return r ? r : made_alias(g, w, name, ret);
}

/* "N]" behind dname and its bracket. */
static int made_sized(struct grammar *g, const struct word *w, struct made *ret)
{
	int r = make_string(g, "unsigned char", 0, ret);

	return r ? r : set_id(btf__add_typedef(g->btf, w->names[0], (int)ret->id), ret);
}

/* Of a type that was copied: what an anonymous member of it would be aligned to. A type
 * too large to be looked at member by member has the alignment of its largest. */
static int align_of(struct btf *btf, uint32_t id, uint32_t size, uint32_t *ret)
{
	struct type *type;
	int r = type_from_btf(btf, id, size, &type);

	if (r)
		return r;
	*ret = type_traits(type) & TYPE_IS_RAW ? 8 : type->root->align;
	type_free(type);
	return 0;
}

static int no_such_type(struct grammar *g, int kind, const char *name, size_t at, int r)
{
	const char *what = kind == BTF_KIND_STRUCT ? "struct " :
			   kind == BTF_KIND_UNION  ? "union " :
			   kind == BTF_KIND_ENUM   ? "enum " : "";

	if (r == -ENOMEM)
		return r;
	if (r == -ENOENT && kind == BTF_KIND_TYPEDEF)
		return grammar_refuse(g, at, "a type");
	return text_fail(g->err, -EINVAL, at,
			 r == -ENOENT ? "no BTF of the map, its programs or the kernel has a "
					"type %s%.60s" : "%s%.60s is too large or no type of data",
			 what, name);
}

int made_found(struct grammar *g, int kind, const char *name, size_t at, struct made *ret)
{
	uint32_t id, align = 1;
	int r = g->source->find(g->source, kind, name, g->btf, &id);
	long long size = r ? 0 : btf__resolve_size(g->btf, id);

	if (!r && (size <= 0 || size > UINT32_MAX))
		r = -EINVAL;
	if (!r)
		r = align_of(g->btf, id, (uint32_t)size, &align);
	if (r)
		return no_such_type(g, kind, name, at, r);
	*ret = (struct made){ id, (uint32_t)size, align ?: 1 };
	return 0;
}

/* --- arrays --------------------------------------------------------------- */

/* "N]" behind an opening bracket. */
static int parse_count(struct grammar *g, uint32_t *ret)
{
	size_t from = g->pos;
	bool overflow;
	uint64_t v;

	g->pos += decimal_scan(g->text + from, g->len - from, &v, &overflow);
	if (v > UINT32_MAX)
		return grammar_too_large(g, from);
	if (!v)
		return grammar_refuse(g, from, "a number of elements");
	*ret = (uint32_t)v;
	return expect(g, ']');
}

int made_array(struct grammar *g, uint32_t count, size_t at, struct made *type)
{
	if (__builtin_mul_overflow(type->size, count, &type->size))
		return grammar_too_large(g, at);
	return set_id(add_array(g->btf, (int)type->id, count), type);
}

static int make_array(struct grammar *g, struct made *type)
{
	size_t from = g->pos;
	uint32_t count = 0;
	int r = parse_count(g, &count);

	return r ? r : made_array(g, count, from, type);
}

/* char[N] and bytes[N]: words that need their bracket. */
static int make_string(struct grammar *g, const char *elem, int encoding,
		       struct made *ret)
{
	int r = expect(g, '[');

	if (r)
		return r;
	ret->size = 1;
	ret->align = 1;
	r = set_id(find_or_add_int(g->btf, elem, 1, encoding), ret);
	return r ? r : make_array(g, ret);
}

/* --- structs -------------------------------------------------------------- */

static int make_type(struct grammar *g, const char *name, struct made *ret);

static bool is_identifier_char(char c)
{
	return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	       (c >= 'A' && c <= 'Z');
}

size_t grammar_identifier(const struct grammar *g)
{
	size_t n = 0;

	while (g->pos + n < g->len && is_identifier_char(g->text[g->pos + n]))
		n++;
	return n;
}

static int parse_field_name(struct grammar *g, const struct buf *fields, char *ret)
{
	const struct field *f = (const struct field *)fields->data;
	size_t i, n = grammar_identifier(g), from = g->pos;

	if (!n || n > GRAMMAR_MAX_NAME || (g->text[from] >= '0' && g->text[from] <= '9'))
		return grammar_refuse(g, from, "a C identifier");
	memcpy(ret, g->text + from, n);
	ret[n] = '\0';
	for (i = 0; i < fields->len / sizeof(*f); i++)
		if (strcmp(f[i].name, ret) == 0)
			return grammar_refuse(g, from, "a different name for each member");
	if (i == GRAMMAR_MAX_MEMBERS)
		return grammar_refuse(g, from, "at most 1024 members");
	g->pos += n;
	return expect(g, ':');
}

/* Parse one field and put it behind those before it. */
static int add_field(struct grammar *g, struct buf *fields, struct made *all)
{
	struct field f = { 0 };
	size_t from = g->pos;
	struct made type;
	uint64_t offset;
	int r;

	r = parse_field_name(g, fields, f.name);
	if (!r)
		r = make_type(g, NULL, &type);
	if (r)
		return r;
	offset = ((uint64_t)all->size + type.align - 1) / type.align * type.align;
	/* BTF counts offsets in bits. */
	if (offset > UINT32_MAX / 8 || offset + type.size > UINT32_MAX - 16)
		return grammar_too_large(g, from);
	f.id = type.id;
	f.offset = (uint32_t)offset;
	all->size = (uint32_t)(offset + type.size);
	if (all->align < type.align)
		all->align = type.align;
	buf_put(fields, &f, sizeof(f));
	return buf_error(fields);
}

static int add_struct(struct grammar *g, const char *name, const struct buf *fields,
		      struct made *all)
{
	const struct field *f = (const struct field *)fields->data;
	size_t i, n = fields->len / sizeof(*f);
	int r = set_id(btf__add_struct(g->btf, name, all->size), all);

	for (i = 0; i < n && !r; i++)
		r = btf__add_field(g->btf, f[i].name, (int)f[i].id, f[i].offset * 8, 0);
	return r;
}

/* Fields up to the closing bracket; *ret has size and alignment of them all. */
static int parse_fields(struct grammar *g, struct buf *fields, struct made *ret)
{
	struct made all = { 0, 0, 1 };
	int r;

	do
		r = add_field(g, fields, &all);
	while (!r && take(g, ','));
	if (!r && !take(g, '}'))
		r = grammar_refuse(g, g->pos, "\",\" or \"}\"");
	if (r)
		return r;
	all.size = (all.size + all.align - 1) / all.align * all.align;
	*ret = all;
	return 0;
}

static int make_struct(struct grammar *g, const char *name, struct made *ret)
{
	_cleanup_buf_ struct buf fields = BUF_INIT;
	int r = parse_fields(g, &fields, ret);

	return r ? r : add_struct(g, name, &fields, ret);
}

/* The data of a prefix: the fields of a struct, or one field of any type. */
static int parse_data(struct grammar *g, struct buf *fields, struct made *ret)
{
	struct field f = { "data", 0, 0 };
	size_t from = g->pos;
	int r;

	if (take(g, '{')) {
		r = parse_fields(g, fields, ret);
		if (r || g->pos == g->len || g->text[g->pos] != '[')
			return r;
		/* An array of structs after all. */
		g->pos = from;
		buf_clear(fields);
	}
	r = make_type(g, NULL, ret);
	if (r)
		return r;
	f.id = ret->id;
	buf_put(fields, &f, sizeof(f));
	return buf_error(fields);
}

/*
 * The trie compares the bytes right behind the length, so the data stands
 * there whatever its alignment: the struct is packed where that matters.
 */
static int make_prefix(struct grammar *g, const char *name, struct made *ret)
{
	_cleanup_buf_ struct buf data = BUF_INIT, fields = BUF_INIT;
	struct field f = { "prefixlen", 0, 0 };
	size_t i, from = g->pos;
	struct made length;
	int r;

	r = set_id(find_or_add_int(g->btf, "unsigned int", 4, 0), &length);
	if (!r)
		r = parse_data(g, &data, ret);
	if (!r)
		r = expect(g, ')');
	if (r)
		return r;
	if (ret->size > UINT32_MAX / 8 - 16)
		return grammar_too_large(g, from);
	f.id = length.id;
	buf_put(&fields, &f, sizeof(f));
	for (i = 0; i < data.len; i += sizeof(f)) {
		memcpy(&f, data.data + i, sizeof(f));
		f.offset += 4;
		buf_put(&fields, &f, sizeof(f));
	}
	ret->size += 4;
	ret->align = ret->align > 4 || ret->size % 4 ? 1 : 4;
	return buf_error(&fields) ? buf_error(&fields)
				  : add_struct(g, name, &fields, ret);
}

/* --- everything ----------------------------------------------------------- */

static int make_named(struct grammar *g, const char *name, struct made *ret)
{
	size_t n = grammar_identifier(g), from = g->pos;
	const char *text = g->text + from;
	const struct word *word = word_find(text, n);

	g->pos += n;
	if (n == 4 && memcmp(text, "char", n) == 0)
		return make_string(g, "char", BTF_INT_SIGNED, ret);
	if (n == 5 && memcmp(text, "bytes", n) == 0)
		return make_string(g, "unsigned char", 0, ret);
	if (n == 6 && memcmp(text, "prefix", n) == 0 && take(g, '('))
		return make_prefix(g, name, ret);
	if (word && word_takes_number(word) && take(g, '('))
		return made_with_number(g, word, ret);
	if (word && word_takes_number(word))
		return grammar_refuse(g, g->pos, word->kind->takes_number == 1 ?
					      "\"(\" and a number" :
					      "\"(\" and three numbers");
	if (word)
		return word->size ? made_word(g, word, ret) : made_sized(g, word, ret);
	g->pos = from;
	return c_parse_type(g, name, ret);
}

static int make_type(struct grammar *g, const char *name, struct made *ret)
{
	int r;

	if (g->depth == GRAMMAR_MAX_DEPTH)
		return text_fail(g->err, -EINVAL, g->pos, "types are nested too deeply");
	g->depth++;
	r = take(g, '{') ? make_struct(g, name, ret) : make_named(g, name, ret);
	while (!r && take(g, '['))
		r = make_array(g, ret);
	g->depth--;
	return r;
}

static int parse(struct grammar *g, const char *name, uint32_t *ret_id,
		 uint32_t *ret_size)
{
	struct made type;
	int r = c_begins(g) ? c_parse_declarations(g, name, &type) :
			      make_type(g, name, &type);

	if (!r && g->pos < g->len)
		r = grammar_refuse(g, g->pos, "the end of the type");
	if (r)
		return r;
	*ret_id = type.id;
	*ret_size = type.size;
	return 0;
}

int grammar_to_btf(const char *text, size_t len, const char *name, struct btf *btf,
		   uint32_t *ret_id, uint32_t *ret_size, struct text_error *err)
{
	struct grammar g = { .text = text, .len = len, .btf = btf, .err = err };

	return parse(&g, name, ret_id, ret_size);
}

int grammar_find_to_btf(const char *text, size_t len, struct grammar_source *source,
			struct btf *btf, uint32_t *ret_id, uint32_t *ret_size,
			struct text_error *err)
{
	struct grammar g = {
		.text = text, .len = len, .btf = btf, .err = err, .source = source
	};

	return parse(&g, NULL, ret_id, ret_size);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * C declarations as types: structs, unions, bit-fields, arrays, pointers, enums,
 * typedefs, and the attributes packed and aligned, with the layout that they have
 * for BPF. Not a compiler: expressions and other declarations are refused.
 *
 * Types are made from the inside to the outside, as in grammar.c. Nesting, members and
 * names are bounded, so that work is linear in the text, except for the search for a
 * name that is used twice.
 */
#include "text/c-specifier.h"

#include <errno.h>
#include <string.h>

#include <bpf/btf.h>

#include "text/words.h"

#define MAX_DIMENSIONS 8
#define POINTER_SIZE 8

struct c_field {
	char name[GRAMMAR_MAX_NAME + 1]; /* "": anonymous */
	uint32_t id;
	uint64_t bit;
	uint32_t width; /* of a bit-field; 0: it is none */
};

/* --- declarators ---------------------------------------------------------- */

struct declarator {
	char name[GRAMMAR_MAX_NAME + 1]; /* "": there is none */
	struct made type;
	uint32_t aligned;
	bool packed, is_bits;
	uint32_t width;
	size_t at;
};

static int pointer_to(struct c_parser *c, struct made *type)
{
	int id = btf__add_ptr(c->g->btf, (int)type->id);

	if (id < 0)
		return id;
	*type = (struct made){ (uint32_t)id, POINTER_SIZE, POINTER_SIZE };
	return 0;
}

static int pointers(struct c_parser *c, struct made *type, struct c_attributes *a)
{
	int r = 0;

	while (!r && c_take(c, '*')) {
		r = pointer_to(c, type);
		while (c_take_word(c, "const") || c_take_word(c, "volatile") ||
		       c_take_word(c, "restrict"))
			;
		if (!r)
			r = c_attributes(c, a);
	}
	return r;
}

/* "[2][3]" is two times three: the last dimension is made first. */
static int dimensions(struct c_parser *c, struct made *type)
{
	uint64_t counts[MAX_DIMENSIONS];
	size_t at = c->g->pos;
	unsigned n = 0;
	int r = 0;

	while (!r && c_take(c, '[')) {
		if (n == MAX_DIMENSIONS)
			return grammar_refuse(c->g, c->g->pos, "at most 8 dimensions");
		counts[n] = 0;
		if (!c_take(c, ']')) {
			r = c_number(c, UINT32_MAX, &counts[n]);
			if (!r)
				r = c_expect(c, ']');
		}
		n++;
	}
	while (!r && n--)
		r = made_array(c->g, (uint32_t)counts[n], at, type);
	return r;
}

/* "(*name)(int, ...)": a pointer to a function, or to an array. */
static int pointer_in_brackets(struct c_parser *c, struct declarator *d)
{
	int r = c_expect(c, '*');

	if (!r)
		r = c_identifier(c, d->name);
	if (!r)
		r = c_expect(c, ')');
	c_skip(c);
	if (!r && c->g->pos < c->g->len && c->g->text[c->g->pos] == '(')
		r = c_skip_brackets(c);
	d->type = (struct made){ 0 };
	return r ? r : pointer_to(c, &d->type);
}

static int bit_field(struct c_parser *c, struct declarator *d)
{
	uint64_t width;
	int r;

	if (!c_take(c, ':'))
		return 0;
	r = c_number(c, 8 * d->type.size, &width);
	d->is_bits = true;
	d->width = (uint32_t)width;
	if (!r && !width && *d->name)
		r = grammar_refuse(c->g, d->at, "no name before a width of 0 bits");
	return r;
}

/* What follows the type: "*a[3]", "b:5", "", and attributes. *of: those before it. */
static int declarator(struct c_parser *c, const struct made *base,
		      const struct c_attributes *of, struct declarator *d)
{
	struct c_attributes a = *of;
	int r;

	*d = (struct declarator){ .type = *base };
	r = pointers(c, &d->type, &a);
	c_skip(c);
	d->at = c->g->pos;
	if (r)
		return r;
	if (c_take(c, '('))
		r = pointer_in_brackets(c, d);
	else if (grammar_identifier(c->g) && !c_at_attributes(c))
		r = c_identifier(c, d->name);
	if (!r)
		r = dimensions(c, &d->type);
	if (!r)
		r = bit_field(c, d);
	if (!r)
		r = c_attributes(c, &a);
	d->aligned = a.aligned;
	d->packed = a.packed;
	return r;
}

/* --- members -------------------------------------------------------------- */

struct layout {
	struct buf fields; /* struct c_field */
	bool is_union, packed;
	uint64_t bit; /* behind the last member */
	uint64_t size; /* of the largest, in bits */
	uint32_t align;
};

static uint64_t round_up(uint64_t v, uint64_t align)
{
	return (v + align - 1) / align * align;
}

/* Where bits of this type go: not across a boundary of the type. Bits that an attribute
 * aligns are where clang puts them; gcc looks at the boundaries afterwards. */
static uint64_t place_bits(const struct layout *l, const struct declarator *d)
{
	uint64_t unit = 8 * (uint64_t)d->type.size, aligned = 8 * (uint64_t)d->aligned;
	uint64_t align = unit < aligned ? aligned : unit;

	if (!d->width)
		return round_up(l->bit, unit);
	if (!l->packed && !d->packed && l->bit % align + d->width > unit)
		return round_up(l->bit, align);
	return round_up(l->bit, aligned ?: 1);
}

static int check_name(struct c_parser *c, const struct layout *l,
		      const struct declarator *d)
{
	const struct c_field *f = (const struct c_field *)l->fields.data;
	size_t i, n = l->fields.len / sizeof(*f);

	if (n == GRAMMAR_MAX_MEMBERS)
		return grammar_refuse(c->g, d->at, "at most 1024 members");
	for (i = 0; i < n && *d->name; i++)
		if (strcmp(f[i].name, d->name) == 0)
			return grammar_refuse(c->g, d->at, "a different name for each member");
	return 0;
}

static int place(struct c_parser *c, struct layout *l, const struct declarator *d)
{
	struct c_field f = { .id = d->type.id, .width = d->is_bits ? d->width : 0 };
	uint32_t align = l->packed || d->packed ? 1 : d->type.align;
	uint64_t bits = d->is_bits ? d->width : 8 * (uint64_t)d->type.size;

	if (align < d->aligned)
		align = d->aligned;
	f.bit = l->is_union ? 0 : d->is_bits ? place_bits(l, d) : round_up(l->bit, 8ull * align);
	l->bit = f.bit + bits;
	if (l->size < l->bit)
		l->size = l->bit;
	/* Unnamed bits align nothing. */
	if (l->align < align && (*d->name || !d->is_bits))
		l->align = align;
	/* BTF counts offsets in bits. */
	if (l->size > UINT32_MAX - 1024 * 1024)
		return grammar_too_large(c->g, d->at);
	if (d->is_bits && !*d->name)
		return 0;
	memcpy(f.name, d->name, sizeof(f.name));
	buf_put(&l->fields, &f, sizeof(f));
	return buf_error(&l->fields);
}

static int member(struct c_parser *c, struct layout *l, const struct made *base,
		  const struct c_attributes *of, bool may_be_anonymous)
{
	struct declarator d;
	int r = declarator(c, base, of, &d);

	if (!r)
		r = check_name(c, l, &d);
	if (!r && !d.type.id)
		r = grammar_refuse(c->g, d.at, "a type that is declared");
	if (!r && !*d.name && !d.is_bits && !may_be_anonymous)
		r = grammar_refuse(c->g, d.at, "a C identifier");
	return r ? r : place(c, l, &d);
}

static bool is_record(struct c_parser *c, const struct made *type)
{
	const struct btf_type *bt = btf__type_by_id(c->g->btf, type->id);

	return bt && btf_is_composite(bt);
}

/* "__u32 a, *b, c:3;" */
static int members(struct c_parser *c, struct layout *l)
{
	struct c_attributes of = { 0 };
	struct made base;
	int r = c_specifier(c, &base, &of);

	if (r)
		return r;
	do
		r = member(c, l, &base, &of, base.id && is_record(c, &base));
	while (!r && c_take(c, ','));
	return r ? r : c_expect(c, ';');
}

/* Is the struct packed? The attribute follows the members, whose layout depends on it. */
static bool packed_behind(struct c_parser *c, size_t body)
{
	struct grammar *g = c->g;
	struct c_attributes a = { 0 };
	size_t from = g->pos, pos = body;
	struct text_error *err = g->err;
	unsigned depth = 1;

	for (; pos < g->len && depth; pos++)
		depth += (g->text[pos] == '{') - (g->text[pos] == '}');
	g->pos = pos;
	g->err = NULL;
	c_attributes(c, &a);
	g->err = err;
	g->pos = from;
	return a.packed;
}

static int add_record(struct c_parser *c, const struct layout *l, const char *tag,
		      struct made *ret)
{
	const struct c_field *f = (const struct c_field *)l->fields.data;
	size_t i, n = l->fields.len / sizeof(*f);
	int r, id = l->is_union ? btf__add_union(c->g->btf, tag, ret->size) :
				  btf__add_struct(c->g->btf, tag, ret->size);

	if (id < 0)
		return id;
	ret->id = (uint32_t)id;
	for (i = 0; i < n; i++) {
		r = btf__add_field(c->g->btf, *f[i].name ? f[i].name : NULL, (int)f[i].id,
				   (uint32_t)f[i].bit, f[i].width);
		if (r)
			return r;
	}
	return 0;
}

static int all_members(struct c_parser *c, struct layout *l)
{
	int r = 0;

	while (!r && !c_take(c, '}'))
		r = members(c, l);
	return r;
}

int c_record(struct c_parser *c, enum c_space space, const char *tag,
	     const struct c_attributes *before, struct made *ret)
{
	struct layout l = { .is_union = space == C_UNION, .align = 1 };
	struct c_attributes a = *before;
	const char *name = c->name;
	int r;

	c->name = NULL;
	l.packed = a.packed || packed_behind(c, c->g->pos);
	r = all_members(c, &l);
	if (!r)
		r = c_attributes(c, &a);
	if (l.align < a.aligned)
		l.align = a.aligned;
	ret->align = l.align;
	ret->size = (uint32_t)round_up((l.size + 7) / 8, l.align);
	if (!r)
		r = add_record(c, &l, tag ? tag : name, ret);
	buf_release(&l.fields);
	return r;
}

/* --- whole texts ---------------------------------------------------------- */

int c_parse_type(struct grammar *g, const char *name, struct made *ret)
{
	struct c_parser c = { .g = g, .name = name };
	struct c_attributes of = { 0 };
	size_t from = g->pos;
	int r = c_specifier(&c, ret, &of);

	if (!r)
		r = pointers(&c, ret, &of);
	if (!r && !ret->id)
		r = grammar_refuse(g, from, "a type that is declared");
	buf_release(&c.names);
	return r;
}

static int add_typedef(struct c_parser *c, const struct declarator *d)
{
	const struct word *word = word_by_name(d->name, d->type.size);
	struct made type = d->type;
	int id;

	/* "typedef unsigned int ipv4;", as it is printed */
	if (word && word->size == type.size && !word_takes_number(word))
		return made_word(c->g, word, &type) ?:
		       c_declare(c, C_TYPEDEF, d->name, &type);
	id = btf__add_typedef(c->g->btf, d->name, (int)type.id);
	if (id < 0)
		return id;
	type.id = (uint32_t)id;
	/* A typedef may also be aligned to less than its type. */
	if (d->aligned)
		type.align = d->aligned;
	return c_declare(c, C_TYPEDEF, d->name, &type);
}

/* "struct { ... } ____cacheline_aligned": a macro for an attribute, rather than the name
 * of a variable, and it may change the layout. */
static bool is_macro(const struct c_parser *c, const struct declarator *d)
{
	size_t at = d->at;

	while (at && strchr(" \t\r\n", c->g->text[at - 1]))
		at--;
	return at && c->g->text[at - 1] == '}' && !strncmp(d->name, "__", 2);
}

/* One declaration: "typedef T name;", "struct X { ... };", "T name;". */
static int declaration(struct c_parser *c, struct made *ret)
{
	bool is_typedef = c_take_word(c, "typedef");
	struct c_attributes of = { 0 };
	struct declarator d;
	struct made base;
	int r = c_specifier(c, &base, &of);

	if (!r)
		r = declarator(c, &base, &of, &d);
	if (!r && is_typedef && !*d.name)
		r = grammar_refuse(c->g, d.at, "a C identifier");
	if (!r && !is_typedef && is_macro(c, &d))
		r = grammar_refuse(c->g, d.at, "\";\", packed or aligned(N)");
	if (!r && is_typedef && d.type.id)
		r = add_typedef(c, &d);
	if (!r)
		*ret = d.type;
	return r;
}

int c_parse_declarations(struct grammar *g, const char *name, struct made *ret)
{
	struct c_parser c = { .g = g, .name = name };
	int r;

	do {
		r = declaration(&c, ret);
		c_skip(&c);
		if (!r && g->pos < g->len)
			r = c_expect(&c, ';');
		c_skip(&c);
	} while (!r && g->pos < g->len);
	if (!r && !ret->id)
		r = grammar_refuse(g, g->len, "a type that is declared");
	buf_release(&c.names);
	return r;
}

bool c_begins(const struct grammar *g)
{
	static const char *const words[] = { "struct", "union", "enum", "typedef", "const",
					     "volatile", "unsigned", "signed", "long",
					     "short", "int", "_Bool", "static" };
	size_t n = grammar_identifier(g), i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strlen(words[i]) == n && !memcmp(g->text, words[i], n))
			return true;
	return g->len && g->text[0] && strchr("/ \t\n", g->text[0]);
}

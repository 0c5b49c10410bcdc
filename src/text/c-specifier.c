/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lexical level of C declarations, and types before declarators.
 */
#include "text/c-specifier.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <bpf/btf.h>

#include "text/model.h"
#include "text/number.h"
#include "text/words.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Names that one text may declare, and enumerators. */
#define MAX_NAMES 1024

struct c_name {
	char name[GRAMMAR_MAX_NAME + 1];
	enum c_space space;
	struct made type;
};

/* --- tokens --------------------------------------------------------------- */

static bool skip_comment(struct grammar *g)
{
	const char *s = g->text + g->pos, *end;
	size_t left = g->len - g->pos;
	bool line;

	if (left < 2 || s[0] != '/' || (s[1] != '*' && s[1] != '/'))
		return false;
	line = s[1] == '/';
	end = line ? memchr(s, '\n', left) : memmem(s + 2, left - 2, "*/", 2);
	g->pos = end ? (size_t)(end - g->text) + (line ? 1 : 2) : g->len;
	return true;
}

void c_skip(struct c_parser *c)
{
	struct grammar *g = c->g;

	for (;;) {
		while (g->pos < g->len && g->text[g->pos] &&
		       strchr(" \t\r\n", g->text[g->pos]))
			g->pos++;
		if (!skip_comment(g))
			return;
	}
}

bool c_take(struct c_parser *c, char byte)
{
	c_skip(c);
	if (c->g->pos == c->g->len || c->g->text[c->g->pos] != byte)
		return false;
	c->g->pos++;
	return true;
}

int c_expect(struct c_parser *c, char byte)
{
	char expected[] = { '"', byte, '"', 0 };

	return c_take(c, byte) ? 0 : grammar_refuse(c->g, c->g->pos, expected);
}

bool c_take_word(struct c_parser *c, const char *word)
{
	size_t n;

	c_skip(c);
	n = grammar_identifier(c->g);
	if (n != strlen(word) || memcmp(c->g->text + c->g->pos, word, n) != 0)
		return false;
	c->g->pos += n;
	return true;
}

int c_identifier(struct c_parser *c, char ret[GRAMMAR_MAX_NAME + 1])
{
	size_t n, from;

	c_skip(c);
	from = c->g->pos;
	n = grammar_identifier(c->g);
	if (!n || n > GRAMMAR_MAX_NAME ||
	    (c->g->text[from] >= '0' && c->g->text[from] <= '9'))
		return grammar_refuse(c->g, from, "a C identifier");
	memcpy(ret, c->g->text + from, n);
	ret[n] = '\0';
	c->g->pos += n;
	return 0;
}

int c_number(struct c_parser *c, uint64_t max, uint64_t *ret)
{
	struct number v;
	struct span text;

	c_skip(c);
	text = (struct span){ c->g->text + c->g->pos, grammar_identifier(c->g), c->g->pos };
	c->g->pos += text.len;
	/* suffixes, as in 3U */
	while (text.len > 1 && strchr("uUlL", text.s[text.len - 1]))
		text.len--;
	if (!text.len || number_scan(&text, &v))
		return grammar_refuse(c->g, text.at, "a number");
	if (v.magnitude > max)
		return grammar_too_large(c->g, text.at);
	*ret = (uint64_t)v.magnitude;
	return 0;
}

int c_skip_brackets(struct c_parser *c)
{
	struct grammar *g = c->g;
	size_t from = g->pos;
	unsigned depth = 0;

	for (; g->pos < g->len; g->pos++) {
		char byte = g->text[g->pos];

		depth += byte == '(';
		if (byte == ')' && !--depth) {
			g->pos++;
			return 0;
		}
	}
	return grammar_refuse(g, from, "a closing bracket");
}

/* --- attributes ----------------------------------------------------------- */

static int aligned(struct c_parser *c, struct c_attributes *a)
{
	uint64_t v = 16; /* what gcc takes, if nothing is said */
	size_t from = c->g->pos;
	int r = 0;

	if (c_take(c, '(')) {
		r = c_number(c, 4096, &v);
		if (!r)
			r = c_expect(c, ')');
	}
	if (!r && (!v || v & (v - 1)))
		r = grammar_refuse(c->g, from, "a power of 2");
	if (!r && a->aligned < v)
		a->aligned = (uint32_t)v;
	return r;
}

static int mode(struct c_parser *c, struct c_attributes *a)
{
	int r = c_expect(c, '(');

	if (c_take_word(c, "byte") || c_take_word(c, "__byte__") || c_take_word(c, "QI"))
		a->mode = 1;
	else if (c_take_word(c, "HI"))
		a->mode = 2;
	else if (c_take_word(c, "SI"))
		a->mode = 4;
	else if (c_take_word(c, "word") || c_take_word(c, "__word__") ||
		 c_take_word(c, "DI"))
		a->mode = 8;
	else if (!r)
		r = grammar_refuse(c->g, c->g->pos, "a mode");
	return r ? r : c_expect(c, ')');
}

/* One of those that say something of the layout; the others are skipped. */
static int one_attribute(struct c_parser *c, struct c_attributes *a)
{
	char name[GRAMMAR_MAX_NAME + 1];
	int r;

	if (c_take_word(c, "packed") || c_take_word(c, "__packed__")) {
		a->packed = true;
		return 0;
	}
	if (c_take_word(c, "aligned") || c_take_word(c, "__aligned__"))
		return aligned(c, a);
	if (c_take_word(c, "mode") || c_take_word(c, "__mode__"))
		return mode(c, a);
	r = c_identifier(c, name);
	c_skip(c);
	if (!r && c->g->pos < c->g->len && c->g->text[c->g->pos] == '(')
		r = c_skip_brackets(c);
	return r;
}

/* "((packed, aligned(8)))" */
static int attribute_list(struct c_parser *c, struct c_attributes *a)
{
	int r = c_expect(c, '(');

	if (!r)
		r = c_expect(c, '(');
	while (!r && !c_take(c, ')')) {
		r = one_attribute(c, a);
		if (!r && !c_take(c, ',') && !c_take(c, ')'))
			r = grammar_refuse(c->g, c->g->pos, "\",\" or \")\"");
		else if (!r && c->g->text[c->g->pos - 1] == ')')
			break;
	}
	return r ? r : c_expect(c, ')');
}

int c_attributes(struct c_parser *c, struct c_attributes *a)
{
	int r = 0;

	while (!r) {
		if (c_take_word(c, "__attribute__") || c_take_word(c, "__attribute"))
			r = attribute_list(c, a);
		else if (c_take_word(c, "__packed")) /* the kernel's headers */
			a->packed = true;
		else if (c_take_word(c, "__aligned"))
			r = aligned(c, a);
		else
			break;
	}
	return r;
}

bool c_at_attributes(struct c_parser *c)
{
	static const char *const words[] = { "__attribute__", "__attribute", "__packed",
					     "__aligned" };
	size_t from = c->g->pos;
	bool found = false;

	for (size_t i = 0; i < COUNT(words) && !found; i++)
		found = c_take_word(c, words[i]);
	c->g->pos = from;
	return found;
}

/* --- names ---------------------------------------------------------------- */

static const struct made *find_name(const struct c_parser *c, enum c_space space,
				    const char *name)
{
	const struct c_name *list = (const struct c_name *)c->names.data;
	size_t i, n = c->names.len / sizeof(*list);

	for (i = 0; i < n; i++)
		if (list[i].space == space && strcmp(list[i].name, name) == 0)
			return &list[i].type;
	return NULL;
}

int c_declare(struct c_parser *c, enum c_space space, const char *name,
	      const struct made *type)
{
	struct c_name new = { .space = space, .type = *type };

	if (find_name(c, space, name))
		return text_fail(c->g->err, -EINVAL, c->g->pos, "%.60s is declared twice",
				 name);
	if (c->names.len / sizeof(new) >= MAX_NAMES)
		return grammar_too_large(c->g, c->g->pos);
	snprintf(new.name, sizeof(new.name), "%s", name);
	buf_put(&c->names, &new, sizeof(new));
	return buf_error(&c->names);
}

/* --- integers ------------------------------------------------------------- */

/* Names of the grammar's words in headers. */
static const char *const header_names[][2] = {
	{ "__u8", "u8" },	{ "__u16", "u16" },	{ "__u32", "u32" },
	{ "__u64", "u64" },	{ "__s8", "s8" },	{ "__s16", "s16" },
	{ "__s32", "s32" },	{ "__s64", "s64" },	{ "uint8_t", "u8" },
	{ "uint16_t", "u16" },	{ "uint32_t", "u32" },	{ "uint64_t", "u64" },
	{ "int8_t", "s8" },	{ "int16_t", "s16" },	{ "int32_t", "s32" },
	{ "int64_t", "s64" },	{ "__le16", "u16" },	{ "__le32", "u32" },
	{ "__le64", "u64" },	{ "__sum16", "u16" },	{ "__wsum", "u32" },
	{ "size_t", "u64" },	{ "ssize_t", "s64" },	{ "uintptr_t", "u64" },
	{ "pid_t", "s32" },	{ "uid_t", "u32" },	{ "gid_t", "u32" },
	{ "in_port_t", "be16" }, { "__uint128_t", "u128" }, { "__int128_t", "s128" },
};

static const struct word *header_word(const char *name)
{
	const struct word *word = word_by_name(name, 0);
	size_t i;

	for (i = 0; i < COUNT(header_names) && !word; i++)
		if (strcmp(header_names[i][0], name) == 0)
			word = word_find(header_names[i][1], strlen(header_names[i][1]));
	word = word ? word : word_find(name, strlen(name));
	/* These are not complete without a number. */
	return word && (!word->size || word_takes_number(word)) ? NULL : word;
}

static bool take_qualifier(struct c_parser *c)
{
	return c_take_word(c, "const") || c_take_word(c, "volatile") ||
	       c_take_word(c, "restrict") || c_take_word(c, "__restrict") ||
	       c_take_word(c, "static") || c_take_word(c, "extern");
}

/* "unsigned long int", in any order. */
struct keywords {
	unsigned n, chars, shorts, longs, is_signed, is_unsigned, wide;
	const char *sole; /* a word of the grammar that stands alone; "": void */
};

static bool take_keyword(struct c_parser *c, struct keywords *k)
{
	if (c_take_word(c, "unsigned"))
		k->is_unsigned++;
	else if (c_take_word(c, "signed") || c_take_word(c, "__signed__"))
		k->is_signed++;
	else if (c_take_word(c, "long"))
		k->longs++;
	else if (c_take_word(c, "short"))
		k->shorts++;
	else if (c_take_word(c, "char"))
		k->chars++;
	else if (c_take_word(c, "__int128"))
		k->wide++;
	else if (c_take_word(c, "float"))
		k->sole = "f32";
	else if (c_take_word(c, "double"))
		k->sole = "f64";
	else if (c_take_word(c, "_Bool") || c_take_word(c, "bool"))
		k->sole = "bool";
	else if (c_take_word(c, "void"))
		k->sole = "";
	else if (!c_take_word(c, "int"))
		return false;
	k->n++;
	return true;
}

static int from_keywords(struct c_parser *c, const struct keywords *k, struct made *ret)
{
	static const char *const words[2][5] = {
		{ "s8", "s16", "s32", "s64", "s128" },
		{ "u8", "u16", "u32", "u64", "u128" },
	};
	unsigned size = k->chars ? 0 : k->shorts ? 1 : k->longs ? 3 : k->wide ? 4 : 2;
	const char *word = words[!!k->is_unsigned][size];

	if (k->sole && (k->n > 1 || !*k->sole)) {
		*ret = (struct made){ 0 };
		return k->n > 1 ? grammar_refuse(c->g, c->g->pos, "one type") : 0;
	}
	if (k->longs > 2 || k->shorts + k->chars + !!k->longs + k->wide > 1 ||
	    (k->is_signed && k->is_unsigned))
		return grammar_refuse(c->g, c->g->pos, "one type");
	if (k->chars && !k->is_signed && !k->is_unsigned)
		return made_int(c->g, "char", 1, BTF_INT_SIGNED, ret);
	if (k->sole)
		word = k->sole;
	return made_word(c->g, word_find(word, strlen(word)), ret);
}

/* --- enums ---------------------------------------------------------------- */

struct enumerators {
	struct buf list; /* struct enumerator_text */
	int64_t next;	 /* of an enumerator without a value; as an unsigned number unless */
	bool below_zero; /* this is set */
	uint64_t most;	 /* the largest value */
	int64_t least;	 /* the smallest one, if that is negative, else 0 */
};

struct enumerator_text {
	char name[GRAMMAR_MAX_NAME + 1];
	int64_t value;
};

static void count_value(struct enumerators *e, int64_t value, bool negative)
{
	if (negative && e->least > value)
		e->least = value;
	if (!negative && e->most < (uint64_t)value)
		e->most = (uint64_t)value;
	e->below_zero = negative && value < -1;
	e->next = (int64_t)((uint64_t)value + 1);
}

/* The smallest size that has all values and is not below `size`. */
static uint32_t fitting_size(const struct enumerators *e, uint32_t size)
{
	for (; size < 8; size *= 2) {
		unsigned bits = 8 * size - !!e->least;

		if (e->most >> bits == 0 && e->least >= -(int64_t)(1ULL << (8 * size - 1)))
			break;
	}
	return size;
}

static int read_enumerator(struct c_parser *c, struct enumerators *e)
{
	struct enumerator_text t = { .value = e->next };
	uint64_t magnitude;
	bool negative = e->below_zero;
	int r = c_identifier(c, t.name);

	if (!r && c_take(c, '=')) {
		negative = c_take(c, '-');
		r = c_number(c, negative ? 1ULL << 63 : UINT64_MAX, &magnitude);
		negative = negative && magnitude;
		t.value = (int64_t)(negative ? -magnitude : magnitude);
	}
	if (r)
		return r;
	if (e->list.len / sizeof(t) >= MAX_NAMES)
		return grammar_too_large(c->g, c->g->pos);
	count_value(e, t.value, negative);
	buf_put(&e->list, &t, sizeof(t));
	return buf_error(&e->list);
}

static int add_enum(struct c_parser *c, const char *tag, const struct enumerators *e,
		    uint32_t size, struct made *ret)
{
	const struct enumerator_text *t = (const struct enumerator_text *)e->list.data;
	size_t i, n = e->list.len / sizeof(*t);
	int id, r = 0;

	id = size == 8 ? btf__add_enum64(c->g->btf, tag, size, e->least < 0) :
			 btf__add_enum(c->g->btf, tag, size);
	if (id < 0)
		return id;
	for (i = 0; i < n && !r; i++)
		r = size == 8 ? btf__add_enum64_value(c->g->btf, t[i].name,
						      (uint64_t)t[i].value) :
				btf__add_enum_value(c->g->btf, t[i].name, t[i].value);
	*ret = (struct made){ (uint32_t)id, size, size };
	return r;
}

static int enum_body(struct c_parser *c, const char *tag,
		     const struct c_attributes *before, struct made *ret)
{
	struct enumerators e = { 0 };
	struct c_attributes a = *before;
	int r;

	do
		r = read_enumerator(c, &e);
	while (!r && c_take(c, ',') && (c_skip(c), c->g->pos < c->g->len) &&
	       c->g->text[c->g->pos] != '}');
	if (!r)
		r = c_expect(c, '}');
	if (!r)
		r = c_attributes(c, &a);
	if (!r)
		r = add_enum(c, tag, &e, a.mode ?: fitting_size(&e, a.packed ? 1 : 4), ret);
	buf_release(&e.list);
	return r;
}

/* --- struct, union, enum -------------------------------------------------- */

static int body(struct c_parser *c, enum c_space space, const char *tag,
		const struct c_attributes *before, struct made *ret)
{
	return space == C_ENUM ? enum_body(c, tag, before, ret) :
				 c_record(c, space, tag, before, ret);
}

/* A pointer may point to anything. */
static bool is_pointer(struct c_parser *c)
{
	c_skip(c);
	return c->g->pos < c->g->len && c->g->text[c->g->pos] == '*';
}

/* Structs that mean something without being declared, or are declared elsewhere. */
static int undeclared(struct c_parser *c, enum c_space space, const char *tag, size_t at,
		      struct made *ret)
{
	static const int kinds[] = { [C_STRUCT] = BTF_KIND_STRUCT,
				     [C_UNION] = BTF_KIND_UNION,
				     [C_ENUM] = BTF_KIND_ENUM };
	const struct word *word = space == C_STRUCT ? word_by_name(tag, 0) : NULL;

	if (word)
		return made_word(c->g, word, ret);
	if (c->g->source && !is_pointer(c))
		return made_found(c->g, kinds[space], tag, at, ret);
	*ret = (struct made){ 0 };
	return 0;
}

static int tagged(struct c_parser *c, enum c_space space, struct made *ret)
{
	char tag[GRAMMAR_MAX_NAME + 1] = "";
	struct c_attributes a = { 0 };
	const struct made *known;
	int r = c_attributes(c, &a);
	size_t from;

	c_skip(c);
	from = c->g->pos;
	if (!r && grammar_identifier(c->g))
		r = c_identifier(c, tag);
	if (r)
		return r;
	if (!c_take(c, '{')) {
		known = find_name(c, space, tag);
		if (!*tag)
			return c_expect(c, '{');
		if (!known)
			return undeclared(c, space, tag, from, ret);
		*ret = *known;
		return 0;
	}
	if (c->g->depth++ == GRAMMAR_MAX_DEPTH)
		return text_fail(c->g->err, -EINVAL, c->g->pos, "types are nested too deeply");
	r = body(c, space, *tag ? tag : NULL, &a, ret);
	c->g->depth--;
	return r || !*tag ? r : c_declare(c, space, tag, ret);
}

static int named(struct c_parser *c, struct made *ret)
{
	char name[GRAMMAR_MAX_NAME + 1];
	const struct made *known;
	const struct word *word;
	size_t from;
	int r;

	c_skip(c);
	from = c->g->pos;
	r = c_identifier(c, name);
	if (r)
		return r;
	known = find_name(c, C_TYPEDEF, name);
	word = known ? NULL : header_word(name);
	if (!known && !word && c->g->source)
		return made_found(c->g, BTF_KIND_TYPEDEF, name, from, ret);
	if (!known && !word)
		return grammar_refuse(c->g, from, "a type");
	if (word)
		return made_word(c->g, word, ret);
	*ret = *known;
	return 0;
}

static int unqualified(struct c_parser *c, struct made *ret)
{
	struct keywords k = { 0 };

	if (c_take_word(c, "struct"))
		return tagged(c, C_STRUCT, ret);
	if (c_take_word(c, "union"))
		return tagged(c, C_UNION, ret);
	if (c_take_word(c, "enum"))
		return tagged(c, C_ENUM, ret);
	while (take_keyword(c, &k) || (k.n && take_qualifier(c)))
		;
	return k.n ? from_keywords(c, &k, ret) : named(c, ret);
}

int c_specifier(struct c_parser *c, struct made *ret, struct c_attributes *a)
{
	int r;

	while (take_qualifier(c))
		;
	r = unqualified(c, ret);
	while (!r && take_qualifier(c))
		;
	/* A struct has read its own. */
	return r ? r : c_attributes(c, a);
}

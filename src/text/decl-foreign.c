/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Integers and floats whose names C does not know: u32 of Rust, uint8 of Go. BTF may have
 * a million of them, so their names are sorted rather than searched one by one.
 */
#include "text/decl-foreign.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util/buf.h"

/* Words of which C makes its own integers and floats. */
static bool is_c_word(const char *s, size_t len)
{
	static const char *const words[] = { "char", "short", "int", "long", "signed",
					     "unsigned", "__int128", "_Bool", "float",
					     "double" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strlen(words[i]) == len && !memcmp(words[i], s, len))
			return true;
	return false;
}

/* One identifier that C does not know: u32 of Rust, uint8 of Go. */
static bool is_foreign(const char *name)
{
	size_t i, len = strlen(name);

	if (!len || isdigit((unsigned char)*name))
		return false;
	for (i = 0; i < len; i++)
		if (!isalnum((unsigned char)name[i]) && name[i] != '_')
			return false;
	return !is_c_word(name, len);
}

static const char *c_type(const struct btf_type *bt)
{
	static const char *const ints[2][5] = {
		{ "unsigned char", "unsigned short", "unsigned int",
		  "unsigned long long", "unsigned __int128" },
		{ "signed char", "short", "int", "long long", "__int128" },
	};

	if (!bt->size || bt->size & (bt->size - 1) || bt->size > 16)
		return NULL;
	if (btf_is_float(bt))
		return bt->size == 4 ? "float" : bt->size == 8 ? "double" : NULL;
	if (btf_int_encoding(bt) & BTF_INT_BOOL)
		return bt->size == 1 ? "_Bool" : NULL;
	return ints[!!(btf_int_encoding(bt) & BTF_INT_SIGNED)][__builtin_ctz(bt->size)];
}

/* A type by its name. */
struct named {
	const char *name;
	uint32_t id;
	bool wanted;
};

struct names {
	struct named *list; /* by name, then by id */
	size_t count;
};

static int by_type_name(const void *a, const void *b)
{
	const struct named *t = a, *u = b;
	int r = strcmp(t->name, u->name);

	return r ? r : (t->id > u->id) - (t->id < u->id);
}

static bool is_foreign_type(const struct btf *btf, const struct btf_type *bt)
{
	const char *name = btf__name_by_offset(btf, bt->name_off);

	return (btf_is_int(bt) || btf_is_float(bt)) && name && is_foreign(name) && c_type(bt);
}

/* All foreign types, and the typedefs, which may have the same names. */
static int collect_names(const struct btf *btf, struct names *ret)
{
	uint32_t n_ids = btf__type_cnt(btf), foreign = 0;

	for (uint32_t id = 1; id < n_ids; id++)
		foreign += is_foreign_type(btf, btf__type_by_id(btf, id));
	if (!foreign)
		return 0;
	ret->list = calloc(n_ids, sizeof(*ret->list));
	if (!ret->list)
		return -ENOMEM;
	for (uint32_t id = 1; id < n_ids; id++) {
		const struct btf_type *bt = btf__type_by_id(btf, id);

		if (btf_is_typedef(bt) || is_foreign_type(btf, bt))
			ret->list[ret->count++] = (struct named){
				.name = btf__name_by_offset(btf, bt->name_off) ?: "",
				.id = id,
			};
	}
	qsort(ret->list, ret->count, sizeof(*ret->list), by_type_name);
	return 0;
}

/* Keep the first foreign type of each name that no typedef has. */
static void drop_declared(const struct btf *btf, struct names *names)
{
	size_t kept = 0, next;

	for (size_t i = 0; i < names->count; i = next) {
		bool typedefs = false;

		for (next = i; next < names->count &&
			       !strcmp(names->list[next].name, names->list[i].name); next++)
			typedefs |= btf_is_typedef(btf__type_by_id(btf, names->list[next].id));
		if (!typedefs)
			names->list[kept++] = names->list[i];
	}
	names->count = kept;
}

struct word {
	const char *text; /* not terminated */
	size_t len;
};

static int by_word(const void *key, const void *element)
{
	const struct word *word = key;
	const struct named *type = element;
	int r = strncmp(word->text, type->name, word->len);

	return r ? r : -(type->name[word->len] != '\0');
}

/* Mark the types whose names are words of the text. */
static void want_words(struct names *names, const char *text)
{
	for (struct word word = { text, 0 }; *word.text; word.text += word.len ?: 1) {
		struct named *found = NULL;

		word.len = strspn(word.text, IDENTIFIER);
		if (word.len)
			found = bsearch(&word, names->list, names->count,
					sizeof(*names->list), by_word);
		if (found)
			found->wanted = true;
	}
}

int declare_foreign(const struct btf *btf, const char *used, struct buf *out)
{
	struct names names = { 0 };
	int r = collect_names(btf, &names);

	if (r < 0)
		return r;
	drop_declared(btf, &names);
	if (used && names.count)
		want_words(&names, used);
	for (size_t i = 0; i < names.count; i++)
		if (!used || names.list[i].wanted)
			buf_printf(out, "typedef %s %s;\n",
				   c_type(btf__type_by_id(btf, names.list[i].id)),
				   names.list[i].name);
	free(names.list);
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shared by the two ways to write a type: the grammar of definitions (grammar.c) and C
 * declarations (c-decl.c).
 */
#ifndef BPFMAPFS_TEXT_GRAMMAR_PARTS_H
#define BPFMAPFS_TEXT_GRAMMAR_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "text/error.h"

struct btf;
struct grammar_source;
struct word;

#define GRAMMAR_MAX_DEPTH 30
/* The limit of names in the oldest kernels. */
#define GRAMMAR_MAX_NAME 127
#define GRAMMAR_MAX_MEMBERS 1024

/* Text that is being parsed. */
struct grammar {
	const char *text;
	size_t len, pos;
	struct btf *btf;
	struct text_error *err;
	unsigned depth;
	struct grammar_source *source; /* of undeclared types; NULL: there is none */
};

/* A type in BTF, and its layout in C. */
struct made {
	uint32_t id;
	uint32_t size;
	uint32_t align;
};

/* -EINVAL: expected this, found the text at `at`. */
int grammar_refuse(const struct grammar *g, size_t at, const char *expected);
/* -ERANGE */
int grammar_too_large(const struct grammar *g, size_t at);

/* Length of the C identifier at the position; 0: there is none. */
size_t grammar_identifier(const struct grammar *g);

int made_int(struct grammar *g, const char *name, uint32_t size, int encoding,
	     struct made *ret);
int made_word(struct grammar *g, const struct word *w, struct made *ret);
/* Get a type with this name (`at` in the text) from the source, which must not be NULL.
 * -EINVAL, -ENOMEM. */
int made_found(struct grammar *g, int kind, const char *name, size_t at, struct made *ret);
/* Make *type an array of itself. `at`: where its size is, for errors. */
int made_array(struct grammar *g, uint32_t count, size_t at, struct made *type);

/*
 * Read a C type without a declarator: "struct { __u64 a; }", "unsigned int",
 * "struct task *". name: of an outermost struct without a tag, or NULL.
 */
int c_parse_type(struct grammar *g, const char *name, struct made *ret);

/*
 * Read declarations up to the end of the text; the last one is the result. The output
 * of grammar_c_decl() is accepted.
 */
int c_parse_declarations(struct grammar *g, const char *name, struct made *ret);

/* True if the text at the position looks like C, not like the grammar. */
bool c_begins(const struct grammar *g);

#endif

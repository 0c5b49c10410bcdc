/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Parts of the parser of C declarations: tokens, the names that were declared so far,
 * and types before declarators. Declarators and structs are in c-decl.c.
 */
#ifndef BPFMAPFS_TEXT_C_SPECIFIER_H
#define BPFMAPFS_TEXT_C_SPECIFIER_H

#include "text/grammar-parts.h"
#include "util/buf.h"

enum c_space { C_TYPEDEF, C_STRUCT, C_UNION, C_ENUM };

struct c_parser {
	struct grammar *g;
	const char *name; /* for the first struct without a tag */
	struct buf names; /* struct c_name: typedefs and tags so far */
};

/* __attribute__((packed, aligned(N))) of a struct, declarator or enum. */
struct c_attributes {
	bool packed;
	uint32_t aligned; /* 0: not given */
	uint32_t mode; /* bytes of an enum; 0: not given */
};

/* Skip blanks and comments. */
void c_skip(struct c_parser *c);
/* Consume a byte, or an identifier, if it comes next. */
bool c_take(struct c_parser *c, char byte);
bool c_take_word(struct c_parser *c, const char *word);
int c_expect(struct c_parser *c, char byte);
/* Copy the identifier that comes next. -EINVAL: there is none. */
int c_identifier(struct c_parser *c, char ret[GRAMMAR_MAX_NAME + 1]);
/* A number, decimal or 0x. */
int c_number(struct c_parser *c, uint64_t max, uint64_t *ret);
/* Skip the text up to the bracket that closes the one at the position. */
int c_skip_brackets(struct c_parser *c);
/* Read attributes, if any come next, and add them to *a. */
int c_attributes(struct c_parser *c, struct c_attributes *a);
/* Do attributes come next? */
bool c_at_attributes(struct c_parser *c);

int c_declare(struct c_parser *c, enum c_space space, const char *name,
	      const struct made *type);

/* The type before a declarator. size 0: only pointers to it are possible. *a: added
 * attributes of what is declared, as in "int __attribute__((aligned(8))) a, b". */
int c_specifier(struct c_parser *c, struct made *ret, struct c_attributes *a);

/* c-decl.c: "{ members }" after struct or union NAME, with the attributes before NAME. */
int c_record(struct c_parser *c, enum c_space space, const char *tag,
	     const struct c_attributes *before, struct made *ret);

#endif

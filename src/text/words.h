/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The words for types: one table for the grammar of definitions, for names in BTF with
 * a special meaning, and for describing a type.
 */
#ifndef BPFMAPFS_TEXT_WORDS_H
#define BPFMAPFS_TEXT_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct kind;

/* The role of a number, from its typedef. */
enum number_role {
	ROLE_NONE,
	ROLE_COUNTER,
	ROLE_GAUGE,
	ROLE_SLOT, /* of a histogram: log2 */
};

struct word {
	const char *text; /* in definitions */
	const struct kind *kind;
	uint32_t size;
	uint8_t align; /* that the word implies */
	bool is_signed;
	const char *base; /* the C type in BTF; NULL: unsigned char[size] */
	int encoding; /* of base, if an integer */
	/* Typedefs and structs that select this word, if they have its size. The first
	 * is the typedef that is written to BTF for a word that its base type does not
	 * imply. */
	const char *names[4];
};

/* A word of size 0 is written WORD[SIZE], one that takes a number WORD(N), and its
 * typedef is called NAME_N. */
#define WORD_NUMBER_MAX 1000000000u
bool word_takes_number(const struct word *w);

/* The word with this name; NULL: none. */
const struct word *word_find(const char *text, size_t len);

/* Like word_find(), for a type of `size` bytes: errno is errno64 for 8 bytes, hex is x8
 * to x64. */
const struct word *word_find_sized(const char *text, size_t len, size_t size);

/* True for a name that is a word with other digits: u46, be23, ipv5. */
bool word_is_like(const char *name);

/* The word for a kind, size and sign; NULL: none. */
const struct word *word_for(const struct kind *kind, uint32_t size, bool is_signed);

/* The role by the word's typedef; ROLE_NONE also for NULL. */
enum number_role word_role(const struct word *word);

/* The word for a typedef or struct with this name and size (0: any); NULL: none. */
const struct word *word_by_name(const char *name, uint32_t size);

#endif

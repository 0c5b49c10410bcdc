/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The words for types: one table for the grammar of definitions, for names
 * in BTF that mean more than their bytes, and for describing a type again.
 */
#ifndef BPFMAPFS_TEXT_WORDS_H
#define BPFMAPFS_TEXT_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct kind;

struct word {
	const char *text; /* in definitions */
	const struct kind *kind;
	uint32_t size;
	uint8_t align; /* that the word implies */
	bool is_signed;
	const char *base; /* C type that it becomes in BTF; NULL: unsigned char[size] */
	int encoding; /* of base, if an integer */
	/* Typedefs and structs that mean this word, if they have its size. The
	 * first is the typedef by which BTF remembers a word that its base does
	 * not tell. */
	const char *names[4];
};

/* The word called so; NULL: none. */
const struct word *word_find(const char *text, size_t len);

/* The word that says kind, size and sign; NULL: none. */
const struct word *word_for(const struct kind *kind, uint32_t size, bool is_signed);

/* What a typedef or struct of this name means; NULL: nothing special. */
const struct word *word_by_name(const char *name);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The numbers inside a type, which can be added, compared and exported: integers,
 * including bit-fields and integers in network order. Addresses, booleans, enumerators,
 * strings, byte arrays and integers that are printed in hex (pointers, x8 ... x64) are
 * not numbers. An untyped value of 1, 2, 4 or 8 bytes is one unsigned number.
 *
 * A field is one number, or an array of them:
 *
 *	{ u32 a; struct { u64 b[3]; char name[8]; } c[2]; }
 *
 *	a       at  0, 1 of 4 bytes
 *	c[0].b  at  8, 3 of 8 bytes
 *	c[1].b  at 40, 3 of 8 bytes
 *
 * Fields are in the order of declaration. All members of a union are fields; padding
 * and members that the kernel owns are not.
 */
#ifndef BPFMAPFS_TEXT_FIELD_H
#define BPFMAPFS_TEXT_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "text/number.h"
#include "util/cleanup.h"

struct buf;
struct type;
struct word;

/* A type with more fields, or longer paths, has none. */
#define FIELDS_MAX 4096
#define FIELDS_TEXT_MAX (256u << 10)

struct field {
	const char *path;	 /* "c[1].b"; "" is the value itself */
	const char *json;	 /* the text of the value before this number or array */
	const struct word *word; /* its word in the grammar; NULL: none */
	uint32_t offset;	 /* bytes; element i: offset + i * size */
	uint32_t count;		 /* elements; 1 for a single number */
	uint8_t size;		 /* bytes of an element, 1 to 16 */
	uint8_t shift, width;	 /* bits that are used, as BTF counts them */
	bool is_signed;
	bool is_array;	 /* an array, even of one element */
	bool is_network; /* in network order */
	uint32_t bucket[3]; /* of words for buckets of histograms: their numbers */
};

struct fields {
	struct field *list;
	size_t count;
	size_t numbers;	  /* elements of all fields together */
	const char *json; /* the text of the value after its last number */
	char *text;
};

/* The numbers of a type, possibly none. -E2BIG: too many; -ENOMEM. */
int fields_new(const struct type *t, struct fields **ret);
void fields_free(struct fields *fs); /* NULL is allowed */
DEFINE_CLEANUP(fields_free, struct fields *);
#define _cleanup_fields_ _cleanup_(cleanup_fields_free)

/* Like fields_new(), created once per type and owned by it. Safe from any thread. */
int type_fields(const struct type *t, const struct fields **ret);

/*
 * Find the number with a path: "a.b", "slots[3]", "" for a value that is a number. A
 * path that ends before an index is the whole array; *ret_index is then 0. NULL: no
 * such number.
 */
const struct field *fields_find(const struct fields *fs, const char *path,
				uint32_t *ret_index);

/*
 * The number at the end of a key of this type, such as the bucket of a histogram: the
 * last member, or the whole key if it is one number. An untyped key of 16, 24, 32, ...
 * bytes ends in a number of 8 bytes. ret->path is the member's name, valid as long as
 * t. false: the key does not end in a number.
 */
bool field_last(const struct type *t, struct field *ret);

/* Set a single number to 0 in the bytes of a value. */
void field_clear(const struct field *f, void *value);

/* Element i of a field in the bytes of a value, sign-extended to 128 bits. */
u128 field_load(const struct field *f, uint32_t i, const void *value);

/* Add each element of a field to its number in `to`. */
void field_add(const struct field *f, const void *value, u128 *to);

/*
 * v, a sum or a difference of such numbers, wrapped like a counter of 64 bits (128 for
 * longer numbers): sign and magnitude.
 */
struct number field_number(const struct field *f, u128 v);

/* Append only the numbers of a value, as JSON; numbers: fs->numbers of them. Appends
 * nothing if there are none. 0 or -ENOMEM. */
int fields_json(const struct fields *fs, const u128 *numbers, struct buf *out);

#endif

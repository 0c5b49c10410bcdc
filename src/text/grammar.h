/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The type grammar of definition lines: u8 ... u128, s8 ... s128, x8 ... x64, bool,
 * f32, f64, be16 be32 be64, ipv4, ipv6, mac, char[N], bytes[N], prefix(T), T[N],
 * {name:T,...} with C layout (bpfmapfs(5), "Definitions"). u8[2][3] is 3 times u8[2];
 * there is no white space. Or C declarations, of which the last one is used: "struct {
 * __u64 packets; __u32 state:3; }".
 *
 * A definition becomes BTF, so that the kernel, bpftool and a remount see
 * the same types; type_from_btf() knows the names used here.
 */
#ifndef BPFMAPFS_TEXT_GRAMMAR_H
#define BPFMAPFS_TEXT_GRAMMAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "text/error.h"

struct btf;
struct buf;

/*
 * Add the type that text describes to btf, with an optional name for an outermost
 * struct (NULL: anonymous). prefix(T) becomes a struct of __u32 prefixlen and data,
 * prefix({...}) one of prefixlen and those members; both are packed if alignment would
 * leave a hole after the length.
 *
 * Returns 0 with the new type's id and its size; -EINVAL (err filled), -ERANGE (a size
 * that does not fit 32 bits), -ENOMEM. On failure btf may hold unused types and must be
 * discarded.
 */
int grammar_to_btf(const char *text, size_t len, const char *name, struct btf *btf,
		   uint32_t *ret_id, uint32_t *ret_size, struct text_error *err);

/* Looks up types that a text names and does not declare: struct NAME, union NAME, enum
 * NAME, or the name of a typedef. */
struct grammar_source {
	/* Copy a type into btf, with all the types that it contains. kind:
	 * BTF_KIND_STRUCT, _UNION, _ENUM (also of 64 bits) or _TYPEDEF. -ENOENT: no
	 * such type; -EINVAL, -E2BIG: it cannot be used; -ENOMEM. */
	int (*find)(struct grammar_source *s, int kind, const char *name, struct btf *btf,
		    uint32_t *ret_id);
};

/* Like grammar_to_btf(), with a source of named types. */
int grammar_find_to_btf(const char *text, size_t len, struct grammar_source *source,
			struct btf *btf, uint32_t *ret_id, uint32_t *ret_size,
			struct text_error *err);

/* Check a text as far as that is possible without a map: types that it names and does
 * not declare are assumed to exist, unless the name is a word of the grammar with other
 * digits. -EINVAL, -ERANGE with err; -ENOMEM. */
int grammar_check(const char *text, bool is_key, struct text_error *err);

/* Refuse a key with types that only some readers see by name. -EINVAL with err. */
int grammar_check_key(const struct btf *btf, uint32_t id, uint32_t size,
		      struct text_error *err);

/* A type to be declared. */
struct c_part {
	const char *what; /* "key", "value": for a comment before it */
	uint32_t id;
	uint32_t size; /* in bytes */
};

/*
 * Append C declarations of BTF types and of all types that they refer to, like a
 * header: the text compiles, and declares each type once. Types that nest too deeply,
 * and BTF that libbpf does not understand, become arrays of bytes. Returns 0 or
 * -ENOMEM.
 */
int grammar_c_decl(const struct btf *btf, const struct c_part *parts, unsigned n,
		   struct buf *out);

/* Append the declaration of one type, and of those that it refers to, on one line
 * without comments. -EINVAL, -E2BIG: it cannot be declared; -ENOMEM. */
int grammar_c_line(const struct btf *btf, const struct c_part *part, struct buf *out);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The type model: what a key or a value looks like, compiled once per map
 * from BTF (or from nothing) into a form that formatting walks without
 * asking BTF again.
 *
 * BTF comes from strangers. Compilation is bounded by the number of distinct
 * BTF types reached; how much work one value would be is computed here, with
 * saturating arithmetic, and a type that exceeds the bound is compiled
 * as raw bytes instead. See interface rules in bpfmapfs(5), "Values".
 *
 * A struct type is immutable after compilation and may be used by any number
 * of threads. Nothing here knows maps or files.
 */
#ifndef BPFMAPFS_TEXT_TYPE_H
#define BPFMAPFS_TEXT_TYPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/cleanup.h"

struct btf;
struct buf;
struct type;

/* Members and elements that one value may have before it is shown raw: so many,
 * and four more for each of its bytes. */
#define TYPE_MAX_NODES (64 * 1024)
/* Bytes of text that one value may have before it is shown raw. Buffers for the text
 * of a value must have room for this, and for the raw form. */
#define TYPE_MAX_TEXT (64 * 1024 * 1024)

/* Properties of a type or of anything inside it, see type_traits(). */
enum type_trait {
	/* holds a bpf_spin_lock: look up and update with BPF_F_LOCK */
	TYPE_HAS_LOCK = 1 << 0,
	/* holds a timer, work queue, kptr, list, tree...: an update would stop
	 * or free what the program runs on */
	TYPE_HAS_OBJECTS = 1 << 1,
	/* has members that share bytes (unions): writing needs the current value */
	TYPE_HAS_OVERLAP = 1 << 2,
	/* no type at all: raw form is the only form */
	TYPE_IS_RAW = 1 << 3,
	/* text of the whole value is a bare string: char[N] */
	TYPE_IS_STRING = 1 << 4,
	/* every bit belongs to some member that is printed (no padding) */
	TYPE_IS_DENSE = 1 << 5,
	/* has numbers that some readers see as names (text/host-names.h) */
	TYPE_HAS_NAMES = 1 << 6,
};

/*
 * Is all of this BTF in a form that is known here? Kinds, flags or lengths of a
 * newer kernel would be mistaken for others; a map whose BTF is not known is
 * one without types.
 */
bool type_btf_is_known(const struct btf *btf);

/*
 * Compile BTF type `id`, which must occupy exactly `size` bytes (not 0). A
 * variable means its type, a section a struct of its variables.
 *
 * Returns 0; -EINVAL when the type has another size or makes no sense (a
 * caller then falls back to type_raw()); -ENOMEM. *ret is the caller's, and
 * does not refer to btf afterwards.
 */
int type_from_btf(const struct btf *btf, uint32_t id, size_t size, struct type **ret);

/*
 * The same for the key of an LPM trie: leading __u32 (or a bpf_lpm_trie_key
 * variant) is the prefix length, the rest the data. btf may be NULL (id 0):
 * an untyped key, whose data is IPv4 when it is 4 bytes, IPv6 when it is 16;
 * so is a key whose type has no such length. -EINVAL also for a size that no
 * trie has (5 to 260 bytes).
 */
int type_prefix_from_btf(const struct btf *btf, uint32_t id, size_t size,
			 struct type **ret);

/* The type is a key of an LPM trie whose length and data are members of the BTF type
 * that it was compiled from. */
bool type_is_prefix(const struct type *t);

/* size bytes without a type. NULL without memory. */
struct type *type_raw(size_t size);

/* The index of an array-like map: 4 bytes, decimal. NULL without memory. */
struct type *type_index(void);

void type_free(struct type *t);
DEFINE_CLEANUP(type_free, struct type *);
#define _cleanup_type_ _cleanup_(cleanup_type_free)

size_t type_size(const struct type *t);
size_t type_memory(const struct type *t); /* bytes that the type itself takes */
/* Bytes of JSON text that a value has at most; saturating. */
size_t type_max_text(const struct type *t);
unsigned type_traits(const struct type *t); /* enum type_trait bits */

/*
 * Append the type in the grammar of definition lines ("u32",
 * "{saddr:ipv4,port:be16}", "prefix(ipv4)"). What the grammar cannot say
 * (bit-fields, unions, enums' names) becomes bytes[N], or numbers, of the same
 * layout.
 */
void type_describe(const struct type *t, struct buf *out);

/* That text means the same type: nothing became bytes or numbers. */
bool type_is_described(const struct type *t);

/* Names, offsets, bits, enumerators: each value has the same text in both. Huge types
 * may count as different though they are not. */
bool type_same(const struct type *a, const struct type *b);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The type model: a key or value type, compiled once per map from BTF (or without BTF)
 * into a form that formatting walks without reading BTF again.
 *
 * BTF is untrusted. Compilation is bounded by the number of distinct BTF types reached;
 * the work for one value is computed here, with saturating arithmetic, and a type that
 * exceeds the bound is compiled as raw bytes instead. See interface rules in
 * bpfmapfs(5), "Values".
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

/* Maximum number of members and elements of a value, plus four for each of its bytes;
 * beyond that it is shown raw. */
#define TYPE_MAX_NODES (64 * 1024)
/* Maximum bytes of text of a value; beyond that it is shown raw. Buffers for the text
 * of a value must have room for this, and for the raw form. */
#define TYPE_MAX_TEXT (64 * 1024 * 1024)

/* Properties of a type or of anything inside it, see type_traits(). */
enum type_trait {
	/* holds a bpf_spin_lock: look up and update with BPF_F_LOCK */
	TYPE_HAS_LOCK = 1 << 0,
	/* holds a timer, work queue, kptr, list, tree...: an update would stop or free
	 * what the program uses */
	TYPE_HAS_OBJECTS = 1 << 1,
	/* has members that share bytes (unions): writing needs the current value */
	TYPE_HAS_OVERLAP = 1 << 2,
	/* no type at all: raw form is the only form */
	TYPE_IS_RAW = 1 << 3,
	/* the text of the whole value is a bare string: char[N] */
	TYPE_IS_STRING = 1 << 4,
	/* every bit belongs to a member that is printed (no padding) */
	TYPE_IS_DENSE = 1 << 5,
	/* has numbers that some readers see as names (text/host-names.h) */
	TYPE_HAS_NAMES = 1 << 6,
};

/*
 * True if all of this BTF is in a form that this program knows. Kinds, flags or lengths
 * of a newer kernel could be misread; a map with such BTF is treated as one without
 * types.
 */
bool type_btf_is_known(const struct btf *btf);

/*
 * Compile BTF type `id`, which must have exactly `size` bytes (not 0). A variable is
 * compiled as its type, a section as a struct of its variables.
 *
 * Returns 0; -EINVAL if the type has another size or is invalid (callers then fall back
 * to type_raw()); -ENOMEM. The caller owns *ret, which does not refer to btf
 * afterwards.
 */
int type_from_btf(const struct btf *btf, uint32_t id, size_t size, struct type **ret);

/*
 * Compile the key of an LPM trie: the leading __u32 (or a bpf_lpm_trie_key variant) is
 * the prefix length, the rest the data. btf may be NULL (id 0): an untyped key, whose
 * data is IPv4 if it has 4 bytes, IPv6 if it has 16; a key whose type has no such
 * length is treated alike. -EINVAL also for a size that no trie has (5 to 260 bytes).
 */
int type_prefix_from_btf(const struct btf *btf, uint32_t id, size_t size,
			 struct type **ret);

/* The type is a key of an LPM trie whose length and data are members of the BTF type
 * that it was compiled from. */
bool type_is_prefix(const struct type *t);

/* size bytes without a type. NULL: no memory. */
struct type *type_raw(size_t size);

/* The index of an array-like map: 4 bytes, decimal. NULL: no memory. */
struct type *type_index(void);

void type_free(struct type *t);
DEFINE_CLEANUP(type_free, struct type *);
#define _cleanup_type_ _cleanup_(cleanup_type_free)

size_t type_size(const struct type *t);
size_t type_memory(const struct type *t); /* bytes of memory that the type itself uses */
/* Maximum bytes of JSON text of a value; saturating. */
size_t type_max_text(const struct type *t);
unsigned type_traits(const struct type *t); /* enum type_trait bits */

/*
 * Append the type in the grammar of definition lines ("u32", "{saddr:ipv4,port:be16}",
 * "prefix(ipv4)"). Types that the grammar cannot express (bit-fields, unions, enums'
 * names) become bytes[N], or numbers, of the same layout.
 */
void type_describe(const struct type *t, struct buf *out);

/* True if that text is the same type: nothing became bytes or numbers. */
bool type_is_described(const struct type *t);

/* True if names, offsets, bits and enumerators are the same, so that each value has the
 * same text in both. Huge types may count as different though they are the same. */
bool type_same(const struct type *a, const struct type *b);

#endif

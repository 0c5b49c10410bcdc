/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The internals of struct type, for src/text only.
 *
 * A type is a graph of nodes without cycles, one node for each BTF type that was
 * reached (a struct used in two places is one node). Every node points to its kind, a
 * table of functions: code never checks the kind of a node, it calls these functions.
 * Rows of leaves are in leaf.c, those of records (struct, union), arrays, bit-fields
 * and prefixes in the file of that name.
 *
 *	struct flow {			record "flow"
 *		__be32 saddr;		  member saddr, offset 0 -> ipv4 leaf
 *		union {			  (anonymous: flattened)
 *			__be16 port;	  member port,  offset 4 -> be leaf
 *			__u8 icmp[2];	  member icmp,  offset 4 -> bytes leaf
 *		};
 *		struct stats rx, tx;	  members rx, tx -> one and the same record
 *	};
 *
 * Names have no room for both members of a union, so a record has two lists
 * of members: `all` for values and `keys` for file names, which picks one
 * member of each union.
 */
#ifndef BPFMAPFS_TEXT_MODEL_H
#define BPFMAPFS_TEXT_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "text/parse.h"
#include "text/type.h"

struct buf;
struct fields;
struct gap;
struct name_parser;
struct node;
struct value_parser;
struct word;

/* Levels of nesting; deeper types are shown raw. */
#define TYPE_MAX_DEPTH 128

/* A part of the user's text (or of its unescaped copy); at: its 0-based offset in the
 * user's text, for columns in errors. */
struct span {
	const char *s;
	size_t len;
	size_t at;
};

/* The destination of a parsed value; see value-parse.c. */
struct place {
	uint8_t *out;
	uint8_t *mask; /* bits that the text named; NULL: not needed */
	const uint8_t *current; /* the current value in the map; NULL: not needed */
};

/* How to format a value. */
struct format {
	struct buf *out;
	size_t limit; /* of out->len; formatting may stop beyond it */
	/* Show all bytes, including alignment padding and those after a string's NUL. */
	bool all;
};

/*
 * One kind of type. p is the node's first byte (value or key bytes have any alignment).
 * Formatting appends to a buf, which remembers lack of memory.
 */
struct kind {
	/* The expected text, for errors: "an IPv4 address". */
	const char *what;
	/* Set node->param from the type's name in BTF when the type is compiled. false:
	 * no such type. NULL: there is nothing to set. */
	bool (*prepare)(struct node *n, const char *name);
	/* Like `what`, if it depends on the node (NULL: it does not). */
	void (*expect)(const struct node *n, char *dst, size_t size);

	/* Append the bare text. false: this value has none (nothing was appended).
	 * NULL: the kind has only JSON text. */
	bool (*text)(const struct node *n, const uint8_t *p, struct buf *out);
	void (*json)(const struct node *n, const uint8_t *p, struct format *f);
	/* Append a name that only some readers may see; out->names is not NULL. false:
	 * the value has none, and nothing was appended. NULL: the kind has no such
	 * names. */
	bool (*named)(const struct node *n, const uint8_t *p, struct buf *out);
	/* Append it as a file name, or as a part of one (struct member, array
	 * element). */
	bool (*name)(const struct node *n, const uint8_t *p, bool inside,
		     struct buf *out);

	/*
	 * Leaves only: the whole span is one value. Writes p only on success. 0,
	 * -EINVAL, -ERANGE, -EFBIG, -ENOMEM, or -EAGAIN: an incomplete value.
	 */
	int (*parse)(const struct node *n, const struct span *text, uint8_t *p,
		     const struct text_parse *how);
	/* Parse the value at the parser's position. May write on failure. */
	int (*parse_json)(struct value_parser *v, const struct node *n, struct place to);
	/* A fast path for text exactly as it is printed, see quick.h; NULL: none. */
	const char *(*quick)(const struct node *n, const char *s, const char *end,
			     uint8_t *p);
	int (*parse_name)(struct name_parser *p, const struct node *n, bool inside,
			  uint8_t *out);

	/* Append the grammar's word and return the alignment that it implies. 0: the
	 * grammar cannot express the type. */
	uint32_t (*describe)(const struct node *n, struct buf *out);

	/* Set the bits in to.mask that the text has set in to.out (NULL: all of its
	 * bytes). */
	void (*mark)(const struct node *n, struct place to);
	/* Bits that the node covers (NULL: all). */
	uint64_t (*cover)(const struct node *n);

	bool any_text; /* strings may be any text, even if it looks like the raw form */
	bool octets; /* an array of numbers is accepted too */
	bool literal; /* JSON numbers (of bool: true and false) are accepted */
	bool exact; /* parsing a name always gives the same bytes */
	uint8_t takes_number; /* the word is written WORD(N) or WORD(N,N,N) */
};

struct member {
	const struct node *node;
	const char *name; /* NULL: anonymous, only before flattening */
	const char *label; /* `,"name":` */
	uint32_t offset; /* bytes */
	uint16_t name_len;
	uint16_t label_len;
};

struct members {
	const struct member *list;
	const struct member *const *by_name; /* sorted by name, then by place */
	uint32_t count;
	const struct gap *gaps; /* sorted by offset, see gaps.h */
	uint32_t n_gaps;
	uint32_t n_shown; /* gaps that values show */
	/* Members without bytes: never shown, but other programs print them. */
	const struct member *empty;
	uint32_t n_empty;
};

/* Further ones are ignored; no program has as many. */
#define EMPTY_MAX 4

struct record {
	struct members all; /* flattened: members shown in values */
	struct members keys; /* flattened: members shown in names */
	const struct node *as_key; /* unions: the member that names show */
	struct members direct; /* as declared, without owned and empty ones */
	const struct member *owned; /* by the kernel: covered, never shown */
	uint32_t n_owned;
	bool is_union;
	bool overlap; /* members of `all` share bits */
	bool is_section; /* of variables: bytes between them are not shown */
	bool flat; /* all, keys and as_key are set */
};

struct enumerator {
	const char *name;
	uint32_t len;
	uint32_t order; /* place in the declaration */
	uint64_t value; /* cut to the enum's size */
};

struct enumeration {
	const struct enumerator *by_value; /* sorted by value; one name each */
	const struct enumerator *by_name;
	uint32_t n_values, n_names;
	bool any_sign; /* old BTF lacks the sign: both ranges are accepted */
};

/* An LPM key: length, then data (prefix.c). */
struct prefix {
	const struct node *sole; /* the only data member; NULL: there are several */
	uint32_t offset; /* of it */
	bool typed; /* the members come from the BTF type */
	/* The key as a record: `all` has the length and the data members, `keys` only
	 * the data members. Offsets count from the start of the key. */
	const struct node *whole;
};

struct node {
	const struct kind *kind;
	const struct word *word; /* leaves: in the grammar; NULL: none */
	uint32_t size; /* bytes */
	uint32_t nodes; /* members and elements inside; saturating */
	uint32_t max_text; /* bytes of JSON at most, without hidden ones; saturating */
	uint8_t traits; /* enum type_trait */
	uint8_t align; /* in C */
	bool is_signed;
	bool hidden; /* kernel-owned: not part of the text */
	bool exact; /* see struct kind */
	union {
		struct record *record;
		struct prefix *prefix;
		uint64_t param; /* see the kind */
		uint32_t bucket[3]; /* the same */
		const struct enumeration *enumeration;
		struct {
			const struct node *elem;
			uint32_t count;
		} array;
		struct {
			const struct node *base; /* the declared type */
			uint8_t shift; /* first bit, counted as BTF does */
			uint8_t width; /* bits */
		} bits;
	};
};

struct type {
	const struct node *root;
	struct chunk *chunks; /* all memory of the nodes */
	uint32_t n_members; /* in flattened lists */
	unsigned traits;
	struct fields *fields; /* created on first use, see field.h; atomic */
};

/* --- rows ----------------------------------------------------------------- */

extern const struct kind kind_raw; /* no type: @ and hex digits */
extern const struct kind kind_uint, kind_sint; /* decimal, 1 to 8 bytes */
extern const struct kind kind_hex; /* 0x and all digits, 1 to 16 bytes */
extern const struct kind kind_be; /* decimal, stored in network order */
extern const struct kind kind_bool;
extern const struct kind kind_enum;
extern const struct kind kind_float;
extern const struct kind kind_ktime; /* seconds since boot */
extern const struct kind kind_date; /* the same as a date */
extern const struct kind kind_errno, kind_syscall; /* by name */
extern const struct kind kind_device; /* MAJOR:MINOR */
extern const struct kind kind_dname; /* a domain name */
extern const struct kind kind_percent;
extern const struct kind kind_ksym, kind_cgroup, kind_ifname; /* names of the host */
extern const struct kind kind_bucket, kind_bucket1, kind_bucket3; /* of a histogram */
extern const struct kind kind_ipv4, kind_ipv6, kind_mac;
extern const struct kind kind_bytes; /* u8[N]: hex digits */
extern const struct kind kind_chars; /* char[N] */
extern const struct kind kind_bits; /* a bit-field of another kind */
extern const struct kind kind_array;
extern const struct kind kind_record;

/* The first bit of a member in its first byte, and the number of its bits. */
static inline unsigned member_shift(const struct member *m)
{
	return m->node->kind == &kind_bits ? m->node->bits.shift : 0;
}

static inline uint64_t member_width(const struct member *m)
{
	const struct kind *kind = m->node->kind;

	return kind->cover ? kind->cover(m->node) : 8 * (uint64_t)m->node->size;
}

/* The members whose text a union may have instead of an object: its named members,
 * beginning with the one that is shown in names. */
uint32_t union_choices(const struct node *n);
const struct node *union_choice(const struct node *n, uint32_t i);

/* An array that may also be written as an address. */
bool array_is_address(const struct node *n);

/* --- building: alloc.c, type.c, flatten.c, members.c ---------------------- */

/* An empty type to allocate from. NULL: no memory. */
struct type *type_new(void);
/* Zeroed memory that lives as long as t. NULL: no memory. */
void *type_alloc(struct type *t, size_t count, size_t size);
char *type_strdup(struct type *t, const char *s, size_t len);
/* A leaf node. NULL: no memory. */
struct node *node_leaf(struct type *t, const struct kind *kind, uint32_t size);
/* Complete a type whose root is known: flatten, or fall back to raw bytes. */
int type_finish(struct type *t);

/* Build the flattened lists of every record under n. 0, -E2BIG (too many
 * members), -ENOMEM. */
int record_flatten_all(struct type *t, const struct node *n);
/* Turn the type, whose root may be NULL, into that of an LPM key (prefix.c). -EINVAL:
 * the kernel has no such keys; -ENOMEM. */
int prefix_wrap(struct type *t, uint32_t size);
/* Build the label and the sorted index of a list of members. */
int members_index(struct type *t, struct members *m);
/*
 * The member with a name: the hint if it matches, otherwise the first one with that
 * name that is not in `taken` (a bitmap over members). *ret_known: at least one member
 * has the name. Returns its index or -1.
 */
int64_t members_find(const struct members *m, const struct span *name, uint32_t hint,
		     const uint64_t *taken, bool *ret_known);

/* Saturating, so that hostile types cost nothing to count. */
static inline uint32_t sat_add(uint32_t a, uint32_t b)
{
	return a > UINT32_MAX - b ? UINT32_MAX : a + b;
}

static inline uint32_t sat_mul(uint32_t a, uint32_t b)
{
	uint32_t product;

	return __builtin_mul_overflow(a, b, &product) ? UINT32_MAX : product;
}

static inline uint32_t sat_size(size_t v)
{
	return v > UINT32_MAX ? UINT32_MAX : (uint32_t)v;
}

/* --- whole texts ---------------------------------------------------------- */

/* Whether `parse` gives the same bytes for the text: 1, 0, -ENOMEM. */
typedef int type_parse(const struct type *t, const struct text_parse *how,
		       const char *text, size_t len, void *out);
int type_reads_back(const struct type *t, type_parse *parse,
		    const struct text_parse *how, const struct span *text,
		    const void *bytes);

/* --- shared by kinds ------------------------------------------------------ */

/* A description of a leaf's text, for errors. */
void leaf_expect(const struct node *n, char *dst, size_t size);

/* Refuse a leaf's text: "expected <description of the kind>, found <text>". */
int leaf_refuse(const struct node *n, const struct span *text, int code,
		const struct text_parse *how);

/* Read the text as a number of the leaf's size and sign, like an integer leaf. 0,
 * -EINVAL, -ERANGE, -EAGAIN; writes p only on success. */
int leaf_scan_number(const struct node *n, const struct span *text, uint8_t *p);

/* A leaf's text was refused with r: try it as an address of the leaf's size. 0, or the
 * error. */
int leaf_parse_address(const struct node *n, const struct span *text, uint8_t *p, int r,
		       const struct text_parse *how);

/* Functions of leaves whose text needs no escapes. */
bool leaf_name(const struct node *n, const uint8_t *p, bool inside, struct buf *out);
void leaf_json_bare(const struct node *n, const uint8_t *p, struct format *f);
void leaf_json_quoted(const struct node *n, const uint8_t *p, struct format *f);
void octets_json(const struct node *n, const uint8_t *p, struct format *f); /* numbers */
int leaf_parse_json(struct value_parser *v, const struct node *n, struct place to);
int leaf_parse_name(struct name_parser *p, const struct node *n, bool inside,
		    uint8_t *out);
uint32_t leaf_describe(const struct node *n, struct buf *out);

#endif

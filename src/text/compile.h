/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From BTF to nodes, for the files that build types: type-btf.c (single
 * types), type-enum.c, type-record.c (structs and unions), prefix.c (keys of
 * LPM tries).
 */
#ifndef BPFMAPFS_TEXT_COMPILE_H
#define BPFMAPFS_TEXT_COMPILE_H

#include <stdint.h>

#include <bpf/btf.h>

struct member;
struct node;
struct tags;
struct type;
struct word;

struct compiler {
	const struct btf *btf;
	struct type *type; /* owns the nodes */
	struct node **memo; /* by BTF id; NULL: not reached yet */
	uint32_t n_ids;
	unsigned depth;
	uint32_t id; /* of the type that is being compiled */
	const struct tags *tags;
};

/*
 * The node of BTF type id. -EINVAL: no such type, or the kernel would refuse it;
 * -ENOMEM.
 */
int compile(struct compiler *c, uint32_t id, struct node **ret);

/* A name of a member or variable that needs no escapes in JSON and file names. */
int compile_name(const struct compiler *c, uint32_t name_off, const char **ret);

int compile_record(struct compiler *c, const struct btf_type *bt, struct node **ret);
int compile_datasec(struct compiler *c, const struct btf_type *bt, struct node **ret);
int compile_enum(struct compiler *c, const struct btf_type *bt, struct node **ret);

/* Replace a node by the leaf for a word, which is called `name` in BTF. -ENOMEM. */
int compile_word(struct compiler *c, const struct word *word, const char *name,
		 const struct node *in_place_of, struct node **ret);

/* `width` bits from bit `shift` on of an integer or enum. */
struct node *node_bits(struct compiler *c, const struct node *base, unsigned shift,
		       unsigned width);

#endif

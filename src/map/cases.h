/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records of several types in one ring buffer, distinguished by a tag:
 *
 *	| ... | tag | ...  record  ... |
 *	 offset  size
 *
 * The view names the tag and its values (text/show.h). A record has no case if its tag
 * is not among these values, or if its length is not that of the type of its case.
 */
#ifndef BPFMAPFS_MAP_CASES_H
#define BPFMAPFS_MAP_CASES_H

#include <stddef.h>
#include <stdint.h>

#include "text/show.h"

struct btf;
struct type;

/* Bytes of the longest tag. */
#define CASE_TAG_MAX 16

struct record_case {
	uint8_t tag[CASE_TAG_MAX];
	struct type *type;
	uint32_t btf_id; /* in the BTF of the view */
};

struct record_cases {
	uint32_t offset;  /* of the tag */
	struct type *tag; /* an integer or enumerator */
	uint32_t count;
	struct record_case list[];
};

/* Allocate room for the cases of a tag. NULL: no memory. */
struct record_cases *record_cases_new(const struct show_tag *tag);
void record_cases_free(struct record_cases *c); /* NULL and half-filled is allowed */

/* All records begin with the tag, which is of this type. -EINVAL with err; -ENOMEM. */
int record_cases_lead(struct record_cases *c, const struct show_tag *tag,
		      const struct btf *btf, uint32_t id, struct text_error *err) _must_check_;

/* The tag is a member of this type, as its path says. -EINVAL with err; -ENOMEM. */
int record_cases_member(struct record_cases *c, const struct show_tag *tag,
			const struct btf *btf, uint32_t id,
			struct text_error *err) _must_check_;

/* Fill in case i, after the tag. -EINVAL, -ERANGE with err; -ENOMEM. */
int record_cases_set(struct record_cases *c, const struct show_tag *tag, uint32_t i,
		     const struct btf *btf, uint32_t id, uint32_t size,
		     struct text_error *err) _must_check_;

/* The type of a record; NULL: it has no case. */
const struct type *record_cases_find(const struct record_cases *c, const void *record,
				     size_t len);

#endif

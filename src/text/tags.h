/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Declaration tags in BTF that set the type with which a member is shown:
 *
 *	__u32 from __attribute__((btf_decl_tag("ipv4")));
 *
 * A tag that is a word of text/words.h for a type of the member's size gives the member
 * that type. Other tags are ignored.
 */
#ifndef BPFMAPFS_TEXT_TAGS_H
#define BPFMAPFS_TEXT_TAGS_H

#include <stddef.h>
#include <stdint.h>

#include "util/attributes.h"

struct btf;
struct word;

struct tag {
	uint32_t record; /* BTF id of a struct or union */
	uint32_t member; /* its number */
	const char *text; /* of the BTF */
};

/* Sorted by record and member. The BTF is borrowed. */
struct tags {
	struct tag *list;
	uint32_t count;
};

int tags_collect(const struct btf *btf, struct tags *ret) _must_check_; /* -ENOMEM */
void tags_release(struct tags *t);
#define _cleanup_tags_ _cleanup_(tags_release)

/* The tags of a record; *ret_count may be 0. */
const struct tag *tags_of(const struct tags *t, uint32_t record, uint32_t *ret_count);

/* The word that the tags of a member of `size` bytes select; NULL: none. */
const struct word *tags_word(const struct tags *t, uint32_t record, uint32_t member,
			     size_t size);

#endif

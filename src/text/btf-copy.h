/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Copy types from one BTF into another, with all the types that they contain. Pointers
 * become pointers to void, because a pointer is shown as a number, and its target could
 * bring in half of the kernel's types. Only type tags are kept, which say whether the
 * kernel owns the pointer.
 *
 * The source is untrusted. Loops, and types that cannot be part of a value, are
 * refused, and the number of types is bounded.
 */
#ifndef BPFMAPFS_TEXT_BTF_COPY_H
#define BPFMAPFS_TEXT_BTF_COPY_H

#include <stdint.h>

#include "text/tags.h"
#include "util/attributes.h"
#include "util/cleanup.h"

struct btf;

/* Maximum number of types that one copier copies; task_struct has 207. */
#define BTF_COPY_MAX 16384

/* Both BTFs are borrowed. A type is copied only once. */
struct btf_copier {
	const struct btf *from;
	struct btf *to;
	uint32_t *memo; /* ids in `to` by ids in `from` */
	struct tags tags; /* of `from` */
	uint32_t n_ids, n_copied;
	unsigned depth;
};

/* -ENOMEM */
int btf_copier_init(struct btf_copier *c, const struct btf *from,
		    struct btf *to) _must_check_;
void btf_copier_release(struct btf_copier *c);

/* -EINVAL: no such type, a loop, or a function; -E2BIG: too many types, or nested
 * too deeply; -ENOMEM. On failure `to` may hold unused types. */
int btf_copy_type(struct btf_copier *c, uint32_t id, uint32_t *ret) _must_check_;

/* A separate copy of a struct, union, section or variable, whose members (or the
 * variable) have the types `ids` of `to`, and no tags. Errors as above. */
int btf_copy_with(struct btf_copier *c, uint32_t id, const uint32_t *ids, uint32_t *ret)
	_must_check_;

/* Copy the tags of a member of a struct or union to its copy. -ENOMEM. */
int btf_copy_tags(struct btf_copier *c, uint32_t id, uint32_t member, uint32_t copy)
	_must_check_;

#endif

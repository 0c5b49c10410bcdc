/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which members of a record a text has named so far. Names may repeat (BTF is
 * untrusted): the n-th time a name is written, it is the n-th member with that name.
 */
#ifndef BPFMAPFS_TEXT_MEMBERS_H
#define BPFMAPFS_TEXT_MEMBERS_H

#include <stdint.h>

struct gap;
struct member;
struct members;
struct span;
struct text_error;

struct members_seen {
	const struct members *members;
	uint64_t *taken; /* a bit for each member, then for each gap */
	uint64_t few[4]; /* storage of `taken`, if that is enough */
	uint32_t hint; /* the next member, if they come in order */
};

int members_seen_init(struct members_seen *seen, const struct members *m);
void members_seen_release(struct members_seen *seen);

/* The gap with a name ("@6"). -EINVAL: no such gap, or it was named before. */
int members_seen_gap(struct members_seen *seen, const struct span *name,
		     struct text_error *err, const struct gap **ret);

/* The next member with this name. -EINVAL: no such member, or no more of them. */
int members_seen_find(struct members_seen *seen, const struct span *name,
		      struct text_error *err, const struct member **ret);

#endif

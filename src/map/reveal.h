/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which readers see names of this host in place of numbers (text/host-names.h): root,
 * by the rule of handle_for_root(). Other users must not learn addresses and names of
 * the host, even if a map that they may read has the numbers.
 */
#ifndef BPFMAPFS_MAP_REVEAL_H
#define BPFMAPFS_MAP_REVEAL_H

#include <stdbool.h>

#include "text/host-names.h"
#include "util/attributes.h"

struct request;
struct schema;
struct store;

struct cgroup_cache;

struct reveal {
	struct host_names names; /* first */
	struct store *store; /* borrowed; knows the symbols */
	struct cgroup_cache *cgroups;
};

int reveal_init(struct reveal *v, struct store *store) _must_check_; /* -ENOMEM */
void reveal_release(struct reveal *v); /* zeroed is allowed */

/* Values of the map can have such names, so their text differs from reader to reader. */
bool reveal_applies(const struct schema *s);

/* For buf.names of a text that only this caller reads. NULL: numbers. v must outlive
 * the text; the caller must be waiting for the request. */
const struct host_names *reveal_to(const struct reveal *v, const struct schema *s,
				   const struct request *rq);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The target of a symlink that a user creates, as the path of a map. It is resolved
 * inside the tree, never by following a link in the file system:
 *
 *	../flows, ../../by-id/17	from the directory where the link stands
 *	flows, flows@17, by-id/17	from the root
 *	/mnt/maps/flows			if the tree is mounted at /mnt/maps
 */
#ifndef BPFMAPFS_TREE_LINKTEXT_H
#define BPFMAPFS_TREE_LINKTEXT_H

#include "text/error.h"

struct tree;
struct live_map;
struct request;

/*
 * where: the directory of the link, from the root ("by-pin/tc", "outer"). The caller
 * owns the reference. -EINVAL: the text leads to no map, err has the reason; -EACCES,
 * -ENOMEM.
 */
int linktext_map(struct tree *t, const struct request *rq, const char *where,
		 const char *text, struct live_map **ret, struct text_error *err);

#endif

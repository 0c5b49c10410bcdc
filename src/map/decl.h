/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The types of a map as C declarations, from the map's BTF.
 */
#ifndef BPFMAPFS_MAP_DECL_H
#define BPFMAPFS_MAP_DECL_H

#include "map/map.h"

struct buf;

/* Append the declarations, or a comment that says that there are none. Returns 0;
 * -ENOMEM; or the user's errno if the BTF cannot be read. */
int map_c_decl(const struct map *m, struct buf *out);

/* Append the declaration of the type of the map's keys or values in a schema of it, for a
 * definition: one line. -ENOENT: there is no BTF; other errors of finding it; -EINVAL,
 * -E2BIG: it cannot be declared; -ENOMEM. */
int map_c_type(const struct map *m, const struct schema *s, bool key, struct buf *out);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Take all entries out of a map, one batch at a time: each is returned once and
 * removed. There is one pass: entries that are added behind its position stay.
 *
 * LOOKUP_AND_DELETE_BATCH takes the entries of a bucket in one step. For types and
 * kernels without it, entries are taken key by key; if LOOKUP_AND_DELETE is missing,
 * too, an update between lookup and removal is lost.
 *
 * Belongs to one thread at a time. It holds no reference to the map, which may be
 * closed between the calls.
 */
#ifndef BPFMAPFS_MAP_TAKE_H
#define BPFMAPFS_MAP_TAKE_H

#include "map/scan/scan.h"

struct take;

/* The entries of such a map can be listed, read and removed. */
bool take_applies(const struct schema *s);

/* m: borrowed; open for STORE_READ | STORE_WRITE in each call of take_next().
 * -ENOMEM. */
int take_new(const struct map *m, struct take **ret);
void take_free(struct take *t); /* NULL is allowed */
DEFINE_CLEANUP(take_free, struct take *);
#define _cleanup_take_ _cleanup_(cleanup_take_free)

/* 1 and a batch, valid until the next call; 0: the end; or the user's errno. A failure
 * after entries were taken is returned by the next call. */
int take_next(struct take *t, struct scan_batch *ret);

#endif

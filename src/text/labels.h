/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A key as separate texts, one per member, for labels of metrics.
 */
#ifndef BPFMAPFS_TEXT_LABELS_H
#define BPFMAPFS_TEXT_LABELS_H

#include <stddef.h>

struct buf;
struct type;

/* name: of the member, "" for a key that is not a struct. text: its value in the format
 * VALUE_BARE. Both are valid during the call. 0, or an error that ends the walk. */
typedef int label_fn(void *arg, const char *name, const struct buf *text);

/*
 * Call fn for each member of a key, in order; once for the whole key if it is not a
 * struct. The last `skip` members are left out. -ENOMEM.
 */
int labels_of_key(const struct type *t, const void *key, unsigned skip, label_fn *fn,
		  void *arg);

#endif

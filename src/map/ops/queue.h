/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Queues and stacks: elements without keys. Each returns 0 or the user's
 * errno; value has schema->value_bytes bytes. Safe from any thread.
 */
#ifndef BPFMAPFS_MAP_QUEUE_H
#define BPFMAPFS_MAP_QUEUE_H

#include "map/map.h"

/* Copy the next element, and leave it (peek) or remove it (pop). -ENODATA: empty;
 * -EPERM: frozen. */
int queue_peek(const struct map *m, void *value);
int queue_pop(const struct map *m, void *value);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Notice new files in a BPF file system without walking it: inotify(7) reports them. If
 * that is not possible (too many directories, no permission), the file system is
 * searched once a second.
 *
 * One thread at a time.
 */
#ifndef BPFMAPFS_HOST_PIN_WATCH_H
#define BPFMAPFS_HOST_PIN_WATCH_H

#include <stdbool.h>

#include "host/bpffs.h"
#include "util/attributes.h"

struct pin_watch;

/* dir: where the BPF file system is or will be mounted; borrowed. -ENOMEM. */
int pin_watch_new(const char *dir, struct pin_watch **ret) _must_check_;
void pin_watch_free(struct pin_watch *w); /* NULL is allowed */

/*
 * True if there may be files that the last walk has not seen, and before the first
 * walk. Other users can create files all the time, so long walks are due only so often
 * that they take a tenth of the time.
 */
bool pin_watch_changed(struct pin_watch *w);

/* Like bpffs_walk(). After an error a walk is due again. */
int pin_watch_walk(struct pin_watch *w, bpffs_fn *fn, void *arg);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Learn of new files in a BPF file system without walking it: inotify(7) reports
 * them. Where that is not possible (too many directories, no permission) they are
 * looked for once a second.
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
 * There may be files that the last walk has not seen; true before the first one.
 * Others can make files all the time: walks that take long are due only so often
 * that a tenth of the time goes into them.
 */
bool pin_watch_changed(struct pin_watch *w);

/* As bpffs_walk(). After an error a walk is due again. */
int pin_watch_walk(struct pin_watch *w, bpffs_fn *fn, void *arg);

#endif

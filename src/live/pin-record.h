/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The state of a pinned map that the kernel does not keep: owner and mode of its
 * directory, the definition as it was written, the view. They are restored by the next
 * mount with the same -o pin=DIR.
 *
 * A BPF file system holds no regular files, but symbolic links, whose target may be any
 * string: the record of the map ID, pinned as NAME, is the link NAME@ID@record next to
 * the pin. It lives as long as the pins do, and is replaced by rename(2), so it is
 * either the old or the new one whenever the daemon is killed. Its target:
 *
 *	mode=0750 uid=1000 gid=27	what chmod(2) and chown(2) left; may be empty
 *	type=hash key=u32 ...		the definition
 *	key=ipv4 show=...		the view; may be empty
 *
 * Without -o pin= all of these do nothing.
 */
#ifndef BPFMAPFS_LIVE_PIN_RECORD_H
#define BPFMAPFS_LIVE_PIN_RECORD_H

#include "live/registry.h"

/*
 * Write the record of an owned map in its current state, before a change of it is
 * reported as done. 0; -EFBIG with err: it is too long for a link (4,095 bytes); or an
 * error of the BPF file system, with err.
 */
int pin_record_write(struct registry *r, struct live_map *m, struct text_error *err);

struct pin_record {
	struct owner owner;
	const char *def, *view; /* lines, maybe empty; in text */
	char *text;
};

#define PIN_RECORD_INIT { { 0 }, NULL, NULL, NULL }

/* -ENOENT: there is none; -EINVAL: not a record. Not to be called without -o pin=. */
int pin_record_read(struct registry *r, const char *name, uint32_t id,
		    struct pin_record *ret);
void pin_record_release(struct pin_record *record);
#define _cleanup_pin_record_ _cleanup_(pin_record_release)

void pin_record_remove(struct registry *r, const char *name, uint32_t id);

/* Remove the records whose map is not pinned under its name any more. */
void pin_record_mend(struct registry *r);

#endif

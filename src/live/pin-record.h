/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel does not keep of a pinned map: owner and mode of its directory, the
 * definition as it was written, the view. A daemon that is mounted again with the same
 * -o pin=DIR gives them back.
 *
 * A BPF file system holds no regular files, but symbolic links, whose text is any string:
 * the record of the map ID, pinned as NAME, is the link NAME@ID@record beside the pin. It
 * lives as long as the pins do, and is replaced by rename(2), so it is the old one or
 * the new one whenever the daemon dies. Its text:
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
 * Write the record of a map that the tree owns as the map is now, before a change of it is
 * reported as done. 0; -EFBIG with err: it is too long for a link (4,095 bytes); else
 * what the BPF file system says, with err.
 */
int pin_record_write(struct registry *r, struct live_map *m, struct text_error *err);

struct pin_record {
	struct owner owner;
	const char *def, *view; /* lines, maybe empty; in text */
	char *text;
};

#define PIN_RECORD_INIT { { 0 }, NULL, NULL, NULL }

/* -ENOENT: there is none; -EINVAL: not one of ours. Not without -o pin=. */
int pin_record_read(struct registry *r, const char *name, uint32_t id,
		    struct pin_record *ret);
void pin_record_release(struct pin_record *record);
#define _cleanup_pin_record_ _cleanup_(pin_record_release)

void pin_record_remove(struct registry *r, const char *name, uint32_t id);

/* Remove the records whose map is not pinned under its name any more. */
void pin_record_mend(struct registry *r);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFMAPFS_TEXT_RECORD_H
#define BPFMAPFS_TEXT_RECORD_H

#include <stdbool.h>
#include <stdint.h>

struct buf;
struct members;

/* Append "a=1,@1=00beef,b=2" for the members of the record at p, and for its hidden
 * bytes. false: it has no such name. */
bool members_name(const struct members *keys, const uint8_t *p, struct buf *out);

#endif

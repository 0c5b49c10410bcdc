/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFMAPFS_TEXT_RECORD_H
#define BPFMAPFS_TEXT_RECORD_H

#include <stdbool.h>
#include <stdint.h>

struct buf;
struct node;

/* Append "a=1,b=2" for a record that is no union. false: no name. */
bool record_name_members(const struct node *n, const uint8_t *p, struct buf *out);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records of ring buffers as lines of text.
 */
#ifndef BPFMAPFS_REPORT_RECORD_H
#define BPFMAPFS_REPORT_RECORD_H

#include <stddef.h>

#include "map/schema.h"

struct buf;

/*
 * Append a record as one line: JSON if the view has a type for such records and of the
 * record's length, otherwise the raw form. 0 or -ENOMEM.
 */
int record_format(const struct schema *s, const void *record, size_t len, struct buf *out);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Types as they stand in a definition line: they may come from a header, but a
 * definition is one line.
 */
#ifndef BPFMAPFS_MAP_DEF_LINE_H
#define BPFMAPFS_MAP_DEF_LINE_H

#include <stddef.h>

struct buf;

/* A type on one line, without comments and with one blank for many. Free *ret.
 * -ENOMEM. */
int def_one_line(const char *text, size_t len, char **ret);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Types in a definition line: they may have been copied from a header, but a definition
 * is one line.
 */
#ifndef BPFMAPFS_MAP_DEF_LINE_H
#define BPFMAPFS_MAP_DEF_LINE_H

#include <stddef.h>

struct buf;

/* Put a type on one line, without comments and without repeated blanks. Free *ret.
 * -ENOMEM. */
int def_one_line(const char *text, size_t len, char **ret);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libbpf's C declarations assume that a header declares the names of integers and floats.
 */
#ifndef BPFMAPFS_TEXT_DECL_FOREIGN_H
#define BPFMAPFS_TEXT_DECL_FOREIGN_H

#include <bpf/btf.h>

#include "util/attributes.h"

struct buf;

/* The bytes of an identifier of C. */
#define IDENTIFIER "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"

/*
 * Append a typedef for each integer and float of this BTF whose name C does not know.
 * used: only for those whose names are words of this text; NULL: for all of them. Work
 * grows with n log n of the types. 0 or -ENOMEM.
 */
int declare_foreign(const struct btf *btf, const char *used, struct buf *out) _must_check_;

#endif

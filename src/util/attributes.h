/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Attributes that let the compiler check a function's contract.
 */
#ifndef BPFMAPFS_UTIL_ATTRIBUTES_H
#define BPFMAPFS_UTIL_ATTRIBUTES_H

/* The result is an error that the caller must look at. */
#define _must_check_ __attribute__((warn_unused_result))
/* No pointer argument may be NULL. */
#define _nonnull_ __attribute__((nonnull))
/* Like printf(3): the number of the format argument and of the first value, from 1 on. */
#define _printf_(fmt, first) __attribute__((format(printf, fmt, first)))

#endif

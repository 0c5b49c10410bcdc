/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inside of the kernel store: what goes through mapped memory and not through
 * bpf(2). Seen by kernel*.c only.
 *
 *	kernel.c         the store
 *	kernel-mmap.c    maps mapped into this process, for the time of a call
 */
#ifndef BPFMAPFS_STORE_KERNEL_H
#define BPFMAPFS_STORE_KERNEL_H

#include "store/store.h"

/* As store_patch(). */
int kernel_map_patch(int fd, uint64_t offset, const void *data, size_t len);

#endif

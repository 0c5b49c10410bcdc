/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inside of the kernel store. Seen by kernel*.c only.
 *
 *	kernel.c         the store
 *	kernel-mmap.c    maps mapped into this process, for the time of a call
 *	kernel-symbols.c names of kernel addresses
 */
#ifndef BPFMAPFS_STORE_KERNEL_H
#define BPFMAPFS_STORE_KERNEL_H

#include "store/store.h"

/* As store_patch(). */
int kernel_map_patch(int fd, uint64_t offset, const void *data, size_t len);
/* As store_ring_push(), for a buffer of `size` bytes; one thread at a time. */
int kernel_map_push(int fd, uint32_t size, const void *record, size_t len);

/* As store_symbol(); safe from any thread. */
struct kernel_symbols;
int kernel_symbols_new(struct kernel_symbols **ret);
void kernel_symbols_free(struct kernel_symbols *k);
int kernel_symbols_find(struct kernel_symbols *k, uint64_t address,
			struct store_symbol *ret);

#endif

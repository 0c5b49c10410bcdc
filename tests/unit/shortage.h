/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Allocations of our own code that fail. The linker replaces the allocating functions
 * (--wrap, see local.mk), so this works under sanitizers, too; allocations of libraries
 * do not fail. Safe from any thread.
 */
#ifndef BPFMAPFS_TESTS_SHORTAGE_H
#define BPFMAPFS_TESTS_SHORTAGE_H

#include <stdbool.h>

/* The n-th allocation from now on fails, once. */
void shortage_after(unsigned n);
/* No allocation fails any more. Returns whether one did. */
bool shortage_end(void);
/* Between these, allocations are neither counted nor do they fail. */
void shortage_pause(void);
void shortage_resume(void);

#endif

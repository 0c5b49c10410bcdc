/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Long loops ask interrupted() now and then and stop with -EINTR when the
 * caller of the request has gone. The request's thread says how to find out.
 */
#ifndef BPFMAPFS_UTIL_INTERRUPT_H
#define BPFMAPFS_UTIL_INTERRUPT_H

#include <stdbool.h>

/* For this thread, until the next call; fn NULL: never interrupted. */
void interrupt_source(bool (*fn)(void *arg), void *arg);
bool interrupted(void);

#endif

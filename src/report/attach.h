/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where programs are attached, as text:
 *
 *	raw_tracepoint/sys_enter
 *	xdp/eth0@2			the interface and its index
 *	cgroup_inet_ingress/system.slice/ssh.service
 *	kprobe/vfs_read+0x10
 *
 * Several places are separated by commas, so a comma in a name is %2C, and '%' is %25.
 */
#ifndef BPFMAPFS_REPORT_ATTACH_H
#define BPFMAPFS_REPORT_ATTACH_H

#include "util/buf.h"

struct report;
struct store_attach;

/* The places of one program. */
struct attached {
	uint32_t program; /* id */
	struct buf text;
	uint32_t count;
};

void attached_release(struct attached *a);
#define _cleanup_attached_ _cleanup_(attached_release)

/*
 * Walk the links of the store once and collect the places of n programs, which are
 * sorted by id and have no text yet. The text of unknown places stays empty. 0; -EINTR;
 * -ENOMEM.
 */
int attached_collect(const struct report *r, struct attached *list, size_t n) _must_check_;

/* Append the places, "-" for none. */
void attached_put(const struct attached *a, struct buf *out);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFMAPFS_TEXT_ADDR_H
#define BPFMAPFS_TEXT_ADDR_H

#include <stdint.h>

struct span;

/*
 * Read an address of so many bytes, in network order: IPv4 (4), Ethernet (6), IPv6
 * (16). Writes p only on success. -EAGAIN: incomplete; -EINVAL: not an address, or of
 * another size.
 */
int address_scan(const struct span *text, uint8_t *p, uint32_t size);

#endif

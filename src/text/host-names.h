/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names for numbers on this host: kernel symbols, cgroups, interfaces. They reveal
 * facts about the host that not everybody may know, so a text has them only if its buf
 * has (buf.names): the file's opener is root, and nobody else reads the text. Any other
 * text, such as one that several readers share, has the numbers.
 *
 * Names are only shown. They are not read back, because they may mean something else
 * by then.
 */
#ifndef BPFMAPFS_TEXT_HOST_NAMES_H
#define BPFMAPFS_TEXT_HOST_NAMES_H

#include <stdint.h>

struct buf;

struct host_names {
	/* Append the name of a number. 0; or a negative errno if it has no name, or
	 * none that can be shown on one line, and nothing was appended. Safe from any
	 * thread. */
	int (*symbol)(const struct host_names *names, uint64_t address, struct buf *out);
	int (*cgroup)(const struct host_names *names, uint64_t id, struct buf *out);
	int (*interface)(const struct host_names *names, uint64_t index, struct buf *out);
};

#endif

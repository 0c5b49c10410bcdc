/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Parts of a value that belong to the kernel, recognised by name.
 */
#ifndef BPFMAPFS_TEXT_KNOWN_H
#define BPFMAPFS_TEXT_KNOWN_H

/* Kernel-owned structs: TYPE_HAS_LOCK, TYPE_HAS_OBJECTS, or 0. */
unsigned known_struct_traits(const char *name);

/* Type tags that make a pointer a kernel pointer: TYPE_HAS_OBJECTS, or 0. */
unsigned known_tag_traits(const char *tag);

#endif

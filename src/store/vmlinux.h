/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The BTF of the running kernel.
 */
#ifndef BPFMAPFS_STORE_VMLINUX_H
#define BPFMAPFS_STORE_VMLINUX_H

struct btf;

/* Read it, which takes 50 ms; the caller frees it with btf__free(). */
int store_vmlinux(struct btf **ret);

#endif

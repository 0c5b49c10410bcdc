/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The BTF of the running kernel, which both stores have.
 */
#include "store/vmlinux.h"

#include <bpf/btf.h>
#include <errno.h>

/* btf__load_vmlinux_btf() tries several files and finally returns ESRCH, even if the
 * first failed for lack of descriptors or memory. */
int store_vmlinux(struct btf **ret)
{
	struct btf *btf = btf__parse_raw("/sys/kernel/btf/vmlinux");

	if (!btf && errno == ENOENT)
		btf = btf__load_vmlinux_btf();
	if (!btf)
		return -errno;
	*ret = btf;
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * BTF of the running kernel, its modules and programs, by id.
 */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>

#include "store/kernel/kernel.h"
#include "store/vmlinux.h"

enum owner {
	OWNER_PROGRAM,
	OWNER_KERNEL,
	OWNER_MODULE, /* such BTF builds on that of the kernel */
};

/* An enum owner, or an error. */
static int owner_of(uint32_t btf_id)
{
	struct bpf_btf_info info = { 0 };
	uint32_t len = sizeof(info);
	char name[64] = "";
	_cleanup_close_ int fd = bpf_btf_get_fd_by_id(btf_id);
	int r;

	if (fd < 0)
		return fd;
	info.name = (uintptr_t)name;
	info.name_len = sizeof(name);
	r = bpf_obj_get_info_by_fd(fd, &info, &len);
	/* Before Linux 5.11 the structure ends above the name, what is behind must
	 * be zero (-E2BIG), and BTF of modules has no ids. */
	if (r == -E2BIG)
		return OWNER_PROGRAM;
	/* -ENOSPC: a name longer than this is not "vmlinux" */
	if (r && r != -ENOSPC)
		return r;
	if (!info.kernel_btf)
		return OWNER_PROGRAM;
	return strcmp(name, "vmlinux") ? OWNER_MODULE : OWNER_KERNEL;
}

/* The store's own copy, which stays. */
static int vmlinux_btf(struct kernel_store *k, struct btf **ret)
{
	int r;

	GUARD_MUTEX(&k->lock);
	r = k->vmlinux ? 0 : store_vmlinux(&k->vmlinux);
	if (r == 0)
		*ret = k->vmlinux;
	return r;
}

int kernel_btf(struct store *s, uint32_t btf_id, struct btf **ret)
{
	struct btf *base = NULL, *btf;
	int r = btf_id ? owner_of(btf_id) : 0;

	if (r == OWNER_MODULE)
		r = vmlinux_btf((struct kernel_store *)s, &base);
	if (r < 0)
		return r;
	if (!btf_id)
		return store_vmlinux(ret);
	btf = btf__load_from_kernel_by_id_split(btf_id, base);
	if (!btf)
		return -errno;
	*ret = btf;
	return 0;
}

int kernel_next_module_btf(struct store *s, uint32_t id, uint32_t *ret)
{
	int r;

	(void)s;
	/* An object that has gone by now is none. */
	while ((r = bpf_btf_get_next_id(id, &id)) == 0)
		if (owner_of(id) == OWNER_MODULE)
			break;
	if (r == 0)
		*ret = id;
	return r;
}

static void copy_name(const struct btf *btf, uint32_t type_id, char *name, size_t size)
{
	const struct btf_type *type = btf__type_by_id(btf, type_id);

	snprintf(name, size, "%s",
		 type ? btf__name_by_offset(btf, type->name_off) ?: "" : "");
}

int kernel_type_name(struct store *s, uint32_t btf_id, uint32_t type_id, char *name,
		     size_t size)
{
	struct btf *btf = NULL, *own = NULL;
	int r = owner_of(btf_id);

	/* The kernel's takes long to read. */
	if (r == OWNER_KERNEL)
		r = vmlinux_btf((struct kernel_store *)s, &btf);
	else if (r >= 0)
		r = kernel_btf(s, btf_id, &own);
	if (r == 0)
		copy_name(own ?: btf, type_id, name, size);
	btf__free(own);
	return r;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The map types that this kernel has: helpers leave out the others.
 */
#ifndef TESTS_BPF_TYPES_H
#define TESTS_BPF_TYPES_H

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <stdbool.h>

/* Names in the kernel's BTF of types that older versions of libbpf do not know. */
static const struct newer_type {
	__u32 type;
	const char *name;
} newer_types[] = {
	{ 32, "BPF_MAP_TYPE_CGRP_STORAGE" },
	{ 33, "BPF_MAP_TYPE_ARENA" },
};

/* Does any enum of the kernel have this enumerator? */
static bool kernel_has_enumerator(const char *name)
{
	struct btf *btf = btf__load_vmlinux_btf();
	__u32 count = btf ? btf__type_cnt(btf) : 0;
	bool found = false;

	for (__u32 id = 1; id < count && !found; id++) {
		const struct btf_type *t = btf__type_by_id(btf, id);

		for (__u16 i = 0; btf_is_enum(t) && i < btf_vlen(t) && !found; i++)
			found = !strcmp(btf__name_by_offset(btf, btf_enum(t)[i].name_off),
					name);
	}
	btf__free(btf);
	return found;
}

static bool kernel_has_map_type(__u32 type)
{
	int r = libbpf_probe_bpf_map_type((enum bpf_map_type)type, NULL);

	if (r >= 0)
		return r;
	for (size_t i = 0; i < sizeof(newer_types) / sizeof(newer_types[0]); i++)
		if (newer_types[i].type == type)
			return kernel_has_enumerator(newer_types[i].name);
	return true;
}

#endif

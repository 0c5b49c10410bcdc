/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which map types this kernel has. bpf(2) returns EINVAL both for an unknown type and
 * for sizes that do not fit the type, so after EINVAL the smallest map of that type is
 * created. libbpf has its sizes for the types that it knows; the table here has those
 * of newer types.
 */
#include "store/kernel/kernel.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>

/* Newer than the oldest <linux/bpf.h> that this is built with. */
#define MAP_TYPE_ARENA 33

static const struct smallest {
	uint32_t type;
	uint32_t key_size, value_size, max_entries, flags;
} smallest[] = {
	{ MAP_TYPE_ARENA, 0, 0, 1, BPF_F_MMAPABLE },
};

/* As libbpf_probe_bpf_map_type(): 1, 0, or negative: not known. */
static int probe(uint32_t type)
{
	for (size_t i = 0; i < sizeof(smallest) / sizeof(smallest[0]); i++) {
		const struct smallest *s = &smallest[i];
		LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = s->flags);
		_cleanup_close_ int fd = -1;

		if (s->type != type)
			continue;
		fd = bpf_map_create((enum bpf_map_type)type, NULL, s->key_size,
				    s->value_size, s->max_entries, &opts);
		return fd >= 0 ? 1 : fd == -EINVAL ? 0 : fd;
	}
	return libbpf_probe_bpf_map_type((enum bpf_map_type)type, NULL);
}

enum { UNKNOWN, PRESENT, ABSENT };

bool kernel_has_type(struct kernel_store *k, uint32_t type)
{
	uint8_t state = UNKNOWN;

	if (type >= sizeof(k->types))
		return true;
	state = __atomic_load_n(&k->types[type], __ATOMIC_RELAXED);
	if (state == UNKNOWN) {
		state = probe(type) == 0 ? ABSENT : PRESENT;
		__atomic_store_n(&k->types[type], state, __ATOMIC_RELAXED);
	}
	return state != ABSENT;
}

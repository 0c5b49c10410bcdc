/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "text/known.h"

#include <string.h>

#include "text/model.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/*
 * The kernel's __be32 is nearly always an address, so it is shown as one;
 * be32, which only our grammar makes, is a number.
 */
static const struct known known_types[] = {
	{ "__be16", 2, &kind_be, "be16", 2 },
	{ "be16", 2, &kind_be, "be16", 2 },
	{ "be32", 4, &kind_be, "be32", 4 },
	{ "__be64", 8, &kind_be, "be64", 8 },
	{ "be64", 8, &kind_be, "be64", 8 },
	{ "__be32", 4, &kind_ipv4, "ipv4", 4 },
	{ "in_addr_t", 4, &kind_ipv4, "ipv4", 4 },
	{ "in_addr", 4, &kind_ipv4, "ipv4", 4 },
	{ "ipv4", 4, &kind_ipv4, "ipv4", 4 },
	{ "in6_addr", 16, &kind_ipv6, "ipv6", 1 },
	{ "ipv6", 16, &kind_ipv6, "ipv6", 1 },
	{ "mac", 6, &kind_mac, "mac", 1 },
	{ "x8", 1, &kind_hex, "x8", 1 },
	{ "x16", 2, &kind_hex, "x16", 2 },
	{ "x32", 4, &kind_hex, "x32", 4 },
	{ "x64", 8, &kind_hex, "x64", 8 },
};

const struct known *known_find(const char *name)
{
	size_t i;

	for (i = 0; i < COUNT(known_types); i++)
		if (strcmp(known_types[i].name, name) == 0)
			return &known_types[i];
	return NULL;
}

struct owned {
	const char *name;
	unsigned traits;
};

static const struct owned owned_structs[] = {
	{ "bpf_spin_lock", TYPE_HAS_LOCK },
	{ "bpf_res_spin_lock", TYPE_HAS_LOCK },
	{ "bpf_timer", TYPE_HAS_OBJECTS },
	{ "bpf_wq", TYPE_HAS_OBJECTS },
	{ "bpf_task_work", TYPE_HAS_OBJECTS },
	{ "bpf_list_head", TYPE_HAS_OBJECTS },
	{ "bpf_list_node", TYPE_HAS_OBJECTS },
	{ "bpf_rb_root", TYPE_HAS_OBJECTS },
	{ "bpf_rb_node", TYPE_HAS_OBJECTS },
	{ "bpf_refcount", TYPE_HAS_OBJECTS },
};

static const struct owned owned_tags[] = {
	{ "kptr", TYPE_HAS_OBJECTS },
	{ "kptr_ref", TYPE_HAS_OBJECTS }, /* its name until Linux 6.3 */
	{ "kptr_untrusted", TYPE_HAS_OBJECTS },
	{ "percpu_kptr", TYPE_HAS_OBJECTS },
	{ "uptr", TYPE_HAS_OBJECTS },
};

static unsigned owned_traits(const struct owned *list, size_t count, const char *name)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (strcmp(list[i].name, name) == 0)
			return list[i].traits;
	return 0;
}

unsigned known_struct_traits(const char *name)
{
	return owned_traits(owned_structs, COUNT(owned_structs), name);
}

unsigned known_tag_traits(const char *tag)
{
	return owned_traits(owned_tags, COUNT(owned_tags), tag);
}

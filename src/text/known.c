/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two lists of names: structures that belong to the kernel, and tags of pointers.
 */
#include "text/known.h"

#include <string.h>

#include "text/type.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

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

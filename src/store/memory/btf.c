/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Types of in-process maps: the types that the kernel would accept, the bytes of a
 * value that it would reserve for itself, and BTF objects that live as long as a map
 * uses them.
 *
 * Objects of the kernel inside of a value are found as the kernel finds them: members
 * of structs, at any depth and also in arrays, but neither in unions nor behind a
 * typedef. Invalid combinations (two timers) are treated as plain bytes, as in the
 * kernel.
 */
#include "store/memory/memory.h"

#include <bpf/btf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>

struct memory_btf {
	uint32_t id;
	uint32_t size;
	char data[]; /* raw, as it was given */
};

DEFINE_CLEANUP(btf__free, struct btf *);
#define _cleanup_btf_ _cleanup_(cleanup_btf__free)

/* Members that belong to the kernel, and the map types that may have them. */
static const struct special {
	const char *name;
	uint32_t size, align;
	uint64_t types;
} specials[] = {
#define ON(type) (1ull << BPF_MAP_TYPE_##type)
	{ "bpf_spin_lock", 4, 4, ON(HASH) | ON(ARRAY) },
	{ "bpf_timer", 16, 8, ON(HASH) | ON(LRU_HASH) | ON(ARRAY) },
	{ "bpf_wq", 16, 8, ON(HASH) | ON(LRU_HASH) | ON(ARRAY) },
};

#define SPECIAL_LOCK (&specials[0])
#define SPECIAL_COUNT (sizeof(specials) / sizeof(specials[0]))

/* Depth of nested structs that the kernel looks into. */
#define MAX_DEPTH 32
/* Total number of members that are checked: nested structs multiply quickly. */
#define MAX_MEMBERS 65536

struct search {
	const struct btf *btf;
	struct memory_hole holes[MEMORY_MAX_HOLES];
	unsigned count;
	unsigned found; /* bit i: specials[i] */
	unsigned members;
};

static const struct special *find_special(const struct btf *btf, const struct btf_type *t)
{
	const char *name = btf__name_by_offset(btf, t->name_off);

	for (size_t i = 0; name && i < SPECIAL_COUNT; i++)
		if (strcmp(name, specials[i].name) == 0 && t->size == specials[i].size)
			return &specials[i];
	return NULL;
}

static int add_hole(struct search *s, const struct special *special, uint32_t offset)
{
	if (offset % special->align || s->count == MEMORY_MAX_HOLES)
		return -EINVAL;
	/* Only locks may occur twice, in structs of different depth. */
	if ((s->found & 1u << (special - specials)) && special != SPECIAL_LOCK)
		return -EINVAL;
	s->holes[s->count++] = (struct memory_hole){ offset, special->size };
	s->found |= 1u << (special - specials);
	return 0;
}

static int search_struct(struct search *s, const struct btf_type *t, uint32_t offset,
			 unsigned depth);

static int search_member(struct search *s, uint32_t id, uint32_t offset, unsigned depth)
{
	const struct btf_type *t = btf__type_by_id(s->btf, id);
	const struct special *special;
	unsigned found = s->found;
	uint64_t elems = 1;
	int r;

	for (unsigned i = 0; t && btf_is_array(t) && i < MAX_DEPTH; i++) {
		elems *= btf_array(t)->nelems;
		elems = elems > 1 ? 2 : elems; /* more than one: how many? never mind */
		t = btf__type_by_id(s->btf, btf_array(t)->type);
	}
	if (!t || !btf_is_struct(t) || !elems)
		return 0;
	special = find_special(s->btf, t);
	r = special ? add_hole(s, special, offset)
		    : search_struct(s, t, offset, depth + 1);
	/* An array of them makes no sense to the kernel. */
	return !r && elems > 1 && s->found != found ? -EINVAL : r;
}

static int search_struct(struct search *s, const struct btf_type *t, uint32_t offset,
			 unsigned depth)
{
	if (depth > MAX_DEPTH)
		return -E2BIG;
	for (uint16_t i = 0; i < btf_vlen(t); i++) {
		int r;

		if (++s->members > MAX_MEMBERS)
			return -E2BIG;
		if (btf_member_bitfield_size(t, i))
			continue;
		r = search_member(s, btf_members(t)[i].type,
				  offset + btf_member_bit_offset(t, i) / 8, depth);
		if (r)
			return r;
	}
	return 0;
}

static int search_section(struct search *s, const struct btf_type *t)
{
	for (uint16_t i = 0; i < btf_vlen(t); i++) {
		const struct btf_var_secinfo *info = &btf_var_secinfos(t)[i];
		const struct btf_type *var = btf__type_by_id(s->btf, info->type);
		int r = var && btf_is_var(var)
			? search_member(s, var->type, info->offset, 0)
			: -EINVAL;

		if (r)
			return r;
	}
	return 0;
}

/* Note the kernel's members of the value type, if this map may have them. */
static int find_holes(struct memory_map *m, const struct btf *btf,
		      const struct btf_type *value)
{
	struct search s = { .btf = btf };
	int r = 0;

	if (btf_is_struct(value))
		r = search_struct(&s, value, 0, 0);
	else if (btf_is_datasec(value))
		r = search_section(&s, value);
	if (r || !s.count)
		return 0; /* plain bytes */
	if (m->info.flags & (BPF_F_RDONLY_PROG | BPF_F_WRONLY_PROG))
		return -EACCES;
	for (size_t i = 0; i < SPECIAL_COUNT; i++)
		if ((s.found & 1u << i) && !(specials[i].types >> m->info.type & 1))
			return -EOPNOTSUPP;
	/* The search goes by offsets from BTF: never trust them. */
	for (unsigned i = 0; i < s.count; i++)
		if (s.holes[i].offset > m->info.value_size - s.holes[i].size)
			return -EINVAL;
	memcpy(m->holes, s.holes, sizeof(s.holes));
	m->hole_count = s.count;
	m->has_lock = s.found & 1u << (SPECIAL_LOCK - specials);
	return 0;
}

/* The type behind typedefs and qualifiers if it has just this size. */
static const struct btf_type *sized_type(const struct btf *btf, uint32_t id,
					 uint32_t size)
{
	int real = btf__resolve_type(btf, id);

	if (real <= 0 || btf__resolve_size(btf, id) != (int64_t)size)
		return NULL;
	return btf__type_by_id(btf, (uint32_t)real);
}

static int check_types(struct memory_map *m, const struct store_spec *spec,
		       const struct btf *btf)
{
	const struct btf_type *key = NULL, *value;
	int r;

	if (spec->btf_key_type_id) {
		key = sized_type(btf, spec->btf_key_type_id, spec->key_size);
		if (!key)
			return -EINVAL;
	} else if (!m->type->check_btf) {
		return -EINVAL;
	}
	value = sized_type(btf, spec->btf_value_type_id, spec->value_size);
	if (!value)
		return -EINVAL;
	r = find_holes(m, btf, value);
	if (r || !m->type->check_btf)
		return r;
	return m->type->check_btf(spec, key, value);
}

/* Keep spec's BTF under a new id. */
static int keep_btf(struct memory_map *m, const struct store_spec *spec)
{
	struct memory_btf *kept = malloc(sizeof(*kept) + spec->btf_size);
	int r;

	if (!kept)
		return -ENOMEM;
	kept->size = spec->btf_size;
	memcpy(kept->data, spec->btf_data, spec->btf_size);
	{
		GUARD_MUTEX(&m->store->lock);
		r = memory_ids_add(&m->store->btfs, kept, &kept->id);
	}
	if (r)
		free(kept);
	else
		m->btf = kept;
	return r;
}

int memory_btf_attach(struct memory_map *m, const struct store_spec *spec)
{
	_cleanup_btf_ struct btf *btf = NULL;
	int r;

	if (!spec->btf_value_type_id)
		return 0;
	btf = btf__new(spec->btf_data, spec->btf_size);
	if (!btf)
		return -errno;
	r = check_types(m, spec, btf);
	return r ? r : keep_btf(m, spec);
}

void memory_btf_detach(struct memory_map *m)
{
	if (!m->btf)
		return;
	memory_ids_remove(&m->store->btfs, m->btf->id);
	free(m->btf);
	m->btf = NULL;
}

int memory_btf_get(struct memory_store *ms, uint32_t id, struct btf **ret)
{
	const struct memory_btf *kept;
	struct btf *btf;

	GUARD_MUTEX(&ms->lock);
	kept = memory_ids_get(&ms->btfs, id);
	if (!kept)
		return -ENOENT;
	btf = btf__new(kept->data, kept->size);
	if (!btf)
		return -errno;
	*ret = btf;
	return 0;
}

uint32_t memory_btf_id(const struct memory_map *m)
{
	return m->btf ? m->btf->id : 0;
}

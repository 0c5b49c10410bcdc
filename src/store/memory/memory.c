/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The in-process store: maps that live in this process and behave as the
 * kernel's do, for users without BPF and for tests.
 *
 * A map lives as long as a struct store_map refers to it, like a kernel map held only
 * by file descriptors. The access mode of an opener is kept in its struct
 * store_map; BPF_F_RDONLY and BPF_F_WRONLY at creation concern that alone.
 */
#include "store/memory/memory.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>

#include "store/vmlinux.h"

/* The table of map types. */
static const struct memory_type *const types[] = {
	&memory_type_hash,
	&memory_type_array,
	&memory_type_percpu_hash,
	&memory_type_percpu_array,
	&memory_type_lru_hash,
	&memory_type_lru_percpu_hash,
	&memory_type_lpm_trie,
	&memory_type_queue,
	&memory_type_stack,
	&memory_type_bloom_filter,
	&memory_type_ringbuf,
	&memory_type_array_of_maps,
	&memory_type_hash_of_maps,
};

/* What a map takes beside its entries, its BTF and what others know of it: its
 * locks are most of that. */
#define MAP_BYTES 16384

static const struct memory_type *find_type(uint32_t type)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (types[i]->type == type)
			return types[i];
	return NULL;
}

static struct memory_store *memory_store(struct store *s)
{
	return (struct memory_store *)s;
}

static void memory_free(struct store *s)
{
	struct memory_store *ms = memory_store(s);

	/* All maps must be closed first. */
	assert(!ms->maps.count && !ms->btfs.count);
	free(ms->maps.entries);
	free(ms->btfs.entries);
	pthread_mutex_destroy(&ms->lock);
	free(ms);
}

static int memory_next_id(struct store *s, uint32_t id, uint32_t *ret)
{
	struct memory_store *ms = memory_store(s);
	uint32_t next;

	if (id >= INT_MAX)
		return -EINVAL;
	GUARD_MUTEX(&ms->lock);
	next = memory_ids_after(&ms->maps, id);
	if (!next)
		return -ENOENT;
	*ret = next;
	return 0;
}

static int memory_open(struct store *s, uint32_t id, unsigned access,
		       struct store_map *ret)
{
	struct memory_store *ms = memory_store(s);
	struct memory_map *m;

	GUARD_MUTEX(&ms->lock);
	m = memory_ids_get(&ms->maps, id);
	if (!m)
		return -ENOENT;
	m->refs++;
	*ret = (struct store_map){ .store = s, .access = access, .object = m };
	return 0;
}

/* Free a map that no id leads to. */
static void map_free(struct memory_map *m)
{
	memory_outer_release(m);
	pthread_mutex_destroy(&m->slots);
	pthread_rwlock_destroy(&m->write_lock);
	memory_uncharge(m->charged);
	m->type->free(m);
}

struct memory_map *memory_map_get(struct memory_map *m)
{
	GUARD_MUTEX(&m->store->lock);
	m->refs++;
	return m;
}

void memory_map_put(struct memory_map *m)
{
	{
		GUARD_MUTEX(&m->store->lock);
		if (--m->refs)
			return;
		memory_ids_remove(&m->store->maps, m->info.id);
		memory_btf_detach(m);
	}
	/* Many gigabytes may go here: not under the store's lock. */
	map_free(m);
}

static void memory_close(struct store_map *sm)
{
	memory_map_put(sm->object);
}

/* Whether memory can be asked of this node. Node 0 needs no NUMA. */
static bool node_is_online(uint32_t node)
{
	char path[64];

	if (node == 0 || node == UINT32_MAX)
		return true;
	snprintf(path, sizeof(path), "/sys/devices/system/node/node%u", node);
	return node < INT_MAX && access(path, F_OK) == 0;
}

/* The kernel's checks that are the same for all types, then the type's. */
static int check_spec(const struct memory_type *type, const struct store_spec *spec)
{
	const uint32_t fd_flags = BPF_F_RDONLY | BPF_F_WRONLY;
	const uint32_t prog_flags = BPF_F_RDONLY_PROG | BPF_F_WRONLY_PROG;

	if (spec->btf_key_type_id && !spec->btf_value_type_id)
		return -EINVAL;
	if (spec->map_extra && !(type && type->traits & MEMORY_TAKES_EXTRA))
		return -EINVAL;
	if ((spec->flags & fd_flags) == fd_flags)
		return -EINVAL;
	if ((spec->flags & BPF_F_NUMA_NODE) && !node_is_online(spec->numa_node))
		return -EINVAL;
	if (!type)
		return -EOPNOTSUPP;
	if (type->traits & MEMORY_SIZE_FIRST && spec->value_size > MEMORY_KMALLOC_MAX)
		return -E2BIG;
	if ((spec->flags & ~type->flags) || (spec->flags & prog_flags) == prog_flags)
		return -EINVAL;
	return type->check(spec);
}

static bool name_is_valid(const char *name)
{
	for (; *name; name++)
		if (!isascii(*name) || (!isalnum(*name) && *name != '_' && *name != '.'))
			return false;
	return true;
}

static size_t value_stride(const struct memory_type *type, uint32_t value_size)
{
	if (type->traits & MEMORY_PERCPU)
		return (((size_t)value_size + 7) & ~(size_t)7) * store_possible_cpus();
	return value_size;
}

/* Fill in the info of a map; creation may have set max_entries already. */
static int describe(struct memory_map *m, const struct store_spec *spec)
{
	const char *name = spec->name ? spec->name : "";

	if (!name_is_valid(name))
		return -EINVAL;
	memcpy(m->info.name, name, strlen(name));
	m->info.type = spec->type;
	m->info.key_size = spec->key_size;
	m->info.value_size = spec->value_size;
	if (!m->info.max_entries)
		m->info.max_entries = spec->max_entries;
	m->info.flags = spec->flags & ~(uint32_t)(BPF_F_RDONLY | BPF_F_WRONLY);
	m->info.map_extra = spec->map_extra;
	if (spec->btf_value_type_id) {
		m->info.btf_key_type_id = spec->btf_key_type_id;
		m->info.btf_value_type_id = spec->btf_value_type_id;
	}
	return 0;
}

static int map_new(struct memory_store *ms, const struct memory_type *type,
		   const struct store_spec *spec, struct memory_map **ret)
{
	size_t stride = value_stride(type, spec->value_size);
	struct memory_map *m;
	int r = type->create(spec, stride, &m);

	if (r)
		return r;
	m->type = type;
	m->store = ms;
	m->value_stride = stride;
	m->refs = 1;
	pthread_rwlock_init(&m->write_lock, NULL);
	pthread_mutex_init(&m->slots, NULL);
	r = memory_charge(MAP_BYTES + spec->btf_size);
	if (!r)
		m->charged = MAP_BYTES + spec->btf_size;
	if (!r)
		r = memory_outer_init(m, spec);
	if (!r)
		r = describe(m, spec);
	if (!r)
		r = memory_btf_attach(m, spec);
	if (r) {
		map_free(m);
		return r;
	}
	*ret = m;
	return 0;
}

static unsigned creator_access(uint32_t flags)
{
	if (flags & BPF_F_RDONLY)
		return STORE_READ;
	if (flags & BPF_F_WRONLY)
		return STORE_WRITE;
	return STORE_READ | STORE_WRITE;
}

static int memory_create(struct store *s, const struct store_spec *spec,
			 struct store_map *ret)
{
	const struct memory_type *type = find_type(spec->type);
	struct memory_store *ms = memory_store(s);
	struct memory_map *m;
	int r = check_spec(type, spec);

	if (r)
		return r;
	r = map_new(ms, type, spec, &m);
	if (r)
		return r;
	{
		GUARD_MUTEX(&ms->lock);
		r = memory_ids_add(&ms->maps, m, &m->info.id);
		if (r)
			memory_btf_detach(m);
	}
	if (r) {
		map_free(m);
		return r;
	}
	*ret = (struct store_map){ .store = s,
				   .access = creator_access(spec->flags),
				   .object = m };
	return 0;
}

static int memory_info(const struct store_map *sm, struct store_info *ret)
{
	struct memory_map *m = sm->object;

	*ret = m->info;
	ret->btf_id = memory_btf_id(m);
	return 0;
}

static int memory_usage(const struct store_map *sm, struct store_usage *ret)
{
	struct memory_map *m = sm->object;

	ret->memlock = m->type->memlock(m);
	pthread_rwlock_rdlock(&m->write_lock);
	ret->frozen = m->frozen;
	pthread_rwlock_unlock(&m->write_lock);
	return 0;
}

static int memory_btf(struct store *s, uint32_t btf_id, struct btf **ret)
{
	return btf_id ? memory_btf_get(memory_store(s), btf_id, ret) : store_vmlinux(ret);
}

static int memory_freeze(const struct store_map *sm)
{
	struct memory_map *m = sm->object;
	int r = 0;

	/* A program could hold what the kernel keeps in such values. */
	if (m->hole_count)
		return -STORE_ENOTSUPP;
	if (!(sm->access & STORE_WRITE))
		return -EPERM;
	if (pthread_rwlock_trywrlock(&m->write_lock))
		return -EBUSY;
	if (m->frozen)
		r = -EPERM;
	m->frozen = true;
	pthread_rwlock_unlock(&m->write_lock);
	return r;
}

static const struct store_ops memory_ops = {
	.name = "memory",
	.free = memory_free,
	.next_id = memory_next_id,
	.open = memory_open,
	.close = memory_close,
	.create = memory_create,
	.info = memory_info,
	.usage = memory_usage,
	.btf = memory_btf,
	.lookup = memory_lookup,
	.update = memory_update,
	.update_map = memory_update_map,
	.remove = memory_remove,
	.lookup_and_delete = memory_lookup_and_delete,
	.next_key = memory_next_key,
	.lookup_batch = memory_lookup_batch,
	.take_batch = memory_take_batch,
	.update_batch = memory_update_batch,
	.remove_batch = memory_remove_batch,
	.patch = memory_patch,
	.ring_map = memory_ring_map,
	.ring_unmap = memory_ring_unmap,
	.freeze = memory_freeze,
};

int store_memory_new(struct store **ret)
{
	struct memory_store *ms = calloc(1, sizeof(*ms));

	if (!ms)
		return -ENOMEM;
	ms->base.ops = &memory_ops;
	pthread_mutex_init(&ms->lock, NULL);
	*ret = &ms->base;
	return 0;
}

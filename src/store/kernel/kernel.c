/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The running kernel as a store: bpf(2) through libbpf's thin wrappers, which return
 * -errno. Only vmlinux's BTF is cached; it is the base of every module's BTF.
 *
 * Every descriptor is close-on-exec: bpf(2) makes them so.
 */
#include "store/kernel/kernel.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/bpf.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

/* How often a busy bucket is tried again; each try gives up the CPU. */
#define BUSY_TRIES 16

/* Evaluate call again while it gives -EBUSY, a bounded number of times. */
#define RETRY_BUSY(call)                                                        \
	({                                                                      \
		int r_ = (call);                                                \
		for (int try_ = 1; r_ == -EBUSY && try_ < BUSY_TRIES; try_++) { \
			sched_yield();                                          \
			r_ = (call);                                            \
		}                                                               \
		r_;                                                             \
	})

int kernel_store_init(struct kernel_store *k, const struct store_ops *ops)
{
	/* Silence libbpf; errors are returned as errnos. */
	libbpf_set_print(NULL);
	k->base.ops = ops;
	pthread_mutex_init(&k->lock, NULL);
	pthread_mutex_init(&k->pushing, NULL);
	return kernel_symbols_new(&k->symbols);
}

void kernel_store_release(struct kernel_store *k)
{
	btf__free(k->vmlinux);
	kernel_symbols_free(k->symbols);
	pthread_mutex_destroy(&k->lock);
	pthread_mutex_destroy(&k->pushing);
}

static void kernel_free(struct store *s)
{
	kernel_store_release((struct kernel_store *)s);
	free(s);
}

static int kernel_next_id(struct store *s, uint32_t id, uint32_t *ret)
{
	uint32_t next;
	int r;

	(void)s;
	r = bpf_map_get_next_id(id, &next);
	if (r)
		return r;
	*ret = next;
	return 0;
}

static int kernel_open(struct store *s, uint32_t id, unsigned access,
		       struct store_map *ret)
{
	LIBBPF_OPTS(bpf_get_fd_by_id_opts, opts);
	int fd;

	if (access == STORE_READ)
		opts.open_flags = BPF_F_RDONLY;
	else if (access == STORE_WRITE)
		opts.open_flags = BPF_F_WRONLY;
	fd = bpf_map_get_fd_by_id_opts(id, &opts);
	if (fd < 0)
		return fd;
	*ret = (struct store_map){ .store = s,
				   .fd = fd,
				   .access = kernel_closes_late(s, id) };
	return 0;
}

static void kernel_close(struct store_map *m)
{
	if (m->access)
		kernel_wait_to_close();
	close(m->fd);
}

static int kernel_create(struct store *s, const struct store_spec *spec,
			 struct store_map *ret)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = spec->flags,
		    .numa_node = spec->numa_node, .map_extra = spec->map_extra,
		    .inner_map_fd = (uint32_t)(spec->inner ? spec->inner->fd : -1),
		    .btf_key_type_id = spec->btf_key_type_id,
		    .btf_value_type_id = spec->btf_value_type_id);
	_cleanup_close_ int btf_fd = -1;
	int fd;

	if (spec->btf_key_type_id || spec->btf_value_type_id) {
		btf_fd = bpf_btf_load(spec->btf_data, spec->btf_size, NULL);
		if (btf_fd < 0)
			return btf_fd;
		opts.btf_fd = (uint32_t)btf_fd;
	}
	fd = bpf_map_create((enum bpf_map_type)spec->type, spec->name, spec->key_size,
			    spec->value_size, spec->max_entries, &opts);
	if (fd == -EINVAL && !kernel_has_type((struct kernel_store *)s, spec->type))
		return -EOPNOTSUPP;
	if (fd < 0)
		return fd;
	*ret = (struct store_map){ .store = s, .fd = fd };
	return 0;
}

/* This member came later than many a <linux/bpf.h>, in a place kept free. */
static uint32_t vmlinux_id(const struct bpf_map_info *info)
{
	size_t at = offsetof(struct bpf_map_info, map_extra) - sizeof(uint32_t);
	uint32_t id;

	memcpy(&id, (const char *)info + at, sizeof(id));
	return id;
}

static int kernel_info(const struct store_map *m, struct store_info *ret)
{
	struct bpf_map_info info = { 0 };
	uint32_t len = sizeof(info);
	int r = bpf_obj_get_info_by_fd(m->fd, &info, &len);

	if (r)
		return r;
	*ret = (struct store_info){
		.type = info.type,
		.id = info.id,
		.key_size = info.key_size,
		.value_size = info.value_size,
		.max_entries = info.max_entries,
		.flags = info.map_flags,
		.map_extra = info.map_extra,
		.ifindex = info.ifindex,
		.btf_id = info.btf_id,
		.btf_key_type_id = info.btf_key_type_id,
		.btf_value_type_id = info.btf_value_type_id,
		.btf_vmlinux_value_type_id = info.btf_vmlinux_value_type_id,
		.btf_vmlinux_id = vmlinux_id(&info),
	};
	kernel_note_type(m->store, info.id, info.type);
	memcpy(ret->name, info.name, sizeof(ret->name));
	return 0;
}

uint64_t kernel_fdinfo_field(const char *text, const char *field)
{
	size_t len = strlen(field);

	for (; text; text = strchr(text, '\n')) {
		text += *text == '\n';
		if (strncmp(text, field, len) == 0)
			return strtoull(text + len, NULL, 10);
	}
	return 0;
}

int kernel_fdinfo(int object, char text[KERNEL_FDINFO_LEN])
{
	_cleanup_close_ int fd = -1;
	char path[64];
	ssize_t len;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", object);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	len = read(fd, text, KERNEL_FDINFO_LEN - 1);
	if (len < 0)
		return -errno;
	text[len] = '\0';
	return 0;
}

static int kernel_usage(const struct store_map *m, struct store_usage *ret)
{
	char text[KERNEL_FDINFO_LEN];
	int r = kernel_fdinfo(m->fd, text);

	if (r == 0)
		*ret = (struct store_usage){
			.memlock = kernel_fdinfo_field(text, "memlock:"),
			.frozen = kernel_fdinfo_field(text, "frozen:") != 0,
		};
	return r;
}

static int kernel_lookup(const struct store_map *m, const void *key, void *value,
			 unsigned flags)
{
	return bpf_map_lookup_elem_flags(m->fd, key, value, flags);
}

static int kernel_update(const struct store_map *m, const void *key, const void *value,
			 unsigned flags)
{
	return RETRY_BUSY(bpf_map_update_elem(m->fd, key, value, flags));
}

static int kernel_update_map(const struct store_map *m, const void *key,
			     const struct store_map *inner, unsigned flags)
{
	return kernel_update(m, key, &inner->fd, flags);
}

static int kernel_remove(const struct store_map *m, const void *key)
{
	return RETRY_BUSY(bpf_map_delete_elem(m->fd, key));
}

static int kernel_lookup_and_delete(const struct store_map *m, const void *key,
				    void *value, unsigned flags)
{
	return RETRY_BUSY(bpf_map_lookup_and_delete_elem_flags(m->fd, key, value, flags));
}

static int kernel_next_key(const struct store_map *m, const void *key, void *next)
{
	return bpf_map_get_next_key(m->fd, key, next);
}

/* The wrappers of batches want pointers that are not const. */
#define UNCONST(p) ((void *)(uintptr_t)(p))

static int kernel_lookup_batch(const struct store_map *m, const void *in, void *out,
			       void *keys, void *values, uint32_t *count,
			       unsigned elem_flags)
{
	LIBBPF_OPTS(bpf_map_batch_opts, opts, .elem_flags = elem_flags);
	uint32_t room = *count;
	int r = RETRY_BUSY(({
		*count = room;
		bpf_map_lookup_batch(m->fd, UNCONST(in), out, keys, values, count, &opts);
	}));

	/* Entries before the busy bucket are valid, and out continues after them. */
	return r == -EBUSY && *count && *count < room ? 0 : r;
}

/* Retry only if nothing was taken: taken entries exist nowhere else. */
static int kernel_take_batch(const struct store_map *m, const void *in, void *out,
			     void *keys, void *values, uint32_t *count,
			     unsigned elem_flags)
{
	LIBBPF_OPTS(bpf_map_batch_opts, opts, .elem_flags = elem_flags);
	uint32_t room = *count;
	int r = RETRY_BUSY(({
		int one;

		*count = room;
		one = bpf_map_lookup_and_delete_batch(m->fd, UNCONST(in), out, keys, values,
						      count, &opts);
		one == -EBUSY && *count ? 0 : one;
	}));

	return r;
}

static int kernel_update_batch(const struct store_map *m, const void *keys,
			       const void *values, uint32_t *count, unsigned elem_flags)
{
	LIBBPF_OPTS(bpf_map_batch_opts, opts, .elem_flags = elem_flags);
	uint32_t room = *count;

	/* Doing the first ones again changes nothing. */
	return RETRY_BUSY(({
		*count = room;
		bpf_map_update_batch(m->fd, keys, values, count, &opts);
	}));
}

static int kernel_remove_batch(const struct store_map *m, const void *keys,
			       uint32_t *count)
{
	LIBBPF_OPTS(bpf_map_batch_opts, opts);

	/* Not again from the start: the first ones are gone by then. */
	return bpf_map_delete_batch(m->fd, keys, count, &opts);
}

/*
 * libbpf loads programs to see what this kernel can do, before it creates the first map.
 * No kernel has this type of map; the name is one of the things that are probed for.
 */
static void kernel_prepare(struct store *s)
{
	kernel_symbols_open(((struct kernel_store *)s)->symbols);
	bpf_map_create((enum bpf_map_type)INT16_MAX, "probe", 4, 4, 1, NULL);
}

static int kernel_symbol(struct store *s, uint64_t address, struct store_symbol *ret)
{
	return kernel_symbols_find(((struct kernel_store *)s)->symbols, address, ret);
}

static int kernel_patch(const struct store_map *m, uint64_t offset, const void *data,
			size_t len)
{
	return kernel_map_patch(m->fd, offset, data, len);
}

static int kernel_ring_push(const struct store_map *m, const void *record, size_t len)
{
	struct kernel_store *k = (struct kernel_store *)m->store;
	struct store_info info;
	int r = kernel_info(m, &info);

	if (r || info.type != BPF_MAP_TYPE_USER_RINGBUF)
		return r ?: -EINVAL;
	GUARD_MUTEX(&k->pushing);
	return kernel_map_push(m->fd, info.max_entries, record, len);
}

static int kernel_freeze(const struct store_map *m)
{
	return bpf_map_freeze(m->fd);
}

const struct store_ops kernel_ops = {
	.name = "kernel",
	.denied = "opening maps by their ids needs CAP_SYS_ADMIN",
	.free = kernel_free,
	.next_id = kernel_next_id,
	.open = kernel_open,
	.close = kernel_close,
	.create = kernel_create,
	.info = kernel_info,
	.usage = kernel_usage,
	.btf = kernel_btf,
	.next_module_btf = kernel_next_module_btf,
	.lookup = kernel_lookup,
	.update = kernel_update,
	.update_map = kernel_update_map,
	.remove = kernel_remove,
	.lookup_and_delete = kernel_lookup_and_delete,
	.next_key = kernel_next_key,
	.lookup_batch = kernel_lookup_batch,
	.take_batch = kernel_take_batch,
	.update_batch = kernel_update_batch,
	.remove_batch = kernel_remove_batch,
	.symbol = kernel_symbol,
	.prepare = kernel_prepare,
	.patch = kernel_patch,
	.ring_push = kernel_ring_push,
	.ring_map = kernel_ring_map,
	.ring_unmap = kernel_ring_unmap,
	.let_go = kernel_let_go,
	.open_program = kernel_open_program,
	.pinned_program = kernel_pinned_program,
	.freeze = kernel_freeze,
	.pin = kernel_pin,
	.open_pin = kernel_open_pin,
	.next_program = kernel_next_program,
	.program = kernel_program,
	.program_name = kernel_program_name,
	.program_memlock = kernel_program_memlock,
	.counts_runs = kernel_counts_runs,
	.next_link = kernel_next_link,
	.link_program = kernel_link_program,
	.link_attach = kernel_link_attach,
};

const char *store_kernel_library(void)
{
	const char *version = libbpf_version_string();

	return *version == 'v' ? version + 1 : version;
}

int store_kernel_new(struct store **ret)
{
	struct kernel_store *k;
	uint32_t id;
	int r;

	/* Listing needs more privilege than anything else here does. */
	r = bpf_map_get_next_id(0, &id);
	if (r && r != -ENOENT)
		return r;

	k = calloc(1, sizeof(*k));
	if (!k)
		return -ENOMEM;
	r = kernel_store_init(k, &kernel_ops);
	if (r < 0)
		kernel_free(&k->base);
	else
		*ret = &k->base;
	return r;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Checked wrappers for every store: assert the arguments, then call the backend's op.
 */
#include "store/store.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Element and cursor operations need a map that is open. */
static const struct store_ops *ops_of(const struct store_map *m)
{
	assert(m && m->store);
	return m->store->ops;
}

void store_free(struct store *s)
{
	if (s)
		s->ops->free(s);
}

const char *store_name(const struct store *s)
{
	assert(s);
	return s->ops->name;
}

bool store_ids_any_order(const struct store *s)
{
	return s->ops->ids_any_order;
}

const char *store_denied(const struct store *s)
{
	return s->ops->denied;
}

bool store_hides_programs(const struct store *s)
{
	return s->ops->hides_programs;
}

int store_next_id(struct store *s, uint32_t id, uint32_t *ret)
{
	assert(s && ret);
	return s->ops->next_id(s, id, ret);
}

int store_open(struct store *s, uint32_t id, unsigned access, struct store_map *ret)
{
	assert(s && ret);
	assert(access && !(access & ~(unsigned)(STORE_READ | STORE_WRITE)));
	return s->ops->open(s, id, access, ret);
}

void store_close(struct store_map *m)
{
	if (!m || !m->store)
		return;
	m->store->ops->close(m);
	*m = (struct store_map)STORE_MAP_INIT;
}

int store_create(struct store *s, const struct store_spec *spec, struct store_map *ret)
{
	assert(s && spec && ret);
	assert(!spec->inner || spec->inner->store == s);
	assert(spec->btf_data || (!spec->btf_key_type_id && !spec->btf_value_type_id));
	/* It would not fit bpf(2)'s field, and libbpf cuts it without a word. */
	if (spec->name && strlen(spec->name) >= STORE_NAME_LEN)
		return -EINVAL;
	return s->ops->create(s, spec, ret);
}

int store_info(const struct store_map *m, struct store_info *ret)
{
	assert(ret);
	return ops_of(m)->info(m, ret);
}

int store_usage(const struct store_map *m, struct store_usage *ret)
{
	assert(ret);
	return ops_of(m)->usage(m, ret);
}

int store_btf(struct store *s, uint32_t btf_id, struct btf **ret)
{
	assert(s && ret);
	return s->ops->btf(s, btf_id, ret);
}

int store_next_module_btf(struct store *s, uint32_t id, uint32_t *ret)
{
	assert(s && ret);
	return s->ops->next_module_btf ? s->ops->next_module_btf(s, id, ret) : -ENOENT;
}

int store_symbol(struct store *s, uint64_t address, struct store_symbol *ret)
{
	assert(s && ret);
	return s->ops->symbol ? s->ops->symbol(s, address, ret) : -ENOENT;
}

void store_prepare(struct store *s)
{
	if (s->ops->prepare)
		s->ops->prepare(s);
}

int store_lookup(const struct store_map *m, const void *key, void *value, unsigned flags)
{
	assert(value);
	return ops_of(m)->lookup(m, key, value, flags);
}

int store_update(const struct store_map *m, const void *key, const void *value,
		 unsigned flags)
{
	assert(value);
	return ops_of(m)->update(m, key, value, flags);
}

int store_update_map(const struct store_map *m, const void *key,
		     const struct store_map *inner, unsigned flags)
{
	assert(inner && m && inner->store == m->store);
	return ops_of(m)->update_map(m, key, inner, flags);
}

int store_remove(const struct store_map *m, const void *key)
{
	return ops_of(m)->remove(m, key);
}

int store_lookup_and_delete(const struct store_map *m, const void *key, void *value,
			    unsigned flags)
{
	assert(value);
	return ops_of(m)->lookup_and_delete(m, key, value, flags);
}

int store_next_key(const struct store_map *m, const void *key, void *next)
{
	assert(next);
	return ops_of(m)->next_key(m, key, next);
}

int store_lookup_batch(const struct store_map *m, const void *in, void *out, void *keys,
		       void *values, uint32_t *count, unsigned elem_flags)
{
	assert(out && keys && values && count);
	return ops_of(m)->lookup_batch(m, in, out, keys, values, count, elem_flags);
}

int store_take_batch(const struct store_map *m, const void *in, void *out, void *keys,
		     void *values, uint32_t *count, unsigned elem_flags)
{
	assert(out && keys && values && count);
	return ops_of(m)->take_batch(m, in, out, keys, values, count, elem_flags);
}

int store_take_one(const struct store_map *m, const void *key, void *value,
		   bool *ret_exact)
{
	int r;

	assert(ret_exact);
	r = store_lookup_and_delete(m, key, value, 0);
	*ret_exact = r != -STORE_ENOTSUPP && r != -EOPNOTSUPP;
	if (*ret_exact)
		return r;
	r = store_lookup(m, key, value, 0);
	return r ? r : store_remove(m, key);
}

int store_update_batch(const struct store_map *m, const void *keys, const void *values,
		       uint32_t *count, unsigned elem_flags)
{
	assert(keys && values && count);
	return ops_of(m)->update_batch(m, keys, values, count, elem_flags);
}

int store_remove_batch(const struct store_map *m, const void *keys, uint32_t *count)
{
	assert(keys && count);
	return ops_of(m)->remove_batch(m, keys, count);
}

int store_patch(const struct store_map *m, uint64_t offset, const void *data, size_t len)
{
	const struct store_ops *ops = ops_of(m);

	assert(data || !len);
	return ops->patch ? ops->patch(m, offset, data, len) : -STORE_ENOTSUPP;
}

int store_ring_push(const struct store_map *m, const void *record, size_t len)
{
	const struct store_ops *ops = ops_of(m);

	assert(record && len);
	return ops->ring_push ? ops->ring_push(m, record, len) : -STORE_ENOTSUPP;
}

int store_ring_map(const struct store_map *m, unsigned access, struct store_ring *ret)
{
	const struct store_ops *ops = ops_of(m);

	assert(ret && access & STORE_READ);
	return ops->ring_map ? ops->ring_map(m, access, ret) : -STORE_ENOTSUPP;
}

void store_ring_unmap(struct store_ring *r)
{
	if (r->store)
		r->store->ops->ring_unmap(r);
	*r = (struct store_ring)STORE_RING_INIT;
}

int store_let_go(const struct store_map *m)
{
	return ops_of(m)->let_go ? ops_of(m)->let_go(m) : 0;
}

int store_open_program(struct store *s, uint32_t id, int *ret)
{
	assert(s && ret);
	return s->ops->open_program ? s->ops->open_program(s, id, ret) : -EOPNOTSUPP;
}

int store_pinned_program(struct store *s, const char *path, uint32_t *ret_id)
{
	assert(s && path && ret_id);
	return s->ops->pinned_program ? s->ops->pinned_program(s, path, ret_id)
				      : -EOPNOTSUPP;
}

int store_freeze(const struct store_map *m)
{
	return ops_of(m)->freeze(m);
}

bool store_has_pins(const struct store *s)
{
	return s->ops->pin && s->ops->open_pin;
}

int store_pin(const struct store_map *m, int dir_fd, const char *name)
{
	assert(name && *name && !strchr(name, '/'));
	return ops_of(m)->pin ? ops_of(m)->pin(m, dir_fd, name) : -EOPNOTSUPP;
}

int store_open_pin(struct store *s, int fd, unsigned access, struct store_map *ret)
{
	assert(s && ret && access);
	return s->ops->open_pin ? s->ops->open_pin(s, fd, access, ret) : -EOPNOTSUPP;
}

int store_pinned_map(struct store *s, int fd, uint32_t *ret)
{
	_cleanup_store_map_ struct store_map map = STORE_MAP_INIT;
	struct store_info info;
	int r = store_open_pin(s, fd, STORE_READ, &map);

	if (r == 0)
		r = store_info(&map, &info);
	if (r == 0)
		*ret = info.id;
	return r;
}

bool store_has_programs(const struct store *s)
{
	return s->ops->next_program && s->ops->program;
}

int store_next_program(struct store *s, uint32_t id, uint32_t *ret)
{
	assert(s && ret);
	return s->ops->next_program ? s->ops->next_program(s, id, ret) : -EOPNOTSUPP;
}

int store_program(struct store *s, uint32_t id, struct store_program *ret)
{
	assert(s && ret);
	return s->ops->program ? s->ops->program(s, id, ret) : -EOPNOTSUPP;
}

void store_program_name(struct store *s, struct store_program *p)
{
	if (s->ops->program_name)
		s->ops->program_name(s, p);
}

int store_program_memlock(struct store *s, uint32_t id, uint64_t *ret)
{
	assert(s && ret);
	return s->ops->program_memlock ? s->ops->program_memlock(s, id, ret) : -EOPNOTSUPP;
}

bool store_counts_runs(struct store *s)
{
	return s->ops->counts_runs && s->ops->counts_runs(s);
}

int store_next_link(struct store *s, uint32_t id, uint32_t *ret)
{
	assert(s && ret);
	return s->ops->next_link ? s->ops->next_link(s, id, ret) : -ENOENT;
}

int store_link_program(struct store *s, uint32_t id, uint32_t *ret)
{
	assert(s && ret);
	return s->ops->link_program ? s->ops->link_program(s, id, ret) : -ENOENT;
}

int store_link_attach(struct store *s, uint32_t id, struct store_attach *ret)
{
	assert(s && ret);
	return s->ops->link_attach ? s->ops->link_attach(s, id, ret) : -ENOENT;
}

void store_program_release(struct store_program *p)
{
	free(p->maps);
	*p = (struct store_program)STORE_PROGRAM_INIT;
}

bool store_program_uses(const struct store_program *p, uint32_t map_id)
{
	for (uint32_t i = 0; i < p->n_maps; i++)
		if (p->maps[i] == map_id)
			return true;
	return false;
}

/* Number of CPUs in a list like "0-3,8"; 0 when it is no such list. */
static unsigned count_cpus(const char *list)
{
	unsigned first, last, total = 0;
	int used;

	while (sscanf(list, "%u%n", &first, &used) == 1) {
		list += used;
		last = first;
		if (*list == '-') {
			if (sscanf(list, "-%u%n", &last, &used) != 1 || last < first)
				return 0;
			list += used;
		}
		total += last - first + 1;
		if (*list++ != ',')
			break;
	}
	return total;
}

static unsigned possible_cpus;

static void read_possible_cpus(void)
{
	_cleanup_close_ int fd =
		open("/sys/devices/system/cpu/possible", O_RDONLY | O_CLOEXEC);
	char text[4096];
	ssize_t len = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (len > 0) {
		text[len] = '\0';
		possible_cpus = count_cpus(text);
	}
	/* Without sysfs there is no kernel store to agree with either. */
	if (!possible_cpus) {
		long n = sysconf(_SC_NPROCESSORS_CONF);

		possible_cpus = n > 0 ? (unsigned)n : 1;
	}
}

unsigned store_possible_cpus(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, read_possible_cpus);
	return possible_cpus;
}

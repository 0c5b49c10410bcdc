/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Element operations of the in-process store: checks of access and flags in the
 * kernel's order, and then the map type's function. STORE_LOCK ends here: all values
 * are copied under a lock anyway.
 */
#include "store/memory/memory.h"

#include <errno.h>
#include <linux/bpf.h>
#include <string.h>

/* Writers hold write_lock shared; the guard finds NULL if they may not. */
static void end_write(struct memory_map **m)
{
	if (*m)
		pthread_rwlock_unlock(&(*m)->write_lock);
}

static int begin_write(const struct store_map *sm, struct memory_map **held)
{
	struct memory_map *m = sm->object;

	if (!(sm->access & STORE_WRITE))
		return -EPERM;
	pthread_rwlock_rdlock(&m->write_lock);
	*held = m;
	return m->frozen ? -EPERM : 0;
}

#define _cleanup_write_ _cleanup_(end_write)

/* Whether STORE_LOCK in flags makes sense. */
static int check_lock(const struct memory_map *m, unsigned flags)
{
	return (flags & STORE_LOCK) && !m->has_lock ? -EINVAL : 0;
}

/* Flags of what only reads: STORE_LOCK is the only one. */
static int check_read_flags(unsigned flags)
{
	return flags & ~(unsigned)STORE_LOCK ? -EINVAL : 0;
}

/* A key is there if and only if the map's keys have a size. */
static int check_key(const struct memory_map *m, const void *key)
{
	if (m->info.key_size)
		return key ? 0 : -EFAULT;
	return key ? -EINVAL : 0;
}

/* The first error of a list of checks, evaluated in order. */
#define FIRST_ERROR(a, b) ({ int e_ = (a); e_ ? e_ : (b); })

int memory_lookup(const struct store_map *sm, const void *key, void *value,
		  unsigned flags)
{
	struct memory_map *m = sm->object;
	int r = check_read_flags(flags);

	if (r)
		return r;
	if (!(sm->access & STORE_READ))
		return -EPERM;
	r = FIRST_ERROR(check_lock(m, flags), check_key(m, key));
	if (r)
		return r;
	return m->type->lookup ? m->type->lookup(m, key, value) : -STORE_ENOTSUPP;
}

/* An update by a caller that may write. */
static int update_checked(struct memory_map *m, const void *key, const void *value,
			  unsigned flags)
{
	int r = FIRST_ERROR(check_lock(m, flags), check_key(m, key));

	if (r)
		return r;
	if (!m->type->update)
		return -STORE_ENOTSUPP;
	flags &= ~(unsigned)STORE_LOCK;
	if (flags > STORE_EXIST)
		return -EINVAL;
	return m->type->update(m, key, value, flags);
}

int memory_update(const struct store_map *sm, const void *key, const void *value,
		  unsigned flags)
{
	_cleanup_write_ struct memory_map *held = NULL;
	int r = begin_write(sm, &held);

	return r ? r : update_checked(held, key, value, flags);
}

int memory_update_map(const struct store_map *sm, const void *key,
		      const struct store_map *inner, unsigned flags)
{
	_cleanup_write_ struct memory_map *m = NULL;
	int r = begin_write(sm, &m);

	if (!r)
		r = FIRST_ERROR(check_lock(m, flags), check_key(m, key));
	if (r)
		return r;
	if (!m->type->update_map)
		return -EINVAL;
	return m->type->update_map(m, key, inner->object, flags);
}

int memory_remove(const struct store_map *sm, const void *key)
{
	_cleanup_write_ struct memory_map *m = NULL;
	int r = begin_write(sm, &m);

	if (!r)
		r = check_key(m, key);
	if (r)
		return r;
	return m->type->remove ? m->type->remove(m, key) : -STORE_ENOTSUPP;
}

/* The checks of mmap(2) for a kernel's array, in the same order. */
static int check_patch(const struct store_map *sm, uint64_t offset, size_t len)
{
	const struct memory_map *m = sm->object;
	uint64_t bytes = (m->value_stride + 7) / 8 * 8 * m->info.max_entries;

	if (!m->type->patch || m->hole_count)
		return -STORE_ENOTSUPP;
	if ((sm->access & (STORE_READ | STORE_WRITE)) != (STORE_READ | STORE_WRITE) ||
	    m->info.flags & BPF_F_RDONLY_PROG)
		return -EACCES;
	if (!(m->info.flags & BPF_F_MMAPABLE) || offset > bytes || len > bytes - offset)
		return -EINVAL;
	return 0;
}

int memory_patch(const struct store_map *sm, uint64_t offset, const void *data, size_t len)
{
	_cleanup_write_ struct memory_map *m = NULL;
	int r = check_patch(sm, offset, len);

	if (!r)
		r = begin_write(sm, &m);
	if (!r)
		m->type->patch(m, offset, data, len);
	return r;
}

int memory_lookup_and_delete(const struct store_map *sm, const void *key, void *value,
			     unsigned flags)
{
	_cleanup_write_ struct memory_map *m = NULL;
	int r = check_read_flags(flags);

	if (r)
		return r;
	if (!(sm->access & STORE_READ))
		return -EPERM;
	r = begin_write(sm, &m);
	if (!r)
		r = FIRST_ERROR(check_lock(m, flags), check_key(m, key));
	if (r)
		return r;
	if (!m->type->lookup_and_delete)
		return -STORE_ENOTSUPP;
	return m->type->lookup_and_delete(m, key, value);
}

int memory_next_key(const struct store_map *sm, const void *key, void *next)
{
	struct memory_map *m = sm->object;

	if (!(sm->access & STORE_READ))
		return -EPERM;
	if (key && !m->info.key_size)
		return -EINVAL;
	return m->type->next_key ? m->type->next_key(m, key, next) : -STORE_ENOTSUPP;
}

int memory_lookup_batch(const struct store_map *sm, const void *in, void *out, void *keys,
			void *values, uint32_t *count, unsigned elem_flags)
{
	struct memory_map *m = sm->object;
	int r;

	if (!(sm->access & STORE_READ))
		return -EPERM;
	if (!m->type->lookup_batch)
		return -STORE_ENOTSUPP;
	r = FIRST_ERROR(check_read_flags(elem_flags), check_lock(m, elem_flags));
	if (r || !*count)
		return r;
	return m->type->lookup_batch(m, in, out, keys, values, count);
}

int memory_take_batch(const struct store_map *sm, const void *in, void *out, void *keys,
		      void *values, uint32_t *count, unsigned elem_flags)
{
	_cleanup_write_ struct memory_map *m = NULL;
	int r = sm->access & STORE_READ ? begin_write(sm, &m) : -EPERM;

	if (r)
		return r;
	if (!m->type->take_batch)
		return -STORE_ENOTSUPP;
	r = FIRST_ERROR(check_read_flags(elem_flags), check_lock(m, elem_flags));
	if (r || !*count)
		return r;
	return m->type->take_batch(m, in, out, keys, values, count);
}

int memory_update_batch(const struct store_map *sm, const void *keys, const void *values,
			uint32_t *count, unsigned elem_flags)
{
	_cleanup_write_ struct memory_map *m = NULL;
	int r = begin_write(sm, &m);

	if (r)
		return r;
	if (!m->type->update_batch)
		return -STORE_ENOTSUPP;
	r = FIRST_ERROR(check_read_flags(elem_flags), check_lock(m, elem_flags));
	if (r || !*count)
		return r;
	return m->type->update_batch(m, keys, values, count);
}

int memory_remove_batch(const struct store_map *sm, const void *keys, uint32_t *count)
{
	_cleanup_write_ struct memory_map *m = NULL;
	int r = begin_write(sm, &m);

	if (r)
		return r;
	if (!m->type->remove_batch)
		return -STORE_ENOTSUPP;
	return *count ? m->type->remove_batch(m, keys, count) : 0;
}

/*
 * A batch of single operations, with the last key as cursor. It restarts
 * when that key goes away, as the kernel's does.
 */
int memory_batch_lookup(struct memory_map *m, const void *in, void *out, void *keys,
			void *values, uint32_t *count)
{
	uint32_t key_size = m->info.key_size, done = 0, room = *count;
	_cleanup_free_ char *key = malloc(key_size);
	int r = 0;

	if (!key)
		return -ENOMEM;
	if (in)
		memcpy(key, in, key_size);
	while (done < room) {
		char *next = (char *)keys + (size_t)done * key_size;

		r = m->type->next_key(m, in ? key : NULL, next);
		if (r)
			break;
		memcpy(key, next, key_size);
		in = key;
		r = m->type->lookup(m, key, (char *)values + done * m->value_stride);
		if (r == 0)
			done++;
		else if (r != -ENOENT) /* gone since next_key: on to the next */
			break;
	}
	if (done)
		memcpy(out, key, key_size);
	*count = done;
	return r;
}

int memory_batch_update(struct memory_map *m, const void *keys, const void *values,
			uint32_t *count)
{
	uint32_t room = *count;
	int r = 0;

	for (*count = 0; *count < room; ++*count) {
		size_t i = *count;

		r = m->type->update(m, (const char *)keys + i * m->info.key_size,
				    (const char *)values + i * m->value_stride,
				    STORE_ANY);
		if (r)
			break;
	}
	return r;
}

int memory_batch_remove(struct memory_map *m, const void *keys, uint32_t *count)
{
	uint32_t room = *count;
	int r = 0;

	for (*count = 0; *count < room; ++*count) {
		size_t i = *count;

		r = m->type->remove(m, (const char *)keys + i * m->info.key_size);
		if (r)
			break;
	}
	return r;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a quota drops is reported after the lock is released, one file at a
 * time: a step that needs room returns -EAGAIN with the victim, and is repeated.
 */
#include "tree/scratch.h"

#include <errno.h>
#include <string.h>

#include "tree/scratch-slots.h"
#include "util/clock.h"
#include "util/request.h"

struct scratches *scratches_new(struct tree *t)
{
	struct scratches *s = calloc(1, sizeof(*s));
	pthread_condattr_t attr;

	if (!s)
		return NULL;
	s->tree = t;
	pthread_mutex_init(&s->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&s->wake, &attr);
	pthread_condattr_destroy(&attr);
	return s;
}

void scratches_free(struct scratches *s)
{
	bool join;

	if (!s)
		return;
	pthread_mutex_lock(&s->lock);
	s->ending = true;
	join = s->sweeping;
	pthread_cond_signal(&s->wake);
	pthread_mutex_unlock(&s->lock);
	if (join)
		pthread_join(s->sweeper, NULL);
	for (uint32_t i = 0; i < s->count; i++)
		if (s->slots[i].used)
			scratch_clear(s, &s->slots[i]);
	free(s->slots);
	pthread_cond_destroy(&s->wake);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

/* ---- making ---- */

/* A new one, once there is room; the lock is held. -EAGAIN: *v was dropped. */
static int add(struct scratches *s, const struct request *rq, struct live_map *m,
	       const char *name, struct victim *v, struct scratch **ret)
{
	uid_t uid = rq ? rq->uid : (uid_t)-1;
	int r = scratch_make_room(s, uid, NULL, 1, 0, v);
	struct scratch *f = r == 0 ? scratch_free_slot(s) : NULL;
	char *copy = f ? strdup(name) : NULL;

	if (!copy)
		return r < 0 ? r : -ENOMEM;
	*f = (struct scratch){
		.used = true,
		.name = copy,
		.map_id = m->id,
		.gen = f->gen,
		.uid = uid,
		.age = ++s->clock,
		.closed = clock_ns(CLOCK_MONOTONIC),
	};
	clock_gettime(CLOCK_REALTIME, &f->changed);
	__atomic_add_fetch(&s->used, 1, __ATOMIC_RELAXED);
	scratch_sweep_start(s);
	*ret = f;
	return 0;
}

static void fill_stat(struct tree *t, struct live_map *m, const struct scratch *f,
		      uint64_t node, struct stat *st)
{
	stat_fill_map(t, m, node, S_IFREG, 0666, f->len, st);
	st->st_blocks = (blkcnt_t)((f->cap + 511) / 512);
	st->st_mtim = f->changed;
	if (f->link)
		st->st_mode = S_IFLNK | 0777;
}

static void fill_entry(struct tree *t, struct live_map *m, struct scratch *f,
		       struct tree_entry *ret)
{
	/* A rename makes another file of it: nothing may be remembered. */
	ret->node = scratch_number(t->scratches, f);
	ret->entry_timeout = ret->attr_timeout = 0;
	f->lookups++;
	fill_stat(t, m, f, ret->node, &ret->st);
}

static int try_make(struct tree *t, const struct request *rq, struct live_map *m,
		    const char *name, bool exclusive, struct tree_entry *ret,
		    struct victim *v)
{
	GUARD_MUTEX(&t->scratches->lock);
	struct scratch *f = scratch_by_name(t->scratches, m->id, name);
	int r;

	if (f && (exclusive || f->link))
		return -EEXIST;
	r = f ? 0 : add(t->scratches, rq, m, name, v, &f);
	if (r < 0)
		return r;
	fill_entry(t, m, f, ret);
	f->opens++;
	return 0;
}

int scratch_make(struct tree *t, const struct request *rq, struct live_map *m,
		 const char *name, bool exclusive, struct tree_entry *ret)
{
	struct victim v;
	int r;

	while ((r = try_make(t, rq, m, name, exclusive, ret, &v)) == -EAGAIN)
		scratch_report(t, &v);
	return r;
}

/* ---- content; the lock is held ---- */

/* Few steps, and not much more than is used: the quota counts what is allocated. */
static size_t capacity_for(size_t len)
{
	size_t step = len < 4096 ? 64 : len < 1u << 20 ? 4096 : 1u << 16;

	return (len + step - 1) / step * step;
}

/* -EAGAIN: *v was dropped, try again. */
static int set_len(struct scratches *s, struct scratch *f, size_t len, struct victim *v)
{
	size_t cap = capacity_for(len);
	char *data;
	int r;

	if (cap > f->cap) {
		r = scratch_make_room(s, f->uid, f, 0, cap - f->cap, v);
		data = r == 0 ? realloc(f->data, cap) : NULL;
		if (!data)
			return r < 0 ? r : -ENOMEM;
		f->data = data;
		f->cap = cap;
	}
	if (len > f->len)
		memset(f->data + f->len, 0, len - f->len);
	if (!len) {
		free(f->data);
		f->data = NULL;
		f->cap = 0;
	}
	f->len = len;
	clock_gettime(CLOCK_REALTIME, &f->changed);
	return 0;
}

static int check_write(const struct scratch *f)
{
	return f ? f->refuse : -ESTALE;
}

static int try_resize(struct tree *t, uint64_t node, size_t len, struct victim *v)
{
	GUARD_MUTEX(&t->scratches->lock);
	struct scratch *f = scratch_by_number(t->scratches, node);
	int r = check_write(f);

	return r < 0 ? r : set_len(t->scratches, f, len, v);
}

static int try_write(struct tree *t, uint64_t node, const char *data, size_t len,
		     off_t off, bool append, struct victim *v)
{
	GUARD_MUTEX(&t->scratches->lock);
	struct scratch *f = scratch_by_number(t->scratches, node);
	size_t pos, end;
	int r = check_write(f);

	if (r < 0 || !len)
		return r;
	pos = append ? f->len : (size_t)off;
	if (__builtin_add_overflow(pos, len, &end) || end > SCRATCH_BYTES_MAX)
		return -EFBIG;
	r = end > f->len ? set_len(t->scratches, f, end, v) : 0;
	if (r == 0)
		memcpy(f->data + pos, data, len);
	return r;
}

static int try_symlink(struct tree *t, const struct request *rq, struct live_map *m,
		       const char *name, const char *text, struct victim *v)
{
	GUARD_MUTEX(&t->scratches->lock);
	struct scratches *s = t->scratches;
	struct scratch *f;
	int r = scratch_by_name(s, m->id, name) ? -EEXIST : add(s, rq, m, name, v, &f);

	if (r < 0)
		return r;
	f->link = true;
	r = set_len(s, f, strlen(text), v);
	if (r < 0)
		scratch_unname(s, f);
	else if (f->len)
		memcpy(f->data, text, f->len);
	return r;
}

/* ---- content ---- */

int scratch_resize(struct tree *t, uint64_t node, off_t size)
{
	struct victim v;
	int r;

	if (size > (off_t)SCRATCH_BYTES_MAX)
		return -EFBIG;
	while ((r = try_resize(t, node, (size_t)size, &v)) == -EAGAIN)
		scratch_report(t, &v);
	return r;
}

int scratch_write(struct tree *t, uint64_t node, const char *data, size_t len, off_t off,
		  bool append)
{
	struct victim v;
	int r;

	while ((r = try_write(t, node, data, len, off, append, &v)) == -EAGAIN)
		scratch_report(t, &v);
	return r;
}

int scratch_symlink(struct tree *t, const struct request *rq, struct live_map *m,
		    const char *name, const char *text)
{
	struct victim v;
	int r;

	while ((r = try_symlink(t, rq, m, name, text, &v)) == -EAGAIN)
		scratch_report(t, &v);
	return r;
}

int scratch_read(struct tree *t, uint64_t node, size_t size, off_t off, struct buf *out)
{
	GUARD_MUTEX(&t->scratches->lock);
	const struct scratch *f = scratch_by_number(t->scratches, node);

	if (!f || f->refuse == -ENOSPC)
		return -ESTALE;
	if ((size_t)off >= f->len)
		return 0;
	if (size > f->len - (size_t)off)
		size = f->len - (size_t)off;
	buf_put(out, f->data + off, size);
	return buf_error(out);
}

int scratch_content(struct tree *t, uint64_t node, struct buf *out, bool *ret_link)
{
	GUARD_MUTEX(&t->scratches->lock);
	const struct scratch *f = scratch_by_number(t->scratches, node);

	if (!f || f->refuse == -ENOSPC)
		return -ESTALE;
	*ret_link = f->link;
	buf_put(out, f->data, f->len);
	return buf_error(out);
}

int scratch_stat_fill(struct tree *t, uint64_t node, struct stat *st)
{
	_cleanup_live_map_ struct live_map *m = NULL;
	struct scratch copy = { 0 }; /* not its pointers */
	const struct scratch *f;

	pthread_mutex_lock(&t->scratches->lock);
	f = scratch_by_number(t->scratches, node);
	if (f)
		copy = *f;
	pthread_mutex_unlock(&t->scratches->lock);
	if (!f || registry_find(&t->registry, copy.map_id, &m) < 0)
		return -ESTALE;
	fill_stat(t, m, &copy, node, st);
	return 0;
}

void scratch_log_refusal(struct tree *t, uint64_t node, const char *operation, int error)
{
	struct victim v = { 0 };
	const struct scratch *f;

	pthread_mutex_lock(&t->scratches->lock);
	f = scratch_by_number(t->scratches, node);
	if (f)
		v = (struct victim){ .map_id = f->map_id,
				     .uid = f->uid,
				     .name = strdup(f->name ?: "(removed)"),
				     .len = f->len };
	pthread_mutex_unlock(&t->scratches->lock);
	if (v.name)
		scratch_log(t, &v, operation, error,
			    error == -EFBIG ? "cannot become that large"
					    : "cannot grow: its user has too many");
	free(v.name);
}

int scratch_opened(struct tree *t, uint64_t node)
{
	GUARD_MUTEX(&t->scratches->lock);
	struct scratch *f = scratch_by_number(t->scratches, node);

	if (!f)
		return -ESTALE;
	f->opens++;
	return 0;
}

void scratch_closed(struct tree *t, uint64_t node)
{
	GUARD_MUTEX(&t->scratches->lock);
	struct scratch *f = scratch_by_number(t->scratches, node);

	if (!f)
		return;
	f->opens--;
	f->closed = clock_ns(CLOCK_MONOTONIC);
	f->reported = false;
	scratch_clear_if_unused(t->scratches, f);
}

/* ---- names ---- */

int scratch_find(struct tree *t, uint32_t map_id, const char *name, uint64_t *ret_node)
{
	const struct scratch *f;

	if (scratches_empty(t->scratches))
		return -ENOENT;
	GUARD_MUTEX(&t->scratches->lock);
	f = scratch_by_name(t->scratches, map_id, name);
	if (!f)
		return -ENOENT;
	*ret_node = scratch_number(t->scratches, f);
	return 0;
}

int scratch_lookup(struct tree *t, struct live_map *m, const char *name,
		   struct tree_entry *ret)
{
	struct scratch *f;

	if (scratches_empty(t->scratches))
		return -ENOENT;
	GUARD_MUTEX(&t->scratches->lock);
	f = scratch_by_name(t->scratches, m->id, name);
	if (!f)
		return -ENOENT;
	fill_entry(t, m, f, ret);
	return 0;
}

void scratch_forget(struct tree *t, uint64_t node, uint64_t n)
{
	GUARD_MUTEX(&t->scratches->lock);
	struct scratch *f = scratch_by_number(t->scratches, node);

	if (!f)
		return;
	f->lookups -= n < f->lookups ? n : f->lookups;
	scratch_clear_if_unused(t->scratches, f);
}

int scratch_unlink(struct tree *t, uint32_t map_id, const char *name)
{
	struct scratch *f;

	if (scratches_empty(t->scratches))
		return -ENOENT;
	GUARD_MUTEX(&t->scratches->lock);
	f = scratch_by_name(t->scratches, map_id, name);
	if (!f)
		return -ENOENT;
	scratch_unname(t->scratches, f);
	return 0;
}

int scratch_rename(struct tree *t, uint32_t map_id, const char *from, const char *to)
{
	GUARD_MUTEX(&t->scratches->lock);
	struct scratch *f = scratch_by_name(t->scratches, map_id, from);
	struct scratch *there = scratch_by_name(t->scratches, map_id, to);
	char *name;

	if (!f)
		return -ENOENT;
	name = strdup(to);
	if (!name)
		return -ENOMEM;
	if (there && there != f)
		scratch_unname(t->scratches, there);
	free(f->name);
	f->name = name;
	return 0;
}

void scratch_became_key(struct tree *t, uint64_t node)
{
	GUARD_MUTEX(&t->scratches->lock);
	struct scratch *f = scratch_by_number(t->scratches, node);

	if (!f)
		return;
	f->refuse = -ESTALE;
	scratch_unname(t->scratches, f);
}

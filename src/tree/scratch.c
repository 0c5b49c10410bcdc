/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One array of slots; a node number is a slot and its generation, as for
 * keys. There are a few scratch files at a time, so searching is linear.
 */
#include "tree/scratch.h"

#include <errno.h>
#include <string.h>

#include "tree/file.h"

struct scratch {
	char *name;	    /* NULL: the slot is free, or the file is unlinked */
	struct live_map *m; /* NULL: the slot is free */
	uint32_t gen;
	uint64_t lookups;
	uint32_t opens;
	uint64_t age; /* when it was made; smaller is older */
	struct timespec changed;
	struct buf content;
	bool link; /* a symlink; content is its text */
};

struct scratches {
	pthread_mutex_t lock; /* guards all below */
	struct scratch *slots;
	uint32_t count;
	uint64_t clock;
	size_t bytes; /* of all contents */
};

struct scratches *scratches_new(void)
{
	struct scratches *s = calloc(1, sizeof(*s));

	if (s)
		pthread_mutex_init(&s->lock, NULL);
	return s;
}

static void clear_slot(struct scratches *s, struct scratch *f)
{
	s->bytes -= f->content.len;
	buf_release(&f->content);
	free(f->name);
	live_map_unref(f->m);
	f->name = NULL;
	f->m = NULL;
	f->gen = (f->gen + 1) & NODE_GEN_MASK;
}

void scratches_free(struct scratches *s)
{
	if (!s)
		return;
	for (uint32_t i = 0; i < s->count; i++)
		if (s->slots[i].m)
			clear_slot(s, &s->slots[i]);
	free(s->slots);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

bool scratch_name(const char *name)
{
	size_t len = strlen(name);

	return (*name == '.' && strcmp(name, ".map")) || (len && name[len - 1] == '~');
}

bool scratch_flags(int flags)
{
	return (flags & O_ACCMODE) == O_RDWR && flags & O_EXCL;
}

/* ---- slots; the lock is held ---- */

static uint64_t number(const struct scratches *s, const struct scratch *f)
{
	return node_make(NODE_SCRATCH, f->gen, (uint32_t)(f - s->slots));
}

static struct scratch *by_number(struct scratches *s, uint64_t node)
{
	struct scratch *f;

	if (node_id(node) >= s->count)
		return NULL;
	f = &s->slots[node_id(node)];
	return f->m && f->gen == node_row(node) ? f : NULL;
}

static struct scratch *by_name(struct scratches *s, uint32_t map_id, const char *name)
{
	for (uint32_t i = 0; i < s->count; i++) {
		struct scratch *f = &s->slots[i];

		if (f->m && f->name && f->m->id == map_id && !strcmp(f->name, name))
			return f;
	}
	return NULL;
}

static void drop_if_unused(struct scratches *s, struct scratch *f)
{
	if (!f->name && !f->opens && !f->lookups)
		clear_slot(s, f);
}

/* Take the name away: the content goes with the last open file. */
static void unname(struct scratches *s, struct scratch *f)
{
	free(f->name);
	f->name = NULL;
	drop_if_unused(s, f);
}

static struct scratch *free_slot(struct scratches *s)
{
	struct scratch *slots;

	for (uint32_t i = 0; i < s->count; i++)
		if (!s->slots[i].m)
			return &s->slots[i];
	slots = realloc(s->slots, (s->count + 1) * sizeof(*slots));
	if (!slots)
		return NULL;
	s->slots = slots;
	memset(&slots[s->count], 0, sizeof(*slots));
	return &slots[s->count++];
}

static struct scratch *oldest(struct scratches *s, const struct scratch *but)
{
	struct scratch *found = NULL;

	for (uint32_t i = 0; i < s->count; i++) {
		struct scratch *f = &s->slots[i];

		if (f->m && f != but && f->content.len && (!found || f->age < found->age))
			found = f;
	}
	return found;
}

/* Room for `more` bytes in f, at the cost of the oldest others. */
static int make_room(struct scratches *s, const struct scratch *f, size_t more)
{
	struct scratch *victim;

	if (more > SCRATCH_MAX || f->content.len + more > SCRATCH_MAX)
		return -ENOSPC;
	while (s->bytes + more > SCRATCH_MAX) {
		victim = oldest(s, f);
		if (!victim)
			return -ENOSPC;
		errlog_add(&victim->m->errors, ERRLOG_NOBODY, "drop",
			   victim->name ?: "(removed)", -ENOSPC,
			   "a scratch file of %zu bytes was dropped: all of them may "
			   "have %u",
			   victim->content.len, SCRATCH_MAX);
		s->bytes -= victim->content.len;
		buf_release(&victim->content);
		if (victim->name)
			unname(s, victim);
	}
	return 0;
}

/* ---- names ---- */

static void fill_stat(struct tree *t, const struct scratch *f, uint64_t node,
		      struct stat *st)
{
	stat_fill_map(t, f->m, node, S_IFREG, 0666, f->content.len, st);
	st->st_mtim = f->changed;
	if (f->link)
		st->st_mode = S_IFLNK | 0777;
}

static void fill_entry(struct tree *t, struct scratch *f, struct tree_entry *ret)
{
	/* A rename makes another file of it: nothing may be remembered. */
	ret->node = number(t->scratches, f);
	ret->entry_timeout = ret->attr_timeout = 0;
	f->lookups++;
	fill_stat(t, f, ret->node, &ret->st);
}

int scratch_find(struct tree *t, uint32_t map_id, const char *name, uint64_t *ret_node)
{
	GUARD_MUTEX(&t->scratches->lock);
	const struct scratch *f = by_name(t->scratches, map_id, name);

	if (!f)
		return -ENOENT;
	*ret_node = number(t->scratches, f);
	return 0;
}

int scratch_lookup(struct tree *t, struct live_map *m, const char *name,
		   struct tree_entry *ret)
{
	GUARD_MUTEX(&t->scratches->lock);
	struct scratch *f = by_name(t->scratches, m->id, name);

	if (!f)
		return -ENOENT;
	fill_entry(t, f, ret);
	return 0;
}

void scratch_forget(struct tree *t, uint64_t node, uint64_t n)
{
	GUARD_MUTEX(&t->scratches->lock);
	struct scratch *f = by_number(t->scratches, node);

	if (!f)
		return;
	f->lookups -= n < f->lookups ? n : f->lookups;
	drop_if_unused(t->scratches, f);
}

int scratch_unlink(struct tree *t, uint32_t map_id, const char *name)
{
	GUARD_MUTEX(&t->scratches->lock);
	struct scratch *f = by_name(t->scratches, map_id, name);

	if (!f)
		return -ENOENT;
	unname(t->scratches, f);
	return 0;
}

int scratch_rename(struct tree *t, uint32_t map_id, const char *from, const char *to)
{
	GUARD_MUTEX(&t->scratches->lock);
	struct scratch *f = by_name(t->scratches, map_id, from);
	struct scratch *there = by_name(t->scratches, map_id, to);
	char *name;

	if (!f)
		return -ENOENT;
	name = strdup(to);
	if (!name)
		return -ENOMEM;
	if (there && there != f)
		unname(t->scratches, there);
	free(f->name);
	f->name = name;
	return 0;
}

int scratch_content(struct tree *t, uint64_t node, struct buf *out)
{
	GUARD_MUTEX(&t->scratches->lock);
	const struct scratch *f = by_number(t->scratches, node);

	if (!f)
		return -ESTALE;
	buf_put(out, f->content.data, f->content.len);
	return buf_error(out);
}

/* ---- open files: the content itself, no snapshots ---- */

struct scratch_file {
	struct tree_file file;
	uint64_t node;
};

static int file_read(struct tree_file *tf, const struct request *rq, size_t size,
		     off_t off, struct buf *out)
{
	struct scratch_file *sf = (struct scratch_file *)tf;
	GUARD_MUTEX(&sf->file.tree->scratches->lock);
	const struct scratch *f = by_number(sf->file.tree->scratches, sf->node);

	if (!f)
		return -ESTALE;
	tree_read_text(&f->content, size, off, out);
	return 0;
}

static int resize(struct scratches *s, struct scratch *f, size_t size)
{
	size_t old = f->content.len;
	int r;

	if (size > old) {
		r = make_room(s, f, size - old);
		if (r < 0)
			return r;
		if (!buf_reserve(&f->content, size - old))
			return -ENOMEM;
		memset(f->content.data + old, 0, size - old);
	}
	f->content.len = size;
	s->bytes = s->bytes - old + size;
	clock_gettime(CLOCK_REALTIME, &f->changed);
	return 0;
}

static int file_write(struct tree_file *tf, const struct request *rq, const char *data,
		      size_t len, off_t off)
{
	struct scratch_file *sf = (struct scratch_file *)tf;
	struct scratches *s = sf->file.tree->scratches;
	GUARD_MUTEX(&s->lock);
	struct scratch *f = by_number(s, sf->node);
	size_t pos, end;
	int r;

	if (!f)
		return -ESTALE;
	pos = tf->flags & O_APPEND ? f->content.len : (size_t)off;
	if (__builtin_add_overflow(pos, len, &end))
		return -EFBIG;
	r = resize(s, f, end > f->content.len ? end : f->content.len);
	if (r == 0 && len)
		memcpy(f->content.data + pos, data, len);
	return r;
}

static int set_size(struct tree *t, uint64_t node, off_t size)
{
	GUARD_MUTEX(&t->scratches->lock);
	struct scratch *f = by_number(t->scratches, node);

	return f ? resize(t->scratches, f, (size_t)size) : -ESTALE;
}

static int file_truncate(struct tree_file *tf, const struct request *rq, off_t size)
{
	return set_size(tf->tree, ((struct scratch_file *)tf)->node, size);
}

static void file_release(struct tree_file *tf)
{
	struct scratch_file *sf = (struct scratch_file *)tf;
	struct scratch *f;

	pthread_mutex_lock(&sf->file.tree->scratches->lock);
	f = by_number(sf->file.tree->scratches, sf->node);
	if (f) {
		f->opens--;
		drop_if_unused(sf->file.tree->scratches, f);
	}
	pthread_mutex_unlock(&sf->file.tree->scratches->lock);
	tree_file_free(tf);
}

static void file_name(const struct tree_file *tf, struct buf *out)
{
	buf_puts(out, "(scratch)");
}

const struct file_kind scratch_kind = {
	.sized = true,
	.name = file_name,
	.read = file_read,
	.write = file_write,
	.truncate = file_truncate,
	.release = file_release,
};

/* The lock is held. */
static int open_slot(struct tree *t, struct scratch *f, int flags, struct tree_file **ret)
{
	struct scratch_file *sf = calloc(1, sizeof(*sf));

	if (!sf)
		return -ENOMEM;
	tree_file_init(&sf->file, t, &scratch_kind, flags);
	sf->node = number(t->scratches, f);
	f->opens++;
	if (flags & O_TRUNC)
		resize(t->scratches, f, 0);
	*ret = &sf->file;
	return 0;
}

/* A new one in a free slot; the lock is held. NULL: no memory. */
static struct scratch *add(struct tree *t, struct live_map *m, const char *name,
			   bool link)
{
	struct scratch *f = free_slot(t->scratches);
	char *copy = strdup(name);

	if (!f || !copy) {
		free(copy);
		return NULL;
	}
	f->name = copy;
	f->m = live_map_ref(m);
	f->age = ++t->scratches->clock;
	f->lookups = f->opens = 0;
	f->link = link;
	clock_gettime(CLOCK_REALTIME, &f->changed);
	return f;
}

int scratch_symlink(struct tree *t, const struct request *rq, struct live_map *m,
		    const char *name, const char *text)
{
	GUARD_MUTEX(&t->scratches->lock);
	struct scratch *f;
	int r;

	if (by_name(t->scratches, m->id, name))
		return -EEXIST;
	f = add(t, m, name, true);
	if (!f)
		return -ENOMEM;
	r = resize(t->scratches, f, strlen(text));
	if (r < 0)
		unname(t->scratches, f);
	else
		memcpy(f->content.data, text, strlen(text));
	return r;
}

int scratch_create(struct tree *t, const struct request *rq, struct live_map *m,
		   const char *name, int flags, struct tree_entry *entry,
		   struct tree_file **ret)
{
	GUARD_MUTEX(&t->scratches->lock);
	struct scratch *f = by_name(t->scratches, m->id, name);

	if (f && (flags & O_EXCL || f->link))
		return -EEXIST;
	if (!f)
		f = add(t, m, name, false);
	if (!f)
		return -ENOMEM;
	fill_entry(t, f, entry);
	if (open_slot(t, f, flags, ret) == 0)
		return 0;
	f->lookups--;
	return -ENOMEM;
}

static int scratch_open(struct tree *t, const struct request *rq, uint64_t node,
			int flags, struct tree_file **ret)
{
	GUARD_MUTEX(&t->scratches->lock);
	struct scratch *f = by_number(t->scratches, node);

	return f ? open_slot(t, f, flags, ret) : -ESTALE;
}

/* truncate(2) of a path. */
static int scratch_setattr(struct tree *t, const struct request *rq, uint64_t node,
			   const struct stat *st, unsigned set)
{
	return set & TREE_SET_SIZE ? set_size(t, node, st->st_size) : 0;
}

static int scratch_stat(struct tree *t, const struct request *rq, uint64_t node,
			struct stat *st, double *timeout)
{
	GUARD_MUTEX(&t->scratches->lock);
	const struct scratch *f = by_number(t->scratches, node);

	if (!f)
		return -ESTALE;
	*timeout = 0;
	fill_stat(t, f, node, st);
	return 0;
}

static int scratch_readlink(struct tree *t, const struct request *rq, uint64_t node,
			    struct buf *out)
{
	return scratch_content(t, node, out);
}

const struct node_ops scratch_ops = {
	.stat = scratch_stat,
	.setattr = scratch_setattr,
	.forget = scratch_forget,
	.readlink = scratch_readlink,
	.open = scratch_open,
};

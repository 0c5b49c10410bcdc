/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Queues of requests: one for each user with active requests.
 */
#include <fuse_lowlevel.h>
#include <linux/fuse.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "fuse/fs.h"
#include "fuse/share.h"
#include "util/cleanup.h"

struct waiting {
	struct waiting *next;
	struct fuse_buf buf;
};

/* A user with active or waiting requests. */
struct share {
	struct share *next;
	uid_t uid;
	unsigned busy;
	size_t bytes; /* of all that wait */
	struct waiting *first, **last;
};

struct shares {
	pthread_mutex_t lock; /* guards the rest */
	struct share *list;
	unsigned busy; /* of all users but root */
	size_t bytes; /* of all that wait */
	unsigned starving; /* users with requests that wait, and none served */
};

struct shares *shares_new(void)
{
	struct shares *s = calloc(1, sizeof(*s));

	if (s)
		pthread_mutex_init(&s->lock, NULL);
	return s;
}

static void free_share(struct share *sh)
{
	for (struct waiting *w = sh->first, *next; w; w = next) {
		next = w->next;
		free(w->buf.mem);
		free(w);
	}
	free(sh);
}

void shares_free(struct shares *s)
{
	if (!s)
		return;
	for (struct share *sh = s->list, *next; sh; sh = next) {
		next = sh->next;
		free_share(sh);
	}
	pthread_mutex_destroy(&s->lock);
	free(s);
}

/* The kernel has locked the page that let_splice() in fs-file.c stores. An open(2)
 * waits for that page, so it must not be what this read waits for. */
static bool is_far_read(const struct fuse_buf *buf)
{
	const struct fuse_in_header *in = buf->mem;
	const struct fuse_read_in *read = (const void *)(in + 1);

	return in->opcode == FUSE_READ && buf->size >= sizeof(*in) + sizeof(*read) &&
	       fs_is_far_away(read->offset);
}

static bool never_waits(const struct fuse_buf *buf)
{
	const struct fuse_in_header *in = buf->mem;

	switch (in->opcode) {
	case FUSE_INIT:
	case FUSE_DESTROY:
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
	case FUSE_INTERRUPT:
	case FUSE_RELEASE:
	case FUSE_RELEASEDIR:
		return true;
	default:
		return in->uid == 0 || is_far_read(buf);
	}
}

/* The share of a user, which is added if needed. NULL: no memory. */
static struct share *find(struct shares *s, uid_t uid)
{
	struct share *sh = s->list;

	while (sh && sh->uid != uid)
		sh = sh->next;
	if (sh)
		return sh;
	sh = calloc(1, sizeof(*sh));
	if (!sh)
		return NULL;
	sh->uid = uid;
	sh->last = &sh->first;
	sh->next = s->list;
	s->list = sh;
	return sh;
}

static bool is_starving(const struct share *sh)
{
	return sh->first && !sh->busy;
}

static enum share_result enqueue(struct shares *s, struct share *sh,
				 const struct fuse_buf *buf)
{
	struct waiting *w;

	if (sh->bytes + buf->size > SHARE_QUEUE || s->bytes + buf->size > SHARE_QUEUES)
		return SHARE_REFUSE;
	w = calloc(1, sizeof(*w));
	if (!w)
		return SHARE_REFUSE;
	w->buf = *buf;
	w->buf.mem = malloc(buf->size);
	if (!w->buf.mem) {
		free(w);
		return SHARE_REFUSE;
	}
	memcpy(w->buf.mem, buf->mem, buf->size);
	s->starving += !sh->first && !sh->busy;
	*sh->last = w;
	sh->last = &w->next;
	sh->bytes += buf->size;
	s->bytes += buf->size;
	return SHARE_WAITS;
}

static void remove_if_unused(struct shares *s, struct share *sh)
{
	struct share **link = &s->list;

	if (sh->busy || sh->first)
		return;
	while (*link != sh)
		link = &(*link)->next;
	*link = sh->next;
	free_share(sh);
}

enum share_result shares_begin(struct shares *s, const struct fuse_buf *buf,
			       uid_t *ret_uid)
{
	const struct fuse_in_header *in = buf->mem;
	enum share_result r = SHARE_SERVE;
	struct share *sh;

	*ret_uid = 0;
	if (buf->size < sizeof(*in) || never_waits(buf))
		return SHARE_SERVE;
	GUARD_MUTEX(&s->lock);
	sh = find(s, in->uid);
	if (!sh)
		return SHARE_REFUSE;
	if (sh->busy >= SHARE_EACH || s->busy >= (sh->busy ? SHARE_ALL : SHARE_MAX)) {
		r = enqueue(s, sh, buf);
		remove_if_unused(s, sh);
		return r;
	}
	sh->busy++;
	s->busy++;
	*ret_uid = in->uid;
	return r;
}

/* The user that came first of those that starve, or NULL. */
static struct share *find_starving(struct shares *s)
{
	struct share *found = NULL;

	for (struct share *sh = s->list; s->starving && sh; sh = sh->next)
		if (is_starving(sh))
			found = sh;
	return found;
}

/* Take the first request that waits: it is served from now on. */
static void dequeue(struct shares *s, struct share *sh, struct fuse_buf *ret)
{
	struct waiting *w = sh->first;

	s->starving -= is_starving(sh);
	sh->busy++;
	s->busy++;
	sh->first = w->next;
	if (!sh->first)
		sh->last = &sh->first;
	sh->bytes -= w->buf.size;
	s->bytes -= w->buf.size;
	*ret = w->buf;
	free(w);
}

bool shares_end(struct shares *s, uid_t *uid, struct fuse_buf *ret)
{
	struct share *sh, *next;

	if (!*uid)
		return false;
	GUARD_MUTEX(&s->lock);
	sh = find(s, *uid);
	next = find_starving(s);
	if (!next && sh->first)
		next = sh;
	sh->busy--;
	s->busy--;
	s->starving += is_starving(sh);
	if (next) {
		dequeue(s, next, ret);
		*uid = next->uid;
	}
	remove_if_unused(s, sh);
	return next != NULL;
}

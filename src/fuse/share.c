/* SPDX-License-Identifier: GPL-2.0-or-later */
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

static enum share_result enqueue(struct share *sh, const struct fuse_buf *buf)
{
	struct waiting *w;

	if (sh->bytes + buf->size > SHARE_QUEUE)
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
	*sh->last = w;
	sh->last = &w->next;
	sh->bytes += buf->size;
	return SHARE_WAITS;
}

enum share_result shares_begin(struct shares *s, const struct fuse_buf *buf,
			       uid_t *ret_uid)
{
	const struct fuse_in_header *in = buf->mem;
	struct share *sh;

	*ret_uid = 0;
	if (buf->size < sizeof(*in) || never_waits(buf))
		return SHARE_SERVE;
	GUARD_MUTEX(&s->lock);
	sh = find(s, in->uid);
	if (!sh)
		return SHARE_REFUSE;
	/* Always serve a user without active requests: only the end of one takes
	 * a request out of the queue. */
	if (sh->busy && (sh->busy >= SHARE_EACH || s->busy >= SHARE_ALL))
		return enqueue(sh, buf);
	sh->busy++;
	s->busy++;
	*ret_uid = in->uid;
	return SHARE_SERVE;
}

static void remove_share(struct shares *s, struct share *sh)
{
	struct share **link = &s->list;

	while (*link != sh)
		link = &(*link)->next;
	*link = sh->next;
	free_share(sh);
}

bool shares_end(struct shares *s, uid_t uid, struct fuse_buf *ret)
{
	struct waiting *w;
	struct share *sh;

	if (!uid)
		return false;
	GUARD_MUTEX(&s->lock);
	sh = find(s, uid);
	w = sh->first;
	if (!w) {
		s->busy--;
		if (!--sh->busy)
			remove_share(s, sh);
		return false;
	}
	sh->first = w->next;
	if (!sh->first)
		sh->last = &sh->first;
	sh->bytes -= w->buf.size;
	*ret = w->buf;
	free(w);
	return true;
}

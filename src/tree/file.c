/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Functions for all kinds of open files: initialization, refusals, snapshots.
 */
#include "tree/file.h"

#include <stdlib.h>

#include "util/buf.h"

void tree_file_init(struct tree_file *f, struct tree *t, const struct file_kind *kind,
		    int flags)
{
	f->tree = t;
	f->kind = kind;
	f->flags = flags;
	pthread_mutex_init(&f->lock, NULL);
}

void tree_file_free(struct tree_file *f)
{
	pthread_mutex_destroy(&f->lock);
	free(f);
}

void tree_wake(struct tree *t)
{
	GUARD_MUTEX(&t->wake_lock);

	if (t->wake)
		t->wake(t->wake_arg);
}

void tree_read_text(const struct buf *text, size_t size, off_t off, struct buf *out)
{
	if ((size_t)off >= text->len)
		return;
	if (size > text->len - (size_t)off)
		size = text->len - (size_t)off;
	buf_put(out, text->data + off, size);
}

int file_refuse(struct tree_file *f, struct live_map *m, const char *operation, int error,
		const struct text_error *err)
{
	const struct request opener = { .uid = f->uid };
	_cleanup_buf_ struct buf name = BUF_INIT;

	f->kind->name(f, &name);
	return tree_refuse(f->tree, &opener, m, operation, buf_cstr(&name) ?: "", error,
			   err);
}

void snapshot_set(struct snapshot *s, struct buf *text)
{
	struct buf old = s->text;

	s->text = *text;
	*text = old;
	buf_clear(text);
}

void snapshot_serve(struct snapshot *s, size_t size, off_t off, struct buf *out)
{
	s->served = true;
	tree_read_text(&s->text, size, off, out);
}

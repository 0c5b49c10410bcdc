/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tree/taken-lines.h"

#include <errno.h>
#include <string.h>

#include "util/request.h"

/* Bytes of the whole lines in the first `room` bytes. */
static size_t whole_lines(const struct buf *text, size_t room)
{
	const char *end = text->len <= room ? text->data + text->len - 1
					    : memrchr(text->data, '\n', room);

	return end ? (size_t)(end - text->data) + 1 : 0;
}

static void cut_front(struct buf *b, size_t n)
{
	memmove(b->data, b->data + n, b->len - n);
	b->len -= n;
}

/* Return whole lines, or reserve the first one for this reader. */
static int give(struct taken_lines *t, size_t room, struct buf *out)
{
	struct buf *text = &t->m->drained;
	size_t n = whole_lines(text, room);

	if (n) {
		buf_put(out, text->data, n);
	} else {
		n = (size_t)((char *)memchr(text->data, '\n', text->len) - text->data) + 1;
		buf_clear(&t->line);
		t->given = 0;
		buf_put(&t->line, text->data, n);
	}
	if (buf_error(out) || buf_error(&t->line))
		return -ENOMEM;
	cut_front(text, n);
	return 0;
}

static int next_lines(struct taken_lines *t, size_t room, struct buf *out)
{
	GUARD_MUTEX(&t->m->drain_lock);
	int r = t->m->drained.len ? 1 : t->fill(t->arg);

	return r <= 0 ? r : give(t, room, out) ?: 1;
}

static void give_line(struct taken_lines *t, size_t room, struct buf *out)
{
	size_t n = t->line.len - t->given;

	n = n < room ? n : room;
	buf_put(out, t->line.data + t->given, n);
	if (buf_error(out))
		return;
	t->given += n;
	if (t->given == t->line.len)
		t->line.len = t->given = 0;
}

int taken_lines_read(struct taken_lines *t, const struct request *rq, size_t size,
		     struct buf *out)
{
	int r = 1;

	while (r > 0 && out->len < size && !buf_error(out)) {
		if (t->line.len)
			give_line(t, size - out->len, out);
		else if (request_interrupted(rq))
			r = -EINTR;
		else
			r = next_lines(t, size - out->len, out);
	}
	/* Return what was taken first; the error will occur again. */
	return r < 0 && !out->len ? r : 0;
}

bool taken_lines_has_any(struct taken_lines *t)
{
	GUARD_MUTEX(&t->m->drain_lock);

	return t->line.len || t->m->drained.len;
}

static void give_back(struct taken_lines *t)
{
	struct buf *text = &t->m->drained;
	GUARD_MUTEX(&t->m->drain_lock);

	if (t->finish)
		t->finish(t->arg);
	if (!t->line.len)
		return;
	buf_put(&t->line, text->data, text->len);
	if (buf_error(&t->line))
		return;
	buf_release(text);
	*text = t->line;
	t->line = (struct buf)BUF_INIT;
}

void taken_lines_release(struct taken_lines *t)
{
	if (t->m)
		give_back(t);
	buf_release(&t->line);
}

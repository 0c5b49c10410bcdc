/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * .map/drain: reading takes the entries out of the map. A batch that was taken is
 * text of the live map, from which all readers are given whole lines:
 *
 *	map --take_next()--> live_map.drained --line by line--> reply
 *	                            ^                             |
 *	                            +--- a line given in part <---+ at release
 *
 * A line longer than one read is reserved for its reader until it was read to its
 * end. If the reader closes the file before, the whole line goes back.
 *
 * There is no going back to an offset: the file cannot seek, so that shells read
 * byte by byte and take no more lines than they use.
 */
#include <errno.h>
#include <string.h>

#include "map/scan/take.h"
#include "report/bulk.h"
#include "tree/dotref.h"
#include "tree/file.h"
#include "util/request.h"

struct drain_file {
	struct tree_file file;
	struct dot_ref ref;
	struct map map; /* open during reads */
	struct take *take;
	struct scan_batch batch;
	size_t i; /* next entry of it to become text */
	off_t off; /* where the next read begins */
	struct buf line;
	size_t given; /* bytes of the line */
};

static struct drain_file *to_drain_file(struct tree_file *f)
{
	return (struct drain_file *)f;
}

/* ---- with drain_lock held ---- */

/* If formatting fails with -ENOMEM, the entry is formatted again later. */
static int format_batch(struct drain_file *df)
{
	const struct schema *s = df->ref.schema;
	struct buf *out = &df->ref.m->drained;
	int r = 0;

	while (r == 0 && df->i < df->batch.count) {
		size_t before = out->len;

		r = df->ref.row->bulk->put(s, df->batch.keys + df->i * s->key_size,
					   df->batch.values + df->i * s->value_bytes, out);
		if (r == 0)
			df->i++;
		else
			buf_truncate(out, before);
		out->error = 0;
	}
	return r;
}

/* 1: there is a line to read; 0: the end. */
static int fill(struct drain_file *df)
{
	int r = df->i < df->batch.count ? 1 : 0;

	if (df->ref.m->drained.len)
		return 1;
	if (!r) {
		df->i = df->batch.count = 0;
		r = take_next(df->take, &df->batch);
	}
	if (r <= 0)
		return r;
	live_map_touch(df->ref.m);
	r = format_batch(df);
	return df->ref.m->drained.len ? 1 : r;
}

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
static int give(struct drain_file *df, size_t room, struct buf *out)
{
	struct buf *text = &df->ref.m->drained;
	size_t n = whole_lines(text, room);

	if (n) {
		buf_put(out, text->data, n);
	} else {
		n = (size_t)((char *)memchr(text->data, '\n', text->len) - text->data) + 1;
		buf_clear(&df->line);
		df->given = 0;
		buf_put(&df->line, text->data, n);
	}
	if (buf_error(out) || buf_error(&df->line))
		return -ENOMEM;
	cut_front(text, n);
	return 0;
}

static int next_lines(struct drain_file *df, size_t room, struct buf *out)
{
	GUARD_MUTEX(&df->ref.m->drain_lock);
	int r = fill(df);

	return r <= 0 ? r : give(df, room, out) ?: 1;
}

/* ---- */

static void give_line(struct drain_file *df, size_t room, struct buf *out)
{
	size_t n = df->line.len - df->given;

	n = n < room ? n : room;
	buf_put(out, df->line.data + df->given, n);
	if (buf_error(out))
		return;
	df->given += n;
	if (df->given == df->line.len)
		df->line.len = df->given = 0;
}

static int read_lines(struct drain_file *df, const struct request *rq, size_t size,
		      struct buf *out)
{
	int r = 1;

	while (r > 0 && out->len < size && !buf_error(out)) {
		if (df->line.len)
			give_line(df, size - out->len, out);
		else if (request_interrupted(rq))
			r = -EINTR;
		else
			r = next_lines(df, size - out->len, out);
	}
	/* Return what was taken first; the error will occur again. */
	return r < 0 && !out->len ? r : 0;
}

static int drain_read(struct tree_file *f, const struct request *rq, size_t size,
		      off_t off, struct buf *out)
{
	struct drain_file *df = to_drain_file(f);
	GUARD_MUTEX(&f->lock);
	int r;

	if (off != df->off)
		return -ESPIPE;
	GUARD_CHANGE(df->ref.m);
	r = map_open(rq, f->tree->store, df->ref.schema, STORE_READ | STORE_WRITE,
		     &df->map);
	if (r < 0)
		return stale_if_gone(r);
	r = read_lines(df, rq, size, out);
	map_close(&df->map);
	df->map.rq = NULL;
	df->off += (off_t)out->len;
	return r;
}

/* What is left of a batch was taken, too. */
static void give_back(struct drain_file *df)
{
	struct buf *text = &df->ref.m->drained;
	GUARD_MUTEX(&df->ref.m->drain_lock);

	format_batch(df);
	if (!df->line.len)
		return;
	buf_put(&df->line, text->data, text->len);
	if (buf_error(&df->line))
		return;
	buf_release(text);
	*text = df->line;
	df->line = (struct buf)BUF_INIT;
}

static void drain_release(struct tree_file *f)
{
	struct drain_file *df = to_drain_file(f);

	if (df->ref.m)
		give_back(df);
	take_free(df->take);
	dot_ref_release(&df->ref);
	buf_release(&df->line);
	tree_file_free(f);
}

static void drain_name(const struct tree_file *f, struct buf *out)
{
	dot_name(&((const struct drain_file *)f)->ref, out);
}

/* Takes over *d. */
static int drain_open(struct dot_ref *d, const struct request *rq, int flags,
		      struct tree_file **ret)
{
	struct drain_file *df = calloc(1, sizeof(*df));
	int r;

	if (!df)
		return -ENOMEM;
	tree_file_init(&df->file, d->tree, &drain_kind, flags);
	df->ref = *d;
	*d = (struct dot_ref){ 0 };
	df->map.schema = df->ref.schema;
	r = take_new(&df->map, &df->take);
	if (r < 0)
		drain_release(&df->file);
	else
		*ret = &df->file;
	return r;
}

const struct file_kind drain_kind = {
	.no_seek = true,
	.open = drain_open,
	.read = drain_read,
	.release = drain_release,
	.name = drain_name,
};

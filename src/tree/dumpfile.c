/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A whole-map file (report/bulk.h). While it is read: one pass, formatted a
 * batch at a time into a window of text. Reads in sequence are served from
 * the window, which is refilled when it is used up, so memory stays bounded
 * by one batch. Another thread gets the next batches meanwhile.
 *
 *	      start                     start + window.len
 *	--------|---------------------------|----------> offset
 *	 dropped|          window           | not made yet
 *
 * A read at 0 of a file already read begins a new pass; a read elsewhere goes
 * on in the same pass, or begins again if it lies before the window.
 *
 * Its size is told as 0, where sendfile(2) and splice(2) stop. A file that
 * cannot seek would make sendfile fail, and programs then read; but only where
 * the output is no pipe, and `head` and the `read` of shells go back.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "map/scan/scan.h"
#include "report/bulk.h"
#include "tree/dotref.h"
#include "tree/file.h"
#include "util/request.h"

/* Text is made in pieces of about this size. */
#define WINDOW (1u << 18)
/* Batches and text behind an open file of a large map, about. */
#define OPEN_MEMORY (1u << 20)
/* What cp and cat read at a time: the most that one request brings. */
#define DUMP_BLOCK (1 << 20)

struct dump_file {
	struct tree_file file;
	struct dot_ref ref;
	struct map map; /* held open: this is one pass; unless scan_is_brief() */

	bool brief; /* the map is open during calls only */

	struct scan *scan; /* NULL: not open for reading */
	struct scan_batch batch;
	size_t i;	/* next entry of the batch */
	uint64_t count; /* entries formatted */
	bool ended;
	off_t start;
	struct buf window;
	bool was_read;

	struct bulk_writer writer;
};

static struct dump_file *to_dump_file(struct tree_file *f)
{
	return (struct dump_file *)f;
}

/* ---- reading ---- */

static int put_head(struct dump_file *df)
{
	_cleanup_map_ struct map map = MAP_INIT;
	_cleanup_def_ struct def def = { 0 };
	struct report report;
	int r;

	if (!df->ref.row->bulk->head)
		return 0;
	r = map_open(df->map.rq, df->ref.tree->store, df->ref.schema, STORE_READ, &map);
	if (r == 0)
		r = dot_report(&df->ref, df->map.rq, &map, &def, &report);
	return r < 0 ? r : df->ref.row->bulk->head(&report, &df->window);
}

static int begin(struct dump_file *df)
{
	df->start = 0;
	df->ended = false;
	df->batch.count = df->i = 0;
	df->count = 0;
	buf_clear(&df->window);
	return put_head(df);
}

static int restart(struct dump_file *df)
{
	int r = scan_seek(df->scan, 0);

	return r < 0 ? r : begin(df);
}

static int format_batch(struct dump_file *df)
{
	const struct schema *s = df->ref.schema;
	const struct scan_batch *b = &df->batch;
	size_t from = df->i;
	int r = 0;

	for (; r == 0 && df->i < b->count && df->window.len < WINDOW; df->i++)
		r = df->ref.row->bulk->put(s, b->keys + df->i * s->key_size,
					   b->values ? b->values + df->i * s->value_bytes
						     : NULL,
					   &df->window);
	df->count += df->i - from;
	return r;
}

static int next_batch(struct dump_file *df)
{
	int r = scan_next(df->scan, &df->batch);

	df->i = 0;
	if (r < 0)
		df->batch.count = 0;
	if (r != 0)
		return r < 0 ? r : 0;
	df->ended = true;
	df->batch.count = 0;
	return df->ref.row->bulk->tail ? df->ref.row->bulk->tail(df->count, &df->window)
				       : 0;
}

/* The window was read to its end: make the next one. */
static int advance(struct dump_file *df)
{
	int r = 0;

	df->start += (off_t)df->window.len;
	buf_clear(&df->window);
	while (r == 0 && !df->ended && df->window.len < WINDOW) {
		if (df->i == df->batch.count)
			r = next_batch(df);
		if (r == 0)
			r = format_batch(df);
	}
	return r;
}

static int seek_to(struct dump_file *df, off_t off)
{
	int r = 0;

	if (off < df->start || (off == 0 && df->was_read))
		r = restart(df);
	while (r == 0 && !df->ended && off > df->start + (off_t)df->window.len)
		r = request_interrupted(df->map.rq) ? -EINTR : advance(df);
	return r;
}

static int read_text(struct dump_file *df, size_t size, off_t off, struct buf *out)
{
	int r = seek_to(df, off);

	df->was_read = true;
	/* A short read is the end for many readers: fill the request. */
	while (r == 0 && out->len < size) {
		size_t before = out->len;

		tree_read_text(&df->window, size - before,
			       off + (off_t)before - df->start, out);
		if (out->len == size || buf_error(out))
			break;
		if (df->ended)
			break;
		r = request_interrupted(df->map.rq) ? -EINTR : advance(df);
	}
	/* What was made is handed out first; the error comes again. */
	return r < 0 && !out->len ? r : 0;
}

static int dump_read(struct tree_file *f, const struct request *rq, size_t size,
		     off_t off, struct buf *out)
{
	struct dump_file *df = to_dump_file(f);
	GUARD_MUTEX(&f->lock);
	int r;

	df->map.rq = rq;
	r = read_text(df, size, off, out);
	df->map.rq = NULL;
	return r;
}

/* ---- writing ---- */

/* In a text of millions of lines, the line's number is what finds the error. */
static int refuse(struct dump_file *df, int error, const struct text_error *err)
{
	_cleanup_buf_ struct buf name = BUF_INIT;

	dot_name(&df->ref, &name);
	errlog_add(&df->ref.m->errors, df->file.uid, "write", buf_cstr(&name) ?: "",
		   error, "%s %" PRIu64 ", column %zu: %s",
		   df->ref.row->bulk->records ? "entry" : "line", df->writer.line,
		   err->column ? err->column : 1,
		   err->reason[0] ? err->reason : "refused");
	return error;
}

/* One request that changes the map, which is open for that long at least. */
static int begin_change(struct dump_file *df, const struct request *rq)
{
	int r = df->brief ? map_open(rq, df->ref.tree->store, df->ref.schema,
				     STORE_READ | STORE_WRITE, &df->map)
			  : 0;

	df->map.rq = rq;
	return stale_if_gone(r);
}

static void end_change(struct dump_file *df)
{
	df->map.rq = NULL;
	if (bulk_changed(&df->writer))
		live_map_touch(df->ref.m);
	if (df->brief)
		map_close(&df->map);
}

static int dump_write(struct tree_file *f, const struct request *rq, const char *data,
		      size_t len, off_t off)
{
	struct dump_file *df = to_dump_file(f);
	struct text_error err = { 0 };
	GUARD_MUTEX(&f->lock);
	int before = df->writer.error;
	GUARD_CHANGE(df->ref.m);
	int r = begin_change(df, rq);

	if (r == 0)
		r = bulk_write(&df->writer, data, len, off, &err);
	end_change(df);
	return r < 0 && !before ? refuse(df, r, &err) : r;
}

/* Report a failure once per file, however many descriptors it has. */
static int finish(struct dump_file *df, const struct request *rq, bool last)
{
	struct text_error err = { 0 };
	int before = df->writer.unfinished;
	GUARD_CHANGE(df->ref.m);
	/* No held text: do not report a map that has gone. */
	int r = df->writer.held.len ? begin_change(df, rq) : 0;

	if (r == 0)
		r = bulk_finish(&df->writer, last, &err);
	end_change(df);
	return r < 0 && !before ? refuse(df, r, &err) : r;
}

static int dump_flush(struct tree_file *f, const struct request *rq)
{
	GUARD_MUTEX(&f->lock);

	return finish(to_dump_file(f), rq, false);
}

/* ---- opening ---- */

static void dump_release(struct tree_file *f)
{
	struct dump_file *df = to_dump_file(f);

	if (df->writer.apply_queue)
		finish(df, NULL, true);
	scan_free(df->scan);
	bulk_release(&df->writer);
	map_close(&df->map);
	dot_ref_release(&df->ref);
	buf_release(&df->window);
	tree_file_free(f);
}

static void dump_name(const struct tree_file *f, struct buf *out)
{
	dot_name(&((const struct dump_file *)f)->ref, out);
}

static int open_reader(struct dump_file *df)
{
	bool keys_only = df->ref.row->bulk->keys_only;
	int r = scan_new_ahead(&df->map, keys_only, SCAN_THREADS, &df->scan);

	return r < 0 ? r : begin(df);
}

static int open_writer(struct dump_file *df, const struct request *rq)
{
	const struct bulk_format *format = df->ref.row->bulk;
	struct text_error err = { 0 };
	int r = bulk_check(format, df->ref.schema, df->ref.tree->opt->unsafe, &err);

	if (r < 0)
		return tree_refuse(df->ref.tree, rq, df->ref.m, "open", df->ref.row->name,
				   r, &err);
	df->writer = (struct bulk_writer){
		.format = format,
		.map = &df->map,
		.append = df->file.flags & O_APPEND,
	};
	return bulk_init(&df->writer);
}

static int open_both(struct dump_file *df, const struct request *rq)
{
	int flags = df->file.flags;
	unsigned access = STORE_READ | (wants_write(flags) ? STORE_WRITE : 0);
	int r = map_open(rq, df->ref.tree->store, df->ref.schema, access, &df->map);

	if (r == 0 && wants_read(flags))
		r = open_reader(df);
	if (r == 0 && wants_write(flags))
		r = open_writer(df, rq);
	df->brief = r == 0 && scan_is_brief(&df->map);
	if (df->brief)
		map_close(&df->map);
	df->map.rq = NULL;
	return r < 0 ? r : file_charge(&df->file, OPEN_MEMORY);
}

/* Takes over *d. */
static int dump_open(struct dot_ref *d, const struct request *rq, int flags,
		     struct tree_file **ret)
{
	struct dump_file *df = calloc(1, sizeof(*df));
	int r;

	if (!df)
		return -ENOMEM;
	tree_file_init(&df->file, d->tree, &dump_kind, flags);
	df->ref = *d;
	*d = (struct dot_ref){ 0 };
	df->file.descriptors = schema_has(df->ref.schema, MAP_DESCRIPTORS);
	r = open_both(df, rq);
	if (r < 0)
		dump_release(&df->file);
	else
		*ret = &df->file;
	return r;
}

const struct file_kind dump_kind = {
	.block = DUMP_BLOCK,
	.open = dump_open,
	.read = dump_read,
	.write = dump_write,
	.flush = dump_flush,
	.release = dump_release,
	.name = dump_name,
};

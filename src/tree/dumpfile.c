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
#include "tree/textfile.h"
#include "util/interrupt.h"

/* Text is made in pieces of about this size. */
#define WINDOW (1u << 18)

struct dump_file {
	struct tree_file file;
	struct dot_ref ref;
	struct map map; /* held open: this is one pass; unless scan_is_brief() */

	bool brief; /* the map is open during calls only */

	struct scan *scan; /* NULL: not open for reading */
	struct scan_batch batch;
	size_t i; /* next entry of the batch */
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

static int put_head(struct dump_file *pf)
{
	_cleanup_map_ struct map map = MAP_INIT;
	_cleanup_def_ struct def def = { 0 };
	struct report report;
	int r;

	if (!pf->ref.row->bulk->head)
		return 0;
	r = map_open(pf->ref.tree->store, pf->ref.schema, STORE_READ, &map);
	if (r == 0)
		r = dot_report(&pf->ref, &map, &def, &report);
	return r < 0 ? r : pf->ref.row->bulk->head(&report, &pf->window);
}

static int begin(struct dump_file *pf)
{
	pf->start = 0;
	pf->ended = false;
	pf->batch.count = pf->i = 0;
	pf->count = 0;
	buf_clear(&pf->window);
	return put_head(pf);
}

static int restart(struct dump_file *pf)
{
	int r = scan_seek(pf->scan, 0);

	return r < 0 ? r : begin(pf);
}

static int format_batch(struct dump_file *pf)
{
	const struct schema *s = pf->ref.schema;
	const struct scan_batch *b = &pf->batch;
	size_t from = pf->i;
	int r = 0;

	for (; r == 0 && pf->i < b->count && pf->window.len < WINDOW; pf->i++)
		r = pf->ref.row->bulk->put(s, b->keys + pf->i * s->key_size,
					   b->values ? b->values + pf->i * s->value_bytes : NULL,
					   &pf->window);
	pf->count += pf->i - from;
	return r;
}

static int next_batch(struct dump_file *pf)
{
	int r = scan_next(pf->scan, &pf->batch);

	pf->i = 0;
	if (r < 0)
		pf->batch.count = 0;
	if (r != 0)
		return r < 0 ? r : 0;
	pf->ended = true;
	pf->batch.count = 0;
	return pf->ref.row->bulk->tail ? pf->ref.row->bulk->tail(pf->count, &pf->window) : 0;
}

/* The window was read to its end: make the next one. */
static int advance(struct dump_file *pf)
{
	int r = 0;

	pf->start += (off_t)pf->window.len;
	buf_clear(&pf->window);
	while (r == 0 && !pf->ended && pf->window.len < WINDOW) {
		if (pf->i == pf->batch.count)
			r = next_batch(pf);
		if (r == 0)
			r = format_batch(pf);
	}
	return r;
}

static int seek_to(struct dump_file *pf, off_t off)
{
	int r = 0;

	if (off < pf->start || (off == 0 && pf->was_read))
		r = restart(pf);
	while (r == 0 && !pf->ended && off > pf->start + (off_t)pf->window.len)
		r = interrupted() ? -EINTR : advance(pf);
	return r;
}

static int dump_read(struct tree_file *f, size_t size, off_t off, struct buf *out)
{
	struct dump_file *pf = to_dump_file(f);
	int r = seek_to(pf, off);

	pf->was_read = true;
	/* A short read is the end for many readers: fill the request. */
	while (r == 0 && out->len < size) {
		size_t before = out->len;

		tree_read_text(&pf->window, size - before, off + (off_t)before - pf->start, out);
		if (out->len == size || buf_error(out))
			break;
		if (pf->ended)
			break;
		r = interrupted() ? -EINTR : advance(pf);
	}
	/* What was made is handed out first; the error comes again. */
	return r < 0 && !out->len ? r : 0;
}

/* ---- writing ---- */

/* The line's number is what finds it: a text may have millions. */
static int refuse(struct dump_file *pf, int error, const struct text_error *err)
{
	char name[64];

	snprintf(name, sizeof(name), ".map/%s", pf->ref.row->name);
	errlog_add(&pf->ref.m->errors, "write", name, error,
		   "%s %" PRIu64 ", column %zu: %s",
		   pf->ref.row->bulk->records ? "entry" : "line", pf->writer.line,
		   err->column ? err->column : 1, err->reason[0] ? err->reason : "refused");
	return error;
}

/* One request that changes the map, which is open for that long at least. */
static int begin_change(struct dump_file *pf)
{
	int r = pf->brief ? map_open(pf->ref.tree->store, pf->ref.schema,
				     STORE_READ | STORE_WRITE, &pf->map) : 0;

	return r == -ENOENT ? -ESTALE : r;
}

static void end_change(struct dump_file *pf)
{
	if (bulk_changed(&pf->writer))
		tree_map_touch(pf->ref.m);
	if (pf->brief)
		map_close(&pf->map);
}

static int dump_write(struct tree_file *f, const char *data, size_t len, off_t off)
{
	struct dump_file *pf = to_dump_file(f);
	struct text_error err = { 0 };
	int before = pf->writer.error;
	GUARD_CHANGE(pf->ref.m);
	int r = begin_change(pf);

	if (r == 0)
		r = bulk_write(&pf->writer, data, len, off, &err);
	end_change(pf);
	return r < 0 && !before ? refuse(pf, r, &err) : r;
}

/* A failure is told once, however many descriptors there were. */
static int finish(struct dump_file *pf, bool last)
{
	struct text_error err = { 0 };
	int before = pf->writer.unfinished;
	GUARD_CHANGE(pf->ref.m);
	/* A map that is gone is no news to who had nothing more to say. */
	int r = pf->writer.held.len ? begin_change(pf) : 0;

	if (r == 0)
		r = bulk_finish(&pf->writer, last, &err);
	end_change(pf);
	return r < 0 && !before ? refuse(pf, r, &err) : r;
}

static int dump_flush(struct tree_file *f)
{
	return finish(to_dump_file(f), false);
}

/* ---- opening ---- */

static void dump_release(struct tree_file *f)
{
	struct dump_file *pf = to_dump_file(f);

	if (pf->writer.format)
		finish(pf, true);
	scan_free(pf->scan);
	bulk_release(&pf->writer);
	map_close(&pf->map);
	dot_ref_release(&pf->ref);
	buf_release(&pf->window);
	free(pf);
}

static const struct tree_file_ops dump_file_ops = {
	.stream = true,
	.read = dump_read,
	.write = dump_write,
	.flush = dump_flush,
	.release = dump_release,
};

static int open_reader(struct dump_file *pf)
{
	bool keys_only = pf->ref.row->bulk->keys_only;
	int r = scan_new_ahead(&pf->map, keys_only, SCAN_THREADS, &pf->scan);

	return r < 0 ? r : begin(pf);
}

static int open_writer(struct dump_file *pf)
{
	const struct bulk_format *format = pf->ref.row->bulk;
	struct text_error err = { 0 };
	int r = bulk_check(format, pf->ref.schema, pf->ref.tree->opt->unsafe, &err);

	if (r < 0)
		return tree_refuse(pf->ref.tree, pf->ref.m, "open", pf->ref.row->name, r, &err);
	pf->writer = (struct bulk_writer){
		.format = format,
		.map = &pf->map,
		.append = pf->file.flags & O_APPEND,
	};
	return bulk_init(&pf->writer);
}

int dump_file_open(struct dot_ref *d, int flags, struct tree_file **ret)
{
	struct dump_file *pf = calloc(1, sizeof(*pf));
	unsigned access = STORE_READ | (wants_write(flags) ? STORE_WRITE : 0);
	int r;

	if (!pf)
		return -ENOMEM;
	tree_file_init(&pf->file, &dump_file_ops, flags);
	pf->ref = *d;
	*d = (struct dot_ref){ 0 };
	r = map_open(pf->ref.tree->store, pf->ref.schema, access, &pf->map);
	if (r == 0 && wants_read(flags))
		r = open_reader(pf);
	if (r == 0 && wants_write(flags))
		r = open_writer(pf);
	pf->brief = r == 0 && scan_is_brief(&pf->map);
	if (pf->brief)
		map_close(&pf->map);
	if (r < 0) {
		tree_release(&pf->file);
		return r == -ENOENT ? -ESTALE : r;
	}
	*ret = &pf->file;
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A whole-map file (report/bulk.h).
 *
 * open(2) for reading takes a snapshot: all of the text, if that has at most
 * SNAPSHOT_MAX bytes. Then fstat reports its size, and the map is not held. A
 * longer text is made as it is read, in one pass (tree/dump.h), and so is that of
 * a file open for reading and writing: reads in sequence are served from the
 * window of the pass, which is refilled when it is used up. fstat reports 0.
 *
 * A read at 0 of a file already read begins again; a read elsewhere goes on in
 * the same pass, or begins again if it lies before the window.
 *
 * Where st_size is 0, sendfile(2) and splice(2) stop at once; see fs-file.c. A
 * file that cannot seek would make sendfile fail, and programs then read; but
 * only where the output is no pipe, and `head` and the `read` of shells go back.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "report/bulk.h"
#include "tree/dump.h"
#include "tree/file.h"
#include "util/request.h"

/* Batches and text behind an open file of a large map, about. */
#define OPEN_MEMORY (1u << 20)
/* The longest text that is kept whole. */
#define SNAPSHOT_MAX (16u << 20)
/* Bytes that cp and cat read at a time: the maximum of one request. */
#define DUMP_BLOCK (1 << 20)

struct dump_file {
	struct tree_file file;
	struct dot_ref ref;

	struct dump_pass pass;
	bool was_read;
	size_t size; /* of the snapshot; 0: none. Atomic, stat reads it unlocked */

	struct map map; /* open for writing; during calls only if scan_is_brief() */
	bool brief;
	pid_t opener; /* thread; 0: not known */
	struct bulk_writer writer;
};

static struct dump_file *to_dump_file(struct tree_file *f)
{
	return (struct dump_file *)f;
}

/* ---- reading ---- */

static bool has_snapshot(const struct dump_file *df)
{
	return !wants_write(df->file.flags);
}

static void set_size(struct dump_file *df, size_t size)
{
	__atomic_store_n(&df->size, size, __ATOMIC_RELAXED);
}

/* Batches of a reader or a writer. They are small, but have an entry at least. */
static size_t buffers(const struct dump_file *df)
{
	const struct schema *s = df->ref.schema;
	size_t entries = wants_write(df->file.flags) ? bulk_buffers(s)
						     : 2 * (s->key_size + s->value_bytes);

	return entries > OPEN_MEMORY ? entries : OPEN_MEMORY;
}

/* The text, and what is behind a pass that goes on, count against the user; and
 * what a write of `more` bytes may add. */
static int charge_more(struct dump_file *df, size_t more)
{
	size_t bytes = df->pass.window.len + bulk_memory(&df->writer) + more;

	if (!df->pass.ended || wants_write(df->file.flags))
		bytes += buffers(df);
	return file_charge(&df->file, bytes);
}

static int charge(struct dump_file *df)
{
	return charge_more(df, 0);
}

static int begin(struct dump_file *df, const struct request *rq)
{
	int r = dump_pass_begin(&df->pass, &df->ref, rq);

	if (r == 0 && has_snapshot(df))
		r = dump_pass_complete(&df->pass, &df->ref, rq, SNAPSHOT_MAX);
	set_size(df, r > 0 ? df->pass.window.len : 0);
	return r < 0 ? stale_if_gone(r) : charge(df);
}

/* The text that stat(2) has just reported the size of, or a new one. */
static int begin_at_open(struct dump_file *df, const struct request *rq)
{
	if (!has_snapshot(df) || !dump_recent_take(&df->ref, rq, df->pass.names,
						   &df->pass.window, &df->file.size_known))
		return begin(df, rq);
	df->pass.ended = true;
	set_size(df, df->pass.window.len);
	return charge(df);
}

/* The window was read to its end: make the next one. */
static int advance(struct dump_file *df, const struct request *rq)
{
	dump_pass_drop(&df->pass);
	return dump_pass_more(&df->pass, &df->ref, rq);
}

static int seek_to(struct dump_file *df, const struct request *rq, off_t off)
{
	struct dump_pass *p = &df->pass;
	int r = 0;

	if (off < p->start || (off == 0 && df->was_read))
		r = begin(df, rq);
	while (r == 0 && !p->ended && off > p->start + (off_t)p->window.len)
		r = advance(df, rq);
	return r;
}

static int read_text(struct dump_file *df, const struct request *rq, size_t size,
		     off_t off, struct buf *out)
{
	struct dump_pass *p = &df->pass;
	int r = seek_to(df, rq, off);

	df->was_read = true;
	/* A short read is the end for many readers: fill the request. */
	while (r == 0 && out->len < size) {
		size_t before = out->len;

		tree_read_text(&p->window, size - before, off + (off_t)before - p->start,
			       out);
		if (out->len == size || buf_error(out) || p->ended)
			break;
		r = advance(df, rq);
	}
	/* Return the generated text first; the error will occur again. */
	return r < 0 && !out->len ? r : 0;
}

static int dump_read(struct tree_file *f, const struct request *rq, size_t size,
		     off_t off, struct buf *out)
{
	struct dump_file *df = to_dump_file(f);
	GUARD_MUTEX(&f->lock);

	return read_text(df, rq, size, off, out);
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

static int write_piece(struct dump_file *df, const struct request *rq, const char *data,
		       size_t len, off_t off, struct text_error *err)
{
	GUARD_CHANGE(df->ref.m);
	int r = begin_change(df, rq);

	if (r == 0)
		r = bulk_write(&df->writer, data, len, off, err);
	else
		bulk_fail(&df->writer, r);
	end_change(df);
	return r;
}

static int dump_write(struct tree_file *f, const struct request *rq, const char *data,
		      size_t len, off_t off)
{
	struct dump_file *df = to_dump_file(f);
	struct text_error err = { 0 };
	GUARD_MUTEX(&f->lock);
	int before = df->writer.error;
	/* Storage that grows doubles. */
	int r = before ? before : charge_more(df, df->writer.held.cap + len);

	if (r == 0)
		r = write_piece(df, rq, data, len, off, &err);
	else
		bulk_fail(&df->writer, r);
	charge(df); /* what is too much by now is refused with the next write */
	return r < 0 && !before ? refuse(df, r, &err) : r;
}

static void dump_fail(struct tree_file *f, int error)
{
	bulk_fail(&to_dump_file(f)->writer, error);
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

/* cp opens, writes and closes in one thread, so its close is the last one and can fail.
 * Nothing is logged: a shell may close a duplicate, and go on. RELEASE logs it. */
static int dump_flush(struct tree_file *f, const struct request *rq)
{
	struct dump_file *df = to_dump_file(f);
	bool opener = rq->tid && rq->tid == df->opener;
	GUARD_MUTEX(&f->lock);
	int r = finish(df, rq, false);

	return r == 0 && opener && bulk_lacks_end(&df->writer) ? -EINVAL : r;
}

/* ---- opening ---- */

static void dump_release(struct tree_file *f)
{
	struct dump_file *df = to_dump_file(f);

	if (df->writer.apply_queue)
		finish(df, NULL, true);
	dump_pass_release(&df->pass);
	bulk_release(&df->writer);
	map_close(&df->map);
	dot_ref_release(&df->ref);
	tree_file_free(f);
}

static void dump_name(const struct tree_file *f, struct buf *out)
{
	dot_name(&((const struct dump_file *)f)->ref, out);
}

static int open_writer(struct dump_file *df, const struct request *rq)
{
	const struct bulk_format *format = df->ref.row->bulk;
	struct text_error err = { 0 };
	int r = map_open(rq, df->ref.tree->store, df->ref.schema,
			 STORE_READ | STORE_WRITE, &df->map);

	if (r < 0 && r != -EACCES && r != -EPERM)
		return r;
	df->map.rq = NULL;
	if (r == 0)
		r = bulk_check(format, df->ref.schema, df->ref.tree->opt->unsafe, &err);
	if (r < 0)
		return tree_refuse(df->ref.tree, rq, df->ref.m, "open",
				   df->ref.row->name, r, &err);
	df->opener = rq->tid;
	df->writer = (struct bulk_writer){
		.format = format,
		.map = &df->map,
		.append = df->file.flags & O_APPEND,
	};
	r = bulk_init(&df->writer);
	df->brief = r == 0 && scan_is_brief(&df->map);
	if (df->brief)
		map_close(&df->map);
	return r;
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
	df->pass.names = dot_names(&df->ref, rq);
	r = wants_read(flags) ? begin_at_open(df, rq) : 0;
	if (r == 0 && wants_write(flags))
		r = open_writer(df, rq);
	if (r == 0)
		r = charge(df);
	if (r < 0)
		dump_release(&df->file);
	else
		*ret = &df->file;
	return r;
}

/* ---- sizes ---- */

/* The node is another one for every lookup, so a file with this one is an open of
 * that very lookup (or of /proc/self/fd/N: then the latest counts). */
static bool open_size(struct tree *t, uint64_t node, size_t *ret)
{
	GUARD_MUTEX(&t->files.lock);

	for (struct tree_handle *h = t->files.ring.prev; h != &t->files.ring;
	     h = h->prev) {
		struct dump_file *df = to_dump_file((struct tree_file *)h);

		if (df->file.kind == &dump_kind && df->ref.node == node) {
			*ret = __atomic_load_n(&df->size, __ATOMIC_RELAXED);
			return true;
		}
	}
	return false;
}

static int dump_size(const struct dot_ref *d, const struct request *rq, size_t *ret)
{
	return open_size(d->tree, d->node, ret) ? 0 : dump_recent_size(d, rq, ret);
}

const struct file_kind dump_kind = {
	.block = DUMP_BLOCK,
	.size = dump_size,
	.open = dump_open,
	.read = dump_read,
	.write = dump_write,
	.fail = dump_fail,
	.flush = dump_flush,
	.release = dump_release,
	.name = dump_name,
};

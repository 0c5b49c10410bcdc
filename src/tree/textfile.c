/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Small files of .map directories. Reading serves a report that is generated at open,
 * or at the first read if the file consumes. Each complete text that is written is a
 * command.
 */
#include <errno.h>

#include "tree/dotref.h"
#include "tree/file.h"
#include "tree/write-buffer.h"
#include "util/clock.h"

struct text_file {
	struct tree_file file;
	struct dot_ref ref;
	struct snapshot snapshot;
	size_t size; /* of the snapshot; atomic, stat reads both without the lock */
	uint64_t sized; /* when, ns, monotonic */
	struct write_buffer in;
};

static struct text_file *to_text_file(struct tree_file *f)
{
	return (struct text_file *)f;
}

static int take_snapshot(struct text_file *tf, const struct request *rq)
{
	_cleanup_buf_ struct buf text = { .names = tf->file.names };
	int r = dot_show(&tf->ref, rq, &text);

	if (r == 0)
		r = file_charge(&tf->file, text.len + tf->in.text.len);
	if (r < 0)
		return stale_if_gone(r);
	snapshot_set(&tf->snapshot, &text);
	__atomic_store_n(&tf->size, tf->snapshot.text.len, __ATOMIC_RELAXED);
	__atomic_store_n(&tf->sized, clock_ns(CLOCK_MONOTONIC), __ATOMIC_RELAXED);
	return 0;
}

static bool consumes(const struct text_file *tf)
{
	return tf->ref.row->flags & DOT_CONSUMES;
}

static int text_read(struct tree_file *f, const struct request *rq, size_t size,
		     off_t off, struct buf *out)
{
	struct text_file *tf = to_text_file(f);
	GUARD_MUTEX(&f->lock);
	bool due = snapshot_is_due(&tf->snapshot, off) || (off == 0 && consumes(tf));
	int r = due ? take_snapshot(tf, rq) : 0;
	struct text_error err = { 0 };

	if (r == 0)
		snapshot_serve(&tf->snapshot, size, off, out);
	/* Reading takes an element, and the map may not be changed. */
	if (!consumes(tf) || (r != -EPERM && r != -EACCES))
		return r;
	map_refused(tf->ref.schema, r, &err);
	return file_refuse(f, tf->ref.m, "read", r, &err);
}

static int apply_text(void *arg, const struct request *rq, const char *text, size_t len,
		      bool commit, struct text_error *err)
{
	struct text_file *tf = arg;
	_cleanup_def_ struct def def = { 0 };
	struct report report;
	int r = dot_report(&tf->ref, rq, NULL, &def, &report);

	if (r == 0)
		r = tf->ref.row->command(&report, text, len, commit, err);
	if (r == 0 && commit)
		tf->snapshot.served = true; /* a read at offset 0 generates it again */
	return r;
}

static int text_write(struct tree_file *f, const struct request *rq, const char *data,
		      size_t len, off_t off)
{
	struct text_file *tf = to_text_file(f);
	struct text_error err = { 0 };
	GUARD_MUTEX(&f->lock);
	int before = tf->in.error;
	size_t need = tf->snapshot.text.len + write_buffer_need(&tf->in, len, off);
	int r = before ? before : file_charge(f, need);

	if (r == 0)
		r = write_buffer_write(&tf->in, rq, data, len, off, &err);
	else
		write_buffer_fail(&tf->in, r);
	return r < 0 && !before ? file_refuse(f, tf->ref.m, "write", r, &err) : r;
}

static void text_fail_write(struct tree_file *f, int error)
{
	write_buffer_fail(&to_text_file(f)->in, error);
}

static int text_flush(struct tree_file *f, const struct request *rq)
{
	struct text_file *tf = to_text_file(f);
	struct text_error err = { 0 };
	GUARD_MUTEX(&f->lock);
	int r = write_buffer_finish(&tf->in, rq, &err);

	return r < 0 ? file_refuse(f, tf->ref.m, "write", r, &err) : 0;
}

static int text_truncate(struct tree_file *f, const struct request *rq, off_t size)
{
	GUARD_MUTEX(&f->lock);

	write_buffer_truncate(&to_text_file(f)->in, size);
	return 0;
}

static void text_release(struct tree_file *f)
{
	struct text_file *tf = to_text_file(f);

	dot_ref_release(&tf->ref);
	buf_release(&tf->snapshot.text);
	write_buffer_release(&tf->in);
	tree_file_free(f);
}

static void text_name(const struct tree_file *f, struct buf *out)
{
	dot_name(&((const struct text_file *)f)->ref, out);
}

static bool has_snapshot(const struct text_file *tf)
{
	return wants_read(tf->file.flags) && !consumes(tf);
}

static bool is_within(uint64_t then, uint64_t now, uint64_t ns)
{
	return then >= now || now - then <= ns;
}

/* The size of the latest reader's snapshot. A linear search: few files are open. */
static bool open_size(const struct dot_ref *d, const struct host_names *names,
		      uint64_t max_age, size_t *ret)
{
	uint64_t now = clock_ns(CLOCK_MONOTONIC);
	struct handles *files = &d->tree->files;
	GUARD_MUTEX(&files->lock);

	for (struct tree_handle *h = files->ring.prev; h != &files->ring; h = h->prev) {
		struct text_file *tf = to_text_file((struct tree_file *)h);

		if (tf->file.kind == &text_kind && tf->ref.node == d->node &&
		    tf->file.names == names && has_snapshot(tf) &&
		    is_within(__atomic_load_n(&tf->sized, __ATOMIC_RELAXED), now, max_age)) {
			*ret = __atomic_load_n(&tf->size, __ATOMIC_RELAXED);
			return true;
		}
	}
	return false;
}

/* How many entries a map may have whose scan is no more than a batch. */
#define CHEAP_ENTRIES 1024

static bool is_cheap(const struct dot_ref *d)
{
	if (d->row->flags & (DOT_CONSUMES | DOT_COSTLY))
		return false;
	return !(d->row->flags & DOT_SCANS) || schema_max_entries(d->schema) <= CHEAP_ENTRIES;
}

static int text_size(const struct dot_ref *d, const struct request *rq, size_t *ret)
{
	_cleanup_buf_ struct buf text = { .names = dot_names(d, rq) };
	int r = 0;

	/* Where making the text is costly, an old size is better than 0. */
	if (open_size(d, text.names, is_cheap(d) ? SNAPSHOT_SIZE_NS : UINT64_MAX, ret))
		return 0;
	if (is_cheap(d))
		r = dot_show(d, rq, &text);
	*ret = text.len;
	return r == -ENODATA ? 0 : r;
}

/* Takes over *d. */
static int text_open(struct dot_ref *d, const struct request *rq, int flags,
		     struct tree_file **ret)
{
	struct text_file *tf = calloc(1, sizeof(*tf));
	int r = 0;

	if (!tf)
		return -ENOMEM;
	tree_file_init(&tf->file, d->tree, &text_kind, flags);
	tf->ref = *d;
	*d = (struct dot_ref){ 0 };
	tf->file.names = dot_names(&tf->ref, rq);
	tf->in = (struct write_buffer){
		.apply = apply_text,
		.arg = tf,
		.append = flags & O_APPEND || tf->ref.row->flags & DOT_RECORDS,
		.open_ended = true,
		.max = WRITE_BUFFER_MAX,
	};
	if (has_snapshot(tf))
		r = take_snapshot(tf, rq);
	if (r < 0)
		text_release(&tf->file);
	else
		*ret = &tf->file;
	return r;
}

const struct file_kind text_kind = {
	.sized = true,
	.size = text_size,
	.open = text_open,
	.read = text_read,
	.write = text_write,
	.fail = text_fail_write,
	.flush = text_flush,
	.truncate = text_truncate,
	.release = text_release,
	.name = text_name,
};

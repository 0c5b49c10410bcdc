/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * .map/drain: reading removes the entries from the map, one batch at a time, as lines
 * (taken-lines.h).
 *
 * The file cannot seek, so shells read byte by byte and take no more lines than they
 * use.
 */
#include <errno.h>

#include "map/scan/take.h"
#include "report/bulk.h"
#include "tree/dotref.h"
#include "tree/file.h"
#include "tree/taken-lines.h"

struct drain_file {
	struct tree_file file;
	struct dot_ref ref;
	struct map map; /* open during reads */
	struct take *take;
	struct scan_batch batch;
	size_t i; /* next entry of it to become text */
	off_t off; /* where the next read begins */
	struct taken_lines lines;
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

static int fill(void *arg)
{
	struct drain_file *df = arg;
	int r = df->i < df->batch.count ? 1 : 0;

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

/* The rest of the batch was taken, too. */
static void finish(void *arg)
{
	format_batch(arg);
}

/* ---- */

/* It may be frozen, or the pin may allow reading only. */
static int refuse(struct drain_file *df, int error)
{
	struct text_error err = { 0 };

	if (error != -EPERM && error != -EACCES)
		return error;
	map_refused(df->ref.schema, error, &err);
	return file_refuse(&df->file, df->ref.m, "read", error, &err);
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
		return stale_if_gone(refuse(df, r));
	r = taken_lines_read(&df->lines, rq, size, out);
	map_close(&df->map);
	df->map.rq = NULL;
	df->off += (off_t)out->len;
	return refuse(df, r);
}

static void drain_release(struct tree_file *f)
{
	struct drain_file *df = to_drain_file(f);

	taken_lines_release(&df->lines);
	take_free(df->take);
	dot_ref_release(&df->ref);
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
	df->lines = (struct taken_lines){
		.m = df->ref.m, .fill = fill, .finish = finish, .arg = df
	};
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

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tree/textfile.h"

#include <errno.h>
#include <stdio.h>

struct text_file {
	struct tree_file file;
	struct dot_ref ref;
	struct buf snapshot;
	size_t size; /* of the snapshot; atomic, stat asks for it */
	bool was_read;
	struct write_buffer in;
};

static struct text_file *to_text_file(struct tree_file *f)
{
	return (struct text_file *)f;
}

int dot_report(struct dot_ref *d, const struct map *map, struct def *def,
	       struct report *ret)
{
	int r;

	*ret = (struct report){
		.map = map,
		.errors = &d->m->errors,
		.bpffs = d->tree->opt->bpffs,
	};
	GUARD_MUTEX(&d->m->lock);
	r = d->m->def.type ? def_copy(&d->m->def, def) : 0;
	if (def->type)
		ret->def = def;
	return r;
}

static int show_report(struct dot_ref *d, struct buf *out)
{
	_cleanup_map_ struct map map = MAP_INIT;
	_cleanup_def_ struct def def = { 0 };
	struct report report;
	int r = dot_report(d, &map, &def, &report);

	if (r == 0)
		r = map_open(d->tree->store, d->schema,
			     d->row->consumes ? STORE_READ | STORE_WRITE : STORE_READ, &map);
	return r < 0 ? r : d->row->report(&report, out);
}

int dot_show(struct dot_ref *d, struct buf *out)
{
	if (d->row->report)
		return show_report(d, out);
	return d->row->show ? d->row->show(d, out) : 0;
}

static int take_snapshot(struct text_file *tf)
{
	_cleanup_buf_ struct buf text = BUF_INIT;
	struct buf old;
	int r = dot_show(&tf->ref, &text);

	if (r < 0)
		return r;
	old = tf->snapshot;
	tf->snapshot = text;
	text = old;
	__atomic_store_n(&tf->size, tf->snapshot.len, __ATOMIC_RELAXED);
	return 0;
}

/* Has it a snapshot from its opening on? */
static bool is_reader(const struct text_file *tf)
{
	return wants_read(tf->file.flags) && !tf->ref.row->consumes;
}

static int text_read(struct tree_file *f, size_t size, off_t off, struct buf *out)
{
	struct text_file *tf = to_text_file(f);
	int r = 0;

	if (off == 0 && (tf->was_read || tf->ref.row->consumes))
		r = take_snapshot(tf);
	if (r < 0)
		return r == -ENOENT ? -ESTALE : r;
	tf->was_read = true;
	tree_read_text(&tf->snapshot, size, off, out);
	return 0;
}

static int apply_text(void *arg, const char *text, size_t len, bool commit,
		      struct text_error *err)
{
	struct text_file *tf = arg;

	return tf->ref.row->store(&tf->ref, text, len, commit, err);
}

static int refuse(struct text_file *tf, int error, const struct text_error *err)
{
	char name[64];

	snprintf(name, sizeof(name), ".map/%s", tf->ref.row->name);
	return tree_refuse(tf->ref.tree, tf->ref.m, "write", name, error, err);
}

static int text_write(struct tree_file *f, const char *data, size_t len, off_t off)
{
	struct text_file *tf = to_text_file(f);
	struct text_error err = { 0 };
	int before = tf->in.error;
	int r = write_buffer_write(&tf->in, data, len, off, apply_text, tf, &err);

	return r < 0 && !before ? refuse(tf, r, &err) : r;
}

static int text_flush(struct tree_file *f)
{
	struct text_file *tf = to_text_file(f);
	struct text_error err = { 0 };
	int r = write_buffer_finish(&tf->in, apply_text, tf, &err);

	return r < 0 ? refuse(tf, r, &err) : 0;
}

static void text_truncate(struct tree_file *f, off_t size)
{
	write_buffer_truncate(&to_text_file(f)->in, size);
}

static void text_release(struct tree_file *f)
{
	struct text_file *tf = to_text_file(f);

	dot_ref_release(&tf->ref);
	buf_release(&tf->snapshot);
	write_buffer_release(&tf->in);
	free(tf);
}

static const struct tree_file_ops text_file_ops = {
	.read = text_read,
	.write = text_write,
	.flush = text_flush,
	.truncate = text_truncate,
	.release = text_release,
};

/* Few files are open at a time. */
bool text_file_size(struct tree *t, uint64_t node, size_t *ret)
{
	GUARD_MUTEX(&t->handles_lock);

	for (struct tree_handle *h = t->files.prev; h != &t->files; h = h->prev) {
		struct text_file *tf = to_text_file((struct tree_file *)h);

		if (tf->file.ops == &text_file_ops && tf->ref.node == node && is_reader(tf)) {
			*ret = __atomic_load_n(&tf->size, __ATOMIC_RELAXED);
			return true;
		}
	}
	return false;
}

int text_file_open(struct dot_ref *d, int flags, struct tree_file **ret)
{
	struct text_file *tf = calloc(1, sizeof(*tf));
	int r = 0;

	if (!tf)
		return -ENOMEM;
	tree_file_init(&tf->file, &text_file_ops, flags);
	tf->ref = *d;
	*d = (struct dot_ref){ 0 };
	tf->in.append = flags & O_APPEND || tf->ref.row->records;
	tf->in.open_ended = true;
	if (is_reader(tf))
		r = take_snapshot(tf);
	if (r < 0) {
		tree_release(&tf->file);
		return r == -ENOENT ? -ESTALE : r;
	}
	*ret = &tf->file;
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Open files of views. Only raw/KEY is written.
 */
#include <errno.h>
#include <string.h>

#include "map/content.h"
#include "map/map.h"
#include "tree/file.h"
#include "tree/viewref.h"

struct view_file {
	struct tree_file file;
	struct view_ref ref;
	uint64_t node;
	bool opened;		  /* counted in the inode table */
	struct snapshot snapshot;
	bool collect; /* a new value: takes effect when it is complete */
	bool create;  /* the key was missing at open, and has not been written since */
	struct buf bytes; /* of the new value so far */
};

static struct view_file *to_view_file(struct tree_file *f)
{
	return (struct view_file *)f;
}

static size_t value_size(const struct view_file *vf)
{
	return schema_value_size(vf->ref.schema, vf->ref.key);
}

static int take_snapshot(struct view_file *vf, const struct request *rq)
{
	_cleanup_buf_ struct buf text = { .names = vf->file.names };
	int r = view_show(&vf->ref, rq, &text);

	if (r == 0)
		r = file_charge(&vf->file, text.len);
	if (r == 0)
		snapshot_set(&vf->snapshot, &text);
	return r;
}

static int view_read(struct tree_file *f, const struct request *rq, size_t size,
		     off_t off, struct buf *out)
{
	struct view_file *vf = to_view_file(f);
	GUARD_MUTEX(&f->lock);
	int r = snapshot_is_due(&vf->snapshot, off) ? take_snapshot(vf, rq) : 0;

	if (r == 0)
		snapshot_serve(&vf->snapshot, size, off, out);
	return r;
}

static void view_name(const struct tree_file *f, struct buf *out)
{
	const struct view_ref *v = &((const struct view_file *)f)->ref;

	buf_printf(out, DOT_NAME "/%s/", v->view->name);
	content_name(v->schema, v->key, out);
}

/* ---- writing ---- */

static int open_map(struct view_file *vf, const struct request *rq, struct map *ret)
{
	int r = map_open(rq, vf->file.tree->store, vf->ref.schema,
			 STORE_READ | STORE_WRITE, ret);

	return stale_if_gone(r);
}

/* The value was changed through this file: later reads of it return the present one. */
static void changed(struct view_file *vf, struct buf *value)
{
	live_map_touch(vf->ref.m);
	vf->create = false;
	if (wants_read(vf->file.flags))
		snapshot_set(&vf->snapshot, value);
	vf->snapshot.served = true;
}

/* Bytes of a value that is there: change just these. */
static int patch(struct view_file *vf, const struct request *rq, const char *data,
		 size_t len, size_t off, struct text_error *err)
{
	size_t size = vf->ref.schema->value_bytes;
	_cleanup_buf_ struct buf value = BUF_INIT;
	_cleanup_free_ char *old = malloc(size);
	_cleanup_map_ struct map map = MAP_INIT;
	GUARD_CHANGE(vf->ref.m);
	int r = old ? open_map(vf, rq, &map) : -ENOMEM;

	if (r == 0)
		r = map_lookup(&map, vf->ref.key, old);
	if (r < 0)
		return r;
	buf_put(&value, old, size);
	if (buf_error(&value))
		return -ENOMEM;
	memcpy(value.data + off, data, len);
	r = map_change(&map, vf->ref.key, old, value.data);
	if (r < 0)
		return map_refused(vf->ref.schema, r, err);
	buf_truncate(&value, value_size(vf));
	changed(vf, &value);
	return 0;
}

/* Put the bytes of a new value behind those that came before. */
static int gather(struct view_file *vf, const char *data, size_t len, size_t off,
		  struct text_error *err)
{
	struct buf *bytes = &vf->bytes;
	int r;

	if (off == 0)
		buf_release(bytes); /* its storage would not be charged */
	if (off != bytes->len)
		return text_fail(err, -EINVAL, bytes->len,
				 "a new value is written from its start on: expected a "
				 "write at offset %zu, found offset %zu",
				 bytes->len, off);
	r = file_charge(&vf->file, vf->snapshot.text.len + bytes->len + len);
	if (r < 0)
		return r;
	buf_put(bytes, data, len);
	return buf_error(bytes) ? -ENOMEM : 0;
}

/* Bytes of a new value: wait for all of them. */
static int collect(struct view_file *vf, const struct request *rq, const char *data,
		   size_t len, size_t off, struct text_error *err)
{
	_cleanup_map_ struct map map = MAP_INIT;
	int r = gather(vf, data, len, off, err);

	if (r < 0 || vf->bytes.len < value_size(vf))
		return r;
	GUARD_CHANGE(vf->ref.m);
	r = open_map(vf, rq, &map);
	if (r < 0)
		return r;
	r = map_update(&map, vf->ref.key, vf->bytes.data, STORE_ANY);
	if (r < 0)
		return map_refused(vf->ref.schema, r, err);
	changed(vf, &vf->bytes);
	buf_release(&vf->bytes);
	return 0;
}

static int view_write(struct tree_file *f, const struct request *rq, const char *data,
		      size_t len, off_t off)
{
	struct view_file *vf = to_view_file(f);
	size_t size = value_size(vf), pos = (size_t)off, end;
	struct text_error err = { 0 };
	GUARD_MUTEX(&f->lock);
	int r;

	if (f->flags & O_APPEND)
		pos = vf->bytes.len;
	if (__builtin_add_overflow(pos, len, &end) || end > size)
		r = text_fail(&err, -EFBIG, size, "a value has exactly %zu bytes", size);
	else
		r = vf->collect ? collect(vf, rq, data, len, pos, &err)
				: patch(vf, rq, data, len, pos, &err);
	return r < 0 ? file_refuse(f, vf->ref.m, "write", r, &err) : 0;
}

static int view_flush(struct tree_file *f, const struct request *rq)
{
	struct view_file *vf = to_view_file(f);
	struct text_error err = { 0 };
	size_t len;
	GUARD_MUTEX(&f->lock);

	len = vf->bytes.len;
	if (!len || f->failed)
		return 0;
	text_fail(&err, -EINVAL, len, "a value has exactly %zu bytes, found %zu",
		  value_size(vf), len);
	return file_refuse(f, vf->ref.m, "write", -EINVAL, &err);
}

/* touch: RELEASE has no reply, so log that nothing was inserted. */
static void report_nothing_written(struct view_file *vf)
{
	struct text_error err = { 0 };

	if (!vf->create || vf->bytes.len || vf->file.failed)
		return;
	text_fail(&err, -ENODATA, 0,
		  "closed without a write, which inserts nothing here: a value has "
		  "exactly %zu bytes",
		  value_size(vf));
	file_refuse(&vf->file, vf->ref.m, "create", -ENODATA, &err);
}

static void view_release(struct tree_file *f)
{
	struct view_file *vf = to_view_file(f);

	if (!f->tree->ending && !f->abandoned)
		report_nothing_written(vf);
	if (vf->opened)
		inode_close(f->tree->view_keys, vf->node);
	view_ref_release(&vf->ref);
	buf_release(&vf->snapshot.text);
	buf_release(&vf->bytes);
	tree_file_free(f);
}

const struct file_kind view_kind = {
	.sized = true,
	.read = view_read,
	.write = view_write,
	.flush = view_flush,
	.release = view_release,
	.name = view_name,
};

int view_file_open(struct view_ref *v, const struct request *rq, uint64_t node, int flags,
		   struct tree_file **ret)
{
	struct view_file *vf = calloc(1, sizeof(*vf));
	int r = 0;

	if (!vf)
		return -ENOMEM;
	tree_file_init(&vf->file, v->tree, &view_kind, flags);
	vf->ref = *v;
	*v = (struct view_ref){ 0 };
	vf->node = node;
	vf->file.names = reveal_to(&vf->file.tree->reveal, vf->ref.schema, rq);
	vf->file.descriptors = schema_has(vf->ref.schema, MAP_DESCRIPTORS);
	vf->opened = inode_open(vf->file.tree->view_keys, node) == 0;
	/* With O_APPEND offsets mean nothing, so bytes cannot be patched. */
	vf->collect = flags & (O_TRUNC | O_CREAT | O_APPEND);
	vf->create = flags & O_CREAT;
	if (wants_read(flags) && !(flags & O_CREAT))
		r = take_snapshot(vf, rq);
	if (r < 0)
		view_release(&vf->file);
	else
		*ret = &vf->file;
	return r;
}

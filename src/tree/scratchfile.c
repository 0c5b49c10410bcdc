/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A scratch file as a node and as an open file. Reads and writes go to the
 * content itself: there are no snapshots.
 */
#include <errno.h>

#include "tree/file.h"
#include "tree/scratch.h"

struct scratch_file {
	struct tree_file file;
	uint64_t node;
};

static uint64_t node_of(const struct tree_file *f)
{
	return ((const struct scratch_file *)f)->node;
}

static int file_read(struct tree_file *f, const struct request *rq, size_t size,
		     off_t off, struct buf *out)
{
	return scratch_read(f->tree, node_of(f), size, off, out);
}

/* Shells print only the errno. */
static int refused(struct tree *t, uint64_t node, const char *operation, int r)
{
	if (r == -EFBIG || r == -ENOSPC)
		scratch_log_refusal(t, node, operation, r);
	return r;
}

static int file_write(struct tree_file *f, const struct request *rq, const char *data,
		      size_t len, off_t off)
{
	int r = scratch_write(f->tree, node_of(f), data, len, off, f->flags & O_APPEND);

	return refused(f->tree, node_of(f), "write", r);
}

static int resize(struct tree *t, uint64_t node, off_t size)
{
	return refused(t, node, "truncate", scratch_resize(t, node, size));
}

static int file_truncate(struct tree_file *f, const struct request *rq, off_t size)
{
	return resize(f->tree, node_of(f), size);
}

static void file_release(struct tree_file *f)
{
	scratch_closed(f->tree, node_of(f));
	tree_file_free(f);
}

static void file_name(const struct tree_file *f, struct buf *out)
{
	buf_puts(out, "(scratch)");
}

const struct file_kind scratch_kind = {
	.sized = true,
	.name = file_name,
	.read = file_read,
	.write = file_write,
	.truncate = file_truncate,
	.release = file_release,
};

static struct scratch_file *file_new(struct tree *t, int flags)
{
	struct scratch_file *sf = calloc(1, sizeof(*sf));

	if (sf)
		tree_file_init(&sf->file, t, &scratch_kind, flags);
	return sf;
}

/* The slot has counted the open file already. */
static int file_begin(struct scratch_file *sf, uint64_t node, struct tree_file **ret)
{
	struct tree_file *f = &sf->file;

	sf->node = node;
	if (f->flags & O_TRUNC)
		scratch_resize(f->tree, node, 0);
	*ret = f;
	return 0;
}

int scratch_create(struct tree *t, const struct request *rq, struct live_map *m,
		   const char *name, int flags, struct tree_entry *entry,
		   struct tree_file **ret)
{
	struct scratch_file *sf = file_new(t, flags);
	int r = sf ? scratch_make(t, rq, m, name, flags & O_EXCL, entry) : -ENOMEM;

	if (r == 0)
		return file_begin(sf, entry->node, ret);
	if (sf)
		tree_file_free(&sf->file);
	return r;
}

static int scratch_open(struct tree *t, const struct request *rq, uint64_t node,
			int flags, struct tree_file **ret)
{
	struct scratch_file *sf = file_new(t, flags);
	int r = sf ? scratch_opened(t, node) : -ENOMEM;

	if (r == 0)
		return file_begin(sf, node, ret);
	if (sf)
		tree_file_free(&sf->file);
	return r;
}

static int scratch_stat(struct tree *t, const struct request *rq, uint64_t node,
			struct stat *st, double *timeout)
{
	*timeout = 0;
	return scratch_stat_fill(t, node, st);
}

static int scratch_readlink(struct tree *t, const struct request *rq, uint64_t node,
			    struct buf *out)
{
	bool link;
	int r = scratch_content(t, node, out, &link);

	return r == 0 && !link ? -EINVAL : r;
}

static int scratch_setattr(struct tree *t, const struct request *rq, uint64_t node,
			   const struct stat *st, unsigned set)
{
	return set & TREE_SET_SIZE ? resize(t, node, st->st_size) : 0;
}

const struct node_ops scratch_ops = {
	.stat = scratch_stat,
	.setattr = scratch_setattr,
	.forget = scratch_forget,
	.readlink = scratch_readlink,
	.open = scratch_open,
};

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests on open directories. A reply holds as many entries as fit; the kernel asks
 * again for an entry that did not fit, and a lookup count rises only for entries that
 * are in the reply.
 */
#include "tree/tree.h"

#include "fuse/fs.h"

#include <errno.h>
#include <stdlib.h>

#include "util/request.h"

struct reply {
	fuse_req_t req;
	const struct request *rq;
	char *data;
	size_t size, used;
	bool plus;
	struct buf counted; /* nodes whose lookup count rose for this reply */
};

static struct tree_dir *dir_of(const struct fuse_file_info *fi)
{
	return (struct tree_dir *)(uintptr_t)fi->fh;
}

void fs_opendir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	const struct request rq = fs_request(req);
	struct tree_dir *d;
	int r = tree_opendir(fs_tree(req), &rq, ino, &d);

	if (r < 0) {
		fs_reply_error(req, r);
		return;
	}
	fi->fh = (uintptr_t)d;
	if (fuse_reply_open(req, fi) == -ENOENT)
		tree_releasedir(d);
}

void fs_releasedir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	tree_releasedir(dir_of(fi));
	fuse_reply_err(req, 0);
}

static size_t put_plain(struct reply *r, const struct tree_dirent *de)
{
	return fuse_add_direntry(r->req, r->data + r->used, r->size - r->used, de->name,
				 &de->st, (off_t)de->next);
}

/* Node 0 gives the kernel a name without attributes. */
static size_t put_plus(struct reply *r, struct tree_dir *d, const struct tree_dirent *de)
{
	size_t room = r->size - r->used, need;
	struct fuse_entry_param param = { .attr = de->st };
	struct tree_entry e;
	int err = -EAGAIN;

	need = fuse_add_direntry_plus(r->req, NULL, 0, de->name, NULL, 0);
	if (need <= room)
		err = tree_dir_entry(d, r->rq, &e);
	if (err == 0) {
		param = fs_entry(&e);
		buf_put(&r->counted, &e.node, sizeof(e.node));
	}
	return fuse_add_direntry_plus(r->req, r->data + r->used, room, de->name, &param,
				      (off_t)de->next);
}

/* 0 or -errno; entries are counted in r->used. */
static int fill(struct reply *r, struct tree_dir *d)
{
	struct tree_dirent de;
	size_t need;
	int err;

	while ((err = tree_dir_next(d, r->rq, &de)) > 0) {
		need = r->plus ? put_plus(r, d, &de) : put_plain(r, &de);
		if (need > r->size - r->used)
			return 0;
		r->used += need;
	}
	return err;
}

/* The kernel never saw the reply: take its lookups back. */
static void forget_counted(struct tree *t, const struct reply *r)
{
	const uint64_t *nodes = (const void *)r->counted.data;

	for (size_t i = 0; i < r->counted.len / sizeof(*nodes); i++)
		tree_forget(t, nodes[i], 1);
}

static void read_dir(fuse_req_t req, size_t size, off_t off, struct fuse_file_info *fi,
		     bool plus)
{
	struct tree_dir *d = dir_of(fi);
	_cleanup_free_ char *data = malloc(size);
	const struct request rq = fs_request(req);
	struct reply r = {
		.req = req, .rq = &rq, .data = data, .size = size, .plus = plus
	};
	struct tree *t = fs_tree(req);
	int err = -ENOMEM;

	tree_dir_lock(d);
	if (data)
		err = tree_dir_seek(d, &rq, (uint64_t)off);
	if (err == 0)
		err = fill(&r, d);
	tree_dir_unlock(d);
	/* An error behind the first entry comes again with the next request. */
	if (err < 0 && !r.used)
		fs_reply_error(req, err);
	else if (fuse_reply_buf(req, data, r.used) == -ENOENT)
		forget_counted(t, &r);
	buf_release(&r.counted);
}

void fs_readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
		struct fuse_file_info *fi)
{
	read_dir(req, size, off, fi, false);
}

void fs_readdirplus(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
		    struct fuse_file_info *fi)
{
	read_dir(req, size, off, fi, true);
}

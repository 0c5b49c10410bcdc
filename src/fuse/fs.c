/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests on names and attributes, and the table of all handlers.
 *
 * Not implemented on purpose: access, getxattr, listxattr (the kernel
 * remembers ENOSYS after one request each), fsync of directories, locks.
 */
#include "tree/tree.h"

#include "fuse/fs.h"
#include "fuse/park.h"

#include <errno.h>
#include <linux/fs.h>
#include <string.h>

#include "util/request.h"

static bool is_interrupted(void *req)
{
	return fuse_req_interrupted(req);
}

static int groups_of(void *req, gid_t *list, int n)
{
	return fuse_req_getgroups(req, n, list);
}

struct request fs_request(fuse_req_t req)
{
	const struct fuse_ctx *ctx = fuse_req_ctx(req);

	return (struct request){
		.uid = ctx->uid,
		.gid = ctx->gid,
		.tid = ctx->pid,
		.interrupted = is_interrupted,
		.groups = groups_of,
		.arg = req,
	};
}

void fs_reply_error(fuse_req_t req, int r)
{
	fuse_reply_err(req, r == -ENOSYS ? EOPNOTSUPP : -r);
}

struct tree *fs_tree(fuse_req_t req)
{
	const struct fs *fs = fuse_req_userdata(req);

	return fs->tree;
}

static void notify_inode(void *arg, uint64_t node)
{
	struct fs *fs = arg;

	/* An inode the kernel does not know needs no notice: ENOENT is fine. */
	fuse_lowlevel_notify_inval_inode(fs->session, node, -1, 0);
}

static void wake_readers(void *arg)
{
	park_wake(arg);
}

void fs_connect(struct fs *fs, struct fuse_session *session)
{
	fs->session = session;
	fs->park = park_new(fs->io_uring ? session : NULL);
	tree_set_notify(fs->tree, notify_inode, fs);
	if (fs->park)
		tree_set_wake(fs->tree, wake_readers, fs->park);
}

void fs_disconnect(struct fs *fs)
{
	tree_set_wake(fs->tree, NULL, NULL);
	park_free(fs->park);
	fs->park = NULL;
}

static void fs_init(void *userdata, struct fuse_conn_info *conn)
{
	const struct fs *fs = userdata;

	conn->max_read = fs->max_read; /* libfuse ends the session otherwise */
	/* Splicing is slower than copying under direct I/O. */
	conn->want &= ~(unsigned)(FUSE_CAP_SPLICE_READ | FUSE_CAP_SPLICE_WRITE |
				  FUSE_CAP_SPLICE_MOVE);
	/* Pages of whole-map files are to be asked for in order, see fs-file.c. */
	conn->want &= ~(unsigned)FUSE_CAP_ASYNC_READ;
	/* The automatic mode fails tools that list first and stat later. */
	conn->want &= ~(unsigned)FUSE_CAP_READDIRPLUS_AUTO;
	conn->want |= conn->capable & FUSE_CAP_ATOMIC_O_TRUNC;
}

struct fuse_entry_param fs_entry(const struct tree_entry *e)
{
	return (struct fuse_entry_param){
		.ino = e->node,
		.attr = e->st,
		.entry_timeout = e->entry_timeout,
		.attr_timeout = e->attr_timeout,
	};
}

/* A request is gone once it is replied to: what is needed later comes along. */
static void reply_entry(fuse_req_t req, struct tree *t, int r, const struct tree_entry *e)
{
	struct fuse_entry_param param;

	if (r < 0) {
		fs_reply_error(req, r);
		return;
	}
	param = fs_entry(e);
	/* The kernel never heard of it: take the lookup back. */
	if (fuse_reply_entry(req, &param) == -ENOENT)
		tree_forget(t, e->node, 1);
}

static void fs_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	const struct request rq = fs_request(req);
	struct tree *t = fs_tree(req);
	struct tree_entry e;
	int r = tree_lookup(t, &rq, parent, name, &e);

	reply_entry(req, t, r, &e);
}

static void fs_forget(fuse_req_t req, fuse_ino_t ino, uint64_t n)
{
	tree_forget(fs_tree(req), ino, n);
	fuse_reply_none(req);
}

static void fs_forget_multi(fuse_req_t req, size_t count,
			    struct fuse_forget_data *forgets)
{
	struct tree *t = fs_tree(req);

	for (size_t i = 0; i < count; i++)
		tree_forget(t, forgets[i].ino, forgets[i].nlookup);
	fuse_reply_none(req);
}

static void reply_attr(fuse_req_t req, int r, const struct stat *st, double timeout)
{
	if (r < 0)
		fs_reply_error(req, r);
	else
		fuse_reply_attr(req, st, timeout);
}

static void fs_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	const struct request rq = fs_request(req);
	struct stat st;
	double timeout;
	int r = tree_getattr(fs_tree(req), &rq, ino, &st, &timeout);

	reply_attr(req, r, &st, timeout);
}

static unsigned set_of(int to_set)
{
	return (to_set & FUSE_SET_ATTR_MODE ? TREE_SET_MODE : 0u) |
	       (to_set & FUSE_SET_ATTR_UID ? TREE_SET_UID : 0u) |
	       (to_set & FUSE_SET_ATTR_GID ? TREE_SET_GID : 0u) |
	       (to_set & FUSE_SET_ATTR_SIZE ? TREE_SET_SIZE : 0u);
}

static void fs_setattr(fuse_req_t req, fuse_ino_t ino, struct stat *attr, int to_set,
		       struct fuse_file_info *fi)
{
	struct tree_file *file = fi ? (struct tree_file *)(uintptr_t)fi->fh : NULL;
	const struct request rq = fs_request(req);
	struct stat st;
	double timeout;
	int r = tree_setattr(fs_tree(req), &rq, ino, file, attr, set_of(to_set), &st,
			     &timeout);

	reply_attr(req, r, &st, timeout);
}

static void fs_readlink(fuse_req_t req, fuse_ino_t ino)
{
	const struct request rq = fs_request(req);
	_cleanup_buf_ struct buf text = BUF_INIT;
	int r = tree_readlink(fs_tree(req), &rq, ino, &text);
	const char *target = buf_cstr(&text);

	if (r == 0 && !target)
		r = -ENOMEM;
	if (r < 0)
		fs_reply_error(req, r);
	else
		fuse_reply_readlink(req, target);
}

static void fs_mkdir(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode)
{
	const struct request rq = fs_request(req);
	struct tree *t = fs_tree(req);
	struct tree_entry e;
	int r = tree_mkdir(t, &rq, parent, name, &e);

	reply_entry(req, t, r, &e);
}

static void fs_rmdir(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	const struct request rq = fs_request(req);

	fs_reply_error(req, tree_rmdir(fs_tree(req), &rq, parent, name));
}

static void fs_unlink(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	const struct request rq = fs_request(req);

	fs_reply_error(req, tree_unlink(fs_tree(req), &rq, parent, name));
}

static void fs_rename(fuse_req_t req, fuse_ino_t parent, const char *name,
		      fuse_ino_t newparent, const char *newname, unsigned flags)
{
	const struct request rq = fs_request(req);
	int r = tree_rename(fs_tree(req), &rq, parent, name, newparent, newname, flags);

	fs_reply_error(req, r);
}

static void fs_symlink(fuse_req_t req, const char *link, fuse_ino_t parent,
		       const char *name)
{
	const struct request rq = fs_request(req);
	struct tree *t = fs_tree(req);
	struct tree_entry e;
	int r = tree_symlink(t, &rq, parent, name, link, &e);

	reply_entry(req, t, r, &e);
}

static void fs_mknod(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode,
		     dev_t rdev)
{
	const struct request rq = fs_request(req);

	fs_reply_error(req, tree_mknod(fs_tree(req), &rq, parent, name));
}

static void fs_link(fuse_req_t req, fuse_ino_t ino, fuse_ino_t newparent,
		    const char *newname)
{
	const struct request rq = fs_request(req);

	fs_reply_error(req, tree_link(fs_tree(req), &rq, newparent, newname));
}

static void fs_fsync(fuse_req_t req, fuse_ino_t ino, int datasync,
		     struct fuse_file_info *fi)
{
	fuse_reply_err(req, 0); /* every complete text has taken effect already */
}

static void fs_statfs(fuse_req_t req, fuse_ino_t ino)
{
	const struct request rq = fs_request(req);
	struct tree_statfs fs;

	tree_statfs(fs_tree(req), &rq, ino, &fs);
	fuse_reply_statfs(req, &(struct statvfs){
				       .f_bsize = 4096,
				       .f_frsize = 4096,
				       .f_files = fs.max_entries,
				       .f_ffree = fs.max_entries - fs.entries,
				       .f_favail = fs.max_entries - fs.entries,
				       .f_namemax = fs.name_max,
			       });
}

const struct fuse_lowlevel_ops fs_ops = {
	.init = fs_init,
	.lookup = fs_lookup,
	.forget = fs_forget,
	.forget_multi = fs_forget_multi,
	.getattr = fs_getattr,
	.setattr = fs_setattr,
	.readlink = fs_readlink,
	.mknod = fs_mknod,
	.mkdir = fs_mkdir,
	.unlink = fs_unlink,
	.rmdir = fs_rmdir,
	.symlink = fs_symlink,
	.rename = fs_rename,
	.link = fs_link,
	.open = fs_open,
	.create = fs_create,
	.read = fs_read,
	.write = fs_write,
	.poll = fs_poll,
	.flush = fs_flush,
	.release = fs_release,
	.fsync = fs_fsync,
	.opendir = fs_opendir,
	.readdir = fs_readdir,
	.readdirplus = fs_readdirplus,
	.releasedir = fs_releasedir,
	.statfs = fs_statfs,
};

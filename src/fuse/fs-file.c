/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests on open files. All files use direct I/O: content and size change without the
 * kernel's knowledge, and a snapshot taken at open makes them consistent. Reads of
 * files that wait for something are in park.h.
 */
#include "tree/tree.h"

#include "fuse/fs.h"
#include "fuse/park.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <poll.h>

#include "util/request.h"

static struct tree_file *file_of(const struct fuse_file_info *fi)
{
	return (struct tree_file *)(uintptr_t)fi->fh;
}

static void set_handle(struct fuse_file_info *fi, struct tree_file *f)
{
	fi->fh = (uintptr_t)f;
	fi->direct_io = 1;
	fi->nonseekable = !tree_file_can_seek(f);
	/* A reader's close has nothing to report: one request less. */
	fi->noflush = !tree_file_wants_flush(f);
}

/*
 * sendfile(2) and splice(2) go through the page cache and stop at the size
 * that the kernel knows, which is 0 or that of another text, unless the file is
 * opened with the very text whose size was reported. One byte stored far away
 * makes that size endless, until the read that comes back short says where the
 * end is. stat still asks us. Nobody else has this inode (see tree/node.h), so
 * no other reader's size gets in between; reads come one at a time (fs_init).
 */
#define FAR_AWAY (1ll << 60)

/* No file has content there, and readahead of that byte's page begins near it. */
bool fs_is_far_away(uint64_t off)
{
	return off >= FAR_AWAY / 2;
}

static void let_splice(fuse_req_t req, fuse_ino_t ino)
{
	const struct fs *fs = fuse_req_userdata(req);
	struct fuse_bufvec byte = FUSE_BUFVEC_INIT(1);
	char nothing = 0;

	byte.buf[0].mem = &nothing;
	/* Without it such readers see an empty file, as they do in /proc. */
	fuse_lowlevel_notify_store(fs->session, ino, FAR_AWAY, &byte, 0);
}

void fs_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	const struct request rq = fs_request(req);
	struct tree_file *f;
	int r = tree_open(fs_tree(req), &rq, ino, fi->flags, &f);

	if (r < 0) {
		fs_reply_error(req, r);
		return;
	}
	set_handle(fi, f);
	if (tree_file_is_stream(f))
		let_splice(req, ino);
	/* The caller was interrupted: no release will come. */
	if (fuse_reply_open(req, fi) == -ENOENT)
		tree_abandon(f);
}

void fs_create(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode,
	       struct fuse_file_info *fi)
{
	const struct request rq = fs_request(req);
	struct tree *t = fs_tree(req);
	struct fuse_entry_param param;
	struct tree_entry e;
	struct tree_file *f;
	int r = tree_create(t, &rq, parent, name, fi->flags, &e, &f);

	if (r < 0) {
		fs_reply_error(req, r);
		return;
	}
	set_handle(fi, f);
	param = fs_entry(&e);
	if (fuse_reply_create(req, &param, fi) == -ENOENT) {
		tree_abandon(f);
		tree_forget(t, e.node, 1);
	}
}

/*
 * splice(2) reads through the page cache, which takes a short reply for the end of
 * the file and gives it to other readers, too: a stream cannot be read so. Such reads
 * come without a lock owner; on this error tools go on with read(2).
 */
static bool is_for_cache(const struct fuse_file_info *fi)
{
	return !fi->lock_owner;
}

/* 0: the answer comes later. */
static int wait_for_data(fuse_req_t req, size_t size, const struct fuse_file_info *fi,
			 unsigned wakes)
{
	const struct fs *fs = fuse_req_userdata(req);

	if (fi->flags & O_NONBLOCK || !fs->park)
		return -EAGAIN;
	return park_read(fs->park, req, file_of(fi), size, wakes);
}

static int read_file(struct tree_file *f, const struct request *rq, size_t size,
		     off_t off, const struct fuse_file_info *fi, struct buf *out)
{
	if (fs_is_far_away((uint64_t)off))
		return 0;
	if (tree_file_waits(f) && is_for_cache(fi))
		return -EINVAL;
	return tree_read(f, rq, size, off, out);
}

void fs_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
	     struct fuse_file_info *fi)
{
	const struct request rq = fs_request(req);
	struct tree_file *f = file_of(fi);
	unsigned wakes = tree_file_wakes(f);
	_cleanup_buf_ struct buf out = BUF_INIT;
	int r = read_file(f, &rq, size, off, fi, &out);

	if (r == -EAGAIN && tree_file_waits(f)) {
		r = wait_for_data(req, size, fi, wakes);
		if (r == 0)
			return;
	}
	if (r < 0)
		fs_reply_error(req, r);
	else
		fuse_reply_buf(req, out.data, out.len);
}

/* The events that the kernel assumes for files that do not implement poll. */
#define ALWAYS_READY (POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM)

void fs_poll(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi,
	     struct fuse_pollhandle *ph)
{
	const struct fs *fs = fuse_req_userdata(req);
	const struct request rq = fs_request(req);
	struct tree_file *f = file_of(fi);
	unsigned wakes = tree_file_wakes(f);
	bool ready = tree_poll(f, &rq);

	if (ph && fs->park && tree_file_waits(f))
		park_poll(fs->park, f, ph, wakes);
	else if (ph)
		fuse_pollhandle_destroy(ph);
	fuse_reply_poll(req, ready ? ALWAYS_READY : 0);
}

void fs_write(fuse_req_t req, fuse_ino_t ino, const char *data, size_t size, off_t off,
	      struct fuse_file_info *fi)
{
	const struct request rq = fs_request(req);
	int r = tree_write(file_of(fi), &rq, data, size, off, fi->lock_owner);

	if (r < 0)
		fs_reply_error(req, r);
	else
		fuse_reply_write(req, size);
}

void fs_fail_write(const struct fuse_buf *buf, int error)
{
	const struct fuse_in_header *in = buf->mem;
	const struct fuse_write_in *write = (const void *)(in + 1);

	if (in->opcode == FUSE_WRITE && buf->size >= sizeof(*in) + sizeof(*write))
		tree_fail_write((struct tree_file *)(uintptr_t)write->fh, error);
}

void fs_flush(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	const struct request rq = fs_request(req);

	fs_reply_error(req, tree_flush(file_of(fi), &rq, fi->lock_owner));
}

void fs_release(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	const struct fs *fs = fuse_req_userdata(req);

	if (fs->park)
		park_forget(fs->park, file_of(fi));
	/* The kernel sends this itself: there is no caller. */
	tree_release(file_of(fi));
	fuse_reply_err(req, 0);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The FUSE side: decode a request, call the tree, reply once. The only code
 * besides main.c that knows libfuse.
 */
#ifndef BPFMAPFS_FUSE_FS_H
#define BPFMAPFS_FUSE_FS_H

#include <fuse_lowlevel.h>
#include <stdbool.h>
#include <stdint.h>

struct park;
struct tree;
struct tree_entry;

/* The session's userdata. */
struct fs {
	struct tree *tree;
	bool io_uring; /* requests come through io_uring; set before fs_connect() */
	unsigned max_read; /* the option of libfuse; 0: not given */
	struct fuse_session *session;
	struct park *park; /* reads that wait; NULL: none can */
};

extern const struct fuse_lowlevel_ops fs_ops;

/* Let the tree notify the kernel of changed attributes, and let reads of streams
 * wait. */
void fs_connect(struct fs *fs, struct fuse_session *session);
/* Answer the reads that wait. Call it while the session still exists, after the last
 * request was served. */
void fs_disconnect(struct fs *fs);

/* fs-dir.c, fs-file.c: handlers named in the table of fs.c */
void fs_opendir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);
void fs_readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
		struct fuse_file_info *fi);
void fs_readdirplus(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
		    struct fuse_file_info *fi);
void fs_releasedir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);
void fs_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);
void fs_create(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode,
	       struct fuse_file_info *fi);
void fs_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
	     struct fuse_file_info *fi);
void fs_write(fuse_req_t req, fuse_ino_t ino, const char *data, size_t size, off_t off,
	      struct fuse_file_info *fi);
void fs_poll(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi,
	     struct fuse_pollhandle *ph);
void fs_flush(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);
void fs_release(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);

/* fs-file.c: this request will be answered with an error and not be processed. If it is
 * a write, later writes to the same file fail, too. */
void fs_fail_write(const struct fuse_buf *buf, int error);

/* fs-file.c: a read at this offset returns nothing, and takes no time. */
bool fs_is_far_away(uint64_t off);

/* The tree of a request, and the request in the form that the tree uses; valid until
 * the reply. */
struct tree *fs_tree(fuse_req_t req);
struct request fs_request(fuse_req_t req);
struct fuse_entry_param fs_entry(const struct tree_entry *e);

/* Answer with r, 0 or a negative errno. ENOSYS would mean to the kernel that this file
 * system does not implement the request: it would then omit OPENDIR, and read
 * directories that were never opened. */
void fs_reply_error(fuse_req_t req, int r);

#endif

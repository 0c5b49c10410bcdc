/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Changes in by-pin (-o pins=rw). They are made only in the BPF file system, with the
 * caller's rights on files (user, group, supplementary groups), so that it applies the
 * caller's permissions. A node is a path, and another directory may have that path by
 * now.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "host/bpffs.h"
#include "host/identity.h"
#include "store/errno.h"
#include "tree/linktext.h"
#include "tree/pins.h"

#define GROUPS_MAX 1024

static int act_as_caller(const struct request *rq, struct identity *old)
{
	gid_t groups[GROUPS_MAX];
	int n = 0;

	if (!rq)
		return -EACCES;
	if (rq->groups)
		n = rq->groups(rq->arg, groups, GROUPS_MAX);
	/* Without a list of groups, act with no supplementary groups: fewer rights. */
	n = n < 0 ? 0 : n > GROUPS_MAX ? GROUPS_MAX : n;
	return identity_assume(rq->uid, rq->gid, groups, n, old);
}

/* Open what a node is with the caller's rights. */
static int open_as_caller(struct tree *t, const struct request *rq, uint64_t node,
			  const struct buf *path, int flags)
{
	_cleanup_close_ int top = bpffs_open(t->opt->bpffs, "", O_PATH | O_DIRECTORY);
	_cleanup_identity_ struct identity old = IDENTITY_INIT;
	_cleanup_close_ int fd = -1;
	int r = top < 0 ? top : act_as_caller(rq, &old);
	struct stat st;
	uint32_t none;

	if (r < 0)
		return r;
	fd = bpffs_open_at(top, path->len ? path->data : ".", flags);
	r = fd < 0 ? fd : pin_check_node(t, node, fd, &st, &none);
	return r < 0 ? r : take_fd(&fd);
}

/* The directory of a node, to change something in it, and its path. */
static int open_to_change(struct tree *t, const struct request *rq, uint64_t node,
			  struct buf *path)
{
	int r = t->opt->pins_rw ? pin_path(t, node, path) : -EROFS;

	return r < 0 ? r : open_as_caller(t, rq, node, path, O_PATH | O_DIRECTORY);
}

static int refuse(struct tree *t, const char *operation, uint64_t node, const char *name,
		  int error, struct text_error *err)
{
	_cleanup_buf_ struct buf path = BUF_INIT;

	/* The kernel looks the directory up again. */
	if (error == -ESTALE)
		return error;
	buf_puts(&path, "by-pin");
	pin_child_path(t, node, name, &path);
	if (!err->reason[0] && error == -EROFS)
		text_fail(err, error, 0, "pins are read-only: mount with -o pins=rw");
	else if (!err->reason[0] && error == -EPERM && strchr(name, '.'))
		text_fail(err, error, strcspn(name, "."),
			  "names in the BPF file system cannot contain '.'");
	else if (!err->reason[0])
		text_fail(err, error, 0, "the BPF file system refuses it");
	return tree_refuse(t, NULL, NULL, operation, buf_cstr(&path) ?: name, error, err);
}

/* Make a directory with `mode`, which has S_IFDIR; with 0, remove one. */
static int change_dir(struct tree *t, const struct request *rq, uint64_t node,
		      const char *name, mode_t mode)
{
	_cleanup_buf_ struct buf path = BUF_INIT;
	struct text_error err = { 0 };
	_cleanup_close_ int fd = open_to_change(t, rq, node, &path);
	_cleanup_identity_ struct identity old = IDENTITY_INIT;
	int r = fd < 0 ? fd : act_as_caller(rq, &old);

	if (r == 0)
		r = mode ? bpffs_mkdir_at(fd, name, mode) : bpffs_rmdir_at(fd, name);
	return r < 0 ? refuse(t, mode ? "mkdir" : "rmdir", node, name, r, &err) : 0;
}

int pin_mkdir(struct tree *t, const struct request *rq, uint64_t node,
	      const char *name)
{
	return change_dir(t, rq, node, name, S_IFDIR | (0777 & ~t->opt->umask));
}

int pin_rmdir(struct tree *t, const struct request *rq, uint64_t node,
	      const char *name)
{
	return change_dir(t, rq, node, name, 0);
}

/* 1: the path is a pinned map or a directory, and *ret identifies the file; 0: the
 * path does not exist. -EPERM: a pin that is not shown must not be replaced. */
static int check_target(struct tree *t, int dir_fd, const char *name, struct pin *ret,
			struct text_error *err)
{
	_cleanup_close_ int fd = bpffs_open_at(dir_fd, name, O_PATH);

	if (fd == -ENOENT && !bpffs_has_name(dir_fd, name))
		return 0;
	if (fd < 0 || pin_at(t, fd, ret) < 0 || !(ret->map || S_ISDIR(ret->st.st_mode)))
		return text_fail(err, -EPERM, 0,
				 "the pinned object is not a map that this mount shows");
	return 1;
}

static struct bpffs_file file_of(const struct pin *p)
{
	return (struct bpffs_file){ p->st.st_dev, p->st.st_ino };
}

int pin_unlink(struct tree *t, const struct request *rq, uint64_t node,
	       const char *name)
{
	_cleanup_buf_ struct buf path = BUF_INIT;
	struct text_error err = { 0 };
	_cleanup_close_ int fd = open_to_change(t, rq, node, &path);
	_cleanup_identity_ struct identity old = IDENTITY_INIT;
	_cleanup_pin_ struct pin p = { 0 };
	int r = fd < 0 ? fd : check_target(t, fd, name, &p, &err);
	const struct bpffs_file file = file_of(&p);

	if (r == 0)
		r = -ENOENT;
	if (r > 0)
		r = act_as_caller(rq, &old) ?: bpffs_unlink_at(fd, name, &file);
	return r < 0 ? refuse(t, "rm", node, name, r, &err) : 0;
}

int pin_symlink(struct tree *t, const struct request *rq, uint64_t node,
		const char *name, const char *text)
{
	const unsigned access = STORE_READ | STORE_WRITE;
	_cleanup_buf_ struct buf path = BUF_INIT, where = BUF_INIT;
	_cleanup_store_map_ struct store_map ref = STORE_MAP_INIT;
	_cleanup_live_map_ struct live_map *m = NULL;
	struct text_error err = { 0 };
	_cleanup_close_ int fd = open_to_change(t, rq, node, &path);
	_cleanup_identity_ struct identity old = IDENTITY_INIT;
	int r = fd < 0 ? fd : 0;

	buf_printf(&where, "by-pin/%s", path.len ? path.data : "");
	if (r == 0 && !buf_cstr(&where))
		r = -ENOMEM;
	if (r == 0)
		r = linktext_map(t, rq, where.data, text, &m, &err);
	if (r == 0)
		r = store_user_errno(STORE_OP_OPEN,
				     store_open(t->store, m->id, access, &ref));
	if (r == 0)
		r = act_as_caller(rq, &old) ?: store_pin(&ref, fd, name);
	return r < 0 ? refuse(t, "ln", node, name, r, &err) : 0;
}

/* With nothing at the new name, nothing that comes meanwhile is replaced. */
static int rename_at(struct tree *t, const struct request *rq, int from, const char *name,
		     int to, const char *newname, unsigned flags, struct pin *moved,
		     struct text_error *err)
{
	_cleanup_identity_ struct identity old = IDENTITY_INIT;
	_cleanup_pin_ struct pin there = { 0 };
	int r = check_target(t, from, name, moved, err), is_there = 0;
	struct bpffs_file file, over;

	if (r > 0)
		r = is_there = check_target(t, to, newname, &there, err);
	else if (r == 0)
		r = -ENOENT;
	if (r >= 0)
		r = act_as_caller(rq, &old);
	if (r < 0)
		return r;
	if (!is_there)
		flags |= BPFFS_NOREPLACE;
	file = file_of(moved);
	over = file_of(&there);
	return bpffs_rename_at(from, name, &file, to, newname, is_there ? &over : NULL,
			       flags);
}

/* The kernel gives the new name the node of the old one, so that becomes its path.
 * Nodes below a directory are stale now. Without memory so is this one. */
static void follow_rename(struct tree *t, uint64_t node, const char *name,
			  uint64_t newnode, const char *newname, const struct pin *p)
{
	_cleanup_buf_ struct buf path = BUF_INIT, newpath = BUF_INIT;
	struct inode_key from, to;

	if (pin_child_path(t, node, name, &path) < 0 ||
	    pin_child_path(t, newnode, newname, &newpath) < 0)
		return;
	pin_key(&path, p, &from);
	pin_key(&newpath, p, &to);
	inode_rename(t->pins, &from, &to);
}

int pin_rename(struct tree *t, const struct request *rq, uint64_t node,
	       const char *name, uint64_t newnode, const char *newname,
	       unsigned flags)
{
	_cleanup_buf_ struct buf path = BUF_INIT, newpath = BUF_INIT;
	_cleanup_pin_ struct pin moved = { 0 };
	struct text_error err = { 0 };
	bool stays = node_kind(newnode) == NODE_PIN || node_kind(newnode) == NODE_BY_PIN;
	_cleanup_close_ int from = open_to_change(t, rq, node, &path);
	_cleanup_close_ int to = stays ? open_to_change(t, rq, newnode, &newpath) : -EPERM;
	int r = from < 0 ? from : to < 0 ? to : 0;

	if (r == 0 && flags & ~BPFFS_NOREPLACE)
		r = -EINVAL;
	if (r == 0)
		r = rename_at(t, rq, from, name, to, newname, flags, &moved, &err);
	if (r == 0)
		follow_rename(t, node, name, newnode, newname, &moved);
	if (!stays && r == -EPERM) {
		text_fail(&err, r, 0, "pins cannot leave by-pin: use ln -s and rm");
		return refuse(t, "mv", node, name, r, &err);
	}
	return r < 0 ? refuse(t, "mv", newnode, newname, r, &err) : 0;
}

/* No user can create files here. */
int pin_create(struct tree *t, const struct request *rq, uint64_t node,
	       const char *name, int flags, struct tree_entry *entry,
	       struct tree_file **ret)
{
	struct text_error err = { 0 };

	if (!t->opt->pins_rw)
		return refuse(t, "create", node, name, -EROFS, &err);
	text_fail(&err, -EPERM, 0,
		  "by-pin can hold only directories and symlinks to maps");
	return refuse(t, "create", node, name, -EPERM, &err);
}

int pin_setattr(struct tree *t, const struct request *rq, uint64_t node,
		const struct stat *st, unsigned set)
{
	_cleanup_buf_ struct buf path = BUF_INIT;
	_cleanup_pin_ struct pin p = { 0 };
	_cleanup_identity_ struct identity old = IDENTITY_INIT;
	_cleanup_close_ int fd = -1;
	int r = t->opt->pins_rw ? pin_path(t, node, &path) : -EROFS;

	if (r < 0)
		return r;
	fd = open_as_caller(t, rq, node, &path, O_PATH);
	r = fd < 0 ? fd : pin_at(t, fd, &p);
	if (r == 0)
		r = act_as_caller(rq, &old);
	if (r == 0 && set & TREE_SET_MODE)
		r = bpffs_chmod(fd, st->st_mode & 07777);
	if (r == 0 && set & (TREE_SET_UID | TREE_SET_GID))
		r = bpffs_chown(fd, set & TREE_SET_UID ? st->st_uid : (uid_t)-1,
				set & TREE_SET_GID ? st->st_gid : (gid_t)-1);
	return r;
}

/* With -o pins=rw these are the owner and mode of the mirrored directory itself. */
int by_pin_setattr(struct tree *t, const struct request *rq, uint64_t node,
		   const struct stat *st, unsigned set)
{
	return t->opt->pins_rw ? pin_setattr(t, rq, node, st, set)
			       : plain_dir_setattr(t, rq, node, st, set);
}

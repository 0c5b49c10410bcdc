/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * by-pin: a mirror of the BPF file system. A directory there is one here, with its
 * owner and mode; a pinned map is a symlink to the map's directory. Pins of programs
 * and links are not shown, nor are pins of maps that the mount hides. A pin that may
 * not be opened can be any object: it is shown, and following it fails.
 *
 * A node is a path and the inode number of the file that was there when it was
 * looked up, with the id of the map if one is pinned. Each request opens the path
 * anew; if another file is there, the node is stale and the kernel repeats the
 * lookup. So the kernel may cache names briefly, and the map of a pin for as long as
 * the pin exists, while a path never refers to another pin. Changes are in
 * pins-change.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "host/bpffs.h"
#include "tree/dir.h"
#include "tree/pins.h"

/* Existence, owner and mode may lag by this much. */
#define PIN_TIMEOUT KEY_TIMEOUT

/* ---- paths ---- */

int pin_path(struct tree *t, uint64_t node, struct buf *path)
{
	_cleanup_key_ref_ struct key_ref ref = { 0 };
	int r = 0;

	if (node_kind(node) == NODE_PIN)
		r = inode_ref(t->pins, node, &ref);
	if (r < 0)
		return r;
	if (path->len && ref.key_size)
		buf_putc(path, '/');
	buf_put(path, ref.key, ref.key_size);
	return buf_cstr(path) ? 0 : -ENOMEM;
}

int pin_check_node(struct tree *t, uint64_t node, int fd, struct stat *st,
		   uint32_t *ret_map)
{
	_cleanup_key_ref_ struct key_ref ref = { 0 };
	int r = node_kind(node) == NODE_PIN ? inode_ref(t->pins, node, &ref) : 0;

	if (r == 0 && fstat(fd, st) < 0)
		r = -errno;
	/* Inode numbers have 32 bits there. */
	if (r == 0 && node_kind(node) == NODE_PIN && ref.serial != (uint32_t)st->st_ino)
		r = -ESTALE;
	*ret_map = ref.map_id;
	return r;
}

/* Open the file of a node, and append its path. */
static int open_node(struct tree *t, uint64_t node, int flags, struct buf *path,
		     struct stat *st, uint32_t *ret_map)
{
	_cleanup_close_ int fd = -1;
	int r = pin_path(t, node, path);

	if (r < 0)
		return r;
	fd = bpffs_open(t->opt->bpffs, path->data, flags);
	if (fd == -ENOENT && node_kind(node) == NODE_PIN)
		return -ESTALE;
	r = fd < 0 ? fd : pin_check_node(t, node, fd, st, ret_map);
	return r < 0 ? r : take_fd(&fd);
}

int pin_child_path(struct tree *t, uint64_t node, const char *name, struct buf *path)
{
	int r = pin_path(t, node, path);

	if (r < 0)
		return r;
	if (path->len)
		buf_putc(path, '/');
	buf_puts(path, name);
	return buf_cstr(path) ? 0 : -ENOMEM;
}

static unsigned depth_of(const struct buf *path)
{
	unsigned depth = path->len > 0;

	for (size_t i = 0; i < path->len; i++)
		depth += path->data[i] == '/';
	return depth;
}

/* ---- what stands at a path ---- */

void pin_release(struct pin *p)
{
	live_map_unref(p->map);
}

int pin_at(struct tree *t, int fd, struct pin *ret)
{
	uint32_t id;
	int r;

	if (fstat(fd, &ret->st) < 0)
		return -errno;
	if (S_ISDIR(ret->st.st_mode))
		return 0;
	if (!S_ISREG(ret->st.st_mode))
		return -ENOENT;
	r = store_pinned_map(t->store, fd, &id);
	if (r == -EACCES || r == -EPERM)
		return 0;
	return r < 0 ? -ENOENT : registry_by_id(&t->registry, id, &ret->map);
}

static int pin_of(struct tree *t, uint64_t node, struct buf *path, struct pin *ret)
{
	uint32_t id = 0;
	_cleanup_close_ int fd = open_node(t, node, O_PATH, path, &ret->st, &id);

	if (fd < 0)
		return fd;
	return id ? registry_by_id(&t->registry, id, &ret->map) : pin_at(t, fd, ret);
}

static int pin_text(struct tree *t, const struct pin *p, const struct buf *path,
		    struct buf *out)
{
	if (S_ISDIR(p->st.st_mode))
		return -EINVAL;
	return p->map ? map_link_text(t, p->map, depth_of(path), out) : -EACCES;
}

static ino_t path_ino(const struct buf *path)
{
	return key_ino(&(struct inode_key){ .key = path->data, .size = path->len });
}

static void fill(struct tree *t, uint64_t node, const struct pin *p,
		 const struct buf *path, struct stat *st)
{
	_cleanup_buf_ struct buf text = BUF_INIT;
	mode_t type = S_ISDIR(p->st.st_mode) ? S_IFDIR : S_IFLNK;

	pin_text(t, p, path, &text);
	stat_fill(t, node, type | (p->st.st_mode & 07777), text.len, &p->st.st_mtim, st);
	if (node_kind(node) == NODE_PIN)
		st->st_ino = path_ino(path);
	st->st_uid = p->st.st_uid;
	st->st_gid = p->st.st_gid;
}

static int pin_stat(struct tree *t, const struct request *rq, uint64_t node,
		    struct stat *st, double *timeout)
{
	_cleanup_buf_ struct buf path = BUF_INIT;
	_cleanup_pin_ struct pin p = { 0 };
	int r = pin_of(t, node, &path, &p);

	if (r < 0)
		return r;
	fill(t, node, &p, &path, st);
	*timeout = PIN_TIMEOUT;
	return 0;
}

/* Not mounted: an empty directory. */
static int by_pin_stat(struct tree *t, const struct request *rq, uint64_t node,
		       struct stat *st, double *timeout)
{
	int r = pin_stat(t, rq, node, st, timeout);

	if (r < 0)
		plain_dir_stat(t, rq, node, st, timeout);
	else if (!t->opt->pins_rw)
		plain_dir_overlay(t, NODE_BY_PIN, st);
	*timeout = PIN_TIMEOUT;
	return 0;
}

static int pin_readlink(struct tree *t, const struct request *rq, uint64_t node,
			struct buf *out)
{
	_cleanup_buf_ struct buf path = BUF_INIT;
	_cleanup_pin_ struct pin p = { 0 };
	int r = pin_of(t, node, &path, &p);

	return r < 0 ? r : pin_text(t, &p, &path, out);
}

static int pin_map(struct tree *t, const struct request *rq, uint64_t node,
		   struct live_map **ret)
{
	_cleanup_buf_ struct buf path = BUF_INIT;
	_cleanup_pin_ struct pin p = { 0 };
	int r = pin_of(t, node, &path, &p);

	if (r < 0)
		return r;
	if (!p.map)
		return S_ISDIR(p.st.st_mode) ? -EINVAL : -EACCES;
	*ret = take_ptr(p.map);
	return 0;
}

void pin_key(const struct buf *path, const struct pin *p, struct inode_key *ret)
{
	*ret = (struct inode_key){
		.map_id = p->map ? p->map->id : 0,
		.serial = (uint32_t)p->st.st_ino,
		.key = path->data,
		.size = path->len,
	};
}

static int pin_lookup(struct tree *t, const struct request *rq, uint64_t node,
		      const char *name, struct tree_entry *ret)
{
	_cleanup_buf_ struct buf path = BUF_INIT, child = BUF_INIT;
	_cleanup_pin_ struct pin p = { 0 };
	_cleanup_close_ int dir = -1, fd = -1;
	struct inode_key key;
	struct stat st;
	uint32_t none;
	int r;

	dir = open_node(t, node, O_PATH | O_DIRECTORY, &path, &st, &none);
	fd = dir < 0 ? dir : bpffs_open_at(dir, name, O_PATH);
	r = fd < 0 ? fd : pin_at(t, fd, &p);
	if (r == 0)
		r = pin_child_path(t, node, name, &child);
	if (r < 0)
		return r;
	pin_key(&child, &p, &key);
	r = inode_get(t->pins, &key, &ret->node);
	if (r < 0)
		return r;
	fill(t, ret->node, &p, &child, &ret->st);
	ret->entry_timeout = ret->attr_timeout = PIN_TIMEOUT;
	return 0;
}

/*
 * ---- listing ----
 *
 * The directory is read whole when it is opened, and closed: an open one would
 * keep the BPF file system busy as long as a reader likes. An entry is a byte,
 * 'd' or 'l', and a name with its NUL; a position is where an entry begins.
 */

struct pin_dir {
	struct tree_dir dir;
	struct buf path;
	struct buf entries;
};

static struct pin_dir *to_pin_dir(struct tree_dir *d)
{
	return (struct pin_dir *)d;
}

static void add_if_shown(struct pin_dir *pd, int dir_fd, const char *name)
{
	_cleanup_close_ int fd = bpffs_open_at(dir_fd, name, O_PATH);
	_cleanup_pin_ struct pin p = { 0 };

	if (fd < 0 || pin_at(pd->dir.tree, fd, &p) < 0)
		return;
	buf_putc(&pd->entries, S_ISDIR(p.st.st_mode) ? 'd' : 'l');
	buf_put(&pd->entries, name, strlen(name) + 1);
}

static int pin_dir_read(struct pin_dir *pd)
{
	struct tree *t = pd->dir.tree;
	_cleanup_buf_ struct buf names = BUF_INIT;
	_cleanup_close_ int fd = -1;
	uint32_t none;
	struct stat st;
	int r;

	buf_clear(&pd->entries);
	buf_clear(&pd->path);
	fd = open_node(t, pd->dir.node, O_PATH | O_DIRECTORY, &pd->path, &st, &none);
	r = fd < 0 ? fd : bpffs_list(fd, &names);
	if (r < 0) /* without a BPF file system by-pin is empty */
		return r == -ENOENT && !pd->path.len ? 0 : r;
	for (size_t at = 0; at < names.len; at += strlen(names.data + at) + 1)
		add_if_shown(pd, fd, names.data + at);
	return buf_error(&pd->entries);
}

static int pin_dir_seek(struct tree_dir *d, const struct request *rq, uint64_t pos)
{
	struct pin_dir *pd = to_pin_dir(d);
	const struct buf *e = &pd->entries;

	d->pos = pos;
	if (!pos)
		return pin_dir_read(pd);
	return pos <= e->len && !e->data[pos - 1] ? 0 : -EINVAL;
}

static int pin_dir_next(struct tree_dir *d, const struct request *rq,
			struct tree_dirent *ret)
{
	struct pin_dir *pd = to_pin_dir(d);
	const char *entry = pd->entries.data + d->pos;
	size_t len = pd->path.len;

	if (d->pos >= pd->entries.len)
		return 0;
	if (len)
		buf_putc(&pd->path, '/');
	buf_puts(&pd->path, entry + 1);
	memset(&ret->st, 0, sizeof(ret->st));
	ret->st.st_ino = path_ino(&pd->path);
	ret->st.st_mode = *entry == 'd' ? S_IFDIR : S_IFLNK;
	buf_truncate(&pd->path, len);
	ret->name = entry + 1;
	ret->next = d->pos += strlen(entry) + 1;
	return buf_error(&pd->path) ?: 1;
}

static void pin_dir_release(struct tree_dir *d)
{
	struct pin_dir *pd = to_pin_dir(d);

	buf_release(&pd->entries);
	buf_release(&pd->path);
}

static const struct tree_dir_ops pin_dir_ops = {
	.seek = pin_dir_seek,
	.next = pin_dir_next,
	.release = pin_dir_release,
};

static int pin_opendir(struct tree *t, const struct request *rq, uint64_t node,
		       struct tree_dir **ret)
{
	struct tree_dir *d = tree_dir_new(t, node, &pin_dir_ops, sizeof(struct pin_dir));
	int r;

	if (!d)
		return -ENOMEM;
	r = pin_dir_read(to_pin_dir(d));
	if (r < 0)
		tree_dir_free(d);
	else
		*ret = d;
	return r;
}

static void pin_forget(struct tree *t, uint64_t node, uint64_t n)
{
	inode_forget(t->pins, node, n);
}

#define PIN_DIR_OPS                                                         \
	.lookup = pin_lookup, .create = pin_create, .opendir = pin_opendir, \
	.mkdir = pin_mkdir, .rmdir = pin_rmdir, .unlink = pin_unlink,       \
	.symlink = pin_symlink, .rename = pin_rename

const struct node_ops by_pin_ops = {
	.stat = by_pin_stat,
	.setattr = by_pin_setattr,
	PIN_DIR_OPS,
};

const struct node_ops pin_ops = {
	.stat = pin_stat,
	.setattr = pin_setattr,
	.readlink = pin_readlink,
	.map = pin_map,
	.forget = pin_forget,
	PIN_DIR_OPS,
};

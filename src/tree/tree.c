/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Entry points: find the row of the node's kind and call it. What a kind
 * cannot do is answered here, in one place.
 */
#include "tree/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "tree/internal.h"
#include "tree/scratch.h"

static const struct node_ops *const kinds[NODE_KINDS] = {
	[NODE_ROOT] = &root_ops,
	[NODE_ROOT_DOT] = &root_dot_ops,
	[NODE_ROOT_FILE] = &root_file_ops,
	[NODE_BY_ID] = &by_id_ops,
	[NODE_BY_ID_LINK] = &by_id_link_ops,
	[NODE_MAP] = &map_ops,
	[NODE_ALIAS] = &alias_ops,
	[NODE_DOT] = &dot_ops,
	[NODE_DOT_FILE] = &dot_file_ops,
	[NODE_KEY] = &key_ops,
	[NODE_VIEW] = &view_ops,
	[NODE_VIEW_KEY] = &view_key_ops,
	[NODE_SCRATCH] = &scratch_ops,
	[NODE_BY_PIN] = &by_pin_ops,
	[NODE_PIN] = &pin_ops,
	[NODE_BY_PROG] = &by_prog_ops,
	[NODE_PROG] = &prog_ops,
	[NODE_PROG_MAP] = &prog_map_ops,
};

static const struct node_ops *ops_of(uint64_t node)
{
	static const struct node_ops none;
	enum node_kind kind = node_kind(node);

	return kind < NODE_KINDS ? kinds[kind] : &none;
}

/* ---- the handles that the kernel has ---- */

static void ring_init(struct tree_handle *ring)
{
	ring->prev = ring->next = ring;
}

static void hand_out(struct tree *t, struct tree_handle *ring, struct tree_handle *h)
{
	GUARD_MUTEX(&t->handles_lock);

	h->tree = t;
	h->next = ring;
	h->prev = ring->prev;
	h->prev->next = h->next->prev = h;
}

static void take_back(struct tree_handle *h)
{
	if (!h->tree)
		return;
	GUARD_MUTEX(&h->tree->handles_lock);
	h->prev->next = h->next;
	h->next->prev = h->prev;
}

/* No request is running any more: nobody else looks at the rings. */
static void close_all(struct tree *t)
{
	t->ending = true;
	while (t->files.next != &t->files)
		tree_release((struct tree_file *)t->files.next);
	while (t->dirs.next != &t->dirs)
		tree_releasedir((struct tree_dir *)t->dirs.next);
}

int tree_new(struct store *store, const struct tree_options *options, struct tree **ret)
{
	struct tree *t = calloc(1, sizeof(*t));
	int r;

	if (!t)
		return -ENOMEM;
	pthread_mutex_init(&t->handles_lock, NULL);
	ring_init(&t->files);
	ring_init(&t->dirs);
	t->store = store;
	t->opt = options;
	clock_gettime(CLOCK_REALTIME, &t->started);
	errlog_init(&t->errors);
	r = registry_init(&t->registry, store, options->maps, options->pin);
	if (r == 0)
		r = registry_adopt(&t->registry);
	t->keys = inodes_new(NODE_KEY);
	t->view_keys = inodes_new(NODE_VIEW_KEY);
	t->pins = inodes_new(NODE_PIN);
	t->scratches = scratches_new();
	if (r == 0 && (!t->keys || !t->view_keys || !t->pins || !t->scratches))
		r = -ENOMEM;
	if (r < 0) {
		tree_free(t);
		return r;
	}
	*ret = t;
	return 0;
}

void tree_free(struct tree *t)
{
	if (!t)
		return;
	close_all(t);
	pthread_mutex_destroy(&t->handles_lock);
	inodes_free(t->keys);
	inodes_free(t->view_keys);
	scratches_free(t->scratches);
	inodes_free(t->pins);
	registry_release(&t->registry);
	errlog_release(&t->errors);
	free(t);
}

void tree_set_notify(struct tree *t, void (*notify)(void *arg, uint64_t node), void *arg)
{
	t->notify = notify;
	t->notify_arg = arg;
}

/* ---- helpers ---- */

void stat_fill(struct tree *t, uint64_t node, mode_t mode, size_t size,
	       const struct timespec *time, struct stat *st)
{
	memset(st, 0, sizeof(*st));
	st->st_ino = node;
	st->st_mode = mode;
	st->st_nlink = 1;
	st->st_uid = t->opt->uid;
	st->st_gid = t->opt->gid;
	st->st_size = (off_t)size;
	st->st_blksize = 4096;
	st->st_blocks = (blkcnt_t)((size + 511) / 512);
	st->st_atim = st->st_mtim = st->st_ctim = *time;
}

/* The permission bits of a map's directory, and its owner. */
int map_dir_mode(struct tree *t, struct tree_map *m, uid_t *uid, gid_t *gid)
{
	GUARD_MUTEX(&m->lock);

	*uid = m->owned_set ? m->uid : t->opt->uid;
	*gid = m->owned_set ? m->gid : t->opt->gid;
	return (int)(m->owned_set ? m->mode : 0777 & ~t->opt->umask);
}

void stat_fill_map(struct tree *t, struct tree_map *m, uint64_t node, mode_t type,
		   mode_t bits, size_t size, struct stat *st)
{
	uid_t uid;
	gid_t gid;
	mode_t mode = (mode_t)map_dir_mode(t, m, &uid, &gid);

	stat_fill(t, node, type | (mode & bits), size, &m->seen, st);
	st->st_uid = uid;
	st->st_gid = gid;
}

int accept_setattr(struct tree *t, uint64_t node, const struct stat *st, unsigned set)
{
	(void)t;
	(void)node;
	(void)st;
	(void)set;
	return 0;
}

int entry_fill(struct tree *t, uint64_t node, double entry_timeout, struct tree_entry *ret)
{
	ret->node = node;
	ret->entry_timeout = entry_timeout;
	return tree_getattr(t, node, &ret->st, &ret->attr_timeout);
}

int tree_map_of(struct tree *t, uint32_t id, struct tree_map **m, struct schema **s)
{
	int r = registry_by_id(&t->registry, id, m);

	if (r == 0 && s)
		r = tree_map_schema(&t->registry, *m, s);
	return r;
}

/* Has the reason a place in the text? */
static bool is_about_text(int error)
{
	return error == -EINVAL || error == -ERANGE || error == -EFBIG ||
	       error == -ENAMETOOLONG;
}

int tree_refuse(struct tree *t, struct tree_map *m, const char *operation, const char *name,
		int error, const struct text_error *err)
{
	struct errlog *log = m ? &m->errors : &t->errors;

	if (err && err->reason[0] && is_about_text(error))
		errlog_add(log, operation, name, error, "column %zu: %s", err->column,
			   err->reason);
	else if (err && err->reason[0])
		errlog_add(log, operation, name, error, "%s", err->reason);
	else
		errlog_add(log, operation, name, error, "refused");
	return error;
}

/* What a directory has no place for. The map that it belongs to, or the root,
 * remembers why. */
static int no_place(struct tree *t, uint64_t dir, const char *operation, const char *name,
		    const char *why)
{
	_cleanup_tree_map_ struct tree_map *m = NULL;
	struct text_error err = { 0 };
	enum node_kind kind = node_kind(dir);

	if (kind == NODE_MAP || kind == NODE_DOT || kind == NODE_VIEW)
		registry_find(&t->registry, node_id(dir), &m);
	text_fail(&err, -EPERM, 0, "%s", why);
	return tree_refuse(t, m, operation, name, -EPERM, &err);
}

/* ---- nodes ---- */

int tree_lookup(struct tree *t, uint64_t parent, const char *name, struct tree_entry *ret)
{
	const struct node_ops *ops = ops_of(parent);

	return ops->lookup ? ops->lookup(t, parent, name, ret) : -ENOTDIR;
}

void tree_forget(struct tree *t, uint64_t node, uint64_t n)
{
	if (node_kind(node) == NODE_KEY)
		inode_forget(t->keys, node, n);
	else if (node_kind(node) == NODE_VIEW_KEY)
		inode_forget(t->view_keys, node, n);
	else if (node_kind(node) == NODE_SCRATCH)
		scratch_forget(t, node, n);
	else if (node_kind(node) == NODE_PIN)
		inode_forget(t->pins, node, n);
}

int tree_getattr(struct tree *t, uint64_t node, struct stat *st, double *timeout)
{
	const struct node_ops *ops = ops_of(node);
	int r = ops->stat ? ops->stat(t, node, st, timeout) : -ESTALE;

	/* Whoever has a file's number had a name: have it looked up again. */
	return r == -ENOENT && ops->open ? -ESTALE : r;
}

int tree_setattr(struct tree *t, uint64_t node, struct tree_file *file,
		 const struct stat *st, unsigned set, struct stat *ret, double *timeout)
{
	const struct node_ops *ops = ops_of(node);
	int r = 0;

	if (set & TREE_SET_SIZE && file && file->ops->truncate) {
		GUARD_MUTEX(&file->lock);
		file->ops->truncate(file, st->st_size);
	}
	if (set & ~(unsigned)TREE_SET_SIZE)
		r = ops->setattr ? ops->setattr(t, node, st, set) : -EPERM;
	return r < 0 ? r : tree_getattr(t, node, ret, timeout);
}

int tree_readlink(struct tree *t, uint64_t node, struct buf *out)
{
	const struct node_ops *ops = ops_of(node);

	return ops->readlink ? ops->readlink(t, node, out) : -EINVAL;
}

int tree_mkdir(struct tree *t, uint64_t parent, const char *name, struct tree_entry *ret)
{
	const struct node_ops *ops = ops_of(parent);
	int r = ops->mkdir ? ops->mkdir(t, parent, name) :
			     no_place(t, parent, "mkdir", name,
				      "a directory is a map, and maps are made in the root");

	return r < 0 ? r : tree_lookup(t, parent, name, ret);
}

int tree_rmdir(struct tree *t, uint64_t parent, const char *name)
{
	const struct node_ops *ops = ops_of(parent);

	if (ops->rmdir)
		return ops->rmdir(t, parent, name);
	return no_place(t, parent, "rmdir", name, "this directory belongs to the tree");
}

int tree_symlink(struct tree *t, uint64_t parent, const char *name, const char *text,
		 struct tree_entry *ret)
{
	const struct node_ops *ops = ops_of(parent);
	int r = ops->symlink ? ops->symlink(t, parent, name, text) :
			       no_place(t, parent, "symlink", name,
					"symlinks are made in maps of maps and in by-pin");

	return r < 0 ? r : tree_lookup(t, parent, name, ret);
}

int tree_unlink(struct tree *t, uint64_t parent, const char *name)
{
	const struct node_ops *ops = ops_of(parent);

	if (ops->unlink)
		return ops->unlink(t, parent, name);
	return no_place(t, parent, "rm", name, "this file belongs to the tree");
}

int tree_rename(struct tree *t, uint64_t parent, const char *name, uint64_t newparent,
		const char *newname, unsigned flags)
{
	const struct node_ops *ops = ops_of(parent);

	if (ops->rename)
		return ops->rename(t, parent, name, newparent, newname, flags);
	return no_place(t, parent, "mv", name,
			"only keys are renamed, inside their map: a map keeps its name");
}

int tree_link(struct tree *t, uint64_t parent, const char *name)
{
	return no_place(t, parent, "ln", name, "nothing here has a second name: no hard links");
}

int tree_mknod(struct tree *t, uint64_t parent, const char *name)
{
	return no_place(t, parent, "mknod", name,
			"there are no devices, sockets or pipes here");
}

int tree_map_at(struct tree *t, uint64_t node, struct tree_map **ret)
{
	const struct node_ops *ops = ops_of(node);

	return ops->map ? ops->map(t, node, ret) : -EINVAL;
}

/* ---- files ---- */

void tree_file_init(struct tree_file *f, const struct tree_file_ops *ops, int flags)
{
	f->ops = ops;
	f->flags = flags;
	pthread_mutex_init(&f->lock, NULL);
}

void tree_read_text(const struct buf *text, size_t size, off_t off, struct buf *out)
{
	if ((size_t)off >= text->len)
		return;
	if (size > text->len - (size_t)off)
		size = text->len - (size_t)off;
	buf_put(out, text->data + off, size);
}

int tree_open(struct tree *t, uint64_t node, int flags, struct tree_file **ret)
{
	const struct node_ops *ops = ops_of(node);
	int r = ops->open ? ops->open(t, node, flags, ret) : -EISDIR;

	if (r == 0)
		hand_out(t, &t->files, &(*ret)->handle);
	return r;
}

int tree_create(struct tree *t, uint64_t parent, const char *name, int flags,
		struct tree_entry *entry, struct tree_file **ret)
{
	const struct node_ops *ops = ops_of(parent);
	const char *why = parent == NODE_ROOT_NUMBER ?
				  "a file is a key of a map: mkdir makes a map" :
				  "there is no such file";
	int r = ops->create ? ops->create(t, parent, name, flags, entry, ret) :
			      no_place(t, parent, "create", name, why);

	if (r == 0)
		hand_out(t, &t->files, &(*ret)->handle);
	return r;
}

int tree_read(struct tree_file *f, size_t size, off_t off, struct buf *out)
{
	GUARD_MUTEX(&f->lock);
	int r = f->ops->read ? f->ops->read(f, size, off, out) : -EOPNOTSUPP;

	return r < 0 ? r : buf_error(out);
}

int tree_write(struct tree_file *f, const char *data, size_t len, off_t off,
	       uint64_t owner)
{
	GUARD_MUTEX(&f->lock);

	f->writer = owner;
	return f->ops->write ? f->ops->write(f, data, len, off) : -EOPNOTSUPP;
}

/* Every process that a shell starts with the file as its output closes it.
 * `(printf 'half '; sleep 1; echo line) > file`: sleep has nothing to do with the
 * text, and would fail for it. */
int tree_flush(struct tree_file *f, uint64_t owner)
{
	GUARD_MUTEX(&f->lock);

	if (f->writer && owner != f->writer)
		return 0;
	return f->ops->flush && wants_write(f->flags) ? f->ops->flush(f) : 0;
}

void tree_release(struct tree_file *f)
{
	take_back(&f->handle);
	pthread_mutex_destroy(&f->lock);
	f->ops->release(f);
}

void tree_abandon(struct tree_file *f)
{
	f->abandoned = true;
	tree_release(f);
}

bool tree_file_wants_flush(const struct tree_file *f)
{
	return f->ops->flush && wants_write(f->flags);
}

bool tree_file_is_stream(const struct tree_file *f)
{
	return f->ops->stream && wants_read(f->flags);
}

/* ---- directories ---- */

struct tree_dir *tree_dir_new(struct tree *t, uint64_t node, const struct tree_dir_ops *ops,
			      size_t size)
{
	struct tree_dir *d = calloc(1, size);

	if (!d)
		return NULL;
	d->ops = ops;
	d->tree = t;
	d->node = node;
	pthread_mutex_init(&d->lock, NULL);
	return d;
}

int tree_opendir(struct tree *t, uint64_t node, struct tree_dir **ret)
{
	const struct node_ops *ops = ops_of(node);
	int r = ops->opendir ? ops->opendir(t, node, ret) : -ENOTDIR;

	if (r == 0)
		hand_out(t, &t->dirs, &(*ret)->handle);
	return r;
}

void tree_releasedir(struct tree_dir *d)
{
	take_back(&d->handle);
	if (d->ops->release)
		d->ops->release(d);
	pthread_mutex_destroy(&d->lock);
	free(d);
}

void tree_dir_lock(struct tree_dir *d)
{
	pthread_mutex_lock(&d->lock);
}

void tree_dir_unlock(struct tree_dir *d)
{
	pthread_mutex_unlock(&d->lock);
}

/* Offsets 0 and 1 are "." and ".."; position p of the rest is offset p + 2. */
#define FIRST_OFFSET 2

int tree_dir_seek(struct tree_dir *d, uint64_t offset)
{
	if (offset == d->offset)
		return 0;
	d->offset = offset;
	return d->ops->seek(d, offset < FIRST_OFFSET ? 0 : offset - FIRST_OFFSET);
}

static int dot_entry(struct tree_dir *d, struct tree_dirent *ret)
{
	memset(&ret->st, 0, sizeof(ret->st));
	ret->name = d->offset ? ".." : ".";
	ret->st.st_ino = d->offset ? NODE_ROOT_NUMBER : d->node;
	ret->st.st_mode = S_IFDIR;
	ret->next = ++d->offset;
	return 1;
}

int tree_dir_next(struct tree_dir *d, struct tree_dirent *ret)
{
	int r;

	if (d->offset < FIRST_OFFSET)
		return dot_entry(d, ret);
	r = d->ops->next(d, ret);
	if (r > 0) {
		ret->next += FIRST_OFFSET;
		d->offset = ret->next;
	}
	return r;
}

int tree_dir_entry(struct tree_dir *d, struct tree_entry *ret)
{
	/* The kernel knows "." and "..". */
	if (d->offset <= FIRST_OFFSET || !d->ops->entry)
		return -EAGAIN;
	return d->ops->entry(d, ret);
}

int tree_statfs(struct tree *t, uint64_t *ret_name_max)
{
	(void)t;
	*ret_name_max = TREE_NAME_MAX;
	return 0;
}

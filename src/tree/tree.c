/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Entry points: find the row of the node's kind and call it. Requests that a kind does
 * not support are answered here.
 */
#include "tree/tree.h"

#include <errno.h>
#include <string.h>

#include "host/host.h"
#include "tree/dir.h"
#include "tree/dump.h"
#include "tree/file.h"
#include "tree/ring-watch.h"
#include "tree/sampler.h"
#include "tree/scratch.h"
#include "tree/trace.h"
#include "tree/users.h"

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
	[NODE_PROG_DOT] = &prog_dot_ops,
	[NODE_PROG_FILE] = &prog_file_ops,
	[NODE_BY_NAME] = &by_name_ops,
	[NODE_BY_NAME_LINK] = &by_name_link_ops,
};

static void close_all(struct tree *t)
{
	struct tree_handle *h;

	t->ending = true;
	while ((h = handles_first(&t->files)))
		tree_release((struct tree_file *)h);
	while ((h = handles_first(&t->dirs)))
		tree_releasedir((struct tree_dir *)h);
}

static int make_tables(struct tree *t)
{
	t->keys = inodes_new(NODE_KEY);
	t->view_keys = inodes_new(NODE_VIEW_KEY);
	t->pins = inodes_new(NODE_PIN);
	t->scratches = scratches_new(t);
	t->recent = dump_recent_new();
	t->rings = ring_watches_new(t);
	t->samplers = samplers_new(t);
	return t->users && t->keys && t->view_keys && t->pins && t->scratches && t->recent &&
			       t->rings && t->samplers
		       ? reveal_init(&t->reveal, t->store)
		       : -ENOMEM;
}

static void map_changed(void *arg, uint32_t id)
{
	map_attributes_changed(arg, registry_first_id(&((struct tree *)arg)->registry, id));
}

int tree_new(struct store *store, const struct tree_options *options, struct tree **ret)
{
	struct tree *t = calloc(1, sizeof(*t));
	int r;

	if (!t)
		return -ENOMEM;
	t->kinds = kinds;
	t->name_max = TREE_NAME_MAX;
	t->store = store;
	t->opt = options;
	pthread_mutex_init(&t->wake_lock, NULL);
	t->users = users_new(options->max_files ?: 1024);
	handles_init(&t->files, t->users);
	handles_init(&t->dirs, t->users);
	clock_gettime(CLOCK_REALTIME, &t->started);
	r = registry_init(&t->registry, store, options->maps, options->pin,
			  options->pin_fd);
	plain_dirs_init(&t->plain_dirs, options);
	t->registry.owner = t->plain_dirs.base;
	t->registry.bpffs = options->bpffs;
	t->registry.changed = map_changed;
	t->registry.changed_arg = t;
	if (r == 0)
		r = registry_configure(&t->registry, options->config);
	if (r == 0)
		r = registry_adopt(&t->registry);
	if (r == 0)
		r = make_tables(t);
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
	/* No request is running any more. */
	close_all(t);
	handles_release(&t->files);
	handles_release(&t->dirs);
	users_free(t->users);
	inodes_free(t->keys);
	inodes_free(t->view_keys);
	inodes_free(t->pins);
	scratches_free(t->scratches);
	plain_dirs_release(&t->plain_dirs);
	ring_watches_free(t->rings);
	samplers_free(t->samplers);
	reveal_release(&t->reveal);
	pthread_mutex_destroy(&t->wake_lock);
	dump_recent_free(t->recent);
	registry_release(&t->registry);
	free(t);
}

void tree_set_device(struct tree *t, dev_t device)
{
	t->device = device;
}

void tree_set_wake(struct tree *t, void (*wake)(void *arg), void *arg)
{
	GUARD_MUTEX(&t->wake_lock);

	t->wake = wake;
	t->wake_arg = arg;
}

int tree_configure(struct tree *t, struct config *c)
{
	return registry_configure(&t->registry, c);
}

void tree_set_notify(struct tree *t, void (*notify)(void *arg, uint64_t node), void *arg)
{
	t->notify = notify;
	t->notify_arg = arg;
}

/* Refuse an operation that a directory lacks, and log the reason for its map or the
 * root. */
static int no_place(struct tree *t, const struct request *rq, uint64_t dir,
		    const char *operation, const char *name, const char *why)
{
	_cleanup_live_map_ struct live_map *m = NULL;
	struct text_error err = { 0 };
	enum node_kind kind = node_kind(dir);

	if (kind == NODE_MAP || kind == NODE_DOT || kind == NODE_VIEW)
		registry_find(&t->registry, node_id(dir), &m);
	text_fail(&err, -EPERM, 0, "%s", why);
	return tree_refuse(t, rq, m, operation, name, -EPERM, &err);
}

/* The kernel says so first, unless it was made writable behind our back. */
static int check_writable(const struct tree *t)
{
	return t->opt->read_only ? -EROFS : 0;
}

/* ---- nodes ---- */

int tree_lookup(struct tree *t, const struct request *rq, uint64_t parent,
		const char *name, struct tree_entry *ret)
{
	const struct node_ops *ops = node_ops_of(t, parent);
	int r = ops->lookup ? ops->lookup(t, rq, parent, name, ret) : -ENOTDIR;

	return trace_node(t, "lookup", parent, name, r);
}

void tree_forget(struct tree *t, uint64_t node, uint64_t n)
{
	node_forget(t, node, n);
}

int tree_getattr(struct tree *t, const struct request *rq, uint64_t node, struct stat *st,
		 double *timeout)
{
	return trace_node(t, "stat", node, NULL, node_stat(t, rq, node, st, timeout));
}

int tree_setattr(struct tree *t, const struct request *rq, uint64_t node,
		 struct tree_file *file, const struct stat *st, unsigned set,
		 struct stat *ret, double *timeout)
{
	const struct node_ops *ops = node_ops_of(t, node);
	int r = set ? check_writable(t) : 0;

	if (r == 0 && set & TREE_SET_SIZE && file) {
		r = file->kind->truncate ? file->kind->truncate(file, rq, st->st_size) : 0;
		set &= ~(unsigned)TREE_SET_SIZE;
	}
	if (r == 0 && set)
		r = ops->setattr ? ops->setattr(t, rq, node, st, set) : -EPERM;
	trace_node(t, "setattr", node, NULL, r);
	return r < 0 ? r : node_stat(t, rq, node, ret, timeout);
}

int tree_readlink(struct tree *t, const struct request *rq, uint64_t node,
		  struct buf *out)
{
	const struct node_ops *ops = node_ops_of(t, node);
	int r = ops->readlink ? ops->readlink(t, rq, node, out) : -EINVAL;

	return trace_node(t, "readlink", node, NULL, r);
}

int tree_mkdir(struct tree *t, const struct request *rq, uint64_t parent,
	       const char *name, struct tree_entry *ret)
{
	const struct node_ops *ops = node_ops_of(t, parent);
	int r = check_writable(t);

	if (r == 0)
		r = ops->mkdir ? ops->mkdir(t, rq, parent, name)
			: no_place(t, rq, parent, "mkdir", name,
				   "directories are maps, and maps can be created only "
				   "in the root");
	trace_node(t, "mkdir", parent, name, r);
	return r < 0 ? r : tree_lookup(t, rq, parent, name, ret);
}

int tree_rmdir(struct tree *t, const struct request *rq, uint64_t parent,
	       const char *name)
{
	const struct node_ops *ops = node_ops_of(t, parent);
	int r = check_writable(t);

	if (r == 0)
		r = ops->rmdir ? ops->rmdir(t, rq, parent, name) :
			     no_place(t, rq, parent, "rmdir", name,
				      "this directory belongs to the tree");
	return trace_node(t, "rmdir", parent, name, r);
}

int tree_symlink(struct tree *t, const struct request *rq, uint64_t parent,
		 const char *name, const char *text, struct tree_entry *ret)
{
	const struct node_ops *ops = node_ops_of(t, parent);
	int r = check_writable(t);

	if (r == 0)
		r = ops->symlink ? ops->symlink(t, rq, parent, name, text)
			: no_place(t, rq, parent, "symlink", name,
				   "symlinks can be created only in maps of maps and in by-pin");
	trace_node(t, "symlink", parent, name, r);
	return r < 0 ? r : tree_lookup(t, rq, parent, name, ret);
}

int tree_unlink(struct tree *t, const struct request *rq, uint64_t parent,
		const char *name)
{
	const struct node_ops *ops = node_ops_of(t, parent);
	int r = check_writable(t);

	if (r == 0)
		r = ops->unlink ? ops->unlink(t, rq, parent, name) :
			      no_place(t, rq, parent, "rm", name, "this file belongs to the tree");
	return trace_node(t, "rm", parent, name, r);
}

int tree_rename(struct tree *t, const struct request *rq, uint64_t parent,
		const char *name, uint64_t newparent, const char *newname, unsigned flags)
{
	const struct node_ops *ops = node_ops_of(t, parent);
	int r = check_writable(t);

	if (r == 0)
		r = ops->rename ? ops->rename(t, rq, parent, name, newparent, newname, flags)
			: no_place(t, rq, parent, "mv", name,
				   "only keys can be renamed, and only within their map");
	return trace_node(t, "mv", parent, name, r);
}

int tree_link(struct tree *t, const struct request *rq, uint64_t parent, const char *name)
{
	return no_place(t, rq, parent, "ln", name,
			"hard links are not supported: a key has one name");
}

int tree_mknod(struct tree *t, const struct request *rq, uint64_t parent,
	       const char *name)
{
	return no_place(t, rq, parent, "mknod", name,
			"devices, sockets and pipes are not supported");
}

/* ---- files ---- */

/* Refuse an open file or directory beyond its user's quota. */
static int too_many(struct tree *t, const struct request *rq, uint64_t node,
		    const char *operation, int error)
{
	struct text_error err = { 0 };

	text_fail(&err, error, 0, "this user has too many open files, or they use too "
				  "much memory");
	tree_refuse(t, rq, NULL, operation, "", error, &err);
	return trace_node(t, operation, node, NULL, error);
}

/* True if the opener acts as root. Files whose text may name descriptors also require
 * capabilities, since root of a container has uid 0 only. */
static bool has_rights(const struct tree_file *f, const struct request *rq)
{
	if (!request_is_root(rq))
		return false;
	return !f->descriptors || !wants_write(f->flags) ||
	       host_caller_is_privileged(rq->uid, rq->tid);
}

/* Hand an open file to the kernel and charge it to the user, or close it. */
static int hand_out(struct tree *t, const struct request *rq, struct tree_file *f,
		    struct user *user)
{
	int r = handles_add(&t->files, &f->handle, user);

	f->restricted = !has_rights(f, rq);
	f->uid = rq->uid;
	if (r < 0)
		tree_abandon(f);
	return r;
}

int tree_open(struct tree *t, const struct request *rq, uint64_t node, int flags,
	      struct tree_file **ret)
{
	const struct node_ops *ops = node_ops_of(t, node);
	struct user *user;
	int r = handles_admit(&t->files, rq->uid, &user);

	if (r < 0)
		return too_many(t, rq, node, "open", r);
	r = wants_write(flags) ? check_writable(t) : 0;
	if (r == 0)
		r = ops->open ? ops->open(t, rq, node, flags, ret) : -EISDIR;
	trace_node(t, "open", node, NULL, r);
	if (r < 0)
		handles_refuse(&t->files, user);
	return r < 0 ? r : hand_out(t, rq, *ret, user);
}

int tree_create(struct tree *t, const struct request *rq, uint64_t parent,
		const char *name, int flags, struct tree_entry *entry,
		struct tree_file **ret)
{
	const struct node_ops *ops = node_ops_of(t, parent);
	const char *why = parent == NODE_ROOT_NUMBER
				  ? "files can be created only in maps: use mkdir to "
				    "create a map"
				  : "no such file";
	struct user *user;
	int r = handles_admit(&t->files, rq->uid, &user);

	if (r < 0)
		return too_many(t, rq, parent, "create", r);
	r = check_writable(t);
	if (r == 0)
		r = ops->create ? ops->create(t, rq, parent, name, flags, entry, ret)
				: no_place(t, rq, parent, "create", name, why);
	trace_node(t, "create", parent, name, r);
	if (r < 0) {
		handles_refuse(&t->files, user);
		return r;
	}
	r = hand_out(t, rq, *ret, user);
	if (r < 0)
		node_forget(t, entry->node, 1);
	return r;
}

int tree_read(struct tree_file *f, const struct request *rq, size_t size, off_t off,
	      struct buf *out)
{
	int r = f->kind->read ? f->kind->read(f, rq, size, off, out) : -EOPNOTSUPP;

	trace_file(f, "read", r);
	return r < 0 ? r : buf_error(out);
}

bool tree_file_waits(const struct tree_file *f)
{
	return f->kind->poll;
}

unsigned tree_file_wakes(const struct tree_file *f)
{
	return __atomic_load_n(&f->wakes, __ATOMIC_ACQUIRE);
}

bool tree_poll(struct tree_file *f, const struct request *rq)
{
	return !f->kind->poll || f->kind->poll(f, rq);
}

/* Written text takes effect with the rights that both opener and writer have. */
static struct request request_on(const struct tree_file *f, const struct request *rq)
{
	struct request both = *rq;

	both.restricted |= f->restricted;
	return both;
}

int tree_write(struct tree_file *f, const struct request *rq, const char *data,
	       size_t len, off_t off, uint64_t owner)
{
	const struct request both = request_on(f, rq);
	int r;

	pthread_mutex_lock(&f->lock);
	f->writer = owner;
	r = f->failed;
	pthread_mutex_unlock(&f->lock);
	if (r == 0)
		r = f->kind->write ? f->kind->write(f, &both, data, len, off)
				   : -EOPNOTSUPP;
	if (r < 0) {
		GUARD_MUTEX(&f->lock);
		f->failed = r;
	}
	return trace_file(f, "write", r);
}

void tree_fail_write(struct tree_file *f, int error)
{
	trace_file(f, "write", error);
	GUARD_MUTEX(&f->lock);
	if (f->failed)
		return;
	f->failed = error;
	if (f->kind->fail)
		f->kind->fail(f, error);
}

static bool is_writer(struct tree_file *f, uint64_t owner)
{
	GUARD_MUTEX(&f->lock);

	return !f->writer || f->writer == owner;
}

/* Every process that a shell starts with the file as its output closes it.
 * `(printf 'half '; sleep 1; echo line) > file`: sleep has nothing to do with the
 * text, and would fail for it. */
int tree_flush(struct tree_file *f, const struct request *rq, uint64_t owner)
{
	const struct request both = request_on(f, rq);

	if (!tree_file_wants_flush(f) || !is_writer(f, owner))
		return 0;
	return trace_file(f, "close", f->kind->flush(f, &both));
}

void tree_release(struct tree_file *f)
{
	handles_remove(&f->handle);
	f->kind->release(f);
}

void tree_abandon(struct tree_file *f)
{
	f->abandoned = true;
	tree_release(f);
}

bool tree_file_wants_flush(const struct tree_file *f)
{
	return f->kind->flush && wants_write(f->flags);
}

bool tree_file_is_stream(const struct tree_file *f)
{
	return !f->kind->sized && !f->size_known && wants_read(f->flags);
}

bool tree_file_can_seek(const struct tree_file *f)
{
	return !f->kind->no_seek;
}

/* ---- directories ---- */

int tree_opendir(struct tree *t, const struct request *rq, uint64_t node,
		 struct tree_dir **ret)
{
	const struct node_ops *ops = node_ops_of(t, node);
	struct user *user;
	int r = handles_admit(&t->dirs, rq->uid, &user);

	if (r < 0)
		return too_many(t, rq, node, "opendir", r);
	r = ops->opendir ? ops->opendir(t, rq, node, ret) : -ENOTDIR;
	if (r < 0) {
		handles_refuse(&t->dirs, user);
		return r;
	}
	r = handles_add(&t->dirs, &(*ret)->handle, user);
	if (r < 0)
		tree_dir_free(*ret);
	return r;
}

void tree_releasedir(struct tree_dir *d)
{
	handles_remove(&d->handle);
	tree_dir_free(d);
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

int tree_dir_seek(struct tree_dir *d, const struct request *rq, uint64_t offset)
{
	if (offset == d->offset)
		return 0;
	d->offset = offset;
	return d->ops->seek(d, rq, offset < FIRST_OFFSET ? 0 : offset - FIRST_OFFSET);
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

int tree_dir_next(struct tree_dir *d, const struct request *rq, struct tree_dirent *ret)
{
	int r;

	if (d->offset < FIRST_OFFSET)
		return dot_entry(d, ret);
	r = d->ops->next(d, rq, ret);
	if (r > 0) {
		ret->next += FIRST_OFFSET;
		d->offset = ret->next;
	}
	return r;
}

int tree_dir_entry(struct tree_dir *d, const struct request *rq, struct tree_entry *ret)
{
	/* The kernel knows "." and "..". */
	if (d->offset <= FIRST_OFFSET || !d->ops->entry)
		return -EAGAIN;
	return d->ops->entry(d, rq, ret);
}

void tree_set_name_max(struct tree *t, unsigned n)
{
	__atomic_store_n(&t->name_max, n, __ATOMIC_RELAXED);
}

void tree_statfs(struct tree *t, const struct request *rq, uint64_t node,
		 struct tree_statfs *ret)
{
	*ret = (struct tree_statfs){ .name_max = tree_name_max(t) };
	if (node_kind(node) == NODE_MAP || node_kind(node) == NODE_DOT)
		map_statfs(t, rq, node_id(node), ret);
}

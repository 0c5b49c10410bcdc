/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Functions for all nodes: attributes, entries, refusals, and finding the map of a
 * node.
 */
#include <errno.h>
#include <string.h>

#include "tree/internal.h"
#include "util/request.h"

const struct node_ops *node_ops_of(const struct tree *t, uint64_t node)
{
	static const struct node_ops none;
	enum node_kind kind = node_kind(node);

	return kind < NODE_KINDS ? t->kinds[kind] : &none;
}

int node_stat(struct tree *t, const struct request *rq, uint64_t node, struct stat *st,
	      double *timeout)
{
	const struct node_ops *ops = node_ops_of(t, node);
	int r = ops->stat ? ops->stat(t, rq, node, st, timeout) : -ESTALE;

	/* A file's node number may be stale: make the kernel repeat the lookup. */
	return r == -ENOENT && ops->open ? -ESTALE : r;
}

void node_forget(struct tree *t, uint64_t node, uint64_t n)
{
	const struct node_ops *ops = node_ops_of(t, node);

	if (ops->forget)
		ops->forget(t, node, n);
}

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

mode_t map_dir_mode(struct tree *t, struct live_map *m, uid_t *uid, gid_t *gid)
{
	return live_map_mode(&t->registry, m, uid, gid);
}

void stat_fill_map(struct tree *t, struct live_map *m, uint64_t node, mode_t type,
		   mode_t bits, size_t size, struct stat *st)
{
	uid_t uid;
	gid_t gid;
	mode_t mode = map_dir_mode(t, m, &uid, &gid);

	stat_fill(t, node, type | (mode & bits), size, &m->seen, st);
	st->st_uid = uid;
	st->st_gid = gid;
}

int accept_setattr(struct tree *t, const struct request *rq, uint64_t node,
		   const struct stat *st, unsigned set)
{
	return 0;
}

int entry_fill(struct tree *t, const struct request *rq, uint64_t node,
	       double entry_timeout, struct tree_entry *ret)
{
	ret->node = node;
	ret->entry_timeout = entry_timeout;
	return node_stat(t, rq, node, &ret->st, &ret->attr_timeout);
}

unsigned tree_name_max(const struct tree *t)
{
	return __atomic_load_n(&t->name_max, __ATOMIC_RELAXED);
}

void attributes_changed(struct tree *t, uint64_t node)
{
	if (t->notify)
		t->notify(t->notify_arg, node);
}

/* ---- refusals ---- */

/* The reason has a place in the text. */
static bool is_about_text(int error)
{
	return error == -EINVAL || error == -ERANGE || error == -EFBIG ||
	       error == -ENAMETOOLONG;
}

/* Where nobody said why. */
static const char *default_reason(struct tree *t, struct live_map *m, int error)
{
	if (error == -EPERM && m && live_map_is_readonly(m))
		return "the configuration makes this map read-only";
	if (error == -EACCES && m && store_denied(t->store))
		return store_denied(t->store);
	return "refused";
}

int tree_refuse(struct tree *t, const struct request *rq, struct live_map *m,
		const char *operation, const char *name, int error,
		const struct text_error *err)
{
	struct errlog *log = m ? &m->errors : &t->registry.errors;
	uid_t uid = rq ? rq->uid : ERRLOG_NOBODY;

	if (err && err->reason[0] && is_about_text(error))
		errlog_add(log, uid, operation, name, error, "column %zu: %s",
			   err->column, err->reason);
	else if (err && err->reason[0])
		errlog_add(log, uid, operation, name, error, "%s", err->reason);
	else
		errlog_add(log, uid, operation, name, error, "%s",
			   default_reason(t, m, error));
	return error;
}

/* ---- nodes and maps ---- */

int tree_map_of(struct tree *t, uint32_t id, struct live_map **m, struct schema **s)
{
	int r = registry_by_id(&t->registry, id, m);

	if (r == 0 && s)
		r = live_map_schema(&t->registry, *m, s);
	return r;
}

int tree_key_of(struct tree *t, struct inodes *table, uint64_t node, struct live_map **m,
		struct schema **s, struct key_ref *key)
{
	int r = inode_ref(table, node, key);

	if (r == 0)
		r = tree_map_of(t, key->map_id, m, s);
	return r == 0 && (*s)->serial != key->serial ? -ESTALE : r;
}

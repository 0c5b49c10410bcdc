/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The root: maps by name, aliases as symlinks, by-id, and the other directories. Names
 * expire after MAP_TIMEOUT: the kernel does not announce new maps, so a cached name
 * might refer to another map.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "tree/dir.h"
#include "tree/file.h"

/* The directories beside the maps. No map can have such a name. */
static const struct {
	const char *name;
	enum node_kind kind;
	bool (*applies)(const struct store *s); /* NULL: to all */
} fixed[] = {
	{ "by-id", NODE_BY_ID, NULL },
	{ "by-name", NODE_BY_NAME, NULL },
	{ "by-pin", NODE_BY_PIN, store_has_pins },
	{ "by-prog", NODE_BY_PROG, store_has_programs },
};
#define N_FIXED (sizeof(fixed) / sizeof(fixed[0]))

static bool fixed_applies(const struct tree *t, size_t i)
{
	return !fixed[i].applies || fixed[i].applies(t->store);
}

/* Row of a fixed name, or -1. */
static int fixed_find(const struct tree *t, const char *name)
{
	for (size_t i = 0; i < N_FIXED; i++)
		if (!strcmp(fixed[i].name, name) && fixed_applies(t, i))
			return (int)i;
	return -1;
}

/* ---- symlinks to a map: aliases in the root, entries of by-id ---- */

int map_of_id(struct tree *t, const struct request *rq, uint64_t node,
	      struct live_map **ret)
{
	return registry_live(&t->registry, node_id(node), ret);
}

int map_link_text(struct tree *t, struct live_map *m, unsigned up, struct buf *out)
{
	char name[LISTED_NAME_MAX];

	while (up--)
		buf_puts(out, "../");
	registry_link_name(&t->registry, m, name);
	buf_puts(out, name);
	return buf_error(out);
}

static int link_text(struct tree *t, uint64_t node, unsigned up, struct buf *out)
{
	_cleanup_live_map_ struct live_map *m = NULL;
	int r = map_of_id(t, NULL, node, &m);

	return r < 0 ? stale_if_gone(r) : map_link_text(t, m, up, out);
}

static int alias_readlink(struct tree *t, const struct request *rq, uint64_t node,
			  struct buf *out)
{
	return link_text(t, node, 0, out);
}

static int by_id_readlink(struct tree *t, const struct request *rq, uint64_t node,
			  struct buf *out)
{
	return link_text(t, node, 1, out);
}

int map_link_stat(struct tree *t, const struct request *rq, uint64_t node,
		  struct stat *st, double *timeout)
{
	_cleanup_buf_ struct buf text = BUF_INIT;
	int r = node_ops_of(t, node)->readlink(t, rq, node, &text);

	if (r < 0)
		return r;
	stat_fill(t, node, S_IFLNK | 0777, text.len, &t->started, st);
	*timeout = 0;
	return 0;
}

const struct node_ops alias_ops = {
	.stat = map_link_stat,
	.readlink = alias_readlink,
	.map = map_of_id,
};

const struct node_ops by_id_link_ops = {
	.stat = map_link_stat,
	.readlink = by_id_readlink,
	.map = map_of_id,
};

static uint64_t map_node(struct tree *t, uint32_t id)
{
	return node_make(NODE_MAP, 0, registry_first_id(&t->registry, id));
}

/* ---- listing: a position is the last id given plus N_FIXED (1 in by-id) ---- */

static int maps_seek(struct tree_dir *d, const struct request *rq, uint64_t pos)
{
	d->pos = pos;
	return pos ? 0 : registry_refresh(&d->tree->registry);
}

static int root_dir_next(struct tree_dir *d, const struct request *rq,
			 struct tree_dirent *ret)
{
	_cleanup_live_map_ struct live_map *m = NULL;

	memset(&ret->st, 0, sizeof(ret->st));
	ret->name = d->name;
	ret->st.st_mode = S_IFDIR;
	for (; d->pos < N_FIXED; d->pos++)
		if (fixed_applies(d->tree, d->pos)) {
			ret->name = fixed[d->pos].name;
			ret->st.st_ino = node_make(fixed[d->pos].kind, 0, 0);
			ret->next = ++d->pos;
			return 1;
		}
	if (registry_next(&d->tree->registry, (uint32_t)(d->pos - N_FIXED), &m, d->name) <
	    0)
		return 0;
	ret->st.st_ino = map_node(d->tree, m->id);
	ret->next = d->pos = (uint64_t)m->id + N_FIXED;
	return 1;
}

static int root_dir_entry(struct tree_dir *d, const struct request *rq,
			  struct tree_entry *ret)
{
	uint64_t node = d->pos <= N_FIXED
				? node_make(fixed[d->pos - 1].kind, 0, 0)
				: map_node(d->tree, (uint32_t)(d->pos - N_FIXED));

	return entry_fill(d->tree, rq, node, MAP_TIMEOUT, ret);
}

static int by_id_dir_next(struct tree_dir *d, const struct request *rq,
			  struct tree_dirent *ret)
{
	_cleanup_live_map_ struct live_map *m = NULL;

	if (registry_next(&d->tree->registry, d->pos ? (uint32_t)(d->pos - 1) : 0, &m,
			  NULL) < 0)
		return 0;
	memset(&ret->st, 0, sizeof(ret->st));
	snprintf(d->name, sizeof(d->name), "%u", m->id);
	ret->name = d->name;
	ret->st.st_mode = S_IFLNK;
	ret->st.st_ino = node_make(NODE_BY_ID_LINK, 0, m->id);
	ret->next = d->pos = (uint64_t)m->id + 1;
	return 1;
}

static int by_id_dir_entry(struct tree_dir *d, const struct request *rq,
			   struct tree_entry *ret)
{
	return entry_fill(d->tree, rq,
			  node_make(NODE_BY_ID_LINK, 0, (uint32_t)(d->pos - 1)),
			  MAP_TIMEOUT, ret);
}

static const struct tree_dir_ops root_dir_ops = {
	.seek = maps_seek,
	.next = root_dir_next,
	.entry = root_dir_entry,
};

static const struct tree_dir_ops by_id_dir_ops = {
	.seek = maps_seek,
	.next = by_id_dir_next,
	.entry = by_id_dir_entry,
};

static int open_maps(struct tree *t, const struct request *rq, uint64_t node,
		     const struct tree_dir_ops *ops, struct tree_dir **ret)
{
	int r = registry_refresh(&t->registry);

	if (r < 0)
		return r;
	*ret = tree_dir_new(t, node, ops, sizeof(struct tree_dir));
	return *ret ? 0 : -ENOMEM;
}

static int root_opendir(struct tree *t, const struct request *rq, uint64_t node,
			struct tree_dir **ret)
{
	return open_maps(t, rq, node, &root_dir_ops, ret);
}

static int by_id_opendir(struct tree *t, const struct request *rq, uint64_t node,
			 struct tree_dir **ret)
{
	return open_maps(t, rq, node, &by_id_dir_ops, ret);
}

/* ---- names ---- */

static int refuse_ambiguous(struct tree *t, const struct request *rq, const char *name)
{
	struct text_error err = { 0 };

	text_fail(&err, -ENOENT, 0,
		  "several maps have this name: use NAME@ID as ls shows it");
	return tree_refuse(t, rq, NULL, "lookup", name, -ENOENT, &err);
}

static int root_lookup(struct tree *t, const struct request *rq, uint64_t node,
		       const char *name, struct tree_entry *ret)
{
	_cleanup_live_map_ struct live_map *m = NULL;
	bool alias, ambiguous = false;
	int row, r;

	if (!strcmp(name, DOT_NAME))
		return entry_fill(t, rq, node_make(NODE_ROOT_DOT, 0, 0), LONG_TIMEOUT,
				  ret);
	row = fixed_find(t, name);
	if (row >= 0)
		return entry_fill(t, rq, node_make(fixed[row].kind, 0, 0), LONG_TIMEOUT,
				  ret);
	r = registry_resolve(&t->registry, name, &m, &alias, &ambiguous);
	if (ambiguous)
		return refuse_ambiguous(t, rq, name);
	if (r < 0)
		return r;
	node = alias ? node_make(NODE_ALIAS, 0, m->id) : map_node(t, m->id);
	return entry_fill(t, rq, node, MAP_TIMEOUT, ret);
}

static int by_id_lookup(struct tree *t, const struct request *rq, uint64_t node,
			const char *name, struct tree_entry *ret)
{
	_cleanup_live_map_ struct live_map *m = NULL;
	bool alias;
	char at[LISTED_NAME_MAX];
	int r;

	if (strlen(name) > 10 || strchr(name, '@'))
		return -ENOENT;
	snprintf(at, sizeof(at), "@%s", name);
	r = registry_resolve(&t->registry, at, &m, &alias, NULL);
	if (r < 0)
		return r;
	return entry_fill(t, rq, node_make(NODE_BY_ID_LINK, 0, m->id), MAP_TIMEOUT, ret);
}

/* ---- making and ending maps ---- */

static int check_name(struct tree *t, const char *text, char name[STORE_NAME_LEN],
		      struct text_error *err)
{
	int r = map_name_check(text, name, err);

	if (r == 0 && !map_name_matches(t->opt->maps, name))
		r = text_fail(err, -EPERM, 0, "this mount shows only maps=%s",
			      t->opt->maps);
	if (r == 0 && registry_hides_name(&t->registry, name))
		r = text_fail(err, -EPERM, 0, "the configuration hides maps of this name");
	return r;
}

/* As any file system does. What root makes belongs to the mount's owner. */
static void give_to_maker(struct tree *t, const struct request *rq, struct live_map *m)
{
	if (!rq || !rq->uid || rq->uid == (uid_t)-1 || rq->uid == t->opt->uid)
		return;
	live_map_give(&t->registry, m, rq->uid, rq->gid);
	/* Another request may have seen the directory before. */
	attributes_changed(t, map_node(t, m->id));
}

static int root_mkdir(struct tree *t, const struct request *rq, uint64_t node,
		      const char *name)
{
	_cleanup_live_map_ struct live_map *m = NULL;
	struct text_error err = { 0 };
	char own[STORE_NAME_LEN];
	int r;

	r = check_name(t, name, own, &err);
	if (r == 0)
		r = registry_make(&t->registry, &t->opt->def, own, &m, &err);
	if (r == 0)
		give_to_maker(t, rq, m);
	return r < 0 ? tree_refuse(t, rq, NULL, "mkdir", name, r, &err) : 0;
}

static int root_rmdir(struct tree *t, const struct request *rq, uint64_t node,
		      const char *name)
{
	_cleanup_live_map_ struct live_map *m = NULL;
	struct text_error err = { 0 };
	bool alias;
	int r;

	if (fixed_find(t, name) >= 0 || !strcmp(name, DOT_NAME)) {
		text_fail(&err, -EPERM, 0, "this directory belongs to the tree");
		return tree_refuse(t, rq, NULL, "rmdir", name, -EPERM, &err);
	}
	r = registry_resolve(&t->registry, name, &m, &alias, NULL);
	if (r < 0)
		return r;
	r = alias ? -ENOTDIR : registry_end(&t->registry, m, &err);
	return r < 0 ? tree_refuse(t, rq, m, "rmdir", name, r, &err) : 0;
}

const struct node_ops root_ops = {
	.stat = plain_dir_stat,
	.setattr = plain_dir_setattr,
	.lookup = root_lookup,
	.opendir = root_opendir,
	.mkdir = root_mkdir,
	.rmdir = root_rmdir,
};

const struct node_ops by_id_ops = {
	.stat = plain_dir_stat,
	.setattr = plain_dir_setattr,
	.lookup = by_id_lookup,
	.opendir = by_id_opendir,
};

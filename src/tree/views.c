/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Views as nodes: the table, directories, and their files' attributes.
 */
#include "tree/views.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "map/check.h"
#include "map/content.h"
#include "map/numbers.h"
#include "map/ops.h"
#include "tree/dir.h"
#include "tree/file.h"
#include "tree/viewref.h"

/* ---- raw ---- */

static bool has_values(const struct schema *s)
{
	return s->key_size && s->value_bytes && s->ops->lookup && s->ops->scan;
}

static int show_raw(const struct map *m, const uint8_t *key, struct buf *out)
{
	size_t size = m->schema->value_bytes;
	int r;

	if (!buf_reserve(out, size))
		return -ENOMEM;
	r = map_lookup(m, key, out->data + out->len);
	if (r == 0)
		out->len += schema_value_size(m->schema, key);
	return r;
}

/* ---- sum ---- */

static int show_sum(const struct map *m, const uint8_t *key, struct buf *out)
{
	_cleanup_free_ uint8_t *value = malloc(m->schema->value_bytes);
	int r = value ? map_lookup(m, key, value) : -ENOMEM;

	if (r == 0)
		r = numbers_format(m->schema, key, value, out);
	buf_putc(out, '\n');
	return r < 0 ? r : buf_error(out);
}

/* ---- match ---- */

static bool has_prefixes(const struct schema *s)
{
	return schema_has(s, MAP_PREFIX);
}

static int show_match(const struct map *m, const uint8_t *key, struct buf *out)
{
	_cleanup_free_ uint8_t *value = malloc(m->schema->value_bytes);
	int r = value ? store_lookup(&m->ref, key, value, 0) : -ENOMEM;

	return r < 0 ? r : content_format(m->schema, key, value, out);
}

static int empty_seek(struct tree_dir *d, const struct request *rq, uint64_t pos)
{
	return 0;
}

static int empty_next(struct tree_dir *d, const struct request *rq,
		      struct tree_dirent *ret)
{
	return 0;
}

static const struct tree_dir_ops empty_dir_ops = { .seek = empty_seek,
						   .next = empty_next };

static int empty_opendir(struct tree *t, const struct request *rq, uint64_t node,
			 struct tree_dir **ret)
{
	*ret = tree_dir_new(t, node, &empty_dir_ops, sizeof(struct tree_dir));
	return *ret ? 0 : -ENOMEM;
}

/* ---- the table ---- */

static const struct view views[] = {
	{ "raw", "raw/KEY: the value's bytes; writing replaces or patches them", 0666,
	  has_values, show_raw, map_opendir },
	{ "match", "match/ADDR: the value of the longest prefix that matches", 0444,
	  has_prefixes, show_match, empty_opendir },
	{ "sum", "sum/KEY: the numbers of the value, summed over all CPUs", 0444,
	  numbers_have_sums, show_sum, map_opendir },
};
#define N_VIEWS ((int)(sizeof(views) / sizeof(views[0])))

int view_next(const struct schema *s, int row, const char **name)
{
	while (++row < N_VIEWS)
		if (views[row].applies(s)) {
			*name = views[row].name;
			return row;
		}
	return -1;
}

int view_find(const struct schema *s, const char *name)
{
	const char *found;
	int row = -1;

	while ((row = view_next(s, row, &found)) >= 0)
		if (!strcmp(found, name))
			return row;
	return -ENOENT;
}

void views_changed(struct tree *t, uint32_t map_id)
{
	for (uint32_t row = 0; row < N_VIEWS; row++)
		attributes_changed(t, node_make(NODE_VIEW, row, map_id));
}

void view_help(const struct schema *s, struct buf *out)
{
	const char *name;
	int row = -1;

	while ((row = view_next(s, row, &name)) >= 0)
		buf_printf(out, "%-13s %s\n", name, views[row].help);
}

/* ---- one file as a request means it ---- */

/* The directory that a number means: any number may come. */
static int dir_view(struct tree *t, uint64_t dir, struct view_ref *v)
{
	int r = tree_map_of(t, node_id(dir), &v->m, &v->schema);

	if (r < 0)
		return r;
	if (node_row(dir) >= (uint32_t)N_VIEWS ||
	    !views[node_row(dir)].applies(v->schema))
		return -ESTALE;
	v->tree = t;
	v->view = &views[node_row(dir)];
	return 0;
}

static int ref_by_name(struct tree *t, uint64_t dir, const char *name, struct view_ref *v,
		       struct text_error *err)
{
	int r = dir_view(t, dir, v);

	if (r < 0)
		return r;
	v->id = malloc(v->schema->key_size + 1);
	if (!v->id)
		return -ENOMEM;
	v->id[0] = (uint8_t)node_row(dir);
	v->key = v->id + 1;
	return content_parse_name(v->schema, name, strlen(name), v->id + 1, err);
}

static int ref_by_node(struct tree *t, uint64_t node, struct view_ref *v)
{
	_cleanup_key_ref_ struct key_ref ref = { 0 };
	int r = tree_key_of(t, t->view_keys, node, &v->m, &v->schema, &ref);

	if (r < 0)
		return r;
	v->tree = t;
	v->id = take_ptr(ref.key);
	v->key = v->id + 1;
	v->view = &views[v->id[0]];
	return 0;
}

static int check_writable(const struct view_ref *v, struct text_error *err)
{
	if (!(v->view->mode & 0200))
		return text_fail(err, -EACCES, 0,
				 "files of this directory can only be read");
	return map_check_writable(v->schema, v->tree->opt->unsafe, err);
}

/* ---- files ---- */

static void fill_stat(const struct view_ref *v, size_t size, struct stat *st)
{
	const struct inode_key inode = view_inode(v->m, v->schema, v->id);

	stat_fill_map(v->tree, v->m, key_ino(&inode), S_IFREG, v->view->mode, size, st);
}

static int view_key_stat(struct tree *t, const struct request *rq, uint64_t node,
			 struct stat *st, double *timeout)
{
	_cleanup_view_ref_ struct view_ref v = { 0 };
	_cleanup_buf_ struct buf text = BUF_INIT;
	size_t size;
	int r = ref_by_node(t, node, &v);

	if (r < 0)
		return r;
	text.names = reveal_to(&t->reveal, v.schema, rq);
	r = view_show(&v, rq, &text);
	/* A new key of an open file is there, with nothing in it. */
	if (r < 0 && (r != -ENOENT || !inode_size(t->view_keys, node, false, UINT64_MAX, &size)))
		return r;
	*timeout = 0;
	fill_stat(&v, text.len, st);
	return 0;
}

static int view_key_open(struct tree *t, const struct request *rq, uint64_t node,
			 int flags, struct tree_file **ret)
{
	_cleanup_view_ref_ struct view_ref v = { 0 };
	struct text_error err = { 0 };
	int r = ref_by_node(t, node, &v);

	if (r == 0 && wants_write(flags)) {
		r = check_writable(&v, &err);
		if (r < 0)
			return tree_refuse(t, rq, v.m, "open", v.view->name, r, &err);
	}
	if (r == 0)
		r = view_file_open(&v, rq, node, flags & ~O_CREAT, ret);
	return stale_if_gone(r);
}

static void view_key_forget(struct tree *t, uint64_t node, uint64_t n)
{
	inode_forget(t->view_keys, node, n);
}

const struct node_ops view_key_ops = {
	.stat = view_key_stat,
	.setattr = accept_setattr,
	.open = view_key_open,
	.forget = view_key_forget,
};

/* ---- the directory ---- */

static int view_stat(struct tree *t, const struct request *rq, uint64_t node,
		     struct stat *st, double *timeout)
{
	_cleanup_view_ref_ struct view_ref v = { 0 };
	int r = dir_view(t, node, &v);

	*timeout = LONG_TIMEOUT;
	if (r == 0)
		stat_fill_map(t, v.m, node, S_IFDIR, 0777, 0, st);
	return r;
}

static int view_lookup(struct tree *t, const struct request *rq, uint64_t node,
		       const char *name, struct tree_entry *ret)
{
	_cleanup_view_ref_ struct view_ref v = { 0 };
	struct inode_key inode;
	int r = ref_by_name(t, node, name, &v, NULL);

	if (r < 0)
		return r == -ENOMEM ? r : -ENOENT;
	inode = view_inode(v.m, v.schema, v.id);
	r = inode_get(t->view_keys, &inode, &ret->node);
	if (r < 0)
		return r;
	ret->entry_timeout = 0;
	r = view_key_stat(t, rq, ret->node, &ret->st, &ret->attr_timeout);
	if (r < 0)
		inode_forget(t->view_keys, ret->node, 1);
	return r;
}

static int create_file(struct view_ref *v, const struct request *rq, int flags,
		       struct tree_entry *entry, struct tree_file **ret)
{
	struct inodes *table = v->tree->view_keys;
	const struct inode_key inode = view_inode(v->m, v->schema, v->id);
	int r = inode_get(table, &inode, &entry->node);

	if (r < 0)
		return r;
	fill_stat(v, 0, &entry->st);
	entry->entry_timeout = entry->attr_timeout = 0;
	r = view_file_open(v, rq, entry->node, flags | O_CREAT, ret);
	if (r < 0)
		inode_forget(table, entry->node, 1);
	else
		inode_set_size(table, entry->node, false, 0);
	return r;
}

static int view_create(struct tree *t, const struct request *rq, uint64_t node,
		       const char *name, int flags, struct tree_entry *entry,
		       struct tree_file **ret)
{
	_cleanup_view_ref_ struct view_ref v = { 0 };
	struct text_error err = { 0 };
	int r = ref_by_name(t, node, name, &v, &err);

	if (r == 0)
		r = check_writable(&v, &err);
	if (r < 0)
		return v.m ? tree_refuse(t, rq, v.m, "create", name, r, &err) : r;
	return create_file(&v, rq, flags, entry, ret);
}

static int view_opendir(struct tree *t, const struct request *rq, uint64_t node,
			struct tree_dir **ret)
{
	_cleanup_view_ref_ struct view_ref v = { 0 };
	int r = dir_view(t, node, &v);

	return r < 0 ? r : v.view->opendir(t, rq, node, ret);
}

const struct node_ops view_ops = {
	.stat = view_stat,
	.lookup = view_lookup,
	.create = view_create,
	.opendir = view_opendir,
};

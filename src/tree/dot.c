/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The .map directories as nodes: lookup, attributes, listing. They resolve but are not
 * listed. Their files are in the tables of dotfiles.c.
 */
#include <errno.h>
#include <string.h>

#include "host/mounts.h"
#include "report/bulk.h"
#include "tree/dir.h"
#include "tree/dotref.h"
#include "tree/dump.h"
#include "tree/file.h"
#include "tree/views.h"

/* The map whose .map directory this is; none for those of the root and of programs. */
static int owner_of(struct tree *t, uint64_t node, struct dot_ref *ret)
{
	ret->tree = t;
	if (!dot_table_of(node)->of_maps)
		return 0;
	return tree_map_of(t, node_id(node), &ret->m, &ret->schema);
}

static int ref_of(struct tree *t, uint64_t node, struct dot_ref *ret)
{
	const struct dot_table *table = dot_table_of(node);
	int r;

	if (node_file_row(node) >= table->count)
		return -ESTALE;
	ret->node = node;
	ret->row = &table->rows[node_file_row(node)];
	r = owner_of(t, node, ret);
	/* The kernel remembers names; the map may have been replaced. */
	return r == 0 && !dot_row_applies(ret->row, ret->schema) ? -ENOENT : r;
}

static int dot_stat(struct tree *t, const struct request *rq, uint64_t node,
		    struct stat *st, double *timeout)
{
	_cleanup_live_map_ struct live_map *m = NULL;
	int r;

	*timeout = LONG_TIMEOUT;
	r = registry_live(&t->registry, node_id(node), &m);
	if (r == 0)
		stat_fill_map(t, m, node, S_IFDIR, 0777, 0, st);
	return r;
}

/* Reading a file that consumes entries needs write permission on the map. */
static mode_t mode_of(const struct dot_ref *d)
{
	uid_t uid;
	gid_t gid;

	if (!(d->row->flags & DOT_CONSUMES))
		return dot_row_mode(d->row, d->schema);
	return (map_dir_mode(d->tree, d->m, &uid, &gid) & 0222) << 1;
}

/* chmod and chgrp of the root's .map open some of its files; the others show the maps
 * and errors of all users. Those of a program are as open as by-prog. */
static void stat_plain_file(const struct dot_ref *d, uint64_t node, size_t size,
			    struct stat *st)
{
	const struct owner owner =
		plain_dir_owner(d->tree, dot_table_of(node)->plain_dir);
	mode_t bits = d->row->flags & DOT_PUBLIC ? 0777 : 0700;

	stat_fill(d->tree, node, S_IFREG | (d->row->mode & owner.mode & bits), size,
		  &d->tree->started, st);
	st->st_uid = owner.uid;
	st->st_gid = owner.gid;
}

static int file_stat(struct tree *t, const struct request *rq, uint64_t node,
		     struct stat *st, double *timeout)
{
	_cleanup_dot_ref_ struct dot_ref d = { 0 };
	size_t size = 0;
	int r = ref_of(t, node, &d);

	if (r == 0 && d.row->kind->size)
		r = d.row->kind->size(&d, rq, &size);
	if (r < 0)
		return r;
	/* The kernel would show one caller's size to all. */
	*timeout = d.row->kind->sized && !(d.schema && reveal_applies(d.schema)) ? KEY_TIMEOUT
										 : 0;
	node = node_make(node_kind(node), node_file_row(node), node_id(node));
	if (d.m)
		stat_fill_map(t, d.m, node, S_IFREG, mode_of(&d), size, st);
	else
		stat_plain_file(&d, node, size, st);
	if (d.row->kind->block)
		st->st_blksize = d.row->kind->block;
	return 0;
}

/* See node.h for the turns of whole-map files. */
static int file_entry(struct tree *t, const struct request *rq,
		      const struct dot_file *row, uint64_t node, struct tree_entry *ret)
{
	uint32_t turn;

	if (row->kind->sized)
		return entry_fill(t, rq, node, LONG_TIMEOUT, ret);
	turn = __atomic_add_fetch(&t->turns, 1, __ATOMIC_RELAXED);
	node = node_make(node_kind(node), turn << NODE_ROW_BITS | node_row(node),
			 node_id(node));
	return entry_fill(t, rq, node, 0, ret);
}

static int dot_lookup(struct tree *t, const struct request *rq, uint64_t node,
		      const char *name, struct tree_entry *ret)
{
	_cleanup_dot_ref_ struct dot_ref d = { 0 };
	const struct dot_table *table = dot_table_of(node);
	int r = owner_of(t, node, &d);

	for (uint32_t i = 0; r == 0 && i < table->count; i++)
		if (!strcmp(name, table->rows[i].name) &&
		    dot_row_applies(&table->rows[i], d.schema))
			return file_entry(t, rq, &table->rows[i],
					  node_make(table->file_kind, i, node_id(node)),
					  ret);
	if (r == 0)
		r = d.schema ? view_find(d.schema, name) : -ENOENT;
	return r < 0 ? r
		     : entry_fill(t, rq, node_make(NODE_VIEW, (uint32_t)r, node_id(node)),
				  LONG_TIMEOUT, ret);
}

/* Root gets this far whatever the mode says. */
static int refuse_open(struct dot_ref *d, const struct request *rq, const char *why)
{
	_cleanup_buf_ struct buf name = BUF_INIT;
	struct text_error err = { 0 };

	dot_name(d, &name);
	text_fail(&err, -EACCES, 0, "%s", why);
	return tree_refuse(d->tree, rq, d->m, "open", buf_cstr(&name) ?: "", -EACCES,
			   &err);
}

/* The kernel lets a read-only mount be read, whatever that takes away. */
static bool is_read_only(const struct tree *t)
{
	return t->opt->read_only || (t->device && mounts_is_read_only(t->device));
}

static int file_open(struct tree *t, const struct request *rq, uint64_t node, int flags,
		     struct tree_file **ret)
{
	_cleanup_dot_ref_ struct dot_ref d = { 0 };
	int r = ref_of(t, node, &d);
	mode_t mode;

	if (r < 0)
		return stale_if_gone(r);
	mode = dot_row_mode(d.row, d.schema);
	if (wants_write(flags) && !(mode & 0222))
		return refuse_open(&d, rq, "this file can only be read");
	if (wants_read(flags) && !(mode & 0444))
		return refuse_open(&d, rq, "this file can only be written");
	if (d.row->flags & DOT_CONSUMES && is_read_only(t))
		return -EROFS;
	return stale_if_gone(d.row->kind->open(&d, rq, flags, ret));
}

/* ---- listing: positions are row numbers ---- */

static int dot_dir_seek(struct tree_dir *d, const struct request *rq, uint64_t pos)
{
	d->pos = pos;
	return 0;
}

struct dot_dir {
	struct tree_dir dir;
	struct dot_ref owner;
};

/* Directories come behind the files. */
static int next_view(struct tree_dir *d, const struct schema *s, uint64_t skip,
		     struct tree_dirent *ret)
{
	int row = skip < VIEWS_MAX ? view_next(s, (int)skip - 1, &ret->name) : -1;

	if (row < 0)
		return 0;
	ret->st.st_ino = node_make(NODE_VIEW, (uint32_t)row, node_id(d->node));
	ret->st.st_mode = S_IFDIR;
	ret->next = d->pos += (uint64_t)row - skip + 1;
	return 1;
}

/* Listed files can be read. */
static bool is_listed(const struct dot_file *row, const struct schema *s)
{
	return !(row->flags & DOT_UNLISTED) && dot_row_applies(row, s) &&
	       dot_row_mode(row, s) & 0444;
}

static int dot_dir_next(struct tree_dir *d, const struct request *rq,
			struct tree_dirent *ret)
{
	const struct schema *s = ((struct dot_dir *)d)->owner.schema;
	const struct dot_table *table = dot_table_of(d->node);

	while (d->pos < table->count && !is_listed(&table->rows[d->pos], s))
		d->pos++;
	memset(&ret->st, 0, sizeof(ret->st));
	if (d->pos >= table->count)
		return s ? next_view(d, s, d->pos - table->count, ret) : 0;
	ret->name = table->rows[d->pos].name;
	ret->st.st_ino = node_make(table->file_kind, (uint32_t)d->pos, node_id(d->node));
	ret->st.st_mode = S_IFREG;
	ret->next = ++d->pos;
	return 1;
}

static void dot_dir_release(struct tree_dir *d)
{
	dot_ref_release(&((struct dot_dir *)d)->owner);
}

static const struct tree_dir_ops dot_dir_ops = {
	.seek = dot_dir_seek,
	.next = dot_dir_next,
	.release = dot_dir_release,
};

static int dot_opendir(struct tree *t, const struct request *rq, uint64_t node,
		       struct tree_dir **ret)
{
	struct tree_dir *d = tree_dir_new(t, node, &dot_dir_ops, sizeof(struct dot_dir));
	int r;

	if (!d)
		return -ENOMEM;
	r = owner_of(t, node, &((struct dot_dir *)d)->owner);
	if (r < 0)
		tree_dir_free(d);
	else
		*ret = d;
	return r;
}

const struct node_ops dot_ops = {
	.stat = dot_stat,
	.lookup = dot_lookup,
	.opendir = dot_opendir,
};

const struct node_ops root_dot_ops = {
	.stat = plain_dir_stat,
	.setattr = plain_dir_setattr,
	.lookup = dot_lookup,
	.opendir = dot_opendir,
};

const struct node_ops prog_dot_ops = {
	.stat = program_stat,
	.lookup = dot_lookup,
	.opendir = dot_opendir,
};

static void file_forget(struct tree *t, uint64_t node, uint64_t n)
{
	dump_recent_expire(t->recent);
}

const struct node_ops dot_file_ops = {
	.stat = file_stat,
	.forget = file_forget,
	.setattr = accept_setattr,
	.open = file_open,
};

const struct node_ops root_file_ops = {
	.stat = file_stat,
	.setattr = accept_setattr,
	.open = file_open,
};

const struct node_ops prog_file_ops = {
	.stat = file_stat,
	.setattr = accept_setattr,
	.open = file_open,
};

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A view's files are keys in a key table of their own, under the key bytes
 * with the view's row in front: the same key in two views is two files.
 *
 *	raw/KEY     the value's bytes in the store's layout. A new text
 *		    (O_TRUNC, or a new key) takes effect when it has all
 *		    bytes; else a write patches the value where it lies.
 *	match/ADDR  the value of the longest prefix that matches
 */
#include "tree/views.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "map/content.h"
#include "map/ops.h"
#include "tree/entry.h"

struct view {
	const char *name;
	const char *help;
	mode_t mode;
	bool (*applies)(const struct schema *s);
	/* append what the file says */
	int (*show)(const struct map *m, const uint8_t *key, struct buf *out);
	/* how its keys are listed; NULL: they are not */
	int (*opendir)(struct tree *t, uint64_t node, struct tree_dir **ret);
};

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

static int empty_seek(struct tree_dir *d, uint64_t pos)
{
	(void)d;
	(void)pos;
	return 0;
}

static int empty_next(struct tree_dir *d, struct tree_dirent *ret)
{
	(void)d;
	(void)ret;
	return 0;
}

static const struct tree_dir_ops empty_dir_ops = { .seek = empty_seek, .next = empty_next };

static int empty_opendir(struct tree *t, uint64_t node, struct tree_dir **ret)
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

void view_help(const struct schema *s, struct buf *out)
{
	const char *name;
	int row = -1;

	while ((row = view_next(s, row, &name)) >= 0)
		buf_printf(out, "%-12s %s\n", name, views[row].help);
}

/* ---- one file as a request means it ---- */

struct view_ref {
	struct tree *tree;
	const struct view *view;
	struct tree_map *m;
	struct schema *schema;
	uint8_t *id; /* row, then the key */
	const uint8_t *key;
};

static void view_ref_release(struct view_ref *v)
{
	free(v->id);
	schema_unref(v->schema);
	tree_map_unref(v->m);
}
#define _cleanup_view_ref_ _cleanup_(view_ref_release)

/* The directory that a number means: any number may come. */
static int dir_view(struct tree *t, uint64_t dir, struct view_ref *v)
{
	int r = tree_map_of(t, node_id(dir), &v->m, &v->schema);

	if (r < 0)
		return r;
	if (node_row(dir) >= (uint32_t)N_VIEWS || !views[node_row(dir)].applies(v->schema))
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
	int r = inode_ref(t->view_keys, node, &ref);

	if (r == 0)
		r = tree_map_of(t, ref.map_id, &v->m, &v->schema);
	if (r < 0)
		return r;
	v->tree = t;
	v->id = take_ptr(ref.key);
	v->key = v->id + 1;
	v->view = &views[v->id[0]];
	return 0;
}

static int show(const struct view_ref *v, struct buf *out)
{
	_cleanup_map_ struct map map = MAP_INIT;
	int r = map_open(v->tree->store, v->schema, STORE_READ, &map);

	return r < 0 ? r : v->view->show(&map, v->key, out);
}

static void fill_stat(const struct view_ref *v, uint64_t node, size_t size, struct stat *st)
{
	stat_fill_map(v->tree, v->m, key_ino(v->m->id, v->id, v->schema->key_size + 1), S_IFREG,
		      v->view->mode, size, st);
	(void)node;
}

static int view_key_stat(struct tree *t, uint64_t node, struct stat *st, double *timeout)
{
	_cleanup_view_ref_ struct view_ref v = { 0 };
	_cleanup_buf_ struct buf text = BUF_INIT;
	size_t size;
	int r = ref_by_node(t, node, &v);

	if (r < 0)
		return r;
	r = show(&v, &text);
	/* A new key of an open file is there, with nothing in it. */
	if (r < 0 && (r != -ENOENT || !inode_size(t->view_keys, node, &size)))
		return r;
	*timeout = 0;
	fill_stat(&v, node, text.len, st);
	return 0;
}

/* ---- open files ---- */

struct view_file {
	struct tree_file file;
	struct view_ref ref;
	uint64_t node;
	bool opened;
	bool collect; /* a new value: takes effect when it is complete */
	struct buf text; /* snapshot, or the bytes collected */
	bool was_read;
};

static struct view_file *to_view_file(struct tree_file *f)
{
	return (struct view_file *)f;
}

static size_t value_size(const struct view_file *vf)
{
	return schema_value_size(vf->ref.schema, vf->ref.key);
}

static int view_read(struct tree_file *f, size_t size, off_t off, struct buf *out)
{
	struct view_file *vf = to_view_file(f);
	int r = 0;

	if (off == 0 && vf->was_read) {
		buf_clear(&vf->text);
		r = show(&vf->ref, &vf->text);
	}
	vf->was_read = true;
	if (r == 0)
		tree_read_text(&vf->text, size, off, out);
	return r == -ENOENT ? -ESTALE : r;
}

static int refuse(struct view_file *vf, int error, const struct text_error *err)
{
	_cleanup_buf_ struct buf name = BUF_INIT;

	buf_printf(&name, ".map/%s/", vf->ref.view->name);
	content_name(vf->ref.schema, vf->ref.key, &name);
	return tree_refuse(vf->ref.tree, vf->ref.m, "write", buf_cstr(&name) ?: "", error, err);
}

static int update(struct view_file *vf, const struct map *map, const void *value)
{
	int r = map_update(map, vf->ref.key, value, STORE_ANY);

	if (r == 0)
		tree_map_touch(vf->ref.m);
	return r;
}

/* Bytes of a value that is there: change just these. */
static int patch(struct view_file *vf, const char *data, size_t len, size_t off)
{
	size_t size = vf->ref.schema->value_bytes;
	_cleanup_free_ char *values = malloc(2 * size);
	_cleanup_map_ struct map map = MAP_INIT;
	GUARD_CHANGE(vf->ref.m);
	int r = values ? map_open(vf->ref.tree->store, vf->ref.schema,
				 STORE_READ | STORE_WRITE, &map) : -ENOMEM;

	if (r == 0)
		r = map_lookup(&map, vf->ref.key, values);
	if (r < 0)
		return r;
	memcpy(values + size, values, size);
	memcpy(values + size + off, data, len);
	r = map_change(&map, vf->ref.key, values, values + size);
	if (r == 0)
		tree_map_touch(vf->ref.m);
	return r;
}

/* Bytes of a new value: wait for all of them. */
static int collect(struct view_file *vf, const char *data, size_t len, size_t off)
{
	_cleanup_map_ struct map map = MAP_INIT;
	int r;

	if (off == 0)
		buf_clear(&vf->text);
	if (off != vf->text.len)
		return -EINVAL;
	buf_put(&vf->text, data, len);
	if (buf_error(&vf->text))
		return -ENOMEM;
	if (vf->text.len < value_size(vf))
		return 0;
	GUARD_CHANGE(vf->ref.m);
	r = map_open(vf->ref.tree->store, vf->ref.schema, STORE_READ | STORE_WRITE, &map);
	return r < 0 ? r : update(vf, &map, vf->text.data);
}

static int view_write(struct tree_file *f, const char *data, size_t len, off_t off)
{
	struct view_file *vf = to_view_file(f);
	size_t size = value_size(vf), pos = (size_t)off, end;
	struct text_error err = { 0 };
	int r;

	if (f->flags & O_APPEND)
		pos = vf->collect && vf->text.len < size ? vf->text.len : 0;
	if (__builtin_add_overflow(pos, len, &end) || end > size)
		r = text_fail(&err, -EFBIG, size, "a value has exactly %zu bytes", size);
	else
		r = vf->collect ? collect(vf, data, len, pos) : patch(vf, data, len, pos);
	return r < 0 ? refuse(vf, r, &err) : 0;
}

static int view_flush(struct tree_file *f)
{
	struct view_file *vf = to_view_file(f);
	size_t size = value_size(vf);
	struct text_error err = { 0 };

	if (!vf->collect || !vf->text.len || vf->text.len == size)
		return 0;
	return refuse(vf, text_fail(&err, -EINVAL, vf->text.len,
				    "a value has exactly %zu bytes, found %zu", size,
				    vf->text.len), &err);
}

static void view_release(struct tree_file *f)
{
	struct view_file *vf = to_view_file(f);

	if (vf->opened)
		inode_close(vf->ref.tree->view_keys, vf->node);
	view_ref_release(&vf->ref);
	buf_release(&vf->text);
	free(vf);
}

static const struct tree_file_ops view_file_ops = {
	.read = view_read,
	.write = view_write,
	.flush = view_flush,
	.release = view_release,
};

/* Takes over *v. */
static int file_new(struct view_ref *v, uint64_t node, int flags, struct view_file **ret)
{
	struct view_file *vf = calloc(1, sizeof(*vf));

	if (!vf)
		return -ENOMEM;
	tree_file_init(&vf->file, &view_file_ops, flags);
	vf->ref = *v;
	*v = (struct view_ref){ 0 };
	vf->node = node;
	vf->opened = inode_open(vf->ref.tree->view_keys, node) == 0;
	vf->collect = flags & (O_TRUNC | O_CREAT);
	*ret = vf;
	return 0;
}

static int view_key_open(struct tree *t, uint64_t node, int flags, struct tree_file **ret)
{
	_cleanup_view_ref_ struct view_ref v = { 0 };
	struct text_error err = { 0 };
	struct view_file *vf;
	int r = ref_by_node(t, node, &v);

	if (r == 0 && wants_write(flags))
		r = v.view->mode & 0200 ? entry_check_writable(t, v.schema, &err) : -EACCES;
	if (r < 0)
		return r == -ENOENT ? -ESTALE : r;
	r = file_new(&v, node, flags, &vf);
	if (r < 0)
		return r;
	if (wants_read(flags))
		r = show(&vf->ref, &vf->text);
	if (r < 0) {
		tree_release(&vf->file);
		return r == -ENOENT ? -ESTALE : r;
	}
	*ret = &vf->file;
	return 0;
}

const struct node_ops view_key_ops = {
	.stat = view_key_stat,
	.setattr = accept_setattr,
	.open = view_key_open,
};

/* ---- the directory ---- */

static int view_stat(struct tree *t, uint64_t node, struct stat *st, double *timeout)
{
	_cleanup_view_ref_ struct view_ref v = { 0 };
	int r = dir_view(t, node, &v);

	*timeout = LONG_TIMEOUT;
	if (r == 0)
		stat_fill_map(t, v.m, node, S_IFDIR, 0777, 0, st);
	return r;
}

static int view_lookup(struct tree *t, uint64_t node, const char *name,
		       struct tree_entry *ret)
{
	_cleanup_view_ref_ struct view_ref v = { 0 };
	int r = ref_by_name(t, node, name, &v, NULL);

	if (r < 0)
		return r == -ENOMEM ? r : -ENOENT;
	r = inode_get(t->view_keys, v.m->id, v.id, v.schema->key_size + 1, &ret->node);
	if (r < 0)
		return r;
	ret->entry_timeout = 0;
	r = view_key_stat(t, ret->node, &ret->st, &ret->attr_timeout);
	if (r < 0)
		inode_forget(t->view_keys, ret->node, 1);
	return r;
}

static int view_create(struct tree *t, uint64_t node, const char *name, int flags,
		       struct tree_entry *entry, struct tree_file **ret)
{
	_cleanup_view_ref_ struct view_ref v = { 0 };
	struct text_error err = { 0 };
	struct view_file *vf;
	int r = ref_by_name(t, node, name, &v, &err);

	if (r == 0)
		r = v.view->mode & 0200 ? entry_check_writable(t, v.schema, &err) : -EPERM;
	if (r < 0)
		return v.m ? tree_refuse(t, v.m, "create", name, r, &err) : r;
	r = inode_get(t->view_keys, v.m->id, v.id, v.schema->key_size + 1, &entry->node);
	if (r == 0)
		r = file_new(&v, entry->node, flags | O_CREAT, &vf);
	if (r < 0)
		return r;
	inode_set_size(t->view_keys, entry->node, 0);
	fill_stat(&vf->ref, entry->node, 0, &entry->st);
	entry->entry_timeout = entry->attr_timeout = 0;
	*ret = &vf->file;
	return 0;
}

static int view_opendir(struct tree *t, uint64_t node, struct tree_dir **ret)
{
	_cleanup_view_ref_ struct view_ref v = { 0 };
	int r = dir_view(t, node, &v);

	return r < 0 ? r : v.view->opendir(t, node, ret);
}

const struct node_ops view_ops = {
	.stat = view_stat,
	.lookup = view_lookup,
	.create = view_create,
	.opendir = view_opendir,
};

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A map's directory: its keys, and .map, which resolves but is not listed.
 *
 * Maps up to PLUS_MAX entries are listed with full attributes (saves a
 * request per file), larger ones with plain names (a million inodes would
 * cost the kernel a gigabyte).
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "map/content.h"
#include "map/ops.h"
#include "map/scan/scan.h"
#include "text/name.h"
#include "tree/dot.h"
#include "tree/entry.h"
#include "tree/internal.h"
#include "tree/scratch.h"

#define PLUS_MAX 32768

static int map_stat(struct tree *t, uint64_t node, struct stat *st, double *timeout)
{
	_cleanup_tree_map_ struct tree_map *m = NULL;
	int r = registry_by_id(&t->registry, node_id(node), &m);

	if (r < 0)
		return r;
	stat_fill_map(t, m, node, S_IFDIR, 0777, 0, st);
	*timeout = LONG_TIMEOUT;
	return 0;
}

static int map_setattr(struct tree *t, uint64_t node, const struct stat *st, unsigned set)
{
	_cleanup_tree_map_ struct tree_map *m = NULL;
	int r = registry_by_id(&t->registry, node_id(node), &m);
	uid_t uid;
	gid_t gid;
	mode_t mode;

	if (r < 0)
		return r;
	mode = (mode_t)map_dir_mode(t, m, &uid, &gid);
	pthread_mutex_lock(&m->lock);
	m->owned_set = true;
	m->mode = set & TREE_SET_MODE ? st->st_mode & 0777 : mode;
	m->uid = set & TREE_SET_UID ? st->st_uid : uid;
	m->gid = set & TREE_SET_GID ? st->st_gid : gid;
	pthread_mutex_unlock(&m->lock);
	/* What is inside takes its mode from here, and the kernel remembers. */
	dot_attributes_changed(t, node_id(node));
	return 0;
}

/* ---- names ---- */

/* The key that a name means. -ENOENT: none. */
static int parse_existing(const struct schema *s, const char *name, uint8_t **key)
{
	if (!s->key_size)
		return -ENOENT;
	*key = malloc(s->key_size);
	if (!*key)
		return -ENOMEM;
	return content_parse_name(s, name, strlen(name), *key, NULL) < 0 ? -ENOENT : 0;
}

static int lookup_key(struct tree *t, struct tree_map *m, const struct schema *s,
		      const char *name, struct tree_entry *ret)
{
	_cleanup_free_ uint8_t *key = NULL;
	int r = parse_existing(s, name, &key);

	if (r < 0)
		return r;
	/* A renamed symlink has another inode: look again. */
	ret->entry_timeout = s->ops->links ? 0 : KEY_TIMEOUT;
	r = inode_get(t->keys, m->id, key, s->key_size, &ret->node);
	if (r < 0)
		return r;
	r = key_ops.stat(t, ret->node, &ret->st, &ret->attr_timeout);
	if (r < 0)
		inode_forget(t->keys, ret->node, 1);
	return r == -ESTALE ? -ENOENT : r;
}

static int map_lookup_name(struct tree *t, uint64_t node, const char *name,
			   struct tree_entry *ret)
{
	_cleanup_tree_map_ struct tree_map *m = NULL;
	_cleanup_schema_ struct schema *s = NULL;
	int r;

	if (!strcmp(name, DOT_NAME))
		return entry_fill(t, node_make(NODE_DOT, 0, node_id(node)), LONG_TIMEOUT, ret);
	r = tree_map_of(t, node_id(node), &m, &s);
	if (r == 0)
		r = scratch_name(name) ? -ENOENT : lookup_key(t, m, s, name, ret);
	return r == -ENOENT && m ? scratch_lookup(t, m, name, ret) : r;
}

static int remove_key(struct tree *t, struct tree_map *m, const struct schema *s,
		      const uint8_t *key)
{
	_cleanup_map_ struct map map = MAP_INIT;
	uint64_t node = 0;
	bool known, pending;
	int r;

	known = inode_find(t->keys, m->id, key, s->key_size, &node) == 0;
	pending = known && inode_pending(t->keys, node);
	GUARD_CHANGE(m);
	r = map_open(t->store, s, STORE_READ | STORE_WRITE, &map);
	if (r == 0)
		r = map_remove(&map, key);
	if (r == 0)
		tree_map_touch(m);
	/* A key that was only announced is taken back. */
	if (pending && (r == -ENOENT || r == -EPERM))
		r = 0;
	if (known && r == 0)
		inode_unlink(t->keys, node);
	return r;
}

static int map_unlink(struct tree *t, uint64_t node, const char *name)
{
	_cleanup_tree_map_ struct tree_map *m = NULL;
	_cleanup_schema_ struct schema *s = NULL;
	_cleanup_free_ uint8_t *key = NULL;
	struct text_error err = { 0 };
	int r = tree_map_of(t, node_id(node), &m, &s);

	if (r < 0)
		return r;
	if (!strcmp(name, DOT_NAME))
		return -EPERM;
	if (scratch_unlink(t, m->id, name) == 0)
		return 0;
	r = scratch_name(name) ? -ENOENT : parse_existing(s, name, &key);
	if (r == 0)
		r = remove_key(t, m, s, key);
	if (r == -ENOENT || r == 0)
		return r;
	text_fail(&err, r, 0, s->ops->remove ? "the map refuses it" :
						        "entries of a map of type %s cannot be removed",
		  s->type->name ?: "unknown");
	return tree_refuse(t, m, "rm", name, r, &err);
}

/* ---- listing ---- */

struct map_dir {
	struct tree_dir dir;
	struct tree_map *m;
	struct schema *schema;
	struct map map; /* held open: a listing is one pass */
	struct scan *scan;
	struct scan_batch batch;
	size_t i; /* next entry of the batch */
	uint64_t before; /* where the batch before this one ended */
	bool started;
	bool plus;
	struct buf name;
	struct buf text;
};

static struct map_dir *to_map_dir(struct tree_dir *d)
{
	return (struct map_dir *)d;
}

/*
 * Back to a place in the batch at hand costs nothing (every reply ends with
 * an entry that did not fit); the end of the batch before is its beginning.
 */
static int map_dir_seek(struct tree_dir *d, uint64_t pos)
{
	struct map_dir *md = to_map_dir(d);

	if (pos && md->started && pos == md->before) {
		md->i = 0;
		return 0;
	}
	if (pos && pos >= md->batch.pos && pos - md->batch.pos <= md->batch.count) {
		md->i = (size_t)(pos - md->batch.pos);
		return 0;
	}
	md->batch.count = md->i = 0;
	md->started = false;
	return scan_seek(md->scan, pos);
}

static int map_dir_fill(struct map_dir *md)
{
	struct scan_batch next;
	int r;

	while (md->i == md->batch.count) {
		r = scan_next(md->scan, &next);
		if (r <= 0)
			return r;
		md->before = md->batch.pos + md->batch.count;
		md->started = md->batch.count > 0;
		md->batch = next;
		md->i = 0;
	}
	return 1;
}

/* The name in md->name; an overlong one would fail the whole listing, so the
 * raw form stands in. -ENAMETOOLONG: that is no better. */
static int make_name(struct map_dir *md, const uint8_t *key)
{
	int r;

	buf_clear(&md->name);
	r = content_name(md->schema, key, &md->name);
	if (r == 0 && md->name.len > TREE_NAME_MAX) {
		buf_clear(&md->name);
		name_format_raw(key, md->schema->key_size, &md->name);
	}
	if (r < 0 || !buf_cstr(&md->name))
		return -ENOMEM;
	return md->name.len > TREE_NAME_MAX ? -ENAMETOOLONG : 0;
}

static int map_dir_next(struct tree_dir *d, struct tree_dirent *ret)
{
	struct map_dir *md = to_map_dir(d);
	size_t key_size = md->schema->key_size;
	const uint8_t *key;
	int r;

	do {
		r = map_dir_fill(md);
		if (r <= 0)
			return r;
		key = md->batch.keys + md->i++ * key_size;
		r = make_name(md, key);
	} while (r == -ENAMETOOLONG);
	if (r < 0)
		return r;
	ret->name = md->name.data;
	ret->st.st_ino = key_ino(md->m->id, key, key_size);
	ret->st.st_mode = md->schema->ops->links && node_kind(d->node) == NODE_MAP ?
			  S_IFLNK : S_IFREG;
	ret->next = md->batch.pos + md->i;
	return 1;
}

/* The value came with the batch: no request of its own. */
static int map_dir_entry(struct tree_dir *d, struct tree_entry *ret)
{
	struct map_dir *md = to_map_dir(d);
	const struct schema *s = md->schema;
	size_t i = md->i - 1;
	const uint8_t *key = md->batch.keys + i * s->key_size;
	int r;

	/* In .map/raw the same keys are other files. */
	if (!md->plus || !md->batch.values || node_kind(d->node) != NODE_MAP)
		return -EAGAIN;
	buf_clear(&md->text);
	r = entry_format(s, key, md->batch.values + i * s->value_bytes, &md->text);
	if (r == 0)
		r = inode_get(d->tree->keys, md->m->id, key, s->key_size, &ret->node);
	if (r < 0)
		return r;
	ret->entry_timeout = ret->attr_timeout = s->ops->links ? 0 : KEY_TIMEOUT;
	key_stat_fill(d->tree, md->m, s, ret->node, key, &md->text, &ret->st);
	return 0;
}

static void map_dir_release(struct tree_dir *d)
{
	struct map_dir *md = to_map_dir(d);

	scan_free(md->scan);
	map_close(&md->map);
	schema_unref(md->schema);
	tree_map_unref(md->m);
	buf_release(&md->name);
	buf_release(&md->text);
}

static const struct tree_dir_ops map_dir_ops = {
	.seek = map_dir_seek,
	.next = map_dir_next,
	.entry = map_dir_entry,
	.release = map_dir_release,
};

static int map_dir_open(struct tree *t, struct map_dir *md)
{
	bool small;
	int r;

	r = tree_map_of(t, node_id(md->dir.node), &md->m, &md->schema);
	if (r == 0)
		r = map_open(t->store, md->schema, STORE_READ, &md->map);
	if (r < 0)
		return r;
	small = md->schema->info.max_entries <= PLUS_MAX;
	r = scan_new_ahead(&md->map, !small, 1, &md->scan);
	if (r < 0)
		return r;
	/* Room for many entries does not mean that there are many. */
	r = map_dir_fill(md);
	md->plus = small || (r > 0 && md->batch.last);
	if (scan_is_brief(&md->map))
		map_close(&md->map);
	return r < 0 ? r : 0;
}

int map_opendir(struct tree *t, uint64_t node, struct tree_dir **ret)
{
	struct tree_dir *d = tree_dir_new(t, node, &map_dir_ops, sizeof(struct map_dir));
	int r;

	if (!d)
		return -ENOMEM;
	r = map_dir_open(t, to_map_dir(d));
	if (r < 0) {
		tree_releasedir(d);
		return r;
	}
	*ret = d;
	return 0;
}

/* ---- the end of a map made through the tree ---- */

/* Entries that rm could remove. */
int map_has_entries(struct tree *t, const struct schema *s)
{
	_cleanup_map_ struct map map = MAP_INIT;
	_cleanup_scan_ struct scan *scan = NULL;
	struct scan_batch batch;
	int r;

	if (!s->ops->remove)
		return 0;
	r = map_open(t->store, s, STORE_READ, &map);
	if (r == 0)
		r = scan_new(&map, true, &scan);
	return r < 0 ? r : scan_next(scan, &batch);
}

/* Nobody can remove the entries of a frozen map: only its end does. */
static int is_frozen(struct tree *t, const struct schema *s)
{
	_cleanup_map_ struct map map = MAP_INIT;
	struct store_usage usage;
	int r = map_open(t->store, s, STORE_READ, &map);

	if (r == 0)
		r = store_usage(&map.ref, &usage);
	return r < 0 ? r : usage.frozen;
}

int map_end(struct tree *t, struct tree_map *m, struct text_error *err)
{
	_cleanup_schema_ struct schema *s = NULL;
	int r;

	if (!m->owned.store)
		return text_fail(err, -EPERM, 0, "this map was not made through the tree");
	r = tree_map_schema(&t->registry, m, &s);
	if (r < 0)
		return r;
	GUARD_ENDING(m);
	r = map_has_entries(t, s);
	if (r > 0 && is_frozen(t, s) <= 0)
		return text_fail(err, -ENOTEMPTY, 0, "the map has entries");
	if (r >= 0)
		r = registry_unmake(&t->registry, m);
	if (r == -EBUSY)
		text_fail(err, r, 0, "a program, a pin, another map or a process holds the map");
	return r;
}

const struct node_ops map_ops = {
	.stat = map_stat,
	.setattr = map_setattr,
	.lookup = map_lookup_name,
	.create = key_create,
	.opendir = map_opendir,
	.unlink = map_unlink,
	.symlink = slot_symlink,
	.rename = map_rename,
	.map = map_of_id,
};

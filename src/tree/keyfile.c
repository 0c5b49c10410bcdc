/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A key as a file.
 *
 * Reading serves a snapshot taken at open, so offsets and sizes are stable;
 * while a file is open, stat reports the size of the latest snapshot. A read
 * at offset 0 of a file already read takes a new one (pollers).
 *
 * Writing: see intake.h for when text takes effect. A key that is created
 * enters the map with its first complete text, in one update:
 *
 *	create ---> pending --- complete text ---> in the map
 *	               |  \---- rm, refused write, O_EXCL and close: gone
 *	               \------- close without a write: zeros
 *
 * A file that is open for writing only does not ask the map whether its key is
 * there if that was seen a moment ago: names may lag so much, a write gives
 * the key back, and a close without one asks then.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "map/content.h"
#include "map/ops.h"
#include "tree/entry.h"
#include "tree/write-buffer.h"
#include "tree/internal.h"
#include "tree/scratch.h"

struct key_file {
	struct tree_file file;
	struct tree *tree;
	struct tree_map *m;
	struct schema *schema;
	uint64_t node;
	uint8_t *key;
	bool opened; /* counted in the key table */
	struct buf snapshot;
	bool was_read;
	struct write_buffer in;
	bool pending; /* would create the key */
	bool assumed; /* nobody has looked whether the key is there */
	bool exclusive;
	uint32_t unlinks; /* of the key when this file was opened */
};

static struct key_file *to_key_file(struct tree_file *f)
{
	return (struct key_file *)f;
}

/* ---- the content ---- */

void key_stat_fill(struct tree *t, struct tree_map *m, const struct schema *s,
		   uint64_t node, const uint8_t *key, const struct buf *text,
		   struct stat *st)
{
	uint64_t changed = inode_seen(t->keys, node, text->data, text->len);
	size_t size = text->len;

	inode_size(t->keys, node, &size);
	stat_fill_map(t, m, key_ino(m->id, key, s->key_size), S_IFREG, 0666, size, st);
	if (s->ops->links)
		st->st_mode = S_IFLNK | 0777;
	st->st_mtim.tv_sec = (time_t)(changed / 1000000000u);
	st->st_mtim.tv_nsec = (long)(changed % 1000000000u);
}

/* Types whose values nobody can read are still there, with size 0. */
static bool unreadable(int r)
{
	return r == -EOPNOTSUPP;
}

static int key_stat(struct tree *t, uint64_t node, struct stat *st, double *timeout)
{
	_cleanup_tree_map_ struct tree_map *m = NULL;
	_cleanup_schema_ struct schema *s = NULL;
	_cleanup_key_ref_ struct key_ref key = { 0 };
	_cleanup_buf_ struct buf text = BUF_INIT;
	size_t size;
	int r;

	r = inode_ref(t->keys, node, &key);
	if (r == 0)
		r = tree_map_of(t, key.map_id, &m, &s);
	if (r < 0)
		return r;
	r = entry_read(t, s, key.key, &text);
	/* An open file is still there, whatever became of the key. */
	if (r == -ENOENT && !inode_pending(t->keys, node) &&
	    !inode_size(t->keys, node, &size))
		return r;
	if (r < 0 && r != -ENOENT && !unreadable(r))
		return r;
	if (r == 0)
		inode_present(t->keys, node);
	*timeout = KEY_TIMEOUT;
	key_stat_fill(t, m, s, node, key.key, &text, st);
	return 0;
}

static int key_readlink(struct tree *t, uint64_t node, struct buf *out)
{
	_cleanup_tree_map_ struct tree_map *m = NULL;
	_cleanup_schema_ struct schema *s = NULL;
	_cleanup_key_ref_ struct key_ref key = { 0 };
	int r = inode_ref(t->keys, node, &key);

	if (r == 0)
		r = tree_map_of(t, key.map_id, &m, &s);
	if (r < 0)
		return r;
	return s->ops->links ? entry_read(t, s, key.key, out) : -EINVAL;
}

/* The map in a slot of a map of maps. */
static int key_map(struct tree *t, uint64_t node, struct tree_map **ret)
{
	_cleanup_tree_map_ struct tree_map *m = NULL;
	_cleanup_schema_ struct schema *s = NULL;
	_cleanup_key_ref_ struct key_ref key = { 0 };
	_cleanup_map_ struct map map = MAP_INIT;
	uint32_t id = 0;
	int r = inode_ref(t->keys, node, &key);

	if (r == 0)
		r = tree_map_of(t, key.map_id, &m, &s);
	if (r == 0 && !s->ops->links)
		r = -EINVAL;
	if (r == 0)
		r = map_open(t->store, s, STORE_READ, &map);
	if (r == 0)
		r = map_lookup(&map, key.key, &id);
	return r < 0 ? r : registry_by_id(&t->registry, id, ret);
}

/* ---- reading ---- */

static int take_snapshot(struct key_file *kf)
{
	_cleanup_buf_ struct buf text = BUF_INIT;
	struct buf old;
	int r = entry_read(kf->tree, kf->schema, kf->key, &text);

	if (r == -ENOENT && inode_pending(kf->tree->keys, kf->node))
		r = 0; /* created and not written yet: empty */
	if (r < 0)
		return r;
	old = kf->snapshot;
	kf->snapshot = text;
	text = old;
	inode_set_size(kf->tree->keys, kf->node, kf->snapshot.len);
	return 0;
}

/* Is it there? Readers get their first snapshot by the way. */
static int check_present(struct key_file *kf)
{
	_cleanup_map_ struct map map = MAP_INIT;
	int r;

	if (wants_read(kf->file.flags))
		return take_snapshot(kf);
	if (inode_pending(kf->tree->keys, kf->node))
		return 0;
	r = map_open(kf->tree->store, kf->schema, STORE_READ, &map);
	return r < 0 ? r : map_exists(&map, kf->key);
}

static int key_read(struct tree_file *f, size_t size, off_t off, struct buf *out)
{
	struct key_file *kf = to_key_file(f);
	int r = 0;

	if (off == 0 && kf->was_read)
		r = take_snapshot(kf);
	if (r < 0)
		return r == -ENOENT ? -ESTALE : r;
	kf->was_read = true;
	tree_read_text(&kf->snapshot, size, off, out);
	return 0;
}

/* ---- writing ---- */

static int refuse(struct key_file *kf, int error, const struct text_error *err)
{
	_cleanup_buf_ struct buf name = BUF_INIT;

	content_name(kf->schema, kf->key, &name);
	return tree_refuse(kf->tree, kf->m, "write", buf_cstr(&name) ?: "", error, err);
}

static bool is_unlinked(const struct key_file *kf)
{
	return inode_unlinks(kf->tree->keys, kf->node) != kf->unlinks;
}

/* rm has taken all announcements back; those made since are not ours. */
static void end_pending(struct key_file *kf)
{
	if (kf->pending && !is_unlinked(kf))
		inode_set_pending(kf->tree->keys, kf->node, false);
	kf->pending = false;
}

static void entered(struct key_file *kf)
{
	kf->exclusive = false;
	inode_present(kf->tree->keys, kf->node);
	end_pending(kf);
}

static int open_for_update(struct key_file *kf, struct map *map)
{
	int r = map_open(kf->tree->store, kf->schema, STORE_READ | STORE_WRITE, map);

	return r == -ENOENT ? -ESTALE : r;
}

/* An write_buffer_apply: the text of the file becomes the entry's value. */
static int apply_text(void *arg, const char *text, size_t len, bool commit,
		      struct text_error *err)
{
	struct key_file *kf = arg;
	struct entry_text et = {
		.text = text,
		.len = len,
		.merge = kf->in.append,
		.flags = kf->pending && kf->exclusive ? STORE_NOEXIST : STORE_ANY,
		.dry = !commit,
	};
	int r;

	if (is_unlinked(kf))
		return text_fail(err, -ENOENT, 0, "the key was removed while the file was open");
	r = entry_write(kf->tree, kf->m, kf->schema, kf->key, &et, err);
	if (r == 0 && commit)
		entered(kf);
	return r;
}

static int key_write(struct tree_file *f, const char *data, size_t len, off_t off)
{
	struct key_file *kf = to_key_file(f);
	struct text_error err = { 0 };
	int before = kf->in.error;
	int r = write_buffer_write(&kf->in, data, len, off, apply_text, kf, &err);

	return r < 0 && !before ? refuse(kf, r, &err) : r;
}

static int key_flush(struct tree_file *f)
{
	struct key_file *kf = to_key_file(f);
	struct text_error err = { 0 };
	int r = write_buffer_finish(&kf->in, apply_text, kf, &err);

	return r < 0 ? refuse(kf, r, &err) : 0;
}

static void key_truncate(struct tree_file *f, off_t size)
{
	write_buffer_truncate(&to_key_file(f)->in, size);
}

/* touch, `: > key`: a new key that nobody wrote is all zeros. */
static void insert_zeros(struct key_file *kf)
{
	_cleanup_map_ struct map map = MAP_INIT;
	_cleanup_free_ uint8_t *zeros = calloc(1, kf->schema->value_bytes ?: 1);
	struct text_error err = { 0 };
	int r;

	GUARD_CHANGE(kf->m);
	if (!zeros || is_unlinked(kf) || open_for_update(kf, &map) < 0)
		return;
	r = map_update(&map, kf->key, zeros, STORE_NOEXIST);
	if (r == 0)
		tree_map_touch(kf->m);
	else if (r != -EEXIST) {
		/* Nobody waits for this any more: the errors are the only trace. */
		map_refused(kf->schema, r, &err);
		refuse(kf, r, &err);
	}
}

/* Did the open file stand for a key that it would have made by now? */
static bool is_missing(struct key_file *kf)
{
	if (kf->in.written || kf->exclusive)
		return false;
	return kf->pending || (kf->assumed && check_present(kf) == -ENOENT);
}

static void key_release(struct tree_file *f)
{
	struct key_file *kf = to_key_file(f);

	/* A file that the daemon's end closed may have been about to be written. */
	if (!kf->tree->ending && !f->abandoned && is_missing(kf))
		insert_zeros(kf);
	end_pending(kf);
	if (kf->opened)
		inode_close(kf->tree->keys, kf->node);
	free(kf->key);
	buf_release(&kf->snapshot);
	write_buffer_release(&kf->in);
	schema_unref(kf->schema);
	tree_map_unref(kf->m);
	free(kf);
}

static const struct tree_file_ops key_file_ops = {
	.read = key_read,
	.write = key_write,
	.flush = key_flush,
	.truncate = key_truncate,
	.release = key_release,
};

/* ---- opening ---- */

static struct key_file *key_file_new(struct tree *t, struct tree_map *m, struct schema *s,
				     const uint8_t *key, uint64_t node, int flags)
{
	const struct type *type = schema_value_type(s, key);
	struct key_file *kf = calloc(1, sizeof(*kf));

	if (!kf)
		return NULL;
	tree_file_init(&kf->file, &key_file_ops, flags);
	kf->tree = t;
	kf->m = tree_map_ref(m);
	kf->schema = schema_ref(s);
	kf->node = node;
	kf->in.append = flags & O_APPEND;
	kf->in.open_ended = type && type_traits(type) & TYPE_IS_STRING;
	kf->key = malloc(s->key_size);
	if (kf->key)
		memcpy(kf->key, key, s->key_size);
	kf->opened = inode_open(t->keys, node) == 0;
	kf->unlinks = inode_unlinks(t->keys, node);
	if (kf->key && kf->opened)
		return kf;
	tree_release(&kf->file);
	return NULL;
}

/* What is there at a read is the truth; before a write a moment ago will do. */
static int look_for(struct key_file *kf)
{
	kf->assumed = !wants_read(kf->file.flags) &&
		      inode_was_present(kf->tree->keys, kf->node, KEY_TIMEOUT * 1e9);
	return kf->assumed ? 0 : check_present(kf);
}

static int key_open(struct tree *t, uint64_t node, int flags, struct tree_file **ret)
{
	_cleanup_tree_map_ struct tree_map *m = NULL;
	_cleanup_schema_ struct schema *s = NULL;
	_cleanup_key_ref_ struct key_ref key = { 0 };
	struct text_error err = { 0 };
	struct key_file *kf;
	int r;

	r = inode_ref(t->keys, node, &key);
	if (r == 0)
		r = tree_map_of(t, key.map_id, &m, &s);
	if (r < 0)
		return r == -ENOENT ? -ESTALE : r;
	kf = key_file_new(t, m, s, key.key, node, flags);
	if (!kf)
		return -ENOMEM;
	r = wants_write(flags) ? entry_check_writable(t, s, &err) : 0;
	if (r < 0)
		refuse(kf, r, &err);
	else
		r = look_for(kf);
	if (r < 0) {
		tree_release(&kf->file);
		/* ESTALE makes the kernel look the name up again. */
		return r == -ENOENT ? -ESTALE : r;
	}
	*ret = &kf->file;
	return 0;
}

/* ---- creating ---- */

/* The key may be there after all: made by a program since the lookup. */
static int open_or_announce(struct key_file *kf)
{
	int r = check_present(kf);
	bool pending = inode_pending(kf->tree->keys, kf->node);

	if ((r == 0 || pending) && kf->exclusive)
		return -EEXIST;
	if (r != -ENOENT && !pending)
		return r;
	kf->pending = true;
	inode_set_pending(kf->tree->keys, kf->node, true);
	return 0;
}

static int create_file(struct tree *t, struct tree_map *m, struct schema *s,
		       const uint8_t *key, int flags, struct tree_entry *entry,
		       struct tree_file **ret)
{
	struct key_file *kf = NULL;
	int r;

	r = inode_get(t->keys, m->id, key, s->key_size, &entry->node);
	if (r < 0)
		return r;
	kf = key_file_new(t, m, s, key, entry->node, flags);
	r = kf ? 0 : -ENOMEM;
	if (r == 0) {
		kf->exclusive = flags & O_EXCL;
		r = open_or_announce(kf);
	}
	if (r == 0)
		r = key_stat(t, entry->node, &entry->st, &entry->attr_timeout);
	if (r < 0) {
		if (kf)
			tree_abandon(&kf->file);
		inode_forget(t->keys, entry->node, 1);
		return r;
	}
	entry->entry_timeout = KEY_TIMEOUT;
	*ret = &kf->file;
	return 0;
}

int key_create(struct tree *t, uint64_t parent, const char *name, int flags,
	       struct tree_entry *entry, struct tree_file **ret)
{
	_cleanup_tree_map_ struct tree_map *m = NULL;
	_cleanup_schema_ struct schema *s = NULL;
	_cleanup_free_ uint8_t *key = NULL;
	struct text_error err = { 0 };
	int r = tree_map_of(t, node_id(parent), &m, &s);

	if (r < 0)
		return r;
	if (scratch_name(name))
		return scratch_create(t, m, name, flags, entry, ret);
	r = entry_parse_name(s, name, &key, &err);
	if (r < 0 && r != -ENOMEM && scratch_flags(flags))
		return scratch_create(t, m, name, flags, entry, ret);
	if (r == 0 && s->ops->links)
		r = text_fail(&err, -EOPNOTSUPP, 0,
			      "entries of a map of type %s are symlinks: ln -s ../MAP KEY",
			      s->type->name ?: "unknown");
	if (r == 0)
		r = entry_check_writable(t, s, &err);
	if (r == 0)
		r = create_file(t, m, s, key, flags, entry, ret);
	if (r < 0 && r != -EEXIST)
		return tree_refuse(t, m, "create", name, r, &err);
	return r;
}

const struct node_ops key_ops = {
	.stat = key_stat,
	.setattr = accept_setattr,
	.readlink = key_readlink,
	.map = key_map,
	.open = key_open,
};

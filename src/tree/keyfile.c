/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A key as an open file.
 *
 * Reading serves a snapshot taken at open, so offsets and sizes are stable;
 * for a second, fstat reports the size of the latest snapshot. A read
 * at offset 0 takes a new one if the file was read before (pollers), or written.
 *
 * Writing: see write-buffer.h for when text takes effect. A key that is created
 * enters the map with its first complete text, in one update:
 *
 *	create ---> pending --- complete text ---> in the map
 *	               |  \---- rm, refused write, O_EXCL and close: gone
 *	               \------- close without a write: zeros
 *
 * An open for writing only does not ask the map for a key that was seen a moment
 * ago: names may lag so much, a write inserts the key again, and a close without
 * one asks then.
 */
#include "tree/keyfile.h"

#include <errno.h>
#include <string.h>

#include "map/check.h"
#include "map/content.h"
#include "map/map.h"
#include "tree/entry.h"
#include "tree/write-buffer.h"

struct key_file {
	struct tree_file file;
	struct live_map *m;
	struct schema *schema;
	uint64_t node;
	uint8_t *key;
	bool opened; /* counted in the inode table */
	struct snapshot snapshot;
	struct write_buffer in;
	bool pending; /* would create the key */
	bool assumed; /* existence of the key was not checked */
	bool exclusive;
	uint32_t unlinks; /* of the key when this file was opened */
};

static struct key_file *to_key_file(struct tree_file *f)
{
	return (struct key_file *)f;
}

static struct inodes *inodes_of(const struct key_file *kf)
{
	return kf->file.tree->keys;
}

static bool is_unlinked(const struct key_file *kf)
{
	return inode_unlinks(inodes_of(kf), kf->node) != kf->unlinks;
}

static int refuse(struct key_file *kf, const char *operation, int error,
		  const struct text_error *err)
{
	return file_refuse(&kf->file, kf->m, operation, error, err);
}

static void key_name(const struct tree_file *f, struct buf *out)
{
	const struct key_file *kf = (const struct key_file *)f;

	content_name(kf->schema, kf->key, out);
}

/* ---- reading ---- */

static bool is_pending(const struct key_file *kf)
{
	return !is_unlinked(kf) && inode_pending(inodes_of(kf), kf->node);
}

static int take_snapshot(struct key_file *kf, const struct request *rq)
{
	_cleanup_buf_ struct buf text = { .names = kf->file.names };
	int r = entry_read(kf->file.tree, rq, kf->schema, kf->key, &text);

	if (r == -ENOENT && is_pending(kf))
		r = 0; /* created and not written yet: empty */
	if (r == 0)
		r = file_charge(&kf->file, text.len + kf->in.text.len);
	if (r < 0)
		return r;
	snapshot_set(&kf->snapshot, &text);
	inode_set_size(inodes_of(kf), kf->node, kf->file.names, kf->snapshot.text.len);
	return 0;
}

/* Check that the key exists; for readers, also take the first snapshot. */
static int check_present(struct key_file *kf, const struct request *rq)
{
	if (wants_read(kf->file.flags))
		return take_snapshot(kf, rq);
	if (is_pending(kf))
		return 0;
	return entry_exists(kf->file.tree, rq, kf->schema, kf->key);
}

/* A missing map is permanent: -ESTALE. A missing key may come back. */
static int explain_gone(struct key_file *kf, int r)
{
	_cleanup_map_ struct map map = MAP_INIT;

	if (r == -ENOENT &&
	    map_open(NULL, kf->file.tree->store, kf->schema, STORE_READ, &map) == -ENOENT)
		return -ESTALE;
	return r;
}

static int key_read(struct tree_file *f, const struct request *rq, size_t size, off_t off,
		    struct buf *out)
{
	struct key_file *kf = to_key_file(f);
	GUARD_MUTEX(&f->lock);
	int r = snapshot_is_due(&kf->snapshot, off) ? take_snapshot(kf, rq) : 0;

	if (r < 0)
		return explain_gone(kf, r);
	snapshot_serve(&kf->snapshot, size, off, out);
	return 0;
}

/* ---- writing ---- */

/* rm cleared the pending mark; a later one belongs to another open file. */
static void end_pending(struct key_file *kf)
{
	if (kf->pending && !is_unlinked(kf))
		inode_set_pending(inodes_of(kf), kf->node, false);
	kf->pending = false;
}

static void entered(struct key_file *kf)
{
	kf->exclusive = false;
	kf->snapshot.served = true; /* a read at offset 0 returns what was written */
	inode_present(inodes_of(kf), kf->node);
	end_pending(kf);
}

/* A write_buffer_apply: the text of the file becomes the entry's value. */
static int apply_text(void *arg, const struct request *rq, const char *text, size_t len,
		      bool commit, struct text_error *err)
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
		return text_fail(
			err, explain_gone(kf, -ENOENT), 0,
			"the key was removed or renamed while the file was open");
	r = entry_write(kf->file.tree, rq, kf->m, kf->schema, kf->key, &et, err);
	if (r == 0 && commit)
		entered(kf);
	return r;
}

static int key_write(struct tree_file *f, const struct request *rq, const char *data,
		     size_t len, off_t off)
{
	struct key_file *kf = to_key_file(f);
	struct text_error err = { 0 };
	GUARD_MUTEX(&f->lock);
	int before = kf->in.error;
	size_t need = kf->snapshot.text.len + write_buffer_need(&kf->in, len, off);
	int r = before ? before : file_charge(f, need);

	if (r == 0)
		r = write_buffer_write(&kf->in, rq, data, len, off, &err);
	else
		write_buffer_fail(&kf->in, r);
	return r < 0 && !before ? refuse(kf, "write", r, &err) : r;
}

static void key_fail(struct tree_file *f, int error)
{
	write_buffer_fail(&to_key_file(f)->in, error);
}

static int key_flush(struct tree_file *f, const struct request *rq)
{
	struct key_file *kf = to_key_file(f);
	struct text_error err = { 0 };
	GUARD_MUTEX(&f->lock);
	int r = write_buffer_finish(&kf->in, rq, &err);

	return r < 0 ? refuse(kf, "write", r, &err) : 0;
}

static int key_truncate(struct tree_file *f, const struct request *rq, off_t size)
{
	GUARD_MUTEX(&f->lock);

	write_buffer_truncate(&to_key_file(f)->in, size);
	return 0;
}

/* ---- closing ---- */

/* touch, `: > key`: a new key that was not written is all zeros. */
static void insert_zeros(struct key_file *kf)
{
	_cleanup_map_ struct map map = MAP_INIT;
	_cleanup_free_ uint8_t *zeros = calloc(1, kf->schema->value_bytes ?: 1);
	struct text_error err = { 0 };
	int r = zeros ? 0 : -ENOMEM;

	GUARD_CHANGE(kf->m);
	if (is_unlinked(kf))
		return;
	if (r == 0)
		r = map_open(NULL, kf->file.tree->store, kf->schema,
			     STORE_READ | STORE_WRITE, &map);
	if (r == -ENOENT)
		return; /* the map is gone, and its log */
	if (r == 0)
		r = map_update(&map, kf->key, zeros, STORE_NOEXIST);
	if (r == 0)
		live_map_touch(kf->m);
	else if (r != -EEXIST) {
		/* RELEASE has no reply, so log the error. */
		map_refused(kf->schema, r, &err);
		if (r == -EINVAL || r == -EBADF)
			text_fail(&err, r, 0,
				  "closed without a write, and zeros are not valid for a "
				  "map of type %s: echo VALUE > KEY",
				  kf->schema->type->name ?: "unknown");
		refuse(kf, "create", r, &err);
	}
}

/* True if the close must create the key: nothing was written and the key is absent. */
static bool is_missing(struct key_file *kf)
{
	if (kf->in.written || kf->exclusive)
		return false;
	return kf->pending || (kf->assumed && check_present(kf, NULL) == -ENOENT);
}

/* An exclusive create is an editor's probe, so closing it empty inserts nothing. */
static void report_probe(struct key_file *kf)
{
	struct text_error err = { 0 };

	if (!kf->exclusive || !kf->pending || kf->in.written || is_unlinked(kf))
		return;
	text_fail(&err, -ENODATA, 0, "a key that is created exclusively and closed "
				     "without a write is not inserted");
	refuse(kf, "create", -ENODATA, &err);
}

static void key_release(struct tree_file *f)
{
	struct key_file *kf = to_key_file(f);

	/* At shutdown the client may still have meant to write: no zeros then. */
	if (!f->tree->ending && !f->abandoned) {
		report_probe(kf);
		if (is_missing(kf))
			insert_zeros(kf);
	}
	end_pending(kf);
	if (kf->opened)
		inode_close(inodes_of(kf), kf->node);
	free(kf->key);
	buf_release(&kf->snapshot.text);
	write_buffer_release(&kf->in);
	schema_unref(kf->schema);
	live_map_unref(kf->m);
	tree_file_free(f);
}

const struct file_kind key_kind = {
	.sized = true,
	.read = key_read,
	.write = key_write,
	.fail = key_fail,
	.flush = key_flush,
	.truncate = key_truncate,
	.release = key_release,
	.name = key_name,
};

/* ---- opening ---- */

static struct key_file *key_file_new(struct tree *t, const struct request *rq,
				     const struct key_place *p, int flags)
{
	const struct type *type = schema_value_type(p->schema, p->key);
	struct key_file *kf = calloc(1, sizeof(*kf));

	if (!kf)
		return NULL;
	tree_file_init(&kf->file, t, &key_kind, flags);
	kf->m = live_map_ref(p->m);
	kf->schema = schema_ref(p->schema);
	kf->node = p->node;
	kf->file.descriptors = schema_has(p->schema, MAP_DESCRIPTORS);
	kf->file.names = reveal_to(&t->reveal, p->schema, rq);
	kf->in = (struct write_buffer){
		.apply = apply_text,
		.arg = kf,
		.append = flags & O_APPEND,
		.open_ended = type && type_traits(type) & TYPE_IS_STRING,
		.max = entry_text_max(p->schema),
		.digits = 2 * (type ? type_size(type) : p->schema->value_size),
		.lines = p->schema->cpus,
	};
	kf->key = malloc(p->schema->key_size);
	if (kf->key)
		memcpy(kf->key, p->key, p->schema->key_size);
	kf->opened = inode_open(t->keys, p->node) == 0;
	kf->unlinks = inode_unlinks(t->keys, p->node);
	if (kf->key && kf->opened)
		return kf;
	tree_abandon(&kf->file);
	return NULL;
}

/* Reads check the map now; writes accept a sighting at most KEY_TIMEOUT old. */
static int look_for(struct key_file *kf, const struct request *rq)
{
	kf->assumed = !wants_read(kf->file.flags) &&
		      inode_was_present(inodes_of(kf), kf->node, KEY_TIMEOUT * 1e9);
	return kf->assumed ? 0 : check_present(kf, rq);
}

int key_file_open(struct tree *t, const struct request *rq, const struct key_place *place,
		  int flags, struct tree_file **ret)
{
	struct key_file *kf = key_file_new(t, rq, place, flags);
	struct text_error err = { 0 };
	int r;

	if (!kf)
		return -ENOMEM;
	kf->file.uid = rq->uid; /* for refuse() */
	r = wants_write(flags) ? map_check_writable(place->schema, t->opt->unsafe, &err)
			       : 0;
	if (r < 0)
		refuse(kf, "write", r, &err);
	else
		r = look_for(kf, rq);
	if (r < 0)
		tree_abandon(&kf->file);
	else
		*ret = &kf->file;
	return r;
}

/* A program may have added the key since the lookup. */
static int open_or_announce(struct key_file *kf, const struct request *rq)
{
	int r = check_present(kf, rq);
	bool pending = inode_pending(inodes_of(kf), kf->node);

	if ((r == 0 || pending) && kf->exclusive)
		return -EEXIST;
	if (r != -ENOENT && !pending)
		return r;
	kf->pending = true;
	inode_set_pending(inodes_of(kf), kf->node, true);
	return 0;
}

int key_file_create(struct tree *t, const struct request *rq,
		    const struct key_place *place, int flags, struct tree_file **ret)
{
	struct key_file *kf = key_file_new(t, rq, place, flags);
	int r;

	if (!kf)
		return -ENOMEM;
	kf->exclusive = flags & O_EXCL;
	r = open_or_announce(kf, rq);
	if (r < 0)
		tree_abandon(&kf->file);
	else
		*ret = &kf->file;
	return r;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The keys of a map as an open directory: the map's own directory, and those in .map
 * that show the same keys in another form.
 *
 * Maps up to PLUS_MAX entries are listed with full attributes (saves a
 * request per file), larger ones with plain names (a million inodes would
 * cost the kernel a gigabyte). So are entries of a batch that was read more than
 * 20 ms ago, because the reader has paused: the kernel would cache old sizes for
 * all users.
 */
#include <errno.h>
#include <string.h>

#include "map/content.h"
#include "map/ops.h"
#include "map/scan/scan.h"
#include "text/name.h"
#include "tree/dir.h"
#include "tree/entry.h"
#include "tree/viewref.h"
#include "util/clock.h"

#define PLUS_MAX 32768
/* Batches behind an open directory of a large map, about. */
#define OPEN_MEMORY (512u << 10)
#define BATCH_NS 20000000u /* as long as sizes may lag, see KEY_TIMEOUT */

struct map_dir {
	struct tree_dir dir;
	struct live_map *m;
	struct schema *schema;
	struct map map; /* held open: a listing is one pass */
	struct scan *scan;
	struct scan_batch batch;
	size_t i;	 /* next entry of the batch */
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
static int map_dir_seek(struct tree_dir *d, const struct request *rq, uint64_t pos)
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

static int map_dir_fill(struct map_dir *md, const struct request *rq)
{
	struct scan_batch next;
	int r;

	while (md->i == md->batch.count) {
		md->map.rq = rq;
		r = scan_next(md->scan, &next);
		md->map.rq = NULL;
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
	if (r == 0 && md->name.len > tree_name_max(md->dir.tree)) {
		buf_clear(&md->name);
		name_format_raw(key, md->schema->key_size, &md->name);
	}
	if (r < 0 || !buf_cstr(&md->name))
		return -ENOMEM;
	return md->name.len > tree_name_max(md->dir.tree) ? -ENAMETOOLONG : 0;
}

/* In .map/raw the same keys are other files. */
static int set_ino(struct map_dir *md, const uint8_t *key, uint64_t *ret)
{
	struct inode_key inode = entry_inode(md->m, md->schema, key);
	uint8_t row = (uint8_t)node_row(md->dir.node);

	if (node_kind(md->dir.node) == NODE_VIEW) {
		buf_clear(&md->text);
		buf_put(&md->text, &row, 1);
		buf_put(&md->text, key, md->schema->key_size);
		if (buf_error(&md->text))
			return -ENOMEM;
		inode = view_inode(md->m, md->schema, (const uint8_t *)md->text.data);
	}
	*ret = key_ino(&inode);
	return 0;
}

static int map_dir_next(struct tree_dir *d, const struct request *rq,
			struct tree_dirent *ret)
{
	struct map_dir *md = to_map_dir(d);
	size_t key_size = md->schema->key_size;
	const uint8_t *key;
	int r;

	do {
		r = map_dir_fill(md, rq);
		if (r <= 0)
			return r;
		key = md->batch.keys + md->i++ * key_size;
		r = make_name(md, key);
	} while (r == -ENAMETOOLONG);
	if (r == 0)
		r = set_ino(md, key, &ret->st.st_ino);
	if (r < 0)
		return r;
	ret->name = md->name.data;
	ret->st.st_mode = md->schema->ops->links && node_kind(d->node) == NODE_MAP
				  ? S_IFLNK
				  : S_IFREG;
	ret->next = md->batch.pos + md->i;
	return 1;
}

/* The value came with the batch, so it needs no request. */
static int map_dir_entry(struct tree_dir *d, const struct request *rq,
			 struct tree_entry *ret)
{
	struct map_dir *md = to_map_dir(d);
	const struct schema *s = md->schema;
	size_t i = md->i - 1;
	const uint8_t *key = md->batch.keys + i * s->key_size;
	struct inode_key inode;
	int r;

	/* Not for .map/raw; sizes that differ from reader to reader are asked for. */
	if (!md->plus || reveal_applies(s) || !md->batch.values || node_kind(d->node) != NODE_MAP ||
	    clock_ns(CLOCK_MONOTONIC) - md->batch.got >= BATCH_NS)
		return -EAGAIN;
	buf_clear(&md->text);
	r = entry_format(s, key, md->batch.values + i * s->value_bytes, &md->text);
	inode = entry_inode(md->m, s, key);
	if (r == 0)
		r = inode_get(d->tree->keys, &inode, &ret->node);
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
	live_map_unref(md->m);
	buf_release(&md->name);
	buf_release(&md->text);
}

static const struct tree_dir_ops map_dir_ops = {
	.seek = map_dir_seek,
	.next = map_dir_next,
	.entry = map_dir_entry,
	.release = map_dir_release,
};

static int map_dir_open(struct tree *t, const struct request *rq, struct map_dir *md)
{
	bool small;
	int r;

	r = tree_map_of(t, node_id(md->dir.node), &md->m, &md->schema);
	if (r == 0)
		r = map_open(rq, t->store, md->schema, STORE_READ, &md->map);
	if (r < 0)
		return r;
	small = md->schema->info.max_entries <= PLUS_MAX;
	/* Values that are read ahead would be old when their turn comes. */
	r = small ? scan_new(&md->map, false, &md->scan)
		  : scan_new_ahead(&md->map, true, 1, &md->scan);
	if (r < 0)
		return r;
	/* max_entries is large, but the map may be small. */
	r = map_dir_fill(md, rq);
	md->plus = small || (r > 0 && md->batch.last);
	if (scan_is_brief(&md->map))
		map_close(&md->map);
	if (r > 0 && !md->batch.last)
		handle_charge(&md->dir.handle, OPEN_MEMORY);
	return r < 0 ? r : 0;
}

int map_opendir(struct tree *t, const struct request *rq, uint64_t node,
		struct tree_dir **ret)
{
	struct tree_dir *d = tree_dir_new(t, node, &map_dir_ops, sizeof(struct map_dir));
	int r;

	if (!d)
		return -ENOMEM;
	r = map_dir_open(t, rq, to_map_dir(d));
	if (r < 0) {
		tree_dir_free(d);
		return r;
	}
	*ret = d;
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A key as a node: attributes, symlinks of maps of maps, opening and creating.
 */
#include <errno.h>

#include "map/check.h"
#include "map/ops.h"
#include "tree/entry.h"
#include "tree/keyfile.h"
#include "tree/scratch.h"

/*
 * A program that has opened a file asks for its size next, and reads so many bytes: for
 * a second, st_size is that of the text it will read. Others may keep the file open for
 * long, while the value changes.
 */
static uint64_t max_size_age(const struct buf *text)
{
	return text->len ? SNAPSHOT_SIZE_NS : UINT64_MAX;
}

void key_stat_fill(struct tree *t, struct live_map *m, const struct schema *s,
		   uint64_t node, const uint8_t *key, const struct buf *text,
		   struct stat *st)
{
	const struct inode_key inode = entry_inode(m, s, key);
	uint64_t changed = inode_seen(t->keys, node, text->data, text->len);
	size_t size = text->len;

	inode_size(t->keys, node, false, max_size_age(text), &size);
	stat_fill_map(t, m, key_ino(&inode), S_IFREG, 0666, size, st);
	if (s->ops->links)
		st->st_mode = S_IFLNK | 0777;
	st->st_mtim.tv_sec = (time_t)(changed / 1000000000u);
	st->st_mtim.tv_nsec = (long)(changed % 1000000000u);
}

/* st_size for a caller who sees names of the host, which key_stat_fill() does without:
 * a change of the value is the same for all. */
static off_t named_size(struct tree *t, const struct request *rq, const struct schema *s,
			uint64_t node, const struct key_ref *key,
			const struct host_names *names)
{
	_cleanup_buf_ struct buf text = { .names = names };
	size_t size;

	if (entry_read(t, rq, s, key->key, &text) < 0)
		buf_clear(&text);
	size = text.len;
	inode_size(t->keys, node, true, max_size_age(&text), &size);
	return (off_t)size;
}

/* Attributes of a node whose key was renamed: fstat of a file that is still open. */
static int stat_renamed(struct tree *t, const struct request *rq, struct live_map *m,
			const struct schema *s, uint64_t node, const struct key_ref *key,
			struct stat *st)
{
	struct inode_key inode;
	size_t size = 0;

	if (!s || !key->key || key->key_size != s->key_size ||
	    !inode_size(t->keys, node, reveal_to(&t->reveal, s, rq), UINT64_MAX, &size))
		return -ESTALE;
	inode = entry_inode(m, s, key->key);
	stat_fill_map(t, m, key_ino(&inode), S_IFREG, 0666, size, st);
	return 0;
}

/*
 * Attributes of a key. by_name: only if the map has it, or an open file is about
 * to create it. Without by_name (fstat) an open file keeps its attributes even
 * after the key was removed.
 */
static int stat_key(struct tree *t, const struct request *rq, uint64_t node, bool by_name,
		    struct stat *st, double *timeout)
{
	_cleanup_live_map_ struct live_map *m = NULL;
	_cleanup_schema_ struct schema *s = NULL;
	_cleanup_key_ref_ struct key_ref key = { 0 };
	_cleanup_buf_ struct buf text = BUF_INIT;
	const struct host_names *names;
	size_t size;
	int r = tree_key_of(t, t->keys, node, &m, &s, &key);

	if (r == -ESTALE && !by_name)
		return stat_renamed(t, rq, m, s, node, &key, st);
	if (r < 0)
		return r;
	r = entry_read(t, rq, s, key.key, &text);
	if (r == -ENOENT && !inode_pending(t->keys, node) &&
	    (by_name || !inode_size(t->keys, node, false, UINT64_MAX, &size)))
		return r;
	/* Entries of types whose values cannot be read exist, with size 0. */
	if (r < 0 && r != -ENOENT && r != -EOPNOTSUPP)
		return r;
	if (r == 0)
		inode_present(t->keys, node);
	/* The kernel would show one caller's size to all. */
	*timeout = reveal_applies(s) ? 0 : KEY_TIMEOUT;
	key_stat_fill(t, m, s, node, key.key, &text, st);
	names = reveal_to(&t->reveal, s, rq);
	if (names)
		st->st_size = named_size(t, rq, s, node, &key, names);
	return 0;
}

static int key_stat(struct tree *t, const struct request *rq, uint64_t node,
		    struct stat *st, double *timeout)
{
	return stat_key(t, rq, node, false, st, timeout);
}

int key_lookup(struct tree *t, const struct request *rq, struct live_map *m,
	       const struct schema *s, const uint8_t *key, struct tree_entry *ret)
{
	const struct inode_key inode = entry_inode(m, s, key);
	int r = inode_get(t->keys, &inode, &ret->node);

	if (r < 0)
		return r;
	/* A renamed symlink has another inode: look again. */
	ret->entry_timeout = s->ops->links ? 0 : KEY_TIMEOUT;
	r = stat_key(t, rq, ret->node, true, &ret->st, &ret->attr_timeout);
	if (r < 0)
		inode_forget(t->keys, ret->node, 1);
	return r == -ESTALE ? -ENOENT : r;
}

static int key_readlink(struct tree *t, const struct request *rq, uint64_t node,
			struct buf *out)
{
	_cleanup_live_map_ struct live_map *m = NULL;
	_cleanup_schema_ struct schema *s = NULL;
	_cleanup_key_ref_ struct key_ref key = { 0 };
	int r = tree_key_of(t, t->keys, node, &m, &s, &key);

	if (r < 0)
		return r;
	return s->ops->links ? entry_read(t, rq, s, key.key, out) : -EINVAL;
}

/* The map in a slot of a map of maps. */
static int key_map(struct tree *t, const struct request *rq, uint64_t node,
		   struct live_map **ret)
{
	_cleanup_live_map_ struct live_map *m = NULL;
	_cleanup_schema_ struct schema *s = NULL;
	_cleanup_key_ref_ struct key_ref key = { 0 };
	_cleanup_map_ struct map map = MAP_INIT;
	uint32_t id = 0;
	int r = tree_key_of(t, t->keys, node, &m, &s, &key);

	if (r == 0 && !s->ops->links)
		r = -EINVAL;
	if (r == 0)
		r = map_open(rq, t->store, s, STORE_READ, &map);
	if (r == 0)
		r = map_lookup(&map, key.key, &id);
	return r < 0 ? r : registry_by_id(&t->registry, id, ret);
}

static int key_open(struct tree *t, const struct request *rq, uint64_t node, int flags,
		    struct tree_file **ret)
{
	_cleanup_live_map_ struct live_map *m = NULL;
	_cleanup_schema_ struct schema *s = NULL;
	_cleanup_key_ref_ struct key_ref key = { 0 };
	int r = tree_key_of(t, t->keys, node, &m, &s, &key);

	if (r == 0)
		r = key_file_open(t, rq, &(struct key_place){ m, s, key.key, node },
				  flags, ret);
	return stale_if_gone(r);
}

static void key_forget(struct tree *t, uint64_t node, uint64_t n)
{
	inode_forget(t->keys, node, n);
}

/* ---- creating ---- */

static int create_file(struct tree *t, const struct request *rq, struct key_place *place,
		       int flags, struct tree_entry *entry, struct tree_file **ret)
{
	const struct inode_key inode = entry_inode(place->m, place->schema, place->key);
	int r = inode_get(t->keys, &inode, &entry->node);

	if (r < 0)
		return r;
	place->node = entry->node;
	r = key_file_create(t, rq, place, flags, ret);
	if (r == 0) {
		r = key_stat(t, rq, entry->node, &entry->st, &entry->attr_timeout);
		if (r < 0)
			tree_abandon(*ret);
	}
	if (r < 0)
		inode_forget(t->keys, entry->node, 1);
	entry->entry_timeout = KEY_TIMEOUT;
	return r;
}

/* Check that the map takes new entries from open files. */
static int check_new(struct tree *t, const struct schema *s, struct text_error *err)
{
	if (s->ops->links)
		return text_fail(
			err, -EOPNOTSUPP, 0,
			"entries of a map of type %s are symlinks: ln -s ../MAP KEY",
			s->type->name ?: "unknown");
	return map_check_writable(s, t->opt->unsafe, err);
}

/* Without CAP_SYS_ADMIN maps are opened by pins, which may allow reading only. A file that
 * is closed without a write could not report it: RELEASE inserts the zeros of touch. */
static int check_access(struct tree *t, const struct request *rq, const struct schema *s)
{
	_cleanup_map_ struct map map = MAP_INIT;

	return store_hides_programs(t->store)
		       ? map_open(rq, t->store, s, STORE_READ | STORE_WRITE, &map)
		       : 0;
}

int key_create(struct tree *t, const struct request *rq, uint64_t parent,
	       const char *name, int flags, struct tree_entry *entry,
	       struct tree_file **ret)
{
	_cleanup_live_map_ struct live_map *m = NULL;
	_cleanup_schema_ struct schema *s = NULL;
	_cleanup_free_ uint8_t *key = NULL;
	struct text_error err = { 0 };
	uint64_t there;
	int r = tree_map_of(t, node_id(parent), &m, &s);

	if (r < 0)
		return r;
	r = entry_parse_name(s, name, &key, &err);
	if (r == -ENOMEM)
		return r;
	if (scratch_find(t, m->id, name, &there) == 0 ||
	    scratch_wants(t, rq, s, name, r, flags))
		return scratch_create(t, rq, m, name, flags, entry, ret);
	if (r == 0)
		r = check_new(t, s, &err);
	if (r == 0)
		r = check_access(t, rq, s);
	if (r == 0)
		r = create_file(t, rq,
				&(struct key_place){ .m = m, .schema = s, .key = key },
				flags, entry, ret);
	if (r < 0 && r != -EEXIST)
		return tree_refuse(t, rq, m, "create", name, r, &err);
	return r;
}

const struct node_ops key_ops = {
	.stat = key_stat,
	.setattr = accept_setattr,
	.readlink = key_readlink,
	.map = key_map,
	.open = key_open,
	.forget = key_forget,
};

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mv inside one map. A key is moved by inserting its value under the new name
 * and then deleting the old one; a scratch file becomes the text of the key
 * that it is renamed to.
 *
 *	from \ to   key                   temporary name
 *	key         insert, then delete   EPERM: mv does not copy and remove then
 *	scratch     write the content     another name
 *
 * When a scratch file is renamed, every name that may be a key counts as a key. When
 * a key is renamed, every name of a temporary file's form (scratch-forms.h) counts as
 * temporary, unless it may be a word: programs make backups that way, and the map would
 * lose the key.
 */
#include <errno.h>
#include <linux/fs.h>
#include <string.h>

#include "map/check.h"
#include "map/ops.h"
#include "tree/entry.h"
#include "tree/scratch-forms.h"
#include "tree/scratch.h"

struct move {
	struct tree *tree;
	const struct request *rq;
	struct live_map *m;
	struct schema *schema;
	const char *from, *to;
	unsigned flags; /* STORE_NOEXIST with RENAME_NOREPLACE */
};

static int scratch_to_scratch(struct move *mv)
{
	uint64_t node;

	if (mv->flags && scratch_find(mv->tree, mv->m->id, mv->to, &node) == 0)
		return -EEXIST;
	return scratch_rename(mv->tree, mv->m->id, mv->from, mv->to);
}

/* The content of a scratch file becomes that of the key. */
static int write_content(struct move *mv, const uint8_t *key, struct buf *text, bool link,
			 struct text_error *err)
{
	struct entry_text et = { .text = text->data, .len = text->len, .flags = mv->flags };

	if (mv->schema->ops->links)
		return slot_set(mv->tree, mv->rq, mv->m, mv->schema, key, text->data,
				mv->flags, err);
	if (link)
		return text_fail(err, -EINVAL, 0, "a symlink cannot become a value of this map");
	return entry_write(mv->tree, mv->rq, mv->m, mv->schema, key, &et, err);
}

static int scratch_to_key(struct move *mv, uint64_t scratch, const uint8_t *key,
			  struct text_error *err)
{
	_cleanup_buf_ struct buf text = BUF_INIT;
	bool link = false;
	int r;

	r = map_check_writable(mv->schema, mv->tree->opt->unsafe, err);
	if (r == 0)
		r = scratch_content(mv->tree, scratch, &text, &link);
	if (r == 0 && !buf_cstr(&text))
		r = -ENOMEM;
	if (r == 0)
		r = write_content(mv, key, &text, link, err);
	if (r == 0)
		scratch_became_key(mv->tree, scratch);
	return r == -EAGAIN ? -EINVAL : r;
}

static int copy_value(const struct map *map, const uint8_t *from, const uint8_t *to,
		      unsigned flags, struct text_error *err)
{
	_cleanup_free_ uint8_t *value = malloc(map->schema->value_bytes ?: 1);
	int r = value ? map_lookup(map, from, value) : -ENOMEM;

	if (r < 0)
		return r;
	r = map_update(map, to, value, flags);
	return r < 0 && r != -EEXIST ? map_refused(map->schema, r, err) : r;
}

/* Remove the old key of a move. A program may have removed it in between. */
static int remove_old(const struct map *map, const uint8_t *from, const uint8_t *to,
		      unsigned flags, struct text_error *err)
{
	int r = map_remove(map, from);

	if (r == 0 || r == -ENOENT)
		return 0;
	if (flags & STORE_NOEXIST && map_remove(map, to) == 0)
		return text_fail(err, r, 0, "the old key cannot be removed");
	return text_fail(err, r, 0,
			 "the old key cannot be removed: the value is now under both "
			 "names");
}

/* The new name means the same entry, such as a prefix with other host bits: to
 * insert and then delete would lose it. */
static bool is_same_key(const struct schema *s, const uint8_t *a, const uint8_t *b)
{
	return s->ops->same_key ? s->ops->same_key(s, a, b) : !memcmp(a, b, s->key_size);
}

static int key_to_key(struct move *mv, const uint8_t *from, const uint8_t *to,
		      struct text_error *err)
{
	const struct inode_key old = entry_inode(mv->m, mv->schema, from);
	const struct inode_key new = entry_inode(mv->m, mv->schema, to);
	_cleanup_map_ struct map map = MAP_INIT;
	int r;

	if (!mv->schema->ops->remove)
		return text_fail(err, -EPERM, 0,
				 "entries of a map of type %s cannot be renamed",
				 mv->schema->type->name ?: "unknown");
	r = map_check_writable(mv->schema, mv->tree->opt->unsafe, err);
	if (r < 0 || is_same_key(mv->schema, from, to))
		return r;
	GUARD_CHANGE(mv->m);
	r = map_open(mv->rq, mv->tree->store, mv->schema, STORE_READ | STORE_WRITE, &map);
	if (r == 0)
		r = copy_value(&map, from, to, mv->flags, err);
	if (r < 0)
		return r;
	live_map_touch(mv->m);
	r = remove_old(&map, from, to, mv->flags, err);
	if (r < 0)
		return r;
	/* The map has changed already: on -ENOMEM the kernel just repeats the lookups. */
	inode_rename(mv->tree->keys, &old, &new);
	return 0;
}

/* Renaming a key to a temporary name would take it out of the map. */
static int refuse_backup(const struct scratch_form *form, struct text_error *err)
{
	return text_fail(err, -EPERM, 0,
			 "a key cannot be renamed to a temporary file%s%s: use cp to "
			 "copy it",
			 form ? ", as made by " : "", form ? form->made_by : "");
}

/* Tools that rename a key to a random name are rare, and keys such as "www.google" are
 * not: a name that may be a key, and whose random part may be a word, is a key. */
static bool is_temporary(const struct scratch_form *form, const char *name, bool is_key)
{
	return form && !(is_key && scratch_form_is_word(form, name));
}

static int move(struct move *mv, struct text_error *err)
{
	_cleanup_free_ uint8_t *from = NULL, *to = NULL;
	const struct scratch_form *form;
	uint64_t scratch, there;
	bool is_scratch = scratch_find(mv->tree, mv->m->id, mv->from, &scratch) == 0;
	bool replaces = scratch_find(mv->tree, mv->m->id, mv->to, &there) == 0;
	int r = entry_parse_name(mv->schema, mv->to, &to, err);

	if (r == -ENOMEM)
		return r;
	form = scratch_form_in(mv->tree, mv->schema, mv->to, r == 0);
	if (!is_scratch && (replaces || is_temporary(form, mv->to, r == 0)))
		return refuse_backup(form, err);
	if (replaces || (r < 0 && form))
		return scratch_to_scratch(mv);
	if (r < 0)
		return r;
	if (is_scratch)
		return scratch_to_key(mv, scratch, to, err);
	r = entry_parse_name(mv->schema, mv->from, &from, NULL);
	if (r < 0)
		return r == -ENOMEM ? r : -ENOENT;
	return key_to_key(mv, from, to, err);
}

int map_rename(struct tree *t, const struct request *rq, uint64_t parent,
	       const char *name, uint64_t newparent, const char *newname, unsigned flags)
{
	_cleanup_live_map_ struct live_map *m = NULL;
	_cleanup_schema_ struct schema *s = NULL;
	struct text_error err = { 0 };
	struct move mv = { .tree = t, .rq = rq, .from = name, .to = newname };
	int r;

	r = tree_map_of(t, node_id(parent), &m, &s);
	if (r < 0)
		return r;
	if (node_kind(newparent) == NODE_MAP && parent != newparent)
		return -EXDEV;
	mv.m = m;
	mv.schema = s;
	mv.flags = flags ? STORE_NOEXIST : STORE_ANY;
	if (parent != newparent)
		r = text_fail(&err, -EPERM, 0,
			      "a key can be renamed only within its map");
	else if (flags & ~(unsigned)RENAME_NOREPLACE)
		r = text_fail(&err, -EINVAL, 0, "keys cannot be exchanged");
	else
		r = move(&mv, &err);
	if (r < 0 && r != -ENOENT && r != -EEXIST)
		return tree_refuse(t, rq, m, "mv", newname, r, &err);
	return r;
}

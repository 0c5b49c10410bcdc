/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A map's directory: its keys, and .map, which resolves but is not listed.
 */
#include <errno.h>
#include <string.h>

#include "map/content.h"
#include "map/ops.h"
#include "map/scan/scan.h"
#include "tree/entry.h"
#include "tree/scratch.h"
#include "tree/views.h"
#include "util/clock.h"
#include "util/request.h"

static int map_stat(struct tree *t, const struct request *rq, uint64_t node,
		    struct stat *st, double *timeout)
{
	_cleanup_live_map_ struct live_map *m = NULL;
	int r = registry_live(&t->registry, node_id(node), &m);

	if (r < 0)
		return r;
	stat_fill_map(t, m, node, S_IFDIR, 07777, 0, st);
	*timeout = LONG_TIMEOUT;
	return 0;
}

/* They inherit owner and mode, and the kernel caches their attributes; those of keys
 * expire. */
static void map_children_changed(struct tree *t, uint32_t id)
{
	attributes_changed(t, node_make(NODE_DOT, 0, id));
	views_changed(t, id);
}

void map_attributes_changed(struct tree *t, uint32_t first_id)
{
	attributes_changed(t, node_make(NODE_MAP, 0, first_id));
	map_children_changed(t, first_id);
}

static int map_setattr(struct tree *t, const struct request *rq, uint64_t node,
		       const struct stat *st, unsigned set)
{
	_cleanup_live_map_ struct live_map *m = NULL;
	int r = registry_by_id(&t->registry, node_id(node), &m);

	if (r == 0)
		r = live_map_change_owner(&t->registry, m, rq, st, set);
	if (r == 0)
		map_children_changed(t, node_id(node));
	return r;
}

/* statfs(2) reports the number of entries only to users with read permission. */
static bool may_list(struct tree *t, const struct request *rq, struct live_map *m)
{
	uid_t uid;
	gid_t gid;
	mode_t mode = map_dir_mode(t, m, &uid, &gid);

	return request_may(rq, uid, gid, mode, 4);
}

void map_statfs(struct tree *t, const struct request *rq, uint32_t id,
		struct tree_statfs *ret)
{
	_cleanup_live_map_ struct live_map *m = NULL;
	_cleanup_schema_ struct schema *s = NULL;
	_cleanup_map_ struct map map = MAP_INIT;
	uint64_t entries;

	if (tree_map_of(t, id, &m, &s) < 0 || !may_list(t, rq, m) ||
	    map_open(rq, t->store, s, STORE_READ, &map) < 0 ||
	    scan_count_cheap(&map, &entries) < 0)
		return;
	ret->entries = entries;
	ret->max_entries = schema_max_entries(s);
	/* LRU maps of some kinds hold more than they were made for. */
	if (ret->max_entries < entries)
		ret->max_entries = entries;
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

/* True if the name is an address without a prefix length: the part of "ADDR/LENGTH"
 * that the kernel looks up first. */
static bool is_bare_network(const struct schema *s, const char *name, const uint8_t *key)
{
	bool is_address = s->key_size == 4 + 4 || s->key_size == 4 + 16;

	return schema_has(s, MAP_PREFIX) && is_address && !key[s->key_size - 1] &&
	       strpbrk(name, ".:") && !name[strspn(name, "0123456789abcdefABCDEF.:")];
}

/* At most once per second: a program may ask for such a name again and again. */
static bool hint_is_due(struct tree *t)
{
	uint64_t now = clock_ns(CLOCK_MONOTONIC);
	uint64_t last = __atomic_load_n(&t->hinted, __ATOMIC_RELAXED);

	return (!last || now - last >= 1000000000u) &&
	       __atomic_compare_exchange_n(&t->hinted, &last, now, false,
					   __ATOMIC_RELAXED, __ATOMIC_RELAXED);
}

static int lookup_key(struct tree *t, const struct request *rq, struct live_map *m,
		      const struct schema *s, const char *name, struct tree_entry *ret)
{
	_cleanup_free_ uint8_t *key = NULL;
	struct text_error err = { 0 };
	int r = parse_existing(s, name, &key);

	if (r == 0)
		r = key_lookup(t, rq, m, s, key, ret);
	if (r == -ENOENT && key && is_bare_network(s, name, key) && hint_is_due(t)) {
		text_fail(&err, r, 0,
			  "no such key. Write the length of a prefix with '_', not '/': "
			  "%.40s_8", name);
		tree_refuse(t, rq, m, "lookup", name, r, &err);
	}
	return r;
}

static int map_lookup_name(struct tree *t, const struct request *rq, uint64_t node,
			   const char *name, struct tree_entry *ret)
{
	_cleanup_live_map_ struct live_map *m = NULL;
	_cleanup_schema_ struct schema *s = NULL;
	int r;

	if (!strcmp(name, DOT_NAME))
		return entry_fill(t, rq, node_make(NODE_DOT, 0, node_id(node)),
				  LONG_TIMEOUT, ret);
	r = tree_map_of(t, node_id(node), &m, &s);
	if (r < 0)
		return r;
	r = scratch_lookup(t, m, name, ret);
	return r == -ENOENT ? lookup_key(t, rq, m, s, name, ret) : r;
}

static int remove_key(struct tree *t, const struct request *rq, struct live_map *m,
		      const struct schema *s, const uint8_t *key)
{
	const struct inode_key inode = entry_inode(m, s, key);
	_cleanup_map_ struct map map = MAP_INIT;
	uint64_t node = 0;
	bool known, pending;
	int r;

	known = inode_find(t->keys, &inode, &node) == 0;
	pending = known && inode_pending(t->keys, node);
	GUARD_CHANGE(m);
	r = map_open(rq, t->store, s, STORE_READ | STORE_WRITE, &map);
	if (r == 0)
		r = map_remove(&map, key);
	if (r == 0)
		live_map_touch(m);
	/* A key that was only announced is taken back. */
	if (pending && (r == -ENOENT || r == -EPERM))
		r = 0;
	if (known && r == 0)
		inode_unlink(t->keys, node);
	return r;
}

static int map_unlink(struct tree *t, const struct request *rq, uint64_t node,
		      const char *name)
{
	_cleanup_live_map_ struct live_map *m = NULL;
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
	r = parse_existing(s, name, &key);
	if (r == 0)
		r = remove_key(t, rq, m, s, key);
	if (r == -ENOENT || r == 0)
		return r;
	if (!s->ops->remove)
		text_fail(&err, r, 0, "entries of a map of type %s cannot be removed",
			  s->type->name ?: "unknown");
	else
		map_refused(s, r, &err);
	return tree_refuse(t, rq, m, "rm", name, r, &err);
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

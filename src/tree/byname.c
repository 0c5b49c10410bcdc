/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * by-name: a symlink for each name to the map of that name that is in use, for
 * scripts that outlive a reload of the program. The map of a name can change, so
 * each lookup checks again (after MAP_TIMEOUT); a node is a link to one map.
 */
#include <errno.h>
#include <string.h>

#include "live/in-use.h"
#include "tree/dir.h"
#include "tree/file.h"

static int link_readlink(struct tree *t, const struct request *rq, uint64_t node,
			 struct buf *out)
{
	_cleanup_live_map_ struct live_map *m = NULL;
	int r = map_of_id(t, rq, node, &m);

	/* The name may mean another map by now. */
	return r < 0 ? stale_if_gone(r) : map_link_text(t, m, 1, out);
}

static int by_name_lookup(struct tree *t, const struct request *rq, uint64_t node,
			  const char *name, struct tree_entry *ret)
{
	_cleanup_live_map_ struct live_map *m = NULL;
	struct map_name n;
	int r = map_name_parse(name, &n);

	if (r == 0)
		r = n.id ? -ENOENT
			 : registry_in_use(&t->registry, t->opt->bpffs, n.name, &m);
	if (r < 0)
		return r;
	return entry_fill(t, rq, node_make(NODE_BY_NAME_LINK, 0, m->id), MAP_TIMEOUT,
			  ret);
}

/* ---- listing: read whole when it is opened; a position is an index ---- */

struct by_name_dir {
	struct tree_dir dir;
	struct buf ids; /* uint32_t each */
};

static int add_id(void *arg, struct live_map *m)
{
	struct buf *ids = arg;

	buf_put(ids, &m->id, sizeof(m->id));
	return buf_error(ids);
}

static int by_name_seek(struct tree_dir *d, const struct request *rq, uint64_t pos)
{
	struct by_name_dir *bd = (struct by_name_dir *)d;

	d->pos = pos;
	if (pos)
		return 0;
	buf_clear(&bd->ids);
	return registry_each_in_use(&d->tree->registry, d->tree->opt->bpffs, add_id,
				    &bd->ids);
}

static int by_name_next(struct tree_dir *d, const struct request *rq,
			struct tree_dirent *ret)
{
	struct by_name_dir *bd = (struct by_name_dir *)d;
	_cleanup_live_map_ struct live_map *m = NULL;
	uint32_t id = 0;

	while (!m && (d->pos + 1) * sizeof(id) <= bd->ids.len) {
		memcpy(&id, bd->ids.data + d->pos++ * sizeof(id), sizeof(id));
		registry_find(&d->tree->registry, id, &m);
	}
	if (!m)
		return 0;
	memset(&ret->st, 0, sizeof(ret->st));
	map_name_list(m->name, m->id, false, d->name);
	ret->name = d->name;
	ret->st.st_mode = S_IFLNK;
	ret->st.st_ino = node_make(NODE_BY_NAME_LINK, 0, m->id);
	ret->next = d->pos;
	return 1;
}

static void by_name_release(struct tree_dir *d)
{
	buf_release(&((struct by_name_dir *)d)->ids);
}

static const struct tree_dir_ops by_name_dir_ops = {
	.seek = by_name_seek,
	.next = by_name_next,
	.release = by_name_release,
};

static int by_name_opendir(struct tree *t, const struct request *rq, uint64_t node,
			   struct tree_dir **ret)
{
	struct tree_dir *d =
		tree_dir_new(t, node, &by_name_dir_ops, sizeof(struct by_name_dir));
	int r = d ? by_name_seek(d, rq, 0) : -ENOMEM;

	if (r == 0)
		*ret = d;
	else if (d)
		tree_dir_free(d);
	return r;
}

const struct node_ops by_name_ops = {
	.stat = plain_dir_stat,
	.setattr = plain_dir_setattr,
	.lookup = by_name_lookup,
	.opendir = by_name_opendir,
};

const struct node_ops by_name_link_ops = {
	.stat = map_link_stat,
	.readlink = link_readlink,
	.map = map_of_id,
};

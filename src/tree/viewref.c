/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One file of a view: its identity in the inode table and its content.
 */
#include "tree/viewref.h"

#include "map/map.h"

void view_ref_release(struct view_ref *v)
{
	free(v->id);
	schema_unref(v->schema);
	live_map_unref(v->m);
}

struct inode_key view_inode(const struct view_ref *v)
{
	return (struct inode_key){ v->m->id, v->schema->serial, v->id,
				   v->schema->key_size + 1,
				   schema_has(v->schema, MAP_PREFIX) ? 2 : 0 };
}

int view_show(const struct view_ref *v, const struct request *rq, struct buf *out)
{
	_cleanup_map_ struct map map = MAP_INIT;
	int r = map_open(rq, v->tree->store, v->schema, STORE_READ, &map);

	return r < 0 ? r : v->view->show(&map, v->key, out);
}

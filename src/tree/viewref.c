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

struct inode_key view_inode(const struct live_map *m, const struct schema *s,
			    const uint8_t *id)
{
	return (struct inode_key){ m->id, s->serial, id, s->key_size + 1,
				   schema_has(s, MAP_PREFIX) ? 2 : 0 };
}

int view_show(const struct view_ref *v, const struct request *rq, struct buf *out)
{
	_cleanup_map_ struct map map = MAP_INIT;
	int r = map_open(rq, v->tree->store, v->schema, STORE_READ, &map);

	return r < 0 ? r : v->view->show(&map, v->key, out);
}

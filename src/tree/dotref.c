/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Collect what a report needs (map, schema, definition, options) and run it.
 */
#include "tree/dotref.h"

void dot_ref_release(struct dot_ref *d)
{
	schema_unref(d->schema);
	live_map_unref(d->m);
}

/* The definition that a map was made with. */
static int copy_def(struct live_map *m, struct def *def)
{
	GUARD_MUTEX(&m->lock);

	return m->def.type ? def_copy(&m->def, def) : 0;
}

int dot_report(const struct dot_ref *d, const struct request *rq, const struct map *map,
	       struct def *def, struct report *ret)
{
	int r = d->m ? copy_def(d->m, def) : 0;
	uid_t uid = 0;
	gid_t gid;

	if (d->m)
		map_dir_mode(d->tree, d->m, &uid, &gid);
	*ret = (struct report){
		.rq = rq,
		.registry = &d->tree->registry,
		.version = d->tree->opt->version,
		.bpffs = d->tree->opt->bpffs,
		.unsafe = d->tree->opt->unsafe,
		.read_only = d->tree->opt->read_only,
		.program = node_kind(d->node) == NODE_PROG_FILE ? node_id(d->node) : 0,
		.m = d->m,
		.owner = uid,
		.schema = d->schema,
		.map = map,
		.def = def->type ? def : NULL,
	};
	return r;
}

int dot_show(const struct dot_ref *d, const struct request *rq, struct buf *out)
{
	unsigned access = STORE_READ | (d->row->flags & DOT_CONSUMES ? STORE_WRITE : 0);
	_cleanup_map_ struct map map = MAP_INIT;
	_cleanup_def_ struct def def = { 0 };
	struct report report;
	int r;

	if (!d->row->report)
		return 0;
	r = dot_report(d, rq, d->m ? &map : NULL, &def, &report);
	if (r == 0 && d->m)
		r = map_open(rq, d->tree->store, d->schema, access, &map);
	return r < 0 ? r : d->row->report(&report, out);
}

const struct host_names *dot_names(const struct dot_ref *d, const struct request *rq)
{
	return d->schema ? reveal_to(&d->tree->reveal, d->schema, rq) : NULL;
}

void dot_name(const struct dot_ref *d, struct buf *out)
{
	buf_printf(out, DOT_NAME "/%s", d->row->name);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * .map/consume: reading removes records from a ring buffer, as its consumer: one at a
 * time, which becomes a line (taken-lines.h) before the consumer's position is moved
 * past it. The ring is mapped during reads.
 */
#include <errno.h>

#include "map/ring.h"
#include "report/record.h"
#include "report/report.h"
#include "store/errno.h"
#include "text/error.h"
#include "tree/dotref.h"
#include "tree/file.h"
#include "tree/ring-watch.h"
#include "tree/taken-lines.h"

/* A longer record is passed over, as in .map/events. */
#define RECORD_MAX (1u << 20)

struct consume_file {
	struct tree_file file;
	struct dot_ref ref;
	struct ring_reader reader; /* wakes the file */
	struct store_ring ring; /* mapped during reads */
	bool ended; /* the map is gone */
	struct taken_lines lines;
};

static struct consume_file *to_consume_file(struct tree_file *f)
{
	return (struct consume_file *)f;
}

/* ---- with drain_lock held, which is for one consumer at a time ---- */

static void set_consumer(const struct store_ring *r, uint64_t pos)
{
	__atomic_store_n(r->consumer, pos, __ATOMIC_RELEASE);
}

/* The record as a line in m->drained. If there is no memory, it stays in the ring. */
static int take_record(struct consume_file *cf, struct ring_tap *t,
		       const struct ring_record *record)
{
	_cleanup_free_ void *bytes = malloc(record->len ?: 1);
	struct buf *out = &cf->ref.m->drained;
	int r = bytes ? 0 : -ENOMEM;

	if (r == 0 && !ring_take(&cf->ring, t, record, bytes))
		return -EAGAIN; /* it was overwritten meanwhile */
	if (r == 0)
		r = record_format(cf->ref.schema, bytes, record->len, out);
	if (r < 0) {
		buf_clear(out);
		return r;
	}
	set_consumer(&cf->ring, t->pos);
	live_map_touch(cf->ref.m);
	return 1;
}

static int pass_over(struct consume_file *cf, uint64_t pos, uint64_t bytes)
{
	struct buf *out = &cf->ref.m->drained;

	buf_printf(out, "# lost %llu\n", (unsigned long long)bytes);
	if (buf_error(out)) {
		buf_clear(out);
		return -ENOMEM;
	}
	set_consumer(&cf->ring, pos);
	return 1;
}

static int fill(void *arg)
{
	struct consume_file *cf = arg;
	struct ring_record record;
	enum ring_found found;
	struct ring_tap t;
	int r;

	if (cf->ended)
		return 0;
	r = ring_begin(&cf->ring, &t);
	if (r < 0)
		return r;
	found = ring_find(&cf->ring, &t, &record);
	if (found == RING_LOST)
		return pass_over(cf, t.pos, record.lost);
	if (found == RING_RECORD && record.len > RECORD_MAX)
		return pass_over(cf, t.pos + ring_bytes(record.len),
				 ring_bytes(record.len));
	if (found == RING_RECORD)
		return take_record(cf, &t, &record);
	/* Discarded records make room, too. */
	if (t.pos != __atomic_load_n(cf->ring.consumer, __ATOMIC_RELAXED))
		set_consumer(&cf->ring, t.pos);
	return -EAGAIN;
}

/* ---- */

static int map_ring(struct consume_file *cf, const struct request *rq)
{
	_cleanup_map_ struct map map = MAP_INIT;
	int r = map_open(rq, cf->file.tree->store, cf->ref.schema, STORE_READ | STORE_WRITE,
			 &map);

	if (r == 0)
		r = store_user_errno(STORE_OP_UPDATE,
				     store_ring_map(&map.ref, STORE_READ | STORE_WRITE,
						    &cf->ring));
	return r;
}

static int consume_read(struct tree_file *f, const struct request *rq, size_t size,
			off_t off, struct buf *out)
{
	struct consume_file *cf = to_consume_file(f);
	GUARD_MUTEX(&f->lock);
	GUARD_CHANGE(cf->ref.m);
	int r = cf->ended ? 0 : map_ring(cf, rq);

	if (r < 0 && r != -ENOENT)
		return r;
	/* Lines that another reader left are still returned. */
	cf->ended |= r == -ENOENT;
	r = taken_lines_read(&cf->lines, rq, size, out);
	store_ring_unmap(&cf->ring);
	return r;
}

static bool consume_poll(struct tree_file *f, const struct request *rq)
{
	struct consume_file *cf = to_consume_file(f);
	GUARD_MUTEX(&f->lock);

	return cf->ended || taken_lines_has_any(&cf->lines) || ring_has_entries(&cf->reader);
}

static void consume_release(struct tree_file *f)
{
	struct consume_file *cf = to_consume_file(f);

	ring_leave(&cf->reader);
	taken_lines_release(&cf->lines);
	dot_ref_release(&cf->ref);
	tree_file_free(f);
}

static void consume_name(const struct tree_file *f, struct buf *out)
{
	dot_name(&((const struct consume_file *)f)->ref, out);
}

static int refuse(const struct dot_ref *d, const struct request *rq)
{
	struct text_error err = { 0 };

	text_fail(&err, -EBUSY, 0,
		  "another process has the map open, and may consume its records: see "
		  ".map/pids, or mount with -o steal");
	return tree_refuse(d->tree, rq, d->m, "open", DOT_NAME "/consume", -EBUSY, &err);
}

/* Check at open that the ring can be mapped: a frozen map cannot. */
static int check(struct consume_file *cf, const struct request *rq)
{
	int r = map_ring(cf, rq);

	store_ring_unmap(&cf->ring);
	if (r < 0)
		return ring_refuse(&cf->file, cf->ref.m, r);
	if (!cf->file.tree->opt->steal)
		r = report_is_held(rq, cf->file.tree->store, cf->ref.m->id);
	return r > 0 ? refuse(&cf->ref, rq) : r;
}

/* Takes over *d. */
static int consume_open(struct dot_ref *d, const struct request *rq, int flags,
			struct tree_file **ret)
{
	struct consume_file *cf = calloc(1, sizeof(*cf));
	int r;

	if (!cf)
		return -ENOMEM;
	tree_file_init(&cf->file, d->tree, &consume_kind, flags);
	cf->ref = *d;
	*d = (struct dot_ref){ 0 };
	cf->lines = (struct taken_lines){ .m = cf->ref.m, .fill = fill, .arg = cf };
	r = check(cf, rq);
	if (r == 0)
		r = ring_join(&cf->ref, rq, &cf->file, false, &cf->reader);
	if (r < 0)
		consume_release(&cf->file);
	else
		*ret = &cf->file;
	return r;
}

const struct file_kind consume_kind = {
	.no_seek = true,
	.open = consume_open,
	.read = consume_read,
	.poll = consume_poll,
	.release = consume_release,
	.name = consume_name,
};

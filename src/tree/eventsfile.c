/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * .map/events: the records of a ring buffer, one per line, without consuming them.
 *
 *	ring_watch ── raw entries ──> in ── formatted ──> text ──> reply
 *
 * Raw entries are taken some at a time, so that formatting, which can be slow, holds
 * no lock of the ring. What a reply had no room for is kept for the next read.
 */
#include <errno.h>

#include "report/record.h"
#include "tree/dotref.h"
#include "tree/file.h"
#include "tree/ring-watch.h"

/* Bytes of raw entries taken at a time, and of text made from them. */
#define CHUNK ((size_t)32 << 10)

struct events_file {
	struct tree_file file;
	struct dot_ref ref;
	struct ring_reader reader;
	struct buf in; /* raw entries */
	size_t in_done; /* bytes of them that are text */
	struct buf text;
	size_t given; /* bytes of it */
};

static struct events_file *to_events_file(struct tree_file *f)
{
	return (struct events_file *)f;
}

static void give(struct events_file *ef, size_t room, struct buf *out)
{
	size_t n = ef->text.len - ef->given;

	n = n < room ? n : room;
	buf_put(out, ef->text.data + ef->given, n);
	if (!buf_error(out))
		ef->given += n;
	if (ef->given == ef->text.len) {
		buf_clear(&ef->text);
		ef->given = 0;
	}
}

static int put_entry(const struct schema *s, const struct ring_entry *e, struct buf *out)
{
	if (e->kind == RING_ENTRY_RECORD)
		return record_format(s, e + 1, e->len, out);
	if (e->kind == RING_ENTRY_LOST)
		buf_printf(out, "# lost %llu\n", (unsigned long long)(e->to - e->from));
	else
		buf_puts(out, "# full\n");
	return buf_error(out);
}

/* Without memory for an entry, it is formatted again by the next read. */
static int format_some(struct events_file *ef)
{
	int r = 0;

	while (r == 0 && ef->in_done < ef->in.len && ef->text.len < CHUNK) {
		const struct ring_entry *e =
			(const void *)(ef->in.data + ef->in_done);
		size_t before = ef->text.len;

		r = put_entry(ef->ref.schema, e, &ef->text);
		if (r == 0)
			ef->in_done += sizeof(*e) + ((e->len + 7) & ~(size_t)7);
		else
			buf_truncate(&ef->text, before);
		ef->text.error = 0;
	}
	return ef->text.len ? 0 : r;
}

/* 1: there is text; 0: the end; -EAGAIN: not yet. */
static int fill(struct events_file *ef)
{
	int r = 0;

	if (ef->text.len)
		return 1;
	if (ef->in_done == ef->in.len) {
		buf_clear(&ef->in);
		ef->in_done = 0;
		r = ring_read(&ef->reader, CHUNK, &ef->in);
	}
	if (r == 0 && !ef->in.len)
		return -EAGAIN;
	if (r == 0)
		r = format_some(ef);
	return r == -ENOENT ? 0 : r < 0 ? r : 1;
}

static int events_read(struct tree_file *f, const struct request *rq, size_t size,
		       off_t off, struct buf *out)
{
	struct events_file *ef = to_events_file(f);
	GUARD_MUTEX(&f->lock);
	int r = 1;

	while (r > 0 && out->len < size && !buf_error(out)) {
		if (out->len && request_interrupted(rq))
			break;
		r = fill(ef);
		if (r > 0)
			give(ef, size - out->len, out);
	}
	/* Return the available text first; the error will occur again. */
	return r < 0 && !out->len ? r : 0;
}

static bool events_poll(struct tree_file *f, const struct request *rq)
{
	struct events_file *ef = to_events_file(f);
	GUARD_MUTEX(&f->lock);

	return ef->text.len || ef->in_done < ef->in.len || ring_has_entries(&ef->reader);
}

static void events_release(struct tree_file *f)
{
	struct events_file *ef = to_events_file(f);

	ring_leave(&ef->reader);
	dot_ref_release(&ef->ref);
	buf_release(&ef->in);
	buf_release(&ef->text);
	tree_file_free(f);
}

static void events_name(const struct tree_file *f, struct buf *out)
{
	dot_name(&((const struct events_file *)f)->ref, out);
}

/* Takes over *d. */
static int events_open(struct dot_ref *d, const struct request *rq, int flags,
		       struct tree_file **ret)
{
	struct events_file *ef = calloc(1, sizeof(*ef));
	int r;

	if (!ef)
		return -ENOMEM;
	tree_file_init(&ef->file, d->tree, &events_kind, flags);
	ef->ref = *d;
	*d = (struct dot_ref){ 0 };
	ef->text.names = dot_names(&ef->ref, rq);
	r = ring_join(&ef->ref, rq, &ef->file, true, &ef->reader);
	if (r < 0)
		ring_refuse(&ef->file, ef->ref.m, r);
	if (r == 0)
		r = file_charge(&ef->file, ring_watch_memory(ef->ref.schema->info.max_entries) +
						   4 * CHUNK);
	if (r < 0)
		events_release(&ef->file);
	else
		*ret = &ef->file;
	return r;
}

const struct file_kind events_kind = {
	.no_seek = true,
	.open = events_open,
	.read = events_read,
	.poll = events_poll,
	.release = events_release,
	.name = events_name,
};

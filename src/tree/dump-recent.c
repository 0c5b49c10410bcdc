/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A fixed table of recent texts and sizes, searched linearly under one lock.
 */
#include "tree/dump.h"

#include <errno.h>

#include "map/ops.h"
#include "report/bulk.h"
#include "util/clock.h"
#include "util/request.h"

#define TEXTS 16
#define TEXT_MAX (1u << 20)
#define ALL_MAX (4u << 20)
#define FRESH_NS 100000000u
#define LARGE_NS 1000000000u
/* Most entries to walk key by key in order to compute a size. */
#define WALK_MAX 1024

struct recent {
	uint64_t when;	  /* ns, monotonic; 0: unused */
	uint32_t serial;  /* of the schema: which map */
	uint64_t changes; /* of the map, before it was read */
	const struct dot_file *row;
	bool large; /* the text is too long to keep, for any thread */
	pid_t tid;  /* whose lookup it was */
	const struct host_names *names; /* that are in the text */
	uint64_t node;
	struct buf text;
};

struct dump_recent {
	pthread_mutex_t lock; /* guards the rest; no other lock is taken under it */
	struct recent texts[TEXTS];
};

struct dump_recent *dump_recent_new(void)
{
	struct dump_recent *t = calloc(1, sizeof(*t));

	if (t)
		pthread_mutex_init(&t->lock, NULL);
	return t;
}

static void drop(struct recent *e)
{
	buf_release(&e->text);
	e->when = 0;
}

void dump_recent_free(struct dump_recent *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < TEXTS; i++)
		drop(&t->texts[i]);
	pthread_mutex_destroy(&t->lock);
	free(t);
}

/* ---- with the lock held ---- */

static void expire(struct dump_recent *t)
{
	uint64_t now = clock_ns(CLOCK_MONOTONIC);

	for (size_t i = 0; i < TEXTS; i++) {
		struct recent *e = &t->texts[i];

		if (e->when && now - e->when >= (e->large ? LARGE_NS : FRESH_NS))
			drop(e);
	}
}

/* Find the entry of a file; a text must be of this thread. */
static struct recent *find(struct dump_recent *t, const struct dot_ref *d,
			   const struct request *rq, const struct host_names *names)
{
	uint64_t changes = live_map_changes(d->m);

	expire(t);
	for (size_t i = 0; i < TEXTS; i++) {
		struct recent *e = &t->texts[i];

		if (e->when && e->serial == d->schema->serial && e->row == d->row &&
		    e->changes == changes && e->names == names &&
		    (e->large || e->tid == rq->tid))
			return e;
	}
	return NULL;
}

static struct recent *unused(struct dump_recent *t)
{
	for (size_t i = 0; i < TEXTS; i++)
		if (!t->texts[i].when)
			return &t->texts[i];
	return NULL;
}

static void drop_oldest(struct dump_recent *t)
{
	struct recent *oldest = NULL;

	for (size_t i = 0; i < TEXTS; i++)
		if (t->texts[i].when && (!oldest || t->texts[i].when < oldest->when))
			oldest = &t->texts[i];
	drop(oldest);
}

static size_t memory_of(const struct dump_recent *t)
{
	size_t sum = 0;

	for (size_t i = 0; i < TEXTS; i++)
		sum += t->texts[i].text.cap;
	return sum;
}

/* A place for a text that takes so many bytes of memory. */
static struct recent *make_room(struct dump_recent *t, size_t bytes)
{
	struct recent *e;

	while (!(e = unused(t)) || (memory_of(t) && memory_of(t) + bytes > ALL_MAX))
		drop_oldest(t);
	return e;
}

/* ---- */

void dump_recent_expire(struct dump_recent *t)
{
	GUARD_MUTEX(&t->lock);

	expire(t);
}

static bool known_size(struct dump_recent *t, const struct dot_ref *d,
		       const struct request *rq, const struct host_names *names,
		       size_t *ret)
{
	GUARD_MUTEX(&t->lock);
	struct recent *e = find(t, d, rq, names);

	if (!e)
		return false;
	e->node = d->node;
	*ret = e->text.len;
	return true;
}

/* The text moves into the table. */
static void keep(struct dump_recent *t, struct recent *new)
{
	struct recent *e;
	GUARD_MUTEX(&t->lock);

	e = make_room(t, new->text.cap);
	*e = *new;
	new->text = (struct buf)BUF_INIT;
}

/* A pass that walks the map key by key, or asks the system for keys, is not cheap. */
static bool is_cheap(const struct schema *s)
{
	if (s->ops->candidates)
		return false;
	return s->ops->scan != &scan_walk || schema_max_entries(s) <= WALK_MAX;
}

int dump_recent_size(const struct dot_ref *d, const struct request *rq, size_t *ret)
{
	struct dump_recent *t = d->tree->recent;
	struct recent new = {
		.when = clock_ns(CLOCK_MONOTONIC),
		.serial = d->schema->serial,
		.changes = live_map_changes(d->m),
		.row = d->row,
		.tid = rq->tid,
		.names = dot_names(d, rq),
		.node = d->node,
	};
	struct dump_pass pass = { .names = new.names };
	int r;

	*ret = 0;
	if (!d->row->bulk->put || !is_cheap(d->schema) || known_size(t, d, rq, new.names, ret))
		return 0;
	r = dump_pass_begin(&pass, d, rq);
	if (r == 0)
		r = dump_pass_complete(&pass, d, rq, TEXT_MAX);
	if (r >= 0) {
		new.large = r == 0;
		if (r > 0)
			new.text = pass.window;
		if (r > 0)
			pass.window = (struct buf)BUF_INIT;
		*ret = new.text.len;
		keep(t, &new);
	}
	dump_pass_release(&pass);
	/* A map that cannot be read still has these files. */
	return r == -ENOENT || r == -EINTR ? r : 0;
}

bool dump_recent_take(const struct dot_ref *d, const struct request *rq,
		      const struct host_names *names, struct buf *ret, bool *ret_known)
{
	struct dump_recent *t = d->tree->recent;
	GUARD_MUTEX(&t->lock);
	struct recent *e = find(t, d, rq, names);

	/* Threads of other PID namespaces are all number 0. */
	if (!e || e->large || !e->tid)
		return false;
	*ret = e->text;
	*ret_known = e->node == d->node;
	e->text = (struct buf)BUF_INIT;
	drop(e);
	return true;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tree/sampler.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "live/conf.h"
#include "map/sample.h"
#include "report/changes.h"
#include "tree/dotref.h"
#include "tree/file.h"
#include "util/clock.h"
#include "util/ticker.h"

#define SECOND 1000000000ull
#define SKIPPED "# skipped\n"

struct sampler {
	struct tick tick; /* first */
	struct sampler *next;
	struct samplers *all;
	struct live_map *m;
	struct schema *schema;
	/* of the thread alone: */
	struct sample *last;
	uint64_t last_at; /* ns: when it was begun */
	pthread_mutex_t lock; /* guards the rest */
	int error; /* -ENOENT: the map is gone; -EFBIG */
	struct sampler_reader *readers;
	struct buf text; /* changes that not all readers have */
	uint64_t begin; /* of the text: bytes before it */
	struct buf rates; /* of the last period, if somebody wanted them */
	uint64_t periods; /* so far */
};

struct samplers {
	struct tree *tree;
	struct ticker *ticker;
	pthread_mutex_t lock; /* guards the list; before sampler.lock */
	struct sampler *list;
};

struct samplers *samplers_new(struct tree *t)
{
	struct samplers *ss = calloc(1, sizeof(*ss));

	if (!ss)
		return NULL;
	ss->tree = t;
	pthread_mutex_init(&ss->lock, NULL);
	ss->ticker = ticker_new();
	if (ss->ticker)
		return ss;
	samplers_free(ss);
	return NULL;
}

void samplers_free(struct samplers *ss)
{
	if (!ss)
		return;
	ticker_free(ss->ticker);
	pthread_mutex_destroy(&ss->lock);
	free(ss);
}

/* The period of a map: as the configuration says, or a second. */
static uint64_t interval_of(struct live_map *m)
{
	uint32_t ms;

	return live_map_word(m, CONFIG_INTERVAL, &ms) ? ms * (SECOND / 1000) : SECOND;
}

size_t sampler_memory(const struct schema *s)
{
	return sample_memory(s);
}

/* ---- a period ---- */

static int take_sample(struct tree *t, const struct request *rq, const struct schema *s,
		       struct sample **ret)
{
	_cleanup_map_ struct map map = MAP_INIT;
	int r = map_open(rq, t->store, s, STORE_READ, &map);

	if (r == 0)
		r = sample_take(&map, ret);
	return r == -E2BIG ? -EFBIG : r;
}

static bool is_wanted(struct sampler *sm, bool rates)
{
	GUARD_MUTEX(&sm->lock);

	for (struct sampler_reader *r = sm->readers; r; r = r->next)
		if (r->rates == rates)
			return true;
	return false;
}

static uint64_t end_of(const struct sampler *sm)
{
	return sm->begin + sm->text.len;
}

static void cut_front(struct sampler *sm, size_t n)
{
	if (!n)
		return;
	memmove(sm->text.data, sm->text.data + n, sm->text.len - n);
	sm->text.len -= n;
	sm->begin += n;
}

/* Drop what all readers have. sm->lock is held. */
static void drop_read(struct sampler *sm)
{
	uint64_t first = end_of(sm);

	for (struct sampler_reader *r = sm->readers; r; r = r->next)
		if (!r->rates && r->at < first)
			first = r->at;
	if (first > sm->begin)
		cut_front(sm, (size_t)(first - sm->begin));
	if (!sm->text.len)
		buf_release(&sm->text);
}

/* Drop what is oldest, as whole lines, to make room for more. sm->lock is held. */
static void drop_oldest(struct sampler *sm, size_t more)
{
	size_t n = sm->text.len + more > SAMPLER_TEXT ? sm->text.len + more - SAMPLER_TEXT
						      : 0;
	const char *end;

	n = n < sm->text.len ? n : sm->text.len;
	end = n ? memchr(sm->text.data + n - 1, '\n', sm->text.len - n + 1) : NULL;
	cut_front(sm, end ? (size_t)(end - sm->text.data) + 1 : n);
}

/* sm->lock is held. */
static void wake(struct sampler *sm, bool changed)
{
	bool any = false;

	for (struct sampler_reader *r = sm->readers; r; r = r->next)
		if (r->rates || changed || sm->error) {
			file_wake(r->file);
			any = true;
		}
	if (any)
		tree_wake(sm->all->tree);
}

static void publish(struct sampler *sm, struct buf *changes, struct buf *rates)
{
	GUARD_MUTEX(&sm->lock);
	bool changed = changes->len;

	drop_read(sm);
	drop_oldest(sm, changes->len);
	buf_put(&sm->text, changes->data, changes->len);
	sm->text.error = 0; /* without memory: nothing of this period */
	buf_release(&sm->rates);
	sm->rates = *rates;
	*rates = (struct buf)BUF_INIT;
	sm->periods++;
	wake(sm, changed);
}

/* A difference that is too long for its readers, or for which there is no memory. */
static void note_skipped(int r, struct buf *out)
{
	if (r == 0)
		return;
	buf_release(out);
	buf_puts(out, SKIPPED);
}

static void compare(struct sampler *sm, const struct sample *now, uint64_t at)
{
	_cleanup_buf_ struct buf changes = BUF_INIT, rates = BUF_INIT;
	int r;

	if (is_wanted(sm, false)) {
		r = changes_format(sm->schema, sm->last, now, SAMPLER_TEXT / 2, &changes);
		note_skipped(r, &changes);
	}
	if (is_wanted(sm, true)) {
		r = rates_format(sm->schema, sm->last, now, at - sm->last_at, SAMPLER_TEXT,
				 &rates);
		note_skipped(r, &rates);
	}
	publish(sm, &changes, &rates);
}

static void fail(struct sampler *sm, int error)
{
	GUARD_MUTEX(&sm->lock);

	sm->error = error;
	wake(sm, true);
}

static uint64_t run(struct tick *tick, uint64_t now)
{
	struct sampler *sm = (struct sampler *)tick;
	uint64_t due = sm->last_at + interval_of(sm->m);
	_cleanup_sample_ struct sample *sample = NULL;
	int r;

	if (now < due)
		return due;
	r = take_sample(sm->all->tree, NULL, sm->schema, &sample);
	if (r == -ENOENT || r == -EFBIG) {
		fail(sm, r);
		return UINT64_MAX;
	}
	/* Other errors are shortages of descriptors or memory, which pass. */
	if (r == 0) {
		compare(sm, sample, now);
		sample_free(sm->last);
		sm->last = take_ptr(sample);
		sm->last_at = now;
	}
	return now + interval_of(sm->m);
}

/* ---- readers ---- */

/* A view that was changed meanwhile shows other keys. samplers.lock is held. */
static struct sampler *find(const struct samplers *ss, const struct dot_ref *d)
{
	struct sampler *sm = ss->list;

	while (sm && (sm->m != d->m || sm->schema != d->schema))
		sm = sm->next;
	return sm;
}

/* Takes over *sample. samplers.lock is held. */
static struct sampler *add(struct samplers *ss, const struct dot_ref *d,
			   struct sample **sample, uint64_t at)
{
	struct sampler *sm = calloc(1, sizeof(*sm));

	if (!sm)
		return NULL;
	sm->last = take_ptr(*sample);
	sm->last_at = at;
	pthread_mutex_init(&sm->lock, NULL);
	sm->tick.run = run;
	sm->all = ss;
	sm->m = live_map_ref(d->m);
	sm->schema = schema_ref(d->schema);
	sm->next = ss->list;
	ss->list = sm;
	return sm;
}

/* It has no reader. samplers.lock is held. */
static void drop(struct sampler *sm)
{
	struct sampler **link = &sm->all->list;

	while (*link != sm)
		link = &(*link)->next;
	*link = sm->next;
	ticker_remove(sm->all->ticker, &sm->tick);
	sample_free(sm->last);
	buf_release(&sm->text);
	buf_release(&sm->rates);
	schema_unref(sm->schema);
	live_map_unref(sm->m);
	pthread_mutex_destroy(&sm->lock);
	free(sm);
}

static void attach(struct sampler *sm, struct sampler_reader *r)
{
	GUARD_MUTEX(&sm->lock);

	r->sampler = sm;
	r->at = r->rates ? sm->periods : end_of(sm);
	r->next = sm->readers;
	sm->readers = r;
}

static bool detach(struct sampler *sm, struct sampler_reader *r)
{
	GUARD_MUTEX(&sm->lock);
	struct sampler_reader **link = &sm->readers;

	while (*link != r)
		link = &(*link)->next;
	*link = r->next;
	r->sampler = NULL;
	return sm->readers;
}

/* True if d's map is being sampled already. */
static bool is_sampled(struct samplers *ss, const struct dot_ref *d)
{
	GUARD_MUTEX(&ss->lock);

	return find(ss, d);
}

int sampler_join(const struct dot_ref *d, const struct request *rq, struct tree_file *f,
		 bool rates, struct sampler_reader *ret)
{
	struct samplers *ss = d->tree->samplers;
	uint64_t at = clock_ns(CLOCK_MONOTONIC);
	_cleanup_sample_ struct sample *sample = NULL;
	struct sampler *sm;
	int r = 0;

	*ret = (struct sampler_reader){ .file = f, .rates = rates };
	/* Without the lock: it takes long. */
	if (!is_sampled(ss, d))
		r = take_sample(d->tree, rq, d->schema, &sample);
	if (r < 0)
		return r;
	GUARD_MUTEX(&ss->lock);
	sm = find(ss, d);
	if (!sm && sample)
		sm = add(ss, d, &sample, at);
	if (!sm)
		return sample ? -ENOMEM : -EAGAIN; /* it ended just now */
	attach(sm, ret);
	if (!ret->next)
		r = ticker_add(ss->ticker, &sm->tick);
	if (r < 0 && !detach(sm, ret))
		drop(sm);
	return r;
}

void sampler_leave(struct sampler_reader *r)
{
	struct sampler *sm = r->sampler;

	if (!sm)
		return;
	GUARD_MUTEX(&sm->all->lock);
	if (!detach(sm, r))
		drop(sm);
}

/* sm->lock is held, also below. */
static int read_changes(struct sampler *sm, struct sampler_reader *r, size_t size,
			struct buf *out)
{
	size_t n;

	if (r->at < sm->begin) {
		buf_puts(out, SKIPPED);
		r->at = sm->begin;
		return buf_error(out) ?: 1;
	}
	n = (size_t)(end_of(sm) - r->at);
	n = n < size ? n : size;
	if (n)
		buf_put(out, sm->text.data + (r->at - sm->begin), n);
	if (buf_error(out))
		return -ENOMEM;
	r->at += n;
	return n ? 1 : sm->error;
}

static int read_rates(struct sampler *sm, struct sampler_reader *r, struct buf *out)
{
	if (sm->periods == r->at)
		return sm->error;
	buf_put(out, sm->rates.data, sm->rates.len);
	return buf_error(out) ?: 1;
}

int sampler_read(struct sampler_reader *r, size_t size, struct buf *out)
{
	GUARD_MUTEX(&r->sampler->lock);

	return r->rates ? read_rates(r->sampler, r, out)
			: read_changes(r->sampler, r, size, out);
}

bool sampler_is_ready(struct sampler_reader *r)
{
	struct sampler *sm = r->sampler;
	GUARD_MUTEX(&sm->lock);

	return sm->error || (r->rates ? sm->periods != r->at : end_of(sm) != r->at);
}

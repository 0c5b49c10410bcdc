/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tree/ring-watch.h"

#include <errno.h>
#include <stdlib.h>

#include "map/ring.h"
#include "store/errno.h"
#include "text/error.h"
#include "tree/dotref.h"
#include "tree/file.h"
#include "util/clock.h"
#include "util/ticker.h"

#define MS 1000000ull
/* Between looks at a quiet ring, and at a mapped one. */
#define QUIET_NS (20 * MS)
#define BUSY_NS (1 * MS)
/* Unmapped when nothing came for so long, and after so long in any case. */
#define PATIENCE_NS (10 * MS)
#define MAPPED_NS (1000 * MS)
/* A full ring whose consumer did not move for so long has none. */
#define STALLED_NS (200 * MS)

#define LOG_MIN ((size_t)256 << 10)
#define LOG_MAX ((size_t)8 << 20)

struct ring_watch {
	struct tick tick; /* first */
	struct ring_watch *next;
	struct ring_watches *all;
	struct live_map *m;
	struct schema *schema;
	pthread_mutex_t lock; /* guards the rest */
	struct store_ring ring; /* mapped while records come */
	uint64_t mapped_at, active_at; /* ns; the latter: when records came, 0: not yet */
	bool ended; /* the map is gone */
	struct ring_reader *readers;
	unsigned taps, takers; /* of them */
	struct ring_log log; /* this and the tap: while there are taps */
	struct ring_tap tap;
	uint64_t unread, unread_end; /* where a taker would begin, and the producer */
	uint32_t last_len; /* of a record */
	uint64_t consumer, consumer_at; /* its position, and when it was seen first */
	bool full_said;
};

struct ring_watches {
	struct tree *tree;
	struct ticker *ticker;
	pthread_mutex_t lock; /* guards the list; before ring_watch.lock */
	struct ring_watch *list;
};

struct ring_watches *ring_watches_new(struct tree *t)
{
	struct ring_watches *ws = calloc(1, sizeof(*ws));

	if (!ws)
		return NULL;
	ws->tree = t;
	pthread_mutex_init(&ws->lock, NULL);
	ws->ticker = ticker_new();
	if (ws->ticker)
		return ws;
	ring_watches_free(ws);
	return NULL;
}

void ring_watches_free(struct ring_watches *ws)
{
	if (!ws)
		return;
	ticker_free(ws->ticker);
	pthread_mutex_destroy(&ws->lock);
	free(ws);
}

/* ---- looking at a ring; its lock is held ---- */

static int map_ring(struct ring_watch *w, const struct request *rq, uint64_t now)
{
	_cleanup_map_ struct map map = MAP_INIT;
	int r = map_open(rq, w->all->tree->store, w->schema, STORE_READ | STORE_WRITE,
			 &map);

	if (r == 0)
		r = store_user_errno(STORE_OP_OPEN,
				     store_ring_map(&map.ref, STORE_READ, &w->ring));
	if (r == 0)
		w->mapped_at = now;
	w->active_at = 0;
	return r;
}

/* Copy one record into the log. False: there is none. */
static bool follow_one(struct ring_watch *w)
{
	struct ring_record record;
	enum ring_found found = ring_find(&w->ring, &w->tap, &record);
	void *room;

	if (found == RING_NOTHING)
		return false;
	if (found == RING_RECORD && record.len > ring_log_max(&w->log)) {
		w->tap.pos += ring_bytes(record.len);
		found = RING_LOST;
	}
	if (found == RING_LOST) {
		ring_log_add(&w->log, RING_ENTRY_LOST, 0, w->tap.pos);
		return true;
	}
	w->last_len = record.len;
	room = ring_log_room(&w->log, record.len);
	if (ring_take(&w->ring, &w->tap, &record, room))
		ring_log_add(&w->log, RING_ENTRY_RECORD, record.len, w->tap.pos);
	return true;
}

/* Copy what is new, no more than the ring holds. False: nothing was. */
static bool follow(struct ring_watch *w)
{
	uint64_t begin = w->tap.pos;
	bool any = false;

	while (w->tap.pos - begin <= w->ring.size && follow_one(w))
		any = true;
	return any;
}

/* Say once that nobody consumes a full ring. */
static void note_full(struct ring_watch *w, uint64_t now)
{
	uint64_t c = __atomic_load_n(w->ring.consumer, __ATOMIC_RELAXED);

	if (c != w->consumer || !w->consumer_at) {
		w->consumer = c;
		w->consumer_at = now;
		w->full_said = false;
	}
	if (w->full_said || now - w->consumer_at < STALLED_NS ||
	    !ring_is_full(&w->ring, w->last_len))
		return;
	ring_log_add(&w->log, RING_ENTRY_FULL, 0, w->tap.pos);
	w->full_said = true;
}

/* True if there is something to take that was not there at the last look. */
static bool find_unread(struct ring_watch *w)
{
	uint64_t end = __atomic_load_n(w->ring.producer, __ATOMIC_ACQUIRE);
	struct ring_record record;
	struct ring_tap t;
	bool new;

	/* The taker gets the error. */
	if (ring_begin(&w->ring, &t) < 0)
		return true;
	if (ring_find(&w->ring, &t, &record) == RING_NOTHING)
		return false;
	new = record.pos != w->unread || end != w->unread_end;
	w->unread = record.pos;
	w->unread_end = end;
	return new;
}

static bool has_news(const struct ring_watch *w, struct ring_reader *r, bool unread)
{
	if (!r->taps || w->ended)
		return unread || w->ended;
	if (r->woken_at == w->log.end)
		return false;
	r->woken_at = w->log.end;
	return r->cursor.at != w->log.end;
}

static void wake(struct ring_watch *w, bool unread)
{
	bool any = false;

	for (struct ring_reader *r = w->readers; r; r = r->next)
		if (has_news(w, r, unread)) {
			file_wake(r->file);
			any = true;
		}
	if (any)
		tree_wake(w->all->tree);
}

static void look_mapped(struct ring_watch *w, uint64_t now)
{
	bool unread = w->takers && find_unread(w);
	bool any = (w->taps && follow(w)) || unread;

	if (w->taps)
		note_full(w, now);
	if (any)
		w->active_at = now;
	wake(w, unread);
	if (now - w->active_at >= PATIENCE_NS || now - w->mapped_at >= MAPPED_NS)
		store_ring_unmap(&w->ring);
}

static uint64_t look(struct tick *tick, uint64_t now)
{
	struct ring_watch *w = (struct ring_watch *)tick;
	GUARD_MUTEX(&w->lock);
	int r = w->ring.store ? 0 : map_ring(w, NULL, now);

	if (r == 0)
		look_mapped(w, now);
	/* Other errors are shortages of descriptors or memory, which pass. */
	if (r != -ENOENT)
		return now + (w->ring.store ? BUSY_NS : QUIET_NS);
	w->ended = true;
	wake(w, true);
	return UINT64_MAX;
}

/* ---- readers ---- */

static size_t log_size(uint64_t ring)
{
	size_t size = LOG_MIN;

	/* Records of any length that are in the ring find room. */
	while (size < 4 * ring && size < LOG_MAX)
		size *= 2;
	return size;
}

size_t ring_watch_memory(uint64_t size)
{
	return log_size(size);
}

/* ring_watches.lock is held. */
static struct ring_watch *add_watch(struct ring_watches *ws, const struct dot_ref *d)
{
	struct ring_watch *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	pthread_mutex_init(&w->lock, NULL);
	w->tick.run = look;
	w->all = ws;
	w->m = live_map_ref(d->m);
	w->schema = schema_ref(d->schema);
	w->next = ws->list;
	ws->list = w;
	return w;
}

/* Nobody follows it. ring_watches.lock is held. */
static void drop_watch(struct ring_watch *w)
{
	struct ring_watch **link = &w->all->list;

	while (*link != w)
		link = &(*link)->next;
	*link = w->next;
	ticker_remove(w->all->ticker, &w->tick);
	store_ring_unmap(&w->ring);
	ring_log_release(&w->log);
	schema_unref(w->schema);
	live_map_unref(w->m);
	pthread_mutex_destroy(&w->lock);
	free(w);
}

static struct ring_watch *find_watch(struct ring_watches *ws, const struct live_map *m)
{
	struct ring_watch *w = ws->list;

	while (w && w->m != m)
		w = w->next;
	return w;
}

/* Where a new tap begins: with what the consumer has not taken, as far as that is in
 * the log. */
static int begin_tap(struct ring_watch *w, struct ring_cursor *ret)
{
	struct ring_tap t;
	int r = ring_begin(&w->ring, &t);

	if (r < 0)
		return r;
	if (!w->taps) {
		r = ring_log_init(&w->log, log_size(w->ring.size), t.pos);
		w->tap = t;
		w->consumer_at = 0;
	}
	if (r < 0)
		return r;
	follow(w);
	*ret = ring_log_seek(&w->log, t.pos);
	return 0;
}

static int attach(struct ring_watch *w, const struct request *rq, struct ring_reader *reader)
{
	GUARD_MUTEX(&w->lock);
	int r = w->ended	? -ENOENT :
		w->ring.store ? 0 :
				map_ring(w, rq, clock_ns(CLOCK_MONOTONIC));

	if (r == 0 && reader->taps)
		r = begin_tap(w, &reader->cursor);
	if (r < 0)
		return r;
	reader->watch = w;
	reader->next = w->readers;
	w->readers = reader;
	w->taps += reader->taps;
	w->takers += !reader->taps;
	return 0;
}

static void detach(struct ring_watch *w, struct ring_reader *reader)
{
	GUARD_MUTEX(&w->lock);
	struct ring_reader **link = &w->readers;

	while (*link != reader)
		link = &(*link)->next;
	*link = reader->next;
	reader->watch = NULL;
	w->taps -= reader->taps;
	w->takers -= !reader->taps;
	if (!w->taps)
		ring_log_release(&w->log);
}

int ring_join(const struct dot_ref *d, const struct request *rq, struct tree_file *f,
	      bool taps, struct ring_reader *ret)
{
	struct ring_watches *ws = d->tree->rings;
	GUARD_MUTEX(&ws->lock);
	struct ring_watch *w = find_watch(ws, d->m) ?: add_watch(ws, d);
	int r = -ENOMEM;

	*ret = (struct ring_reader){ .file = f, .taps = taps };
	if (w)
		r = attach(w, rq, ret);
	/* The first one starts it. */
	if (r == 0 && !ret->next)
		r = ticker_add(ws->ticker, &w->tick);
	if (r < 0 && ret->watch)
		detach(w, ret);
	if (r < 0 && w && !w->readers)
		drop_watch(w);
	return r;
}

int ring_refuse(struct tree_file *f, struct live_map *m, int r)
{
	static const struct reason {
		int error;
		const char *text;
	} reasons[] = {
		{ -EACCES, "the kernel maps a ring buffer only with write permission: "
			   "give write permission on its pin, or run the daemon as root" },
		{ -EPERM, "a frozen ring buffer cannot be mapped" },
		{ -EOPNOTSUPP, "the layout of this ring buffer is unknown" },
	};
	struct text_error err = { 0 };

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (r == reasons[i].error) {
			text_fail(&err, r, 0, "%s", reasons[i].text);
			return file_refuse(f, m, "open", r, &err);
		}
	return r;
}

void ring_leave(struct ring_reader *r)
{
	struct ring_watch *w = r->watch;

	if (!w)
		return;
	GUARD_MUTEX(&w->all->lock);
	detach(w, r);
	if (!w->readers)
		drop_watch(w);
}

/* A tap that has read all: look for what came since the last look. */
static void catch_up(struct ring_watch *w, const struct ring_reader *r)
{
	uint64_t now = clock_ns(CLOCK_MONOTONIC);

	if (r->cursor.at != w->log.end || w->ended)
		return;
	/* Errors are those of the next look, too. */
	if (!w->ring.store && map_ring(w, NULL, now) < 0)
		return;
	if (follow(w))
		w->active_at = now;
	else if (!w->active_at)
		store_ring_unmap(&w->ring);
}

/* The consumer could take something. */
static bool has_unread(struct ring_watch *w)
{
	uint64_t now = clock_ns(CLOCK_MONOTONIC);
	struct ring_record record;
	struct ring_tap t;
	bool any;

	if (!w->ring.store && map_ring(w, NULL, now) < 0)
		return false;
	any = ring_begin(&w->ring, &t) < 0 || ring_find(&w->ring, &t, &record) != RING_NOTHING;
	if (!w->active_at)
		store_ring_unmap(&w->ring);
	return any;
}

static void put_entry(const struct ring_entry *e, const void *bytes, struct buf *out)
{
	static const char zeros[8];

	buf_put(out, e, sizeof(*e));
	buf_put(out, bytes, e->len);
	buf_put(out, zeros, -(size_t)e->len & 7);
}

int ring_read(struct ring_reader *r, size_t want, struct buf *out)
{
	struct ring_watch *w = r->watch;
	const void *bytes = NULL;
	struct ring_entry e;
	GUARD_MUTEX(&w->lock);

	catch_up(w, r);
	while (out->len < want && ring_log_next(&w->log, &r->cursor, &e, &bytes))
		put_entry(&e, bytes, out);
	if (buf_error(out))
		return -ENOMEM;
	return w->ended && !out->len ? -ENOENT : 0;
}

bool ring_has_entries(struct ring_reader *r)
{
	struct ring_watch *w = r->watch;
	GUARD_MUTEX(&w->lock);

	if (!r->taps)
		return w->ended || has_unread(w);
	catch_up(w, r);
	return w->ended || r->cursor.at != w->log.end;
}

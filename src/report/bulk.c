/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Split the written text into lines, check each and pass it to the apply queue.
 */
#include "report/bulk.h"

#include <errno.h>
#include <string.h>

#include "map/check.h"
#include "map/content.h"
#include "map/ops.h"
#include "map/scan/take.h"
#include "report/apply-queue.h"
#include "util/request.h"

/* Text of the largest value, and of its key. */
#define LINE_MAX_LEN (TYPE_MAX_TEXT + (1u << 20))

int bulk_check(const struct bulk_format *f, const struct schema *s, bool unsafe,
	       struct text_error *err)
{
	return f->removes ? map_check_removable(s, err)
			  : map_check_writable(s, unsafe, err);
}

static size_t entry_size(const struct bulk_writer *w)
{
	const struct schema *s = w->map->schema;

	return s->key_size + (w->format->removes ? 0 : s->value_bytes);
}

int bulk_init(struct bulk_writer *w)
{
	const struct bulk_format *f = w->format;

	w->line = 1;
	w->apply_queue = apply_queue_new(w->map, f->removes, f->restores);
	if (f->restores)
		w->written = keyset_new(w->map->schema->key_size);
	return w->apply_queue && (!f->restores || w->written) ? 0 : -ENOMEM;
}

void bulk_release(struct bulk_writer *w)
{
	apply_queue_free(w->apply_queue);
	buf_release(&w->held);
	keyset_free(w->written);
}

/* ---- applying ---- */

int bulk_apply(struct bulk_writer *w, struct text_error *err)
{
	int r = apply_queue_finish(w->apply_queue, &w->line);

	return r < 0 ? map_refused(w->map->schema, r, err) : 0;
}

size_t bulk_late(const struct bulk_writer *w)
{
	return apply_queue_late(w->apply_queue);
}

int bulk_apply_late(struct bulk_writer *w, struct text_error *err)
{
	int r = apply_queue_apply_late(w->apply_queue);

	return r < 0 ? map_refused(w->map->schema, r, err) : 0;
}

bool bulk_changed(const struct bulk_writer *w)
{
	return w->removed || (w->apply_queue && apply_queue_changed(w->apply_queue));
}

size_t bulk_buffers(const struct schema *s)
{
	return apply_queue_memory(s);
}

size_t bulk_memory(const struct bulk_writer *w)
{
	size_t late = w->apply_queue ? apply_queue_late_memory(w->apply_queue) : 0;

	return w->held.cap + keyset_memory(w->written) + late;
}

void bulk_fail(struct bulk_writer *w, int error)
{
	w->error = error;
	buf_release(&w->held);
}

int bulk_value(struct bulk_writer *w, const uint8_t *key, const char *text, size_t len,
	       uint8_t *value, struct text_error *err)
{
	const struct schema *s = w->map->schema;
	struct content_text t = {
		.text = text, .len = len, .rq = w->map->rq, .err = err
	};
	_cleanup_free_ uint8_t *current = NULL;
	int r;

	if (!schema_needs_current(s))
		return content_parse_json(s, key, &t, value);
	current = malloc(s->value_bytes);
	if (!current)
		return -ENOMEM;
	r = map_lookup(w->map, key, current);
	if (r < 0 && r != -ENOENT)
		return text_fail(err, r, 0, "the current value cannot be read");
	t.current = r == 0 ? current : NULL;
	return content_parse_json(s, key, &t, value);
}

/* ---- lines ---- */

/* The entry is valid: it waits in the batch. */
static int accept(struct bulk_writer *w, const uint8_t *key, struct text_error *err)
{
	int r = 0;

	if (w->written)
		r = keyset_add(w->written, key);
	if (r < 0)
		return text_fail(
			err, r == -E2BIG ? -EFBIG : r, 0,
			"more than %zu keys: clear the map and write its entries",
			KEYSET_MAX);
	w->entries++;
	return apply_queue_add(w->apply_queue, w->line);
}

static int take_line(struct bulk_writer *w, const char *text, size_t len,
		     struct text_error *err)
{
	uint8_t *key, *value;
	int r;

	if (!w->format->records && !len)
		return 0;
	if (!w->format->records && *text == '#')
		return w->format->comment ? w->format->comment(w, text, len, err) : 0;
	if (w->ended)
		return text_fail(err, -EINVAL, 0,
				 "there is text after the end of the backup");
	apply_queue_next(w->apply_queue, &key, &value);
	r = w->format->take(w, text, len, key, value, err);
	if (r == 0)
		r = map_check_index(w->map->schema, key, err);
	return r < 0 ? r : accept(w, key, err);
}

/* The length of the line or record at the start of the text, and of what
 * separates it from the next. false: it is not all there. */
static bool cut(const struct bulk_writer *w, const char *text, size_t len,
		size_t *ret_len, size_t *ret_skip)
{
	const char *end;

	if (w->format->records) {
		*ret_len = *ret_skip = entry_size(w);
		return len >= *ret_len;
	}
	end = memchr(text, '\n', len);
	if (!end)
		return false;
	*ret_len = (size_t)(end - text);
	*ret_skip = *ret_len + 1;
	return true;
}

/* Take all whole lines; *used bytes of the text are done with. */
static int take_lines(struct bulk_writer *w, const char *text, size_t len, size_t *used,
		      struct text_error *err)
{
	size_t n, skip;
	int r;

	*used = 0;
	while (*used < len && cut(w, text + *used, len - *used, &n, &skip)) {
		r = take_line(w, text + *used, n, err);
		if (r < 0)
			return r;
		*used += skip;
		w->line++;
	}
	return 0;
}

/* The held line took effect when a descriptor was closed: a newline is all that
 * it lacked. Whatever else comes makes it another line, which is taken again. */
static bool drop_finished(struct bulk_writer *w, const char *data, size_t *used)
{
	bool done = w->finished && *data == '\n';

	w->finished = false;
	if (!done)
		return false;
	buf_clear(&w->held);
	w->line++;
	*used = 1;
	return true;
}

/* Complete the held line, as far as this text goes. */
static int fill_held(struct bulk_writer *w, const char *data, size_t len, size_t *used,
		     struct text_error *err)
{
	size_t n, skip, before = w->held.len, done;
	bool whole;
	int r;

	*used = 0;
	if (!before || drop_finished(w, data, used))
		return 0;
	if (w->format->records)
		n = entry_size(w) - before < len ? entry_size(w) - before : len;
	else
		n = cut(w, data, len, &n, &skip) ? skip : len;
	whole = w->format->records ? before + n == entry_size(w) : data[n - 1] == '\n';
	if (before + n > LINE_MAX_LEN && !w->format->records)
		return text_fail(err, -EFBIG, 0, "the line is longer than any entry of this map");
	buf_put(&w->held, data, n);
	if (buf_error(&w->held))
		return -ENOMEM;
	*used = n;
	/* Parse only when complete: a client may write 1 MiB byte by byte. */
	if (!whole)
		return 0;
	r = take_lines(w, w->held.data, w->held.len, &done, err);
	if (r == 0)
		buf_clear(&w->held);
	return r;
}

static int take_text(struct bulk_writer *w, const char *data, size_t len,
		     struct text_error *err)
{
	size_t used, more;
	int r = fill_held(w, data, len, &used, err);

	if (r == 0 && !w->held.len) {
		r = take_lines(w, data + used, len - used, &more, err);
		used += more;
	}
	if (r == 0 && used < len)
		buf_put(&w->held, data + used, len - used);
	return r < 0 ? r : buf_error(&w->held);
}

/* Apply the entries before a bad line; one of them may fail first. */
static int settle(struct bulk_writer *w, int r, struct text_error *err)
{
	struct text_error earlier = { 0 };
	int before = bulk_apply(w, &earlier);

	if (before < 0 && err)
		*err = earlier;
	return before < 0 ? before : r;
}

/* Writing at 0 again is a new text. */
static int place(struct bulk_writer *w, size_t len, off_t off, struct text_error *err)
{
	if (!w->append && off != w->end && off)
		return text_fail(err, -EINVAL, 0,
				 "a whole-map file must be written from offset 0 on, "
				 "without gaps");
	if (!w->append && !off && w->end) {
		buf_clear(&w->held);
		apply_queue_drop_late(w->apply_queue);
		w->finished = false;
		w->line = 1;
		w->entries = 0;
		w->ended = false;
		keyset_free(w->written);
		w->written =
			w->format->restores ? keyset_new(w->map->schema->key_size) : NULL;
		if (w->format->restores && !w->written)
			return -ENOMEM;
	}
	w->end = off + (off_t)len;
	return 0;
}

int bulk_write(struct bulk_writer *w, const char *data, size_t len, off_t off,
	       struct text_error *err)
{
	int r;

	if (w->error)
		return w->error;
	w->unfinished = 0;
	r = place(w, len, off, err);
	if (r == 0) {
		apply_queue_begin(w->apply_queue);
		r = take_text(w, data, len, err);
		r = settle(w, r, err);
	}
	w->error = r;
	return r;
}

/* A last line without newline. That it is one is certain only when the last
 * descriptor is closed, when errors can no longer be reported. So an entry takes
 * effect early; if the line goes on, it does again. What cannot be taken back
 * waits: the beginning of a name may be the name of another key. */
static int finish_line(struct bulk_writer *w, bool last, struct text_error *err)
{
	size_t len = w->held.len;
	int r;

	if (w->format->records)
		return text_fail(err, -EINVAL, 0, "the last entry has %zu bytes of %zu",
				 len, entry_size(w));
	if (w->format->removes && !last)
		return 0;
	if (w->format->restores && *w->held.data != '#')
		return text_fail(err, -EINVAL, len, "the backup ends within a line");
	r = settle(w, take_line(w, w->held.data, len, err), err);
	w->finished = r == 0;
	return r;
}

bool bulk_lacks_end(const struct bulk_writer *w)
{
	return w->format->restores && !w->error && !w->ended && w->line > 1;
}

int bulk_finish(struct bulk_writer *w, bool last, struct text_error *err)
{
	if (w->error || w->unfinished)
		return w->unfinished;
	if (w->held.len && !w->finished)
		w->unfinished = finish_line(w, last, err);
	else if (last && bulk_lacks_end(w))
		w->unfinished = text_fail(
			err, -EINVAL, 0, "the backup has no end, so nothing was deleted");
	return w->unfinished;
}

/* ---- deleting ---- */

/* Keys of a batch that are not spared, moved to the front of `gone`. */
static size_t pick_others(const struct map *m, const struct scan_batch *b,
			  const struct keyset *spared, uint8_t *gone)
{
	size_t size = m->schema->key_size, n = 0;

	for (size_t i = 0; i < b->count; i++)
		if (!spared || !keyset_has(spared, b->keys + i * size))
			memcpy(gone + n++ * size, b->keys + i * size, size);
	return n;
}

struct removal {
	const struct map *map;
	const struct keyset *spared;
	struct text_error *err;
};

static int remove_batch(void *arg, const struct scan_batch *b)
{
	const struct removal *rm = arg;
	const struct map *m = rm->map;
	_cleanup_free_ uint8_t *gone = malloc(b->count * m->schema->key_size);
	size_t n;
	int r;

	if (!gone)
		return -ENOMEM;
	n = pick_others(m, b, rm->spared, gone);
	if (!n)
		return 0;
	r = map_check_removable(m->schema, rm->err);
	if (r < 0)
		return r;
	r = map_remove_batch(m, gone, &n);
	return r < 0 ? map_refused(m->schema, r, rm->err) : 0;
}

int bulk_remove_others(const struct map *m, const struct keyset *spared,
		       struct text_error *err)
{
	struct removal rm = { m, spared, err };

	return scan_fold(m, true, 0, remove_batch, &rm);
}

/* One call takes what a listing and a deletion need two for. */
static int take_all(const struct map *m, struct text_error *err)
{
	_cleanup_take_ struct take *take = NULL;
	struct scan_batch b;
	int r = take_new(m, &take);

	while (r == 0 && (r = take_next(take, &b)) > 0)
		r = request_interrupted(m->rq) ? -EINTR : 0;
	return r < 0 ? map_refused(m->schema, r, err) : 0;
}

int bulk_remove_all(const struct map *m, struct text_error *err)
{
	return m->schema->ops->takes_batches ? take_all(m, err)
					     : bulk_remove_others(m, NULL, err);
}

int bulk_zero(const struct map *m, struct text_error *err)
{
	uint32_t max = schema_max_entries(m->schema);
	size_t room = scan_batch_room(m->schema);
	_cleanup_free_ uint32_t *keys = calloc(room, sizeof(*keys));
	_cleanup_free_ uint8_t *zeros = calloc(room, m->schema->value_bytes);
	int r = keys && zeros ? 0 : -ENOMEM;

	for (uint32_t from = 0; r == 0 && from < max;) {
		size_t n = max - from < room ? max - from : room;

		for (size_t i = 0; i < n; i++)
			keys[i] = from + (uint32_t)i;
		r = map_update_batch(m, keys, zeros, &n);
		from += (uint32_t)n;
		if (r == 0 && request_interrupted(m->rq))
			r = -EINTR;
	}
	return r < 0 ? map_refused(m->schema, r, err) : 0;
}

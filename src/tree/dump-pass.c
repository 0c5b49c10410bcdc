/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Format entries of a scan into the window until it holds a piece or the text ends.
 */
#include "tree/dump.h"

#include <errno.h>

#include "map/content.h"
#include "map/ops.h"
#include "report/bulk.h"
#include "util/request.h"

/* Text is made in pieces of about this size. */
#define PIECE (1u << 18)

static int put_head(struct dump_pass *p, const struct dot_ref *d,
		    const struct request *rq)
{
	_cleanup_def_ struct def def = { 0 };
	struct report report;
	int r;

	if (!d->row->bulk->head)
		return 0;
	r = dot_report(d, rq, &p->map, &def, &report);
	return r < 0 ? r : d->row->bulk->head(&report, &p->window);
}

/* Close map and scan. The window stays. */
static void dump_pass_end(struct dump_pass *p)
{
	scan_free(p->scan);
	p->scan = NULL;
	map_close(&p->map);
	p->batch.count = p->i = 0;
	p->ended = true;
}

int dump_pass_begin(struct dump_pass *p, const struct dot_ref *d,
		    const struct request *rq)
{
	int r;

	dump_pass_end(p);
	dump_pass_drop(p);
	p->start = 0;
	p->count = 0;
	p->squares = 0;
	/* A backup is to be written back. */
	p->window.names = d->row->bulk->restores ? NULL : p->names;
	r = map_open(rq, d->tree->store, d->schema, STORE_READ, &p->map);
	if (r == 0)
		r = put_head(p, d, rq);
	if (r == 0)
		r = scan_new_ahead(&p->map, d->row->bulk->keys_only, SCAN_THREADS,
				   &p->scan);
	p->brief = r == 0 && scan_is_brief(&p->map);
	if (r < 0 || p->brief)
		map_close(&p->map);
	p->map.rq = NULL;
	p->ended = r < 0;
	return r;
}

void dump_pass_release(struct dump_pass *p)
{
	dump_pass_end(p);
	buf_release(&p->window);
}

void dump_pass_drop(struct dump_pass *p)
{
	p->start += (off_t)p->window.len;
	buf_clear(&p->window);
}

static int format_batch(struct dump_pass *p, const struct dot_ref *d, size_t len)
{
	const struct schema *s = d->schema;
	const struct scan_batch *b = &p->batch;
	size_t from = p->i;
	int r = 0;

	for (; r == 0 && p->i < b->count && p->window.len < len; p->i++) {
		size_t before = p->window.len;
		double line;

		r = d->row->bulk->put(s, b->keys + p->i * s->key_size,
				      b->values ? b->values + p->i * s->value_bytes : NULL,
				      &p->window);
		line = (double)(p->window.len - before);
		p->squares += line * line;
	}
	p->count += p->i - from;
	return r;
}

static int next_batch(struct dump_pass *p, const struct dot_ref *d)
{
	int r = scan_next(p->scan, &p->batch);

	p->i = 0;
	if (r > 0)
		return 0;
	p->batch.count = 0;
	if (r < 0)
		return r;
	p->ended = true;
	return d->row->bulk->tail ? d->row->bulk->tail(p->count, &p->window) : 0;
}

int dump_pass_more(struct dump_pass *p, const struct dot_ref *d,
		   const struct request *rq)
{
	size_t len = p->window.len + PIECE;
	int r = request_interrupted(rq) ? -EINTR : 0;

	p->map.rq = rq;
	while (r == 0 && !p->ended && p->window.len < len) {
		if (p->i == p->batch.count)
			r = next_batch(p, d);
		if (r == 0)
			r = format_batch(p, d, len);
	}
	p->map.rq = NULL;
	return r;
}

/* Decimal digits of all indexes from `from` to n - 1. */
static uint64_t count_digits(uint64_t from, uint64_t n)
{
	uint64_t digits = 1, sum = 0;

	for (uint64_t end = 10; from < n; end *= 10, digits++)
		if (from < end) {
			uint64_t last = end < n ? end : n;

			sum += (last - from) * digits;
			from = last;
		}
	return sum;
}

/* How long the line of an index is whose value is zeros; 0: no memory. */
static size_t zero_line(const struct dot_ref *d, uint32_t index)
{
	_cleanup_buf_ struct buf line = BUF_INIT;
	_cleanup_free_ uint8_t *value = calloc(1, d->schema->value_bytes ?: 1);

	if (!value || d->row->bulk->put(d->schema, &index, value, &line) < 0)
		return 0;
	return line.len;
}

/* A view may give indexes names. */
static bool has_plain_indexes(const struct schema *s)
{
	_cleanup_buf_ struct buf name = BUF_INIT;
	uint32_t index = 0;

	return content_name(s, &index, &name) == 0 && name.len == 1 && *name.data == '0';
}

/* Every index has an entry, but those that follow may be unlike the first ones: unused
 * ones are zeros. No values have much shorter text: four fifths of it allow for true in
 * place of false, and for names of enumerators. */
static bool array_exceeds(const struct dump_pass *p, const struct dot_ref *d, size_t max)
{
	uint64_t n = schema_max_entries(d->schema);
	size_t line = zero_line(d, 0), digit = zero_line(d, 10) - line;

	if (!line || digit > 1 || !has_plain_indexes(d->schema))
		return false;
	return p->window.len + (n - p->count) * (line - digit) / 5 * 4 +
	       digit * count_digits(p->count, n) > max;
}

/*
 * The buckets so far are a random sample of the table. The total is estimated from the
 * number of entries in them and from the lengths of lines; the variances of both, relative
 * to their squares, add up. Four standard errors below the estimate is a safe minimum.
 */
static bool table_exceeds(const struct dump_pass *p, size_t max)
{
	double n = (double)p->count, len = (double)p->window.len, variance, total, least;
	struct scan_estimate estimate;

	if (scan_estimate(&p->map, &estimate) < 0)
		return false;
	variance = p->squares / (len * len) - 1 / n;
	if (variance < 0)
		variance = 0;
	if (estimate.sample)
		variance += 1 / (double)estimate.sample;
	total = (double)estimate.entries / n * len;
	least = 1 - (double)max / total;
	return least > 0 && variance < least * least / 16;
}

/* True if the text is or will be longer than max. False may be wrong: making the text
 * then shows it. */
static bool exceeds(const struct dump_pass *p, const struct dot_ref *d, size_t max)
{
	const struct schema *s = d->schema;

	if (p->window.len > max)
		return true;
	if (p->brief || !p->count || s->data)
		return false;
	if (!schema_has(s, MAP_INDEXED))
		return table_exceeds(p, max);
	return s->ops == &map_ops_indexed && array_exceeds(p, d, max);
}

int dump_pass_complete(struct dump_pass *p, const struct dot_ref *d,
		       const struct request *rq, size_t max)
{
	int r = dump_pass_more(p, d, rq);

	if (r == 0 && !p->ended && exceeds(p, d, max))
		return 0;
	while (r == 0 && !p->ended && p->window.len <= max)
		r = dump_pass_more(p, d, rq);
	if (r < 0 || !p->ended || p->window.len > max)
		return r;
	dump_pass_end(p);
	return 1;
}

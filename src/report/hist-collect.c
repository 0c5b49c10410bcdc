/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Collect the histograms of a map in one pass. Memory is bounded: of arrays in values,
 * the HIST_MAX with the largest totals are kept; buckets in keys are collected as rows,
 * at most HIST_MEMORY bytes of them, and sorted into histograms after the pass.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "map/numbers.h"
#include "map/scan/scan.h"
#include "report/hist.h"
#include "util/buf.h"

struct row {
	size_t key; /* offset in collector.keys */
	struct hist_bar bar;
};

struct collector {
	struct hist_set *set;
	const struct schema *schema;
	struct buf rows; /* struct row; HIST_OF_KEYS */
	struct buf keys; /* with the bucket cleared */
	struct buf bars; /* of the histogram at hand */
};

/* ---- the set ---- */

static void hist_release(struct hist *h)
{
	free(h->key);
	free(h->path);
	free(h->bars);
}

void hist_set_release(struct hist_set *set)
{
	for (size_t i = 0; i < set->count; i++)
		hist_release(&set->list[i]);
	free(set->list);
	*set = (struct hist_set){ 0 };
}

static void *copy_of(const void *p, size_t size)
{
	void *copy = p ? malloc(size) : NULL;

	return copy ? memcpy(copy, p, size) : NULL;
}

/* Sift the last one up, or (`down`) the first one down: a heap, the smallest first. */
static void restore_heap(struct hist *list, size_t count, bool down)
{
	size_t i = down ? 0 : count - 1, other;

	for (;; i = other) {
		other = down ? 2 * i + 1 : (i - 1) / 2;
		if (down ? other >= count : !i)
			return;
		if (down && other + 1 < count &&
		    list[other + 1].total < list[other].total)
			other++;
		if (down ? list[i].total <= list[other].total
			 : list[i].total >= list[other].total)
			return;
		struct hist h = list[i];

		list[i] = list[other];
		list[other] = h;
	}
}

static bool is_wanted(struct hist_set *set, double total)
{
	if (set->count < HIST_MAX)
		return true;
	set->smaller++;
	return total > set->list[0].total;
}

static int take_hist(struct hist_set *set, const struct hist *h)
{
	if (set->count == HIST_MAX) {
		hist_release(&set->list[0]);
		set->list[0] = *h;
		restore_heap(set->list, set->count, true);
		return 0;
	}
	set->list[set->count++] = *h;
	restore_heap(set->list, set->count, false);
	return 0;
}

/* The bars at hand become a histogram, unless there are none. f: the array. */
static int end_hist(struct collector *c, const uint8_t *key, const struct field *f)
{
	const struct hist_bar *bars = (const struct hist_bar *)c->bars.data;
	struct hist h = { .count = c->bars.len / sizeof(*bars) };

	if (buf_error(&c->bars))
		return -ENOMEM;
	for (size_t i = 0; i < h.count; i++)
		h.total += (double)bars[i].count;
	if (!h.count || !is_wanted(c->set, h.total))
		return 0;
	h.bars = copy_of(bars, c->bars.len);
	h.key = copy_of(key, c->schema->key_size);
	h.path = f ? strdup(f->path) : NULL;
	h.scale = hist_scale_up_to(f ? hist_array_scale(f) : c->set->source.scale,
				   bars[h.count - 1].bucket);
	if (!h.bars || (key && !h.key) || (f && !h.path)) {
		hist_release(&h);
		return -ENOMEM;
	}
	return take_hist(c->set, &h);
}

static int by_total(const void *a, const void *b)
{
	const struct hist *p = a, *q = b;

	return (p->total > q->total) - (p->total < q->total);
}

/* ---- the shapes ---- */

/* A count that is not negative; others are no counts. */
static uint64_t count_of(const struct field *f, u128 v)
{
	struct number n;

	if (!f->is_signed)
		return (uint64_t)v;
	n = field_number(f, v);
	return n.negative ? 0 : (uint64_t)n.magnitude;
}

static void add_bar(struct collector *c, uint64_t bucket, uint64_t count)
{
	const struct hist_bar bar = { bucket, count };

	if (count)
		buf_put(&c->bars, &bar, sizeof(bar));
}

static int add_index(struct collector *c, const uint8_t *key, const struct numbers *n)
{
	uint32_t index;

	memcpy(&index, key, sizeof(index));
	add_bar(c, index, count_of(n->fields->list, n->values[0]));
	return buf_error(&c->bars);
}

static int add_arrays(struct collector *c, const uint8_t *key, const struct numbers *n)
{
	const u128 *v = n->values;
	int r = 0;

	for (size_t i = 0; r == 0 && i < n->fields->count; i++) {
		const struct field *f = &n->fields->list[i];

		buf_clear(&c->bars);
		for (uint32_t k = 0; f->count > 1 && k < f->count; k++)
			add_bar(c, k, count_of(f, v[k]));
		r = end_hist(c, key, f);
		v += f->count;
	}
	return r;
}

/* ebpf_exporter keeps the sum of all values behind the last bucket. */
static bool is_sum(const struct hist_scale *s, uint64_t bucket)
{
	return (s->kind == HIST_EXP2 || s->kind == HIST_EXP2ZERO) && s->max &&
	       bucket > (uint64_t)s->max;
}

static int add_row(struct collector *c, const uint8_t *key, const struct numbers *n)
{
	const struct field *bucket = &c->set->source.bucket;
	struct row row = { .key = c->keys.len };

	row.bar.bucket = (uint64_t)field_load(bucket, 0, key);
	row.bar.count = count_of(n->fields->list, n->values[0]);
	if (!row.bar.count || is_sum(&c->set->source.scale, row.bar.bucket))
		return 0;
	if (c->keys.len + c->rows.len > HIST_MEMORY) {
		c->set->incomplete++;
		return 0;
	}
	buf_put(&c->keys, key, c->schema->key_size);
	buf_put(&c->rows, &row, sizeof(row));
	if (buf_error(&c->keys) || buf_error(&c->rows))
		return -ENOMEM;
	field_clear(bucket, c->keys.data + row.key);
	return 0;
}

typedef int add_fn(struct collector *c, const uint8_t *key, const struct numbers *n);

static add_fn *const add_of[] = {
	[HIST_OF_INDEXES] = add_index,
	[HIST_OF_ARRAYS] = add_arrays,
	[HIST_OF_KEYS] = add_row,
};

static int add_entry(void *arg, const void *key, const struct numbers *n)
{
	struct collector *c = arg;

	return add_of[c->set->source.shape](c, key, n);
}

/* ---- rows to histograms ---- */

static int compare_keys(const struct collector *c, const struct row *a,
			const struct row *b)
{
	return memcmp(c->keys.data + a->key, c->keys.data + b->key, c->schema->key_size);
}

static int by_key_and_bucket(const void *a, const void *b, void *arg)
{
	const struct row *p = a, *q = b;

	return compare_keys(arg, p, q)
		       ?: (p->bar.bucket > q->bar.bucket) -
				  (p->bar.bucket < q->bar.bucket);
}

static int split_rows(struct collector *c)
{
	struct row *rows = (struct row *)c->rows.data;
	size_t count = c->rows.len / sizeof(*rows);
	int r = 0;

	if (count)
		qsort_r(rows, count, sizeof(*rows), by_key_and_bucket, c);
	for (size_t i = 0; r == 0 && i < count; i++) {
		add_bar(c, rows[i].bar.bucket, rows[i].bar.count);
		if (i + 1 < count && !compare_keys(c, &rows[i], &rows[i + 1]))
			continue;
		r = end_hist(c, (const uint8_t *)c->keys.data + rows[i].key, NULL);
		buf_clear(&c->bars);
	}
	return r;
}

static void collector_release(struct collector *c)
{
	buf_release(&c->rows);
	buf_release(&c->keys);
	buf_release(&c->bars);
}

int hist_collect(const struct map *m, struct hist_set *ret)
{
	_cleanup_hist_set_ struct hist_set set = { 0 };
	_cleanup_(collector_release) struct collector c = { .set = &set,
							    .schema = m->schema };
	int r;

	if (!hist_source(m->schema, &set.source))
		return -EOPNOTSUPP;
	set.list = calloc(HIST_MAX, sizeof(*set.list));
	if (!set.list)
		return -ENOMEM;
	r = numbers_fold(m, SCAN_THREADS, add_entry, &c);
	if (r == 0 && set.source.shape == HIST_OF_KEYS)
		r = split_rows(&c);
	if (r == 0 && set.source.shape == HIST_OF_INDEXES)
		r = end_hist(&c, NULL, NULL);
	if (r < 0)
		return r;
	qsort(set.list, set.count, sizeof(*set.list), by_total);
	*ret = set;
	set = (struct hist_set){ 0 };
	return 0;
}

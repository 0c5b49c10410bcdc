/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * .map/hist: histograms as bpftrace prints them, 80 columns wide:
 *
 *	pid=7,comm=cat usecs:
 *	[2, 4)                 3 |@@@@@@@@@@@@@@@@@@@@@@@@@@                          |
 *	[4, 8)                 6 |@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@|
 */
#include "report/hist.h"

#include <stdio.h>

#include "report/report.h"
#include "util/buf.h"

#define LINE_WIDTH 79
#define LABEL_WIDTH 16
#define COUNT_WIDTH 8
#define BAR_WIDTH 52
#define BAR_MIN 10
/* Empty buckets between two others have a line, unless they are more. */
#define GAP_MAX 1100

struct layout {
	struct hist_scale scale;
	int label, count, bar; /* widths */
	float max;	       /* the largest count */
};

static void put_label(const struct hist_scale *s, uint64_t bucket, struct buf *out)
{
	struct hist_range range;

	if (hist_scale_range(s, bucket, &range))
		hist_scale_label(s, &range, out);
}

static int widest(int a, size_t b)
{
	return a > (int)b ? a : (int)b;
}

/* Labels and counts that are longer than usual take their room from the bars. */
static void lay_out(const struct hist *h, struct layout *l)
{
	_cleanup_buf_ struct buf label = BUF_INIT;
	uint64_t max = 0;

	l->label = LABEL_WIDTH;
	for (size_t i = 0; i < h->count; i++) {
		buf_clear(&label);
		put_label(&l->scale, h->bars[i].bucket, &label);
		l->label = widest(l->label, label.len + 1);
		max = h->bars[i].count > max ? h->bars[i].count : max;
	}
	l->max = (float)max;
	buf_clear(&label);
	buf_put_u64(&label, max);
	l->count = widest(COUNT_WIDTH, label.len);
	l->bar = BAR_WIDTH;
	if (l->label + l->count + 3 + l->bar > LINE_WIDTH)
		l->bar = widest(BAR_MIN, (size_t)(LINE_WIDTH - 3 - l->label - l->count));
}

static void put_line(const struct layout *l, const struct hist_bar *bar, struct buf *out)
{
	static const char full[] = "@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@";
	/* In float, as bpftrace: a bar is as long as there. */
	int width = (int)((float)bar->count / l->max * (float)l->bar);
	_cleanup_buf_ struct buf label = BUF_INIT;

	put_label(&l->scale, bar->bucket, &label);
	buf_printf(out, "%-*s%*llu |%-*.*s|\n", l->label, buf_cstr(&label) ?: "",
		   l->count, (unsigned long long)bar->count, l->bar, width, full);
	if (buf_error(&label))
		out->error = buf_error(&label);
}

static void put_gap(const struct layout *l, uint64_t from, uint64_t to, struct buf *out)
{
	if (to - from > GAP_MAX)
		return;
	for (; from < to; from++)
		put_line(l, &(struct hist_bar){ from, 0 }, out);
}

static void put_bars(const struct hist *h, const struct layout *l, struct buf *out)
{
	for (size_t i = 0; i < h->count; i++) {
		if (i)
			put_gap(l, h->bars[i - 1].bucket + 1, h->bars[i].bucket, out);
		put_line(l, &h->bars[i], out);
	}
}

/* A guess is printed once, before the first histogram that depends on it. */
static void put_assumption(const struct hist_scale *scale, unsigned *said,
			   struct buf *out)
{
	const char *text = hist_assumption(scale);

	if (!text || *said & 1u << scale->kind)
		return;
	*said |= 1u << scale->kind;
	buf_printf(out, "# buckets are read as %s\n", text);
}

static int put_hist(const struct schema *s, const struct hist_source *src,
		    const struct hist *h, unsigned *said, struct buf *out)
{
	struct layout l = { .scale = h->scale };
	size_t before;
	int r;

	put_assumption(&l.scale, said, out);
	before = out->len;
	r = hist_title(s, src, h, out);
	if (out->len > before)
		buf_puts(out, ":\n");
	lay_out(h, &l);
	put_bars(h, &l, out);
	return r < 0 ? r : buf_error(out);
}

int report_hist(const struct report *r, struct buf *out)
{
	_cleanup_hist_set_ struct hist_set set = { 0 };
	unsigned said = 0;
	int err = hist_collect(r->map, &set);

	for (size_t i = 0; err == 0 && i < set.count; i++) {
		if (i)
			buf_putc(out, '\n');
		err = put_hist(r->schema, &set.source, &set.list[i], &said, out);
	}
	if (err < 0)
		return err;
	if (set.smaller)
		buf_printf(out, "# %llu smaller histograms are left out\n",
			   (unsigned long long)set.smaller);
	if (set.incomplete)
		buf_printf(out, "# incomplete: there was no room for %llu entries\n",
			   (unsigned long long)set.incomplete);
	return buf_error(out);
}

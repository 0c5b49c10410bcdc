/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ranges of buckets, and their labels.
 */
#include "report/hist-scale.h"

#include <stddef.h>

#include "text/number.h"
#include "util/buf.h"

/* Buckets of powers of two end with that of 2^63 ... 2^64 - 1. */
#define POWERS 64

static hist_bound power(uint64_t exponent)
{
	return (hist_bound)1 << exponent;
}

/* ---- one function per scale: false, if it has no such bucket ---- */

typedef bool range_fn(const struct hist_scale *s, uint64_t i, struct hist_range *r);

static bool range_index(const struct hist_scale *s, uint64_t i, struct hist_range *r)
{
	r->from = i;
	r->to = r->from + 1;
	return true;
}

static bool range_slots(const struct hist_scale *s, uint64_t i, struct hist_range *r)
{
	if (i >= POWERS)
		return false;
	r->from = i ? power(i) : 0;
	r->to = power(i + 1);
	return true;
}

static bool range_bcc(const struct hist_scale *s, uint64_t i, struct hist_range *r)
{
	return i ? range_slots(s, i - 1, r) : range_index(s, 0, r);
}

static bool range_bpftrace(const struct hist_scale *s, uint64_t i, struct hist_range *r)
{
	r->below = i == 0;
	if (!i)
		return true;
	return i < 3 ? range_index(s, i - 1, r) : range_slots(s, i - 2, r);
}

static bool range_exp2(const struct hist_scale *s, uint64_t i, struct hist_range *r)
{
	if (i > POWERS)
		return false;
	r->from = i ? power(i - 1) : -1;
	r->to = power(i);
	r->to_incl = true;
	return true;
}

static bool range_exp2zero(const struct hist_scale *s, uint64_t i, struct hist_range *r)
{
	if (i < 2)
		return range_index(s, i, r);
	return range_exp2(s, i - 1, r);
}

static bool range_lhist(const struct hist_scale *s, uint64_t i, struct hist_range *r)
{
	uint64_t steps = (uint64_t)(s->max - s->min) / (uint64_t)s->step;

	if (i > steps + 1)
		return false;
	r->below = i == 0;
	r->above = i == steps + 1;
	r->from = s->min + ((hist_bound)i - 1) * s->step;
	r->to = r->from + s->step;
	return true;
}

static bool range_linear(const struct hist_scale *s, uint64_t i, struct hist_range *r)
{
	r->from = (hist_bound)i * s->step;
	r->to = r->from + s->step;
	return true;
}

static const struct {
	range_fn *range;
	unsigned suffixes; /* of K, M, G... that labels may have */
} scales[] = {
	[HIST_INDEX] = { range_index, 0 }, [HIST_BPFTRACE] = { range_bpftrace, 6 },
	[HIST_BCC] = { range_bcc, 6 },	   [HIST_SLOTS] = { range_slots, 6 },
	[HIST_EXP2] = { range_exp2, 6 },   [HIST_EXP2ZERO] = { range_exp2zero, 6 },
	[HIST_LHIST] = { range_lhist, 2 }, [HIST_LINEAR] = { range_linear, 2 },
};

bool hist_scale_range(const struct hist_scale *s, uint64_t bucket, struct hist_range *ret)
{
	*ret = (struct hist_range){ 0 };
	return scales[s->kind].range(s, bucket, ret);
}

hist_bound hist_range_max(const struct hist_range *r)
{
	return r->to_incl ? r->to : r->to - 1;
}

/* ---- labels ---- */

/* As bpftrace: bounds of a linear scale have suffixes only if its step has one. Scales
 * of powers have no step. */
static unsigned suffixes(const struct hist_scale *s)
{
	return s->step % 1024 == 0 ? scales[s->kind].suffixes : 0;
}

static void put_bound(hist_bound v, unsigned max_suffix, struct buf *out)
{
	unsigned i = 0;

	for (; i < max_suffix && v && v % 1024 == 0; i++)
		v /= 1024;
	if (v < 0)
		buf_putc(out, '-');
	number_put_wide(out, (u128)(v < 0 ? -v : v));
	if (i)
		buf_putc(out, "KMGTPE"[i - 1]);
}

void hist_scale_label(const struct hist_scale *s, const struct hist_range *r,
		      struct buf *out)
{
	hist_bound first = r->to_incl ? r->from + 1 : r->from;
	unsigned max = suffixes(s);
	bool open = r->to_incl && first > 0;

	if (r->below) {
		buf_puts(out, "(..., ");
		put_bound(r->to, max, out);
		buf_putc(out, ')');
		return;
	}
	if (r->above || hist_range_max(r) == first) {
		buf_putc(out, '[');
		put_bound(first, max, out);
		buf_puts(out, r->above ? ", ...)" : "]");
		return;
	}
	buf_putc(out, open ? '(' : '[');
	put_bound(open ? r->from : first, max, out);
	buf_puts(out, ", ");
	put_bound(r->to, max, out);
	buf_putc(out, r->to_incl ? ']' : ')');
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/changes.h"

#include <errno.h>
#include <string.h>

#include "map/content.h"
#include "map/numbers.h"
#include "util/buf.h"

#define SECOND 1000000000u

/* Cut off a line that was begun, if there is an error or no room for it. */
static int end_line(struct buf *out, size_t begin, size_t max, int r)
{
	if (r == 0)
		r = buf_error(out);
	if (r == 0 && out->len > max)
		r = -E2BIG;
	if (r < 0)
		buf_truncate(out, begin);
	return r;
}

static int put_new(const struct schema *s, const void *key, const void *value,
		   struct buf *out)
{
	int r;

	buf_putc(out, '+');
	r = content_name(s, key, out);
	buf_putc(out, '\t');
	if (r == 0)
		r = content_format_json(s, key, value, out);
	buf_putc(out, '\n');
	return r;
}

/* Nothing, where the difference is in bytes that have no text. */
static int put_changed(const struct schema *s, const void *key, const void *old,
		       const void *value, struct buf *out)
{
	size_t begin = out->len, first, second;
	int r;

	buf_putc(out, '~');
	r = content_name(s, key, out);
	buf_putc(out, '\t');
	first = out->len;
	if (r == 0)
		r = content_format_json(s, key, old, out);
	buf_putc(out, '\t');
	second = out->len;
	if (r == 0)
		r = content_format_json(s, key, value, out);
	if (r == 0 && !buf_error(out) && out->len - second == second - 1 - first &&
	    !memcmp(out->data + first, out->data + second, out->len - second))
		buf_truncate(out, begin);
	else
		buf_putc(out, '\n');
	return r;
}

static int put_gone(const struct schema *s, const void *key, struct buf *out)
{
	int r;

	buf_putc(out, '-');
	r = content_name(s, key, out);
	buf_putc(out, '\n');
	return r;
}

/* The value before, or NULL. */
static const void *old_value(const struct sample *before, const struct sample_pairs *p,
			     size_t i)
{
	return p->of[i] ? sample_value(before, p->of[i] - 1) : NULL;
}

static int put_all(const struct schema *s, const struct sample *before,
		   const struct sample *now, const struct sample_pairs *p, size_t max,
		   struct buf *out)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < sample_count(now); i++) {
		const void *key = sample_key(now, i), *value = sample_value(now, i);
		const void *old = old_value(before, p, i);
		size_t begin = out->len;

		if (!old)
			r = put_new(s, key, value, out);
		else if (memcmp(old, value, s->value_bytes))
			r = put_changed(s, key, old, value, out);
		r = end_line(out, begin, max, r);
	}
	for (size_t i = 0; r == 0 && i < sample_count(before); i++) {
		size_t begin = out->len;

		if (!p->seen[i])
			r = put_gone(s, sample_key(before, i), out);
		r = end_line(out, begin, max, r);
	}
	return r;
}

int changes_format(const struct schema *s, const struct sample *before,
		   const struct sample *now, size_t max, struct buf *out)
{
	_cleanup_sample_pairs_ struct sample_pairs pairs;
	int r = sample_pair(before, now, &pairs);

	return r < 0 ? r : put_all(s, before, now, &pairs, max, out);
}

/* ---- rates ---- */

struct rates {
	const struct schema *s;
	uint64_t ns;
	struct numbers old, new;
};

/* Growth of one number, rounded to the nearest per second; also of a counter of 64 bits
 * that wrapped. */
static u128 per_second(const struct field *f, u128 old, u128 new, uint64_t ns)
{
	u128 grown = new - old;
	bool less;

	if (f->width > 64)
		return grown;
	grown = (u128)(int64_t)grown;
	less = grown >> 127;
	grown = ((less ? -grown : grown) * SECOND + ns / 2) / ns;
	return less ? -grown : grown;
}

/* Differences have a sign, whatever the numbers have. */
static int put_signed(const struct fields *fs, const u128 *numbers, struct buf *out)
{
	_cleanup_free_ struct field *list = malloc((fs->count ?: 1) * sizeof(*list));
	struct fields copy = *fs;

	if (!list)
		return -ENOMEM;
	memcpy(list, fs->list, fs->count * sizeof(*list));
	for (size_t i = 0; i < fs->count; i++)
		list[i].is_signed = true;
	copy.list = list;
	return fields_json(&copy, numbers, out);
}

/* Turn the numbers in r->new into rates. False: nothing changed. */
static bool subtract(struct rates *r, bool has_old)
{
	const struct fields *fs = r->new.fields;
	bool any = false;
	size_t at = 0;

	for (size_t f = 0; f < fs->count; f++)
		for (uint32_t i = 0; i < fs->list[f].count; i++, at++) {
			u128 old = has_old ? r->old.values[at] : 0;

			any |= r->new.values[at] != old;
			r->new.values[at] = per_second(&fs->list[f], old,
						       r->new.values[at], r->ns);
		}
	return any;
}

static int put_rate(struct rates *r, const void *key, const void *old, const void *value,
		    struct buf *out)
{
	int e = numbers_read(&r->new, r->s, key, value);

	if (e == 0 && old)
		e = numbers_read(&r->old, r->s, key, old);
	if (e < 0)
		return e == -ENOMEM ? e : 0; /* it has no numbers */
	if (!subtract(r, old))
		return 0;
	e = content_name(r->s, key, out);
	buf_putc(out, '\t');
	if (e == 0)
		e = put_signed(r->new.fields, r->new.values, out);
	buf_putc(out, '\n');
	return e;
}

int rates_format(const struct schema *s, const struct sample *before,
		 const struct sample *now, uint64_t ns, size_t max, struct buf *out)
{
	_cleanup_sample_pairs_ struct sample_pairs pairs;
	struct rates rates = { .s = s, .ns = ns ?: 1 };
	int r = sample_pair(before, now, &pairs);

	for (size_t i = 0; r == 0 && i < sample_count(now); i++) {
		const void *key = sample_key(now, i), *value = sample_value(now, i);
		const void *old = old_value(before, &pairs, i);
		size_t begin = out->len;

		if (!old || memcmp(old, value, s->value_bytes))
			r = put_rate(&rates, key, old, value, out);
		r = end_line(out, begin, max, r);
	}
	numbers_release(&rates.old);
	numbers_release(&rates.new);
	return r;
}

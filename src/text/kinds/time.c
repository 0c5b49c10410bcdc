/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Times in nanoseconds since boot, as bpf_ktime_get_ns() returns them: as seconds, or as
 * a date by the daemon's clock.
 *
 * The offset between the two clocks is measured when the type is compiled, so a date
 * that was read converts back to the same number, whatever happens to the clock
 * meanwhile. Names and backups, which live longer, have the seconds or the number.
 */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "text/model.h"
#include "text/number.h"
#include "util/buf.h"
#include "util/clock.h"

#define SECOND 1000000000u

/* --- seconds -------------------------------------------------------------- */

static bool ktime_text(const struct node *n, const uint8_t *p, struct buf *out)
{
	uint64_t ns = load_uint(p, n->size);

	buf_printf(out, "%llu.%09u", (unsigned long long)(ns / SECOND),
		   (unsigned)(ns % SECOND));
	return true;
}

/* ".123" as nanoseconds, from byte i on to the end. */
static int scan_fraction(const char *s, size_t len, size_t i, uint32_t *ret)
{
	uint32_t ns = 0, unit = SECOND;

	*ret = 0;
	if (i == len)
		return 0;
	if (s[i++] != '.')
		return -EINVAL;
	if (i == len)
		return -EAGAIN;
	for (; i < len; i++) {
		if (s[i] < '0' || s[i] > '9' || unit == 1)
			return -EINVAL;
		unit /= 10;
		ns += (uint32_t)(s[i] - '0') * unit;
	}
	*ret = ns;
	return 0;
}

static int scan_seconds(const struct span *text, uint64_t *ret)
{
	const char *dot = memchr(text->s, '.', text->len);
	struct span whole = { text->s, dot ? (size_t)(dot - text->s) : text->len, text->at };
	struct number v;
	uint32_t ns;
	int r = number_scan(&whole, &v);

	if (!r)
		r = scan_fraction(text->s, text->len, whole.len, &ns);
	if (r)
		return r;
	if ((v.negative && (v.magnitude || ns)) || v.magnitude > UINT64_MAX / SECOND)
		return -ERANGE;
	return __builtin_add_overflow((uint64_t)v.magnitude * SECOND, ns, ret) ? -ERANGE : 0;
}

static int ktime_parse(const struct node *n, const struct span *text, uint8_t *p,
		       const struct text_parse *how)
{
	uint64_t ns;
	int r = scan_seconds(text, &ns);

	if (r)
		return leaf_refuse(n, text, r, how);
	store_u128(p, n->size, ns);
	return 0;
}

const struct kind kind_ktime = {
	.what = "seconds with up to 9 decimals",
	.text = ktime_text,
	.json = leaf_json_bare,
	.name = leaf_name,
	.parse = ktime_parse,
	.parse_json = leaf_parse_json,
	.parse_name = leaf_parse_name,
	.describe = leaf_describe,
	.literal = true,
	.exact = true,
};

/* --- dates ---------------------------------------------------------------- */

static bool date_prepare(struct node *n, const char *name)
{
	(void)name;
	n->param = clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_MONOTONIC);
	return true;
}

static bool date_name(const struct node *n, const uint8_t *p, bool inside,
		      struct buf *out)
{
	(void)inside;
	return ktime_text(n, p, out);
}

static bool date_text(const struct node *n, const uint8_t *p, struct buf *out)
{
	u128 ns = (u128)load_uint(p, n->size) + n->param;
	time_t seconds = (time_t)(ns / SECOND);
	char text[32];
	struct tm tm;

	if (!gmtime_r(&seconds, &tm) || !strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm))
		return false;
	buf_printf(out, "%s.%09uZ", text, (unsigned)(ns % SECOND));
	return true;
}

static void date_json(const struct node *n, const uint8_t *p, struct format *f)
{
	if (f->all)
		ktime_text(n, p, f->out);
	else
		leaf_json_quoted(n, p, f);
}

/* A date looks so: 0 is any digit. */
static const char pattern[] = "0000-00-00T00:00:00";
#define PATTERN_LEN (sizeof(pattern) - 1)

/* 0, -EAGAIN: the text ends within it; -EINVAL. */
static int check_pattern(const struct span *text)
{
	for (size_t i = 0; i < PATTERN_LEN; i++) {
		if (i == text->len)
			return -EAGAIN;
		if (pattern[i] == '0' ? text->s[i] < '0' || text->s[i] > '9' :
					text->s[i] != pattern[i])
			return -EINVAL;
	}
	return 0;
}

static int digits(const char *s, unsigned n)
{
	int v = 0;

	while (n--)
		v = 10 * v + (*s++ - '0');
	return v;
}

/* The seconds of a date that looks like one; -EINVAL: there is no such day. */
static int date_seconds(const char *s, int64_t *ret)
{
	struct tm tm = {
		.tm_year = digits(s, 4) - 1900,
		.tm_mon = digits(s + 5, 2) - 1,
		.tm_mday = digits(s + 8, 2),
		.tm_hour = digits(s + 11, 2),
		.tm_min = digits(s + 14, 2),
		.tm_sec = digits(s + 17, 2),
	};
	const struct tm asked = tm;

	*ret = timegm(&tm);
	return tm.tm_mon == asked.tm_mon && tm.tm_mday == asked.tm_mday &&
			       tm.tm_hour == asked.tm_hour && tm.tm_min == asked.tm_min &&
			       tm.tm_sec == asked.tm_sec ? 0 : -EINVAL;
}

static int scan_date(const struct node *n, const struct span *text, uint64_t *ret)
{
	bool ends = text->len > PATTERN_LEN && text->s[text->len - 1] == 'Z';
	uint32_t ns;
	int64_t seconds;
	__int128 v;
	int r = check_pattern(text);

	if (!r)
		r = scan_fraction(text->s, text->len - ends, PATTERN_LEN, &ns);
	if (!r)
		r = date_seconds(text->s, &seconds);
	if (r)
		return r;
	v = (__int128)seconds * SECOND + ns - n->param;
	if (v < 0 || v > UINT64_MAX)
		return -ERANGE;
	*ret = (uint64_t)v;
	return ends ? 0 : -EAGAIN;
}

static int date_parse(const struct node *n, const struct span *text, uint8_t *p,
		      const struct text_parse *how)
{
	uint64_t ns;
	int date = scan_date(n, text, &ns);
	int r = date ? scan_seconds(text, &ns) : 0;

	if (r == -EINVAL)
		r = date;
	if (r)
		return leaf_refuse(n, text, r, how);
	store_u128(p, n->size, ns);
	return 0;
}

const struct kind kind_date = {
	.what = "a date, 2026-12-31T23:59:59.5Z, or seconds since boot",
	.prepare = date_prepare,
	.text = date_text,
	.json = date_json,
	.name = date_name,
	.parse = date_parse,
	.parse_json = leaf_parse_json,
	.parse_name = leaf_parse_name,
	.describe = leaf_describe,
	.literal = true,
};

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/metrics-text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util/cleanup.h"
#include "util/printable.h"

struct metric_family {
	char *name, *help;
	enum metric_kind kind;
	struct buf samples;
};

/* The names of a kind in the two formats. */
static const struct {
	const char *open, *prometheus;
} kind_words[METRIC_KINDS] = {
	[METRIC_UNKNOWN] = { "unknown", "untyped" },
	[METRIC_COUNTER] = { "counter", "counter" },
	[METRIC_GAUGE] = { "gauge", "gauge" },
	[METRIC_HISTOGRAM] = { "histogram", "histogram" },
};

static size_t count_of(const struct metrics *ms)
{
	return ms->families.len / sizeof(struct metric_family *);
}

static struct metric_family *family_at(const struct metrics *ms, size_t i)
{
	return ((struct metric_family **)ms->families.data)[i];
}

static void family_free(struct metric_family *f)
{
	if (!f)
		return;
	free(f->name);
	free(f->help);
	buf_release(&f->samples);
	free(f);
}

void metrics_release(struct metrics *ms)
{
	for (size_t i = 0; i < count_of(ms); i++)
		family_free(family_at(ms, i));
	buf_release(&ms->families);
}

static struct metric_family *find_family(const struct metrics *ms, const char *name)
{
	for (size_t i = 0; i < count_of(ms); i++)
		if (!strcmp(family_at(ms, i)->name, name))
			return family_at(ms, i);
	return NULL;
}

static struct metric_family *family_new(const char *name, enum metric_kind kind,
					const char *help)
{
	struct metric_family *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->name = strdup(name);
	f->help = strdup(help);
	f->kind = kind;
	if (f->name && f->help)
		return f;
	family_free(f);
	return NULL;
}

static struct metric_family *add_family(struct metrics *ms, const char *name,
					enum metric_kind kind, const char *help)
{
	struct metric_family *f = family_new(name, kind, help);

	if (f)
		buf_put(&ms->families, &f, sizeof(f));
	if (f && !buf_error(&ms->families))
		return f;
	family_free(f);
	ms->families.error = -ENOMEM;
	return NULL;
}

struct metric_family *metrics_family(struct metrics *ms, const char *name,
				     enum metric_kind kind, const char *help)
{
	struct metric_family *f = find_family(ms, name);

	if (f)
		return f->kind == kind ? f : NULL;
	if (count_of(ms) == METRICS_FAMILIES_MAX)
		return NULL;
	return add_family(ms, name, kind, help);
}

/* ---- samples ---- */

void metrics_sample(struct metric_family *f, const char *suffix, const struct buf *labels,
		    const char *le, struct number value)
{
	struct buf *out = &f->samples;

	buf_printf(out, "%s%s{", f->name, suffix);
	buf_put(out, labels->data, labels->len);
	if (le)
		buf_printf(out, "%sle=\"%s\"", labels->len ? "," : "", le);
	buf_puts(out, "} ");
	if (value.negative)
		buf_putc(out, '-');
	number_put_wide(out, value.magnitude);
	buf_putc(out, '\n');
	if (buf_error(labels))
		out->error = buf_error(labels);
}

void metrics_name(struct buf *out, const char *text)
{
	static const char legal[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"
		"0123456789";

	for (; *text; text++)
		buf_putc(out, strchr(legal, *text) ? *text : '_');
}

void metrics_label(struct buf *labels, const char *name, const char *value, size_t len)
{
	_cleanup_buf_ struct buf text = BUF_INIT;

	if (labels->len)
		buf_putc(labels, ',');
	metrics_name(labels, name);
	buf_puts(labels, "=\"");
	put_printable(&text, value, len);
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] == '"' || text.data[i] == '\\')
			buf_putc(labels, '\\');
		buf_putc(labels, text.data[i]);
	}
	buf_putc(labels, '"');
	if (buf_error(&text))
		labels->error = buf_error(&text);
}

void metrics_label_u64(struct buf *labels, const char *name, uint64_t value)
{
	_cleanup_buf_ struct buf text = BUF_INIT;

	buf_put_u64(&text, value);
	metrics_label(labels, name, text.data, text.len);
	if (buf_error(&text))
		labels->error = buf_error(&text);
}

/* ---- the text ---- */

static void print_family(const struct metrics *ms, const struct metric_family *f,
			 struct buf *out)
{
	/* Prometheus text counts "_total" as a part of the name. */
	const char *total = !ms->open && f->kind == METRIC_COUNTER ? "_total" : "";

	if (buf_error(&f->samples))
		out->error = buf_error(&f->samples);
	if (!f->samples.len)
		return;
	buf_printf(out, "# HELP %s%s %s\n", f->name, total, f->help);
	buf_printf(out, "# TYPE %s%s %s\n", f->name, total,
		   ms->open ? kind_words[f->kind].open : kind_words[f->kind].prometheus);
	buf_put(out, f->samples.data, f->samples.len);
}

int metrics_print(const struct metrics *ms, struct buf *out)
{
	for (size_t i = 0; i < count_of(ms); i++)
		print_family(ms, family_at(ms, i), out);
	if (ms->open)
		buf_puts(out, "# EOF\n");
	return buf_error(&ms->families) ?: buf_error(out);
}

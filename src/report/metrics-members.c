/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Numbers in values as metrics. The metrics are determined once per map, or for global
 * data once per variable, because each variable has its own type.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "map/content.h"
#include "map/numbers.h"
#include "map/ops.h"
#include "map/scan/scan.h"
#include "report/hist.h"
#include "report/metrics.h"
#include "text/labels.h"
#include "text/name.h"
#include "text/words.h"

/* A number, or several, of each entry that become samples. */
struct exported {
	struct metric_family *family;
	enum metric_kind kind;
	const struct field *field;
	size_t first;	/* of the entry's numbers */
	uint32_t count; /* numbers */
	bool indexed;	/* an array's elements: label "index" */
};

#define EXPORTS_MAX 256

struct exporter {
	struct metrics *ms;
	const struct schema *schema;
	const struct metrics_spec *spec; /* or NULL */
	const struct buf *base;
	struct numbers numbers;
	struct exported exports[EXPORTS_MAX];
	size_t count;
	uint64_t per_entry; /* samples */
	uint64_t entries, series, omitted;
	bool by_key; /* histograms of which the key has the bucket are wanted */
};

/* ---- which numbers ---- */

static enum metric_kind kind_of(const struct field *f)
{
	static const enum metric_kind kinds[] = {
		[ROLE_NONE] = METRIC_UNKNOWN,
		[ROLE_COUNTER] = METRIC_COUNTER,
		[ROLE_GAUGE] = METRIC_GAUGE,
		[ROLE_SLOT] = METRIC_HISTOGRAM,
	};

	return kinds[word_role(f->word)];
}

/* "bpf_flows_packets"; OpenMetrics wants counters without "_total". */
static struct metric_family *family_of(struct exporter *e, const char *variable,
				       const char *path, enum metric_kind kind)
{
	static const char total[] = "_total";
	const char *map = e->schema->info.name;
	_cleanup_buf_ struct buf name = BUF_INIT, help = BUF_INIT;
	const char *parts[] = { map, variable, path };

	buf_puts(&name, "bpf");
	for (size_t i = 0; i < 3; i++) {
		if (!*parts[i])
			continue;
		buf_putc(&name, '_');
		metrics_name(&name, parts[i]);
	}
	while (name.len && name.data[name.len - 1] == '_')
		name.len--;
	if (kind == METRIC_COUNTER && name.len > strlen(total) &&
	    !memcmp(name.data + name.len - strlen(total), total, strlen(total)))
		name.len -= strlen(total);
	buf_printf(&help, "%s%s%s of the values of map %s.", variable,
		   *variable && *path ? "." : "", *variable || *path ? path : "Number",
		   *map ? map : "without a name");
	if (!buf_cstr(&name) || !buf_cstr(&help))
		return NULL;
	return metrics_family(e->ms, buf_cstr(&name), kind, buf_cstr(&help));
}

/* The number of samples of a histogram with so many buckets; see end_buckets(). */
static uint64_t bucket_samples(const struct exporter *e, uint64_t buckets)
{
	return buckets + (e->ms->open ? 1 : 2);
}

/* One element of a field (index), or all of it (NULL). */
static void add_export(struct exporter *e, const char *variable, const struct field *f,
		       size_t first, const uint32_t *index, enum metric_kind kind)
{
	struct exported x = {
		.kind = kind, .field = f, .first = first, .count = f->count
	};
	char path[METRICS_PATH_MAX + 16];

	snprintf(path, sizeof(path), "%s", f->path);
	if (index) {
		snprintf(path, sizeof(path), "%s_%u", f->path, *index);
		x.first += *index;
		x.count = 1;
	}
	x.indexed = f->is_array && !index;
	if (kind == METRIC_HISTOGRAM && !x.indexed) {
		e->by_key = true;
		return;
	}
	x.family = family_of(e, variable, path, kind);
	if (!x.family || e->count == EXPORTS_MAX) {
		e->omitted++;
		return;
	}
	e->exports[e->count++] = x;
	e->per_entry += kind == METRIC_HISTOGRAM ? bucket_samples(e, x.count) : x.count;
}

static void add_all(struct exporter *e, const char *variable, const struct fields *fs)
{
	size_t first = 0;

	for (size_t i = 0; i < fs->count; i++) {
		const struct field *f = &fs->list[i];
		enum metric_kind kind = kind_of(f);

		if (e->spec || kind != METRIC_UNKNOWN)
			add_export(e, variable, f, first, NULL, kind);
		first += f->count;
	}
}

/* The rest of a path after the name of a variable; NULL: the path has another name. */
static const char *path_in(const char *path, const char *variable)
{
	size_t len = strlen(variable);

	if (!len)
		return path;
	if (strncmp(path, variable, len) != 0)
		return NULL;
	path += len;
	return *path == '.' ? path + 1 : !*path || *path == '[' ? path : NULL;
}

static void add_item(struct exporter *e, const char *variable, const struct fields *fs,
		     const struct metrics_item *item)
{
	const char *path = path_in(item->path, variable);
	const struct field *f;
	uint32_t index;
	size_t first = 0;

	if (!path)
		return;
	f = fields_find(fs, path, &index);
	if (!f) {
		e->omitted++;
		return;
	}
	for (const struct field *g = fs->list; g < f; g++)
		first += g->count;
	add_export(e, variable, f, first, strlen(path) > strlen(f->path) ? &index : NULL,
		   item->has_kind ? item->kind : kind_of(f));
}

static void set_exports(struct exporter *e, const char *variable, const struct fields *fs)
{
	e->count = 0;
	e->per_entry = 0;
	if (!e->spec || e->spec->all)
		add_all(e, variable, fs);
	for (size_t i = 0; e->spec && i < e->spec->count; i++)
		add_item(e, variable, fs, &e->spec->items[i]);
}

/* ---- labels ---- */

/* The label's name is taken, or means something else. */
static bool is_reserved(const struct buf *labels, const char *name)
{
	static const char *const taken[] = { "map_id", "map_name", "map_type",
					     "pin",    "le",	   "index" };

	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++)
		if (!strcmp(taken[i], name))
			return true;
	return !strncmp(name, "__", 2);
}

static int add_label(void *arg, const char *name, const struct buf *text)
{
	struct buf *labels = arg;
	_cleanup_buf_ struct buf own = BUF_INIT;

	if (!*name || is_reserved(labels, name))
		buf_puts(&own, *name ? "key_" : "key");
	buf_puts(&own, name);
	if (!buf_cstr(&own))
		return -ENOMEM;
	metrics_label(labels, buf_cstr(&own), text->data, text->len);
	return buf_error(labels);
}

/* A name that says more than the members do: hidden bytes, or the raw form. */
static bool has_hidden(const char *name)
{
	return *name == '@' || strstr(name, ",@") || !strncmp(name, "%40", 3);
}

/* skip: members at the key's end that are no label. */
static int key_labels(const struct schema *s, const uint8_t *key, unsigned skip,
		      struct buf *labels)
{
	_cleanup_buf_ struct buf name = BUF_INIT;
	int r = content_name(s, key, &name);

	if (r < 0 || !buf_cstr(&name))
		return r < 0 ? r : -ENOMEM;
	if (!skip && (!s->key || s->ops->name || has_hidden(buf_cstr(&name)))) {
		metrics_label(labels, "key", name.data, name.len);
		return buf_error(labels);
	}
	return labels_of_key(s->key, key, skip, add_label, labels);
}

/* ---- samples ---- */

static struct number unsigned_number(u128 v)
{
	return (struct number){ v, false };
}

/* Bounds are integers: a bucket holds what is at most its largest. */
static void put_bound(hist_bound v, struct buf *out)
{
	if (v < 0)
		buf_putc(out, '-');
	number_put_wide(out, (u128)(v < 0 ? -v : v));
}

static void bucket_sample(struct metric_family *f, const struct buf *labels,
			  const struct hist_range *range, u128 count)
{
	_cleanup_buf_ struct buf le = BUF_INIT;

	if (range->above)
		return;
	put_bound(hist_range_max(range), &le);
	metrics_sample(f, "_bucket", labels, buf_cstr(&le) ?: "", unsigned_number(count));
}

/* There is no sum in a map, so OpenMetrics allows no count either. */
static void end_buckets(const struct metrics *ms, struct metric_family *f,
			const struct buf *labels, u128 count)
{
	metrics_sample(f, "_bucket", labels, "+Inf", unsigned_number(count));
	if (!ms->open)
		metrics_sample(f, "_count", labels, NULL, unsigned_number(count));
}

static void array_histogram(struct exporter *e, const struct exported *x, const u128 *v,
			    const struct buf *labels)
{
	struct hist_scale scale = hist_array_scale(x->field);
	struct hist_range range;
	u128 count = 0;

	for (uint32_t i = 0; i < x->count; i++) {
		count += field_number(x->field, v[i]).magnitude;
		if (hist_scale_range(&scale, i, &range))
			bucket_sample(x->family, labels, &range, count);
	}
	end_buckets(e->ms, x->family, labels, count);
}

static void number_samples(struct exporter *e, const struct exported *x, const u128 *v,
			   struct buf *labels)
{
	const char *suffix = x->kind == METRIC_COUNTER ? "_total" : "";
	size_t before = labels->len;

	for (uint32_t i = 0; i < x->count; i++) {
		if (x->indexed)
			metrics_label_u64(labels, "index", i);
		metrics_sample(x->family, suffix, labels, NULL,
			       field_number(x->field, v[i]));
		buf_truncate(labels, before);
	}
}

static bool has_room(struct exporter *e, uint64_t samples)
{
	if (e->series + samples <= METRICS_SERIES_MAX &&
	    e->ms->series + samples <= METRICS_TOTAL_MAX) {
		e->series += samples;
		e->ms->series += samples;
		return true;
	}
	e->omitted += samples;
	return false;
}

static int start_labels(const struct exporter *e, struct buf *labels)
{
	buf_put(labels, e->base->data, e->base->len);
	return buf_error(labels);
}

static int entry_samples(struct exporter *e, const uint8_t *key)
{
	_cleanup_buf_ struct buf labels = BUF_INIT;
	int r = start_labels(e, &labels);

	/* The name of a variable is in that of the metric. */
	if (r == 0 && !e->schema->data)
		r = key_labels(e->schema, key, 0, &labels);
	for (size_t i = 0; r == 0 && i < e->count; i++) {
		const struct exported *x = &e->exports[i];
		const u128 *v = e->numbers.values + x->first;

		if (x->kind == METRIC_HISTOGRAM)
			array_histogram(e, x, v, &labels);
		else
			number_samples(e, x, v, &labels);
	}
	return r < 0 ? r : buf_error(&labels);
}

/* A variable of global data. */
static int set_variable(struct exporter *e, const uint8_t *key)
{
	_cleanup_buf_ struct buf name = BUF_INIT;
	int r = content_name(e->schema, key, &name);

	if (r < 0 || !buf_cstr(&name))
		return r < 0 ? r : -ENOMEM;
	set_exports(e, buf_cstr(&name), e->numbers.fields);
	return 0;
}

static int add_entry(struct exporter *e, const uint8_t *key, const uint8_t *value)
{
	int r;

	/* When there is no room for another sample, entries are only counted. */
	if (!e->schema->data && e->series + e->per_entry > METRICS_SERIES_MAX) {
		has_room(e, e->per_entry);
		return 0;
	}
	r = numbers_read(&e->numbers, e->schema, key, value);
	if (r == -EOPNOTSUPP || r == -E2BIG)
		return 0;
	if (r == 0 && e->schema->data)
		r = set_variable(e, key);
	if (r < 0 || !e->count || !has_room(e, e->per_entry))
		return r;
	return entry_samples(e, key);
}

static int add_batch(void *arg, const struct scan_batch *b)
{
	struct exporter *e = arg;
	const struct schema *s = e->schema;
	int r = 0;

	e->entries += b->count;
	for (size_t i = 0; r == 0 && b->values && i < b->count; i++)
		r = add_entry(e, b->keys + i * s->key_size,
			      b->values + i * s->value_bytes);
	return r;
}

/* ---- histograms by key ---- */

static void key_histogram(struct exporter *e, const struct hist *h,
			  struct metric_family *f, const struct buf *labels)
{
	struct hist_range range;
	u128 count = 0;

	for (size_t i = 0; i < h->count; i++) {
		count += h->bars[i].count;
		if (hist_scale_range(&h->scale, h->bars[i].bucket, &range))
			bucket_sample(f, labels, &range, count);
	}
	end_buckets(e->ms, f, labels, count);
}

static int add_key_histograms(struct exporter *e, const struct map *m)
{
	struct metric_family *f = family_of(e, "", "", METRIC_HISTOGRAM);
	_cleanup_hist_set_ struct hist_set set = { 0 };
	int r = f ? hist_collect(m, &set) : -EOPNOTSUPP;

	for (size_t i = 0; r == 0 && i < set.count; i++) {
		_cleanup_buf_ struct buf labels = BUF_INIT;

		if (!has_room(e, bucket_samples(e, set.list[i].count)))
			continue;
		r = start_labels(e, &labels);
		if (r == 0 && set.list[i].key)
			r = key_labels(e->schema, set.list[i].key, 1, &labels);
		if (r == 0)
			key_histogram(e, &set.list[i], f, &labels);
	}
	e->omitted += set.smaller + set.incomplete;
	return r == -EOPNOTSUPP ? 0 : r;
}

/* ---- a map ---- */

static int prepare(struct exporter *e)
{
	const struct fields *fs;
	int r;

	if (!numbers_apply(e->schema) || e->schema->data)
		return 0;
	r = type_fields(e->schema->value, &fs);
	if (r == 0)
		set_exports(e, "", fs);
	return r == -E2BIG ? 0 : r;
}

static void omitted_sample(struct exporter *e)
{
	struct metric_family *f =
		metrics_family(e->ms, "bpf_map_series_omitted", METRIC_GAUGE,
			       "Series of members that were left out.");

	if (f)
		metrics_sample(f, "", e->base, NULL, unsigned_number(e->omitted));
}

static int export_map(struct exporter *e, const struct map *m)
{
	bool wanted;
	int r = prepare(e);

	wanted = e->count || (e->schema->data && numbers_apply(e->schema));
	if (r == 0)
		r = scan_fold(m, !wanted, SCAN_THREADS, add_batch, e);
	if (r == 0 && e->by_key)
		r = add_key_histograms(e, m);
	if (r == 0 && (wanted || e->by_key || e->omitted))
		omitted_sample(e);
	return r;
}

int metrics_members(struct metrics *ms, const struct map *m,
		    const struct metrics_spec *spec, const struct buf *base,
		    uint64_t *ret_entries)
{
	struct exporter e = { .ms = ms, .schema = m->schema, .spec = spec, .base = base };
	int r = export_map(&e, m);

	numbers_release(&e.numbers);
	if (r == 0)
		*ret_entries = e.entries;
	return r;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * .map/metrics and .map/metrics.prom, of a map and of the root: the metrics of every
 * map, and numbers in values.
 */
#include "report/metrics.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/bpffs.h"
#include "map/check.h"
#include "report/report.h"
#include "report/survey.h"
#include "util/request.h"

/* ---- what every map has ---- */

static const struct {
	const char *name, *help;
} gauges[] = {
	{ "bpf_map_entries", "Current number of entries." },
	{ "bpf_map_max_entries", "Maximum number of entries." },
	{ "bpf_map_memlock_bytes", "Memory that the map uses." },
};

static void put_gauge(struct metrics *ms, size_t i, const struct buf *labels, int64_t v)
{
	struct metric_family *f =
		metrics_family(ms, gauges[i].name, METRIC_GAUGE, gauges[i].help);

	if (f && v != SURVEY_UNKNOWN)
		metrics_sample(f, "", labels, NULL,
			       (struct number){ (uint64_t)v, false });
}

static void put_gauges(struct metrics *ms, const struct survey_map *s,
		       const struct buf *base)
{
	_cleanup_buf_ struct buf labels = BUF_INIT;
	const char *type = s->type ?: "unknown";

	buf_put(&labels, base->data, base->len);
	metrics_label(&labels, "map_type", type, strlen(type));
	put_gauge(ms, 0, &labels, s->entries);
	/* 0 is no limit. */
	put_gauge(ms, 1, &labels,
		  s->info->max_entries ? (int64_t)s->info->max_entries : SURVEY_UNKNOWN);
	put_gauge(ms, 2, &labels, s->memlock);
}

/* The labels that identify a map; a pin is what stays when a program is loaded again. */
static void base_labels(const struct report *r, const struct survey_map *s,
			struct buf *labels)
{
	_cleanup_buf_ struct buf path = BUF_INIT;

	metrics_label_u64(labels, "map_id", s->info->id);
	metrics_label(labels, "map_name", s->info->name, strlen(s->info->name));
	if (!s->pin)
		return;
	buf_printf(&path, "%s/%s", r->bpffs, s->pin);
	metrics_label(labels, "pin", path.data, path.len);
	if (buf_error(&path))
		labels->error = buf_error(&path);
}

/* ---- what the configuration asks for ---- */

/* false: nothing, not even none. */
static bool asked_for(struct live_map *m, struct metrics_spec *ret)
{
	_cleanup_free_ char *text = live_map_word_text(m, CONFIG_METRICS);

	return text && metrics_spec_parse(text, ret, NULL) == 0;
}

/* ---- one map ---- */

struct pin_search {
	const struct report *report;
	char *first; /* in the order of strcmp() */
};

static int note_pin(void *arg, int fd, const char *path)
{
	struct pin_search *s = arg;
	uint32_t id;

	if (request_interrupted(s->report->rq))
		return -EINTR;
	if (store_pinned_map(s->report->map->ref.store, fd, &id) < 0 ||
	    id != s->report->schema->info.id || (s->first && strcmp(path, s->first) > 0))
		return 0;
	free(s->first);
	s->first = strdup(path);
	return s->first ? 0 : -ENOMEM;
}

static int find_pin(const struct report *r, char **ret)
{
	struct pin_search s = { r, NULL };
	int err = store_has_pins(r->map->ref.store) ? bpffs_walk(r->bpffs, note_pin, &s)
						    : 0;

	*ret = s.first;
	return err == -ENOMEM || err == -EINTR ? err : 0;
}

static int one_map(const struct report *r, struct metrics *ms)
{
	_cleanup_buf_ struct buf base = BUF_INIT;
	_cleanup_free_ char *pin = NULL;
	struct metrics_spec spec;
	bool asked = asked_for(r->m, &spec);
	struct store_usage usage;
	uint64_t entries = 0;
	struct survey_map s = {
		.info = &r->schema->info,
		.type = r->schema->type->name,
		.entries = SURVEY_UNKNOWN,
		.memlock = SURVEY_UNKNOWN,
	};
	int err = find_pin(r, &pin);

	if (err < 0)
		return err;
	s.pin = pin;
	base_labels(r, &s, &base);
	if (store_usage(&r->map->ref, &usage) == 0)
		s.memlock = (int64_t)usage.memlock;
	err = metrics_members(ms, r->map, asked ? &spec : NULL, &base, &entries);
	if (map_is_listed(r->schema))
		s.entries = (int64_t)entries;
	put_gauges(ms, &s, &base);
	return err < 0 ? err : buf_error(&base);
}

/* ---- all maps ---- */

struct all {
	const struct report *report;
	struct metrics *ms;
};

/* Members, and entries however many they are, of a map that the configuration names. */
static int add_asked(const struct all *a, struct survey_map *s,
		     const struct metrics_spec *spec, const struct buf *base)
{
	_cleanup_schema_ struct schema *schema = NULL;
	_cleanup_map_ struct map map = MAP_INIT;
	struct registry *registry = a->report->registry;
	uint64_t entries;
	int err = live_map_schema(registry, s->m, &schema);

	if (err == 0)
		err = map_open(a->report->rq, registry->store, schema, STORE_READ, &map);
	if (err == 0)
		err = metrics_members(a->ms, &map, spec, base, &entries);
	if (err == 0 && map_is_listed(schema))
		s->entries = (int64_t)entries;
	/* It may have ended meanwhile, and one that cannot be read hides no other. */
	return err == -ENOMEM || err == -EINTR ? err : 0;
}

static int add_map(void *arg, const struct survey_map *found)
{
	_cleanup_buf_ struct buf base = BUF_INIT;
	const struct all *a = arg;
	struct survey_map s = *found;
	struct metrics_spec spec;
	int err = 0;

	base_labels(a->report, &s, &base);
	if (asked_for(s.m, &spec) && (spec.all || spec.count))
		err = add_asked(a, &s, &spec, &base);
	put_gauges(a->ms, &s, &base);
	return err < 0 ? err : buf_error(&base);
}

/* In this order, before all members. */
static void begin(struct metrics *ms)
{
	for (size_t i = 0; i < sizeof(gauges) / sizeof(gauges[0]); i++)
		metrics_family(ms, gauges[i].name, METRIC_GAUGE, gauges[i].help);
}

static int report_all(const struct report *r, bool open, struct buf *out)
{
	_cleanup_metrics_ struct metrics ms = { .open = open };
	struct all a = { r, &ms };
	int err;

	begin(&ms);
	err = r->map ? one_map(r, &ms) : survey_maps(r, 0, add_map, &a);
	return err < 0 ? err : metrics_print(&ms, out);
}

int report_metrics(const struct report *r, struct buf *out)
{
	return report_all(r, true, out);
}

int report_metrics_prom(const struct report *r, struct buf *out)
{
	return report_all(r, false, out);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tables of the files in .map directories. A new file is one row here and
 * one function, most of them in src/report.
 */
#include "map/check.h"
#include "map/numbers.h"
#include "map/ops.h"
#include "map/scan/take.h"
#include "report/bulk.h"
#include "report/hist.h"
#include "tree/dotref.h"
#include "tree/file.h"
#include "tree/views.h"

static report_fn report_help, report_info;

/* ---- which maps have a file ---- */

static bool is_queue(const struct schema *s)
{
	return s->ops == &map_ops_queue;
}

static bool can_clear(const struct schema *s)
{
	return map_is_listed(s) && (s->ops->remove || map_can_be_zeroed(s));
}

static bool takes_records(const struct schema *s)
{
	return s->ops->push;
}

static bool is_ring(const struct schema *s)
{
	return s->ops == &map_ops_ring;
}

static bool has_keys(const struct schema *s)
{
	return s->key_size;
}

/* Their entries can be read, or written. */
static bool has_entries(const struct schema *s)
{
	return map_is_listed(s) || map_check_writable(s, true, NULL) == 0;
}

static bool has_histograms(const struct schema *s)
{
	return map_is_listed(s) && hist_applies(s);
}

static bool has_rates(const struct schema *s)
{
	return map_is_listed(s) && numbers_apply(s);
}

/* ---- the tables ---- */

#define TEXT &text_kind
#define DUMP &dump_kind

static const struct dot_file root_files[] = {
	{ "help", 0444, "this list", NULL, TEXT, DOT_PUBLIC, .report = report_help },
	{ "version", 0444, "version of the program", NULL, TEXT, DOT_PUBLIC,
	  .report = report_version },
	{ "store", 0444, "where the maps live: kernel or memory", NULL, TEXT,
	  .report = report_store },
	{ "read_only", 0444, "1 if it was mounted with -o ro, which remount cannot undo",
	  NULL, TEXT, .report = report_read_only },
	{ "errors", 0444, "recent errors not tied to a map", NULL, TEXT,
	  .report = report_root_errors },
	{ "metrics", 0444, "metrics of all maps, as OpenMetrics", NULL, TEXT,
	  DOT_COSTLY | DOT_PUBLIC, .report = report_metrics },
	{ "metrics.prom", 0444, "the same as Prometheus text", NULL, TEXT,
	  DOT_COSTLY | DOT_PUBLIC, .report = report_metrics_prom },
	{ "maps", 0400, "all maps, one per line: id, name, type, sizes, use", NULL, TEXT,
	  DOT_COSTLY, .report = report_maps },
};

static const struct dot_file map_files[] = {
	{ "help", 0444, "this list", NULL, TEXT, .report = report_help },
	{ "id", 0444, "the map's id", NULL, TEXT, DOT_INFO, .report = report_id },
	{ "type", 0444, "the map's type", NULL, TEXT, DOT_INFO, .report = report_type },
	{ "name", 0444, "the map's name, empty for none", NULL, TEXT, DOT_INFO,
	  .report = report_name },
	{ "key_size", 0444, "bytes of a key", NULL, TEXT, DOT_INFO,
	  .report = report_key_size },
	{ "value_size", 0444, "bytes of a value (of one CPU)", NULL, TEXT, DOT_INFO,
	  .report = report_value_size },
	{ "max_entries", 0444, "maximum number of entries", NULL, TEXT, DOT_INFO,
	  .report = report_max_entries },
	{ "flags", 0444, "flags given at its creation", NULL, TEXT, DOT_INFO,
	  .report = report_flags },
	{ "map_extra", 0444, "an extra parameter of some types", NULL, TEXT, DOT_INFO,
	  .report = report_map_extra },
	{ "memlock", 0444, "bytes of memory it uses", NULL, TEXT, DOT_INFO,
	  .report = report_memlock },
	{ "btf_id", 0444, "id of its BTF, 0 for none", NULL, TEXT, DOT_INFO,
	  .report = report_btf_id },
	{ "ifindex", 0444, "interface it is offloaded to, 0 for none", NULL, TEXT,
	  DOT_INFO, .report = report_ifindex },
	{ "count", 0444, "current number of entries", map_is_listed, TEXT,
	  DOT_SCANS | DOT_INFO, .report = report_count },
	{ "frozen", 0666, "1 if it is frozen; write 1 to freeze it for good", NULL,
	  TEXT, DOT_INFO, .report = report_frozen, .command = command_frozen },
	{ "info", 0444, "all of these as \"name: value\" lines", NULL, TEXT, DOT_SCANS,
	  .report = report_info },
	{ "btf", 0444, "its key and value types as C declarations", NULL, TEXT,
	  .report = report_btf },
	{ "progs", 0444, "programs that use it: id, name, type, where attached, runs", NULL,
	  TEXT, DOT_COSTLY,
	  .report = report_progs },
	{ "pids", 0400, "processes that have it open: pid and command", NULL, TEXT,
	  DOT_COSTLY, .report = report_pids },
	{ "pins", 0444, "paths where it is pinned", NULL, TEXT, DOT_COSTLY,
	  .report = report_pins },
	{ "def", 0666, "its definition; writing one replaces an untouched map", NULL,
	  TEXT, .report = report_def, .command = command_def },
	{ "keys", 0444, "all keys, one per line", map_is_listed, DUMP, .bulk = &bulk_keys },
	{ "entries", 0666, "all entries, KEY<TAB>JSON lines; writing updates", has_entries,
	  DUMP, .bulk = &bulk_text },
	{ "entries.jsonl", 0666, "the same as {\"key\":...,\"value\":...} lines",
	  has_entries, DUMP, .bulk = &bulk_jsonl },
	{ "entries.bin", 0666, "the same as bytes: key, value, key, value...", has_entries,
	  DUMP, .bulk = &bulk_bin },
	{ "backup", 0666, "all entries; writing it back makes the map equal to it",
	  map_is_listed, DUMP, .bulk = &bulk_backup },
	{ "sum.entries", 0444, "all entries, their numbers summed over all CPUs",
	  numbers_have_sums, DUMP, .bulk = &bulk_sum },
	{ "hist", 0444, "its histograms, as text", has_histograms, TEXT,
	  DOT_SCANS, .report = report_hist },
	{ "metrics", 0444, "metrics of the map, as OpenMetrics", NULL, TEXT, DOT_COSTLY,
	  .report = report_metrics },
	{ "metrics.prom", 0444, "the same as Prometheus text", NULL, TEXT, DOT_COSTLY,
	  .report = report_metrics_prom },
	{ "delete", 0222, "keys written to it, one per line, are deleted", has_keys, DUMP,
	  DOT_UNLISTED, .bulk = &bulk_delete },
	{ "clear", 0222, "write yes to delete every key; arrays: 0 sets all to zero",
	  can_clear, TEXT, DOT_UNLISTED, .command = command_clear },
	{ "drain", 0444, "reading removes and returns all entries", take_applies,
	  &drain_kind, DOT_UNLISTED | DOT_CONSUMES, .bulk = &bulk_text },
	{ "peek", 0444, "the next element, without removing it", is_queue, TEXT,
	  .report = report_peek },
	{ "pop", 0444, "removes and returns the next element", is_queue, TEXT,
	  DOT_UNLISTED | DOT_CONSUMES, .report = report_pop },
	{ "push", 0222, "adds an element per write", takes_records, TEXT,
	  DOT_UNLISTED | DOT_RECORDS, .command = command_push },
	{ "events", 0444, "follows its records, one per line; consumes none", is_ring,
	  &events_kind, .flags = DOT_UNLISTED },
	{ "consume", 0444, "reading removes and returns its records, one per line", is_ring,
	  &consume_kind, .flags = DOT_UNLISTED | DOT_CONSUMES },
	{ "changes", 0444, "follows its entries: +KEY, ~KEY, -KEY lines each second",
	  map_is_listed, &changes_kind, .flags = DOT_UNLISTED },
	{ "rates", 0444, "growth of each number per second; takes a second", has_rates,
	  &rates_kind, .flags = DOT_UNLISTED },
	{ "errors", 0444, "the last errors: time, operation, name, reason", NULL, TEXT,
	  .report = report_errors },
};

static const struct dot_file program_files[] = {
	{ "help", 0444, "this list", NULL, TEXT, DOT_PUBLIC, .report = report_help },
	{ "info", 0444, "information about the program, as \"name: value\" lines", NULL,
	  TEXT, DOT_COSTLY | DOT_PUBLIC, .report = report_program },
};

#define TABLE(list, ...) { list, sizeof(list) / sizeof((list)[0]), __VA_ARGS__ }

static const struct dot_table root_table =
	TABLE(root_files, NODE_ROOT_FILE, .plain_dir = NODE_ROOT_DOT);
static const struct dot_table map_table =
	TABLE(map_files, NODE_DOT_FILE, .of_maps = true);
static const struct dot_table program_table =
	TABLE(program_files, NODE_PROG_FILE, .plain_dir = NODE_BY_PROG);

const struct dot_table *dot_table_of(uint64_t node)
{
	switch (node_kind(node)) {
	case NODE_ROOT_DOT:
	case NODE_ROOT_FILE:
		return &root_table;
	case NODE_PROG_DOT:
	case NODE_PROG_FILE:
		return &program_table;
	default:
		return &map_table;
	}
}

bool dot_row_applies(const struct dot_file *row, const struct schema *s)
{
	return !row->applies || row->applies(s);
}

mode_t dot_row_mode(const struct dot_file *row, const struct schema *s)
{
	bool unread = row->bulk && s && !map_is_listed(s);

	return unread ? row->mode & ~(mode_t)0444 : row->mode;
}

static int report_help(const struct report *r, struct buf *out)
{
	const struct dot_table *t = r->m	 ? &map_table :
				    r->program ? &program_table :
						 &root_table;

	for (uint32_t i = 0; i < t->count; i++)
		if (dot_row_applies(&t->rows[i], r->schema))
			buf_printf(out, "%-13s %s\n", t->rows[i].name, t->rows[i].help);
	if (r->schema)
		view_help(r->schema, out);
	return buf_error(out);
}

static int report_info(const struct report *r, struct buf *out)
{
	int err = 0;

	for (uint32_t i = 0; err == 0 && i < map_table.count; i++) {
		const struct dot_file *row = &map_files[i];

		if (!(row->flags & DOT_INFO) || !dot_row_applies(row, r->schema))
			continue;
		buf_printf(out, "%s: ", row->name);
		err = row->report(r, out);
	}
	return err;
}

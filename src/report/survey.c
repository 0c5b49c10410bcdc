/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The users of maps are collected as sorted lists of map ids, so the number of a map's
 * programs is the length of a run:
 *
 *	programs  [7 7 9]      map 7 is used by two, map 9 by one
 *	pins      [9 "tc/m"]
 *	processes [7 9 9]
 */
#include "report/survey.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/bpffs.h"
#include "host/host.h"
#include "map/check.h"
#include "map/ops.h"
#include "map/scan/scan.h"
#include "store/errno.h"
#include "util/buf.h"
#include "util/request.h"

/* A holder of a map: a program, a process or a pin. */
struct holder {
	uint32_t map_id;
	uint32_t number; /* of a process; pins: 0 */
	char *path;	 /* of a pin, or NULL */
};

struct holders {
	struct buf list; /* struct holder */
	bool known;
};

struct survey {
	const struct report *report;
	struct holders programs, pins, processes;
	uint32_t pid; /* at hand */
	survey_fn *fn;
	void *arg;
};

static size_t count_of(const struct holders *h)
{
	return h->list.len / sizeof(struct holder);
}

static struct holder *list_of(const struct holders *h)
{
	return (struct holder *)h->list.data;
}

static void holders_release(struct holders *h)
{
	for (size_t i = 0; i < count_of(h); i++)
		free(list_of(h)[i].path);
	buf_release(&h->list);
}

static void survey_release(struct survey *s)
{
	holders_release(&s->programs);
	holders_release(&s->pins);
	holders_release(&s->processes);
}

static int add_holder(struct holders *h, uint32_t map_id, uint32_t number, char *path)
{
	const struct holder holder = { map_id, number, path };

	buf_put(&h->list, &holder, sizeof(holder));
	return buf_error(&h->list);
}

static int by_map(const void *a, const void *b)
{
	const struct holder *p = a, *q = b;
	int order = (p->map_id > q->map_id) - (p->map_id < q->map_id);

	if (!order && p->path)
		return strcmp(p->path, q->path);
	return order ?: (p->number > q->number) - (p->number < q->number);
}

static void sort_holders(struct holders *h)
{
	if (count_of(h))
		qsort(list_of(h), count_of(h), sizeof(struct holder), by_map);
}

/* ---- gathering ---- */

static int interrupted(const struct survey *s)
{
	return request_interrupted(s->report->rq) ? -EINTR : 0;
}

static int gather_programs(struct survey *s)
{
	struct store *store = s->report->registry->store;
	uint32_t id = 0;
	int err = 0;

	s->programs.known = store_has_programs(store);
	while (s->programs.known && err == 0 &&
	       (err = store_next_program(store, id, &id)) == 0) {
		_cleanup_store_program_ struct store_program p = STORE_PROGRAM_INIT;

		err = interrupted(s);
		/* It may have ended meanwhile. */
		if (err < 0 || store_program(store, id, &p) < 0)
			continue;
		for (uint32_t i = 0; err == 0 && i < p.n_maps; i++)
			err = add_holder(&s->programs, p.maps[i], id, NULL);
	}
	if (err == -EINTR || err == -ENOMEM)
		return err;
	s->programs.known &= err == 0 || err == -ENOENT;
	return 0;
}

static int gather_pin(void *arg, int fd, const char *path)
{
	struct survey *s = arg;
	uint32_t id;
	char *copy;
	int err = interrupted(s);

	if (err < 0 || store_pinned_map(s->report->registry->store, fd, &id) < 0)
		return err;
	copy = strdup(path);
	err = copy ? add_holder(&s->pins, id, 0, copy) : -ENOMEM;
	if (err < 0)
		free(copy);
	return err;
}

static int gather_pins(struct survey *s)
{
	int err = 0;

	s->pins.known = store_has_pins(s->report->registry->store);
	if (s->pins.known)
		err = bpffs_walk(s->report->bpffs, gather_pin, s);
	if (err == -EINTR || err == -ENOMEM)
		return err;
	/* No BPF file system: no pins. */
	s->pins.known &= err == 0 || err == -ENOENT;
	return 0;
}

static int gather_held(void *arg, uint32_t map_id)
{
	struct survey *s = arg;

	return add_holder(&s->processes, map_id, s->pid, NULL);
}

/* The daemon itself does not count: its descriptors are those of requests. */
static int gather_process(void *arg, uint32_t pid)
{
	struct survey *s = arg;
	int err = interrupted(s);

	if (err < 0 || pid == (uint32_t)getpid())
		return err;
	s->pid = pid;
	err = host_each_map(pid, gather_held, s);
	if (err == -ENOMEM)
		return err;
	s->processes.known &= err == 0;
	return 0;
}

static int gather_processes(struct survey *s)
{
	/* The memory store's maps are in no process but this one. */
	s->processes.known = store_has_pins(s->report->registry->store);
	return s->processes.known ? host_each_process(gather_process, s) : 0;
}

/* ---- one map ---- */

/* Where the map's run begins, and how many different numbers are in it. */
static int64_t count_holders(const struct holders *h, uint32_t map_id,
			     const struct holder **ret_first)
{
	const struct holder *list = list_of(h);
	size_t low = 0, high = count_of(h), mid;
	int64_t n = 0;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (list[mid].map_id < map_id)
			low = mid + 1;
		else
			high = mid;
	}
	*ret_first = low < count_of(h) && list[low].map_id == map_id ? &list[low] : NULL;
	for (size_t i = low; i < count_of(h) && list[i].map_id == map_id; i++)
		n += i == low || list[i].path || list[i].number != list[i - 1].number;
	return h->known ? n : SURVEY_UNKNOWN;
}

static int count_batch(void *arg, const struct scan_batch *b)
{
	int64_t *n = arg;

	*n += (int64_t)b->count;
	return 0;
}

static int64_t count_entries(const struct store_map *ref, const struct schema *schema)
{
	struct map map = { .schema = schema, .ref = *ref };
	int64_t n = 0;

	if (schema_has(schema, MAP_INDEXED) && schema->ops == &map_ops_indexed)
		return schema_max_entries(schema);
	if (!map_is_listed(schema) || scan_is_brief(&map) ||
	    schema_max_entries(schema) > SURVEY_ENTRIES_MAX)
		return SURVEY_UNKNOWN;
	return scan_fold(&map, true, 0, count_batch, &n) < 0 ? SURVEY_UNKNOWN : n;
}

static int64_t memlock_of(const struct store_map *ref)
{
	struct store_usage usage;

	return store_usage(ref, &usage) < 0 ? SURVEY_UNKNOWN : (int64_t)usage.memlock;
}

static int survey_map(void *arg, struct live_map *m)
{
	struct survey *s = arg;
	_cleanup_store_map_ struct store_map ref = STORE_MAP_INIT;
	_cleanup_schema_ struct schema *schema = NULL;
	const struct holder *first;
	struct survey_map out = { .m = m };
	int err = interrupted(s);

	if (err == 0)
		err = store_open(s->report->registry->store, m->id, STORE_READ, &ref);
	if (err == 0)
		err = schema_new_untyped(&ref, &schema);
	/* It may have ended meanwhile. */
	if (err < 0)
		return err == -EINTR || err == -ENOMEM ? err : 0;
	out.info = &schema->info;
	out.type = schema->type->name;
	out.entries = count_entries(&ref, schema);
	out.memlock = memlock_of(&ref);
	out.programs = count_holders(&s->programs, m->id, &first);
	out.processes = count_holders(&s->processes, m->id, &first);
	out.pins = count_holders(&s->pins, m->id, &first);
	out.pin = first ? first->path : NULL;
	return s->fn(s->arg, &out);
}

int survey_maps(const struct report *r, unsigned want, survey_fn *fn, void *arg)
{
	_cleanup_(survey_release) struct survey s = { .report = r, .fn = fn, .arg = arg };
	int err = gather_programs(&s);

	if (err == 0)
		err = gather_pins(&s);
	if (err == 0 && want & SURVEY_PROCESSES)
		err = gather_processes(&s);
	if (err < 0)
		return err;
	sort_holders(&s.programs);
	sort_holders(&s.pins);
	sort_holders(&s.processes);
	return maps_each(r->registry, survey_map, &s);
}

/* ---- .map/maps ---- */

static void put_known(int64_t n, struct buf *out)
{
	buf_putc(out, '\t');
	if (n == SURVEY_UNKNOWN)
		buf_putc(out, '-');
	else
		buf_put_u64(out, (uint64_t)n);
}

static int put_map(void *arg, const struct survey_map *s)
{
	const struct store_info *info = s->info;
	struct buf *out = arg;

	buf_printf(out, "%u\t%s\t", info->id, *info->name ? info->name : "-");
	if (s->type)
		buf_puts(out, s->type);
	else
		buf_put_u64(out, info->type);
	buf_printf(out, "\t%u\t%u\t%u", info->key_size, info->value_size,
		   info->max_entries);
	put_known(s->entries, out);
	put_known(s->memlock, out);
	put_known(s->programs, out);
	put_known(s->pins, out);
	put_known(s->processes, out);
	buf_putc(out, '\n');
	return buf_error(out);
}

int report_maps(const struct report *r, struct buf *out)
{
	return survey_maps(r, SURVEY_PROCESSES, put_map, out);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Users of the map: processes that have it open, pins. The text is empty if the store
 * has none of them. programs.c has the programs.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "host/bpffs.h"
#include "host/host.h"
#include "report/report.h"
#include "util/printable.h"
#include "util/buf.h"
#include "util/request.h"

static uint32_t id_of(const struct report *r)
{
	return r->map->schema->info.id;
}

/* ---- pids: "PID COMMAND" ---- */

struct holders {
	uint32_t map_id;
	const struct request *rq;
	struct buf *out;
};

/* 1, 0 or -EINTR. The daemon itself does not count: its descriptors are those of
 * requests. */
static int is_holder(void *arg, uint32_t pid)
{
	const struct holders *h = arg;

	if (request_interrupted(h->rq))
		return -EINTR;
	return pid != (uint32_t)getpid() && host_holds_map(pid, h->map_id);
}

int report_is_held(const struct request *rq, struct store *store, uint32_t map_id)
{
	struct holders h = { map_id, rq, NULL };

	return store_has_pins(store) ? host_each_process(is_holder, &h) : 0;
}

static int put_holder(void *arg, uint32_t pid)
{
	const struct holders *h = arg;
	char command[HOST_COMMAND_LEN];
	int r = is_holder(arg, pid);

	if (r <= 0)
		return r;
	host_command(pid, command);
	buf_printf(h->out, "%u ", pid);
	put_printable(h->out, command, strlen(command));
	buf_putc(h->out, '\n');
	return buf_error(h->out);
}

int report_pids(const struct report *r, struct buf *out)
{
	struct holders h = { id_of(r), r->rq, out };

	return store_has_pins(r->map->ref.store) ? host_each_process(put_holder, &h) : 0;
}

/* ---- pins: paths, with %XX for control bytes ---- */

struct pin_search {
	const struct report *report;
	struct buf *out;
};

static void put_path(const char *path, struct buf *out)
{
	size_t len;

	for (; *path; path += len) {
		len = *path == '%' ? 1 : strcspn(path, "%");
		if (*path == '%')
			buf_puts(out, "%25");
		else
			put_printable(out, path, len);
	}
}

static int put_if_ours(void *arg, int fd, const char *path)
{
	const struct pin_search *s = arg;
	uint32_t id;

	if (request_interrupted(s->report->rq))
		return -EINTR;
	if (store_pinned_map(s->report->map->ref.store, fd, &id) < 0 || id != id_of(s->report))
		return 0;
	put_path(s->report->bpffs, s->out);
	buf_putc(s->out, '/');
	put_path(path, s->out);
	buf_putc(s->out, '\n');
	return buf_error(s->out);
}

int report_pins(const struct report *r, struct buf *out)
{
	struct pin_search s = { r, out };

	return store_has_pins(r->map->ref.store) ? bpffs_walk(r->bpffs, put_if_ours, &s)
						 : 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The names of cgroups, interfaces and files are looked up with the daemon's rights, so
 * only root sees them; other readers get numbers.
 */
#include "report/attach.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "host/host.h"
#include "map/handle.h"
#include "report/report.h"
#include "util/printable.h"
#include "util/request.h"

/* Links that one pass looks at, and places that one program is shown with. */
#define LINKS_MAX 65536
#define PLACES_MAX 64

void attached_release(struct attached *a)
{
	buf_release(&a->text);
}

void attached_put(const struct attached *a, struct buf *out)
{
	if (!a->count)
		buf_putc(out, '-');
	buf_put(out, a->text.data, a->text.len);
	if (a->count > PLACES_MAX)
		buf_printf(out, ",+%u", a->count - PLACES_MAX);
}

/* ---- one place ---- */

static void put_escaped(struct buf *out, const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		size_t run = i;

		while (run < len && s[run] != ',' && s[run] != '%')
			run++;
		put_printable(out, s + i, run - i);
		if (run < len)
			buf_puts(out, s[run] == ',' ? "%2C" : "%25");
		i = run;
	}
}

static void put_cgroup(struct buf *out, uint64_t id, bool resolve)
{
	_cleanup_buf_ struct buf path = BUF_INIT;

	if (!resolve || host_cgroup_path(id, &path) < 0)
		buf_printf(out, "@%" PRIu64, id);
	/* The path of the first one is "/". */
	else if (path.len > 1 || *path.data != '/')
		put_escaped(out, path.data, path.len);
}

/* An interface of another network namespace may have the same index, so that is shown,
 * too. */
static void put_interface(struct buf *out, uint64_t index, bool resolve)
{
	char name[HOST_IFNAME_LEN] = "";

	if (resolve && host_interface_name((uint32_t)index, name) == 0)
		put_escaped(out, name, strlen(name));
	buf_printf(out, "@%" PRIu64, index);
}

static void put_name(struct buf *out, const struct store_attach *to)
{
	put_escaped(out, to->name, strlen(to->name));
	if (to->offset)
		buf_printf(out, "+0x%" PRIx64, to->offset);
}

static void put_place(struct buf *out, const struct store_attach *to, bool resolve)
{
	bool hidden = to->place == STORE_PLACE_PATH && !resolve;

	put_printable(out, to->kind, strlen(to->kind));
	if (to->place == STORE_PLACE_NONE || hidden)
		return;
	if (to->place != STORE_PLACE_PATH || to->name[0] != '/')
		buf_putc(out, '/');
	if (to->place == STORE_PLACE_CGROUP)
		put_cgroup(out, to->number, resolve);
	else if (to->place == STORE_PLACE_INTERFACE)
		put_interface(out, to->number, resolve);
	else if (to->place == STORE_PLACE_NUMBER)
		buf_put_u64(out, to->number);
	else
		put_name(out, to);
}

/* ---- all of them ---- */

static int by_id(const void *key, const void *element)
{
	uint32_t id = *(const uint32_t *)key;
	const struct attached *a = element;

	return (id > a->program) - (id < a->program);
}

static int add_link(struct store *store, uint32_t id, struct attached *list, size_t n,
		    bool resolve)
{
	struct store_attach to;
	struct attached *a;
	uint32_t program;

	/* It may be gone by now. */
	if (store_link_program(store, id, &program) < 0)
		return 0;
	a = bsearch(&program, list, n, sizeof(*list), by_id);
	if (!a || a->count++ >= PLACES_MAX)
		return 0;
	if (store_link_attach(store, id, &to) < 0) {
		a->count--;
		return 0;
	}
	if (a->count > 1)
		buf_putc(&a->text, ',');
	put_place(&a->text, &to, resolve);
	return buf_error(&a->text);
}

int attached_collect(const struct report *r, struct attached *list, size_t n)
{
	bool resolve = handle_for_root(r->rq, NULL) == 0;
	struct store *store = r->registry->store;
	uint32_t id = 0;
	int err = 0;

	for (unsigned i = 0; n && err == 0 && i < LINKS_MAX; i++) {
		if (request_interrupted(r->rq))
			return -EINTR;
		if (store_next_link(store, id, &id) < 0)
			break;
		err = add_link(store, id, list, n, resolve);
	}
	return err;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "map/reveal.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "host/host.h"
#include "map/handle.h"
#include "map/ops.h"
#include "map/schema.h"
#include "util/buf.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/printable.h"

static int put_symbol(const struct host_names *names, uint64_t address, struct buf *out)
{
	const struct reveal *v = (const struct reveal *)names;
	struct store_symbol symbol;
	int r = store_symbol(v->store, address, &symbol);

	if (r < 0)
		return r;
	put_printable(out, symbol.name, strlen(symbol.name));
	buf_printf(out, "+0x%" PRIx64, symbol.offset);
	if (*symbol.module)
		buf_printf(out, " [%s]", symbol.module);
	return 0;
}

/* ---- cgroups ---- */

/*
 * To open a cgroup the daemon may have to ask its helper, which takes as long as
 * starting a process, and the values of a map name few cgroups again and again. An id is
 * never used again and a cgroup is never renamed, but it can be removed.
 */
#define CGROUPS 256
#define CGROUP_NS 1000000000u

struct cgroup_name {
	uint64_t id;
	uint64_t when; /* ns, monotonic; 0: unused */
	int error; /* 0, or why there is no path */
	struct buf path;
};

struct cgroup_cache {
	pthread_mutex_t lock; /* guards the rest */
	struct cgroup_name list[CGROUPS]; /* by id modulo CGROUPS */
};

static bool find_cgroup(struct cgroup_cache *c, uint64_t id, int *ret, struct buf *out)
{
	const struct cgroup_name *n = &c->list[id % CGROUPS];
	GUARD_MUTEX(&c->lock);

	if (!n->when || n->id != id || clock_ns(CLOCK_MONOTONIC) - n->when >= CGROUP_NS)
		return false;
	buf_put(out, n->path.data, n->path.len);
	*ret = n->error;
	return true;
}

/* Takes over *path. */
static void keep_cgroup(struct cgroup_cache *c, uint64_t id, int error, struct buf *path)
{
	struct cgroup_name *n = &c->list[id % CGROUPS];
	GUARD_MUTEX(&c->lock);

	buf_release(&n->path);
	*n = (struct cgroup_name){ id, clock_ns(CLOCK_MONOTONIC), error, *path };
	*path = (struct buf)BUF_INIT;
}

/* With a slash in front, as in /proc/PID/cgroup: no number has one. */
static int put_cgroup(const struct host_names *names, uint64_t id, struct buf *out)
{
	struct cgroup_cache *cache = ((const struct reveal *)names)->cgroups;
	_cleanup_buf_ struct buf path = BUF_INIT, text = BUF_INIT;
	int r;

	if (find_cgroup(cache, id, &r, out))
		return r;
	r = host_cgroup_path(id, &path);
	if (r == 0 && *path.data != '/')
		buf_putc(&text, '/');
	if (r == 0)
		put_printable(&text, path.data, path.len);
	buf_put(out, text.data, text.len);
	/* Other errors are those of the moment. */
	if ((r == 0 && !buf_error(&text)) || r == -ESTALE || r == -ENOENT || r == -EACCES)
		keep_cgroup(cache, id, r, &text);
	return r;
}

static void cgroup_cache_free(struct cgroup_cache *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < CGROUPS; i++)
		buf_release(&c->list[i].path);
	pthread_mutex_destroy(&c->lock);
	free(c);
}

/* ---- interfaces ---- */

/* An interface may be called "5" or "@05000000", which would be read as a number. */
static int put_interface(const struct host_names *names, uint64_t index, struct buf *out)
{
	char name[HOST_IFNAME_LEN];
	int r = index > UINT32_MAX ? -ENODEV : host_interface_name((uint32_t)index, name);

	if (r < 0)
		return r;
	if (!isalpha((unsigned char)*name) && *name != '_')
		return -EINVAL;
	put_printable(out, name, strlen(name));
	return 0;
}

/* ---- */

int reveal_init(struct reveal *v, struct store *store)
{
	*v = (struct reveal){
		.names = { .symbol = put_symbol, .cgroup = put_cgroup,
			   .interface = put_interface },
		.store = store,
		.cgroups = calloc(1, sizeof(*v->cgroups)),
	};
	if (!v->cgroups)
		return -ENOMEM;
	pthread_mutex_init(&v->cgroups->lock, NULL);
	return 0;
}

void reveal_release(struct reveal *v)
{
	cgroup_cache_free(v->cgroups);
}

bool reveal_applies(const struct schema *s)
{
	if (s->ops->format)
		return s->ops->format_names;
	return s->traits & TYPE_HAS_NAMES ||
	       (s->record && type_traits(s->record) & TYPE_HAS_NAMES);
}

const struct host_names *reveal_to(const struct reveal *v, const struct schema *s,
				   const struct request *rq)
{
	return reveal_applies(s) && handle_for_root(rq, NULL) == 0 ? &v->names : NULL;
}

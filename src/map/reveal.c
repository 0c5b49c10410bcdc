/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "map/reveal.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>

#include "host/host.h"
#include "map/handle.h"
#include "map/ops.h"
#include "map/schema.h"
#include "util/buf.h"
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

/* With a slash in front, as in /proc/PID/cgroup: no number has one. */
static int put_cgroup(const struct host_names *names, uint64_t id, struct buf *out)
{
	_cleanup_buf_ struct buf path = BUF_INIT;
	int r = host_cgroup_path(id, &path);

	if (r < 0)
		return r;
	if (*path.data != '/')
		buf_putc(out, '/');
	put_printable(out, path.data, path.len);
	return 0;
}

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

void reveal_init(struct reveal *v, struct store *store)
{
	*v = (struct reveal){
		.names = { .symbol = put_symbol, .cgroup = put_cgroup,
			   .interface = put_interface },
		.store = store,
	};
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

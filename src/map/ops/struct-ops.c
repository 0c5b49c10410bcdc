/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * struct_ops: the only value is a table of functions that the kernel may be using,
 * after a header:
 *
 *	u32 refcnt | u32 state | ... | struct tcp_congestion_ops
 *
 *	{"state":"in_use","refcnt":1,"ssthresh":...}
 *
 * Its type is in the kernel's own BTF: struct bpf_struct_ops_NAME, whose last member is
 * `data`. The header precedes it: the member `common`, or before Linux 6.9 the members
 * `refcnt` and `state`. Pointers to functions read as program ids. Its owner registers
 * and removes it.
 */
#include <errno.h>
#include <string.h>

#include "map/ops.h"
#include "map/map.h"
#include "map/scan/scan.h"
#include "text/value.h"
#include "util/buf.h"

struct header {
	uint32_t refcnt, state;
};

static int ops_lookup(const struct map *m, const void *key, void *value)
{
	return store_lookup(&m->ref, key, value, 0);
}

static void put_state(uint32_t state, struct buf *out)
{
	static const char *const states[] = { "init", "in_use", "tobefree", "ready" };

	if (state < sizeof(states) / sizeof(states[0]))
		buf_printf(out, "\"%s\"", states[state]);
	else
		buf_put_u64(out, state);
}

/* Append the part after the header, as members of the same object. */
static int put_members(const struct schema *s, const void *value, struct buf *out)
{
	static const char before[] = ",\"data\":{";
	_cleanup_buf_ struct buf all = BUF_INIT;
	const char *data;
	int r = value_format(s->value, value, VALUE_JSON, &all);

	if (r < 0)
		return r;
	if (!buf_cstr(&all))
		return -ENOMEM;
	data = strstr(all.data, before);
	if (!data || data[strlen(before)] == '}')
		return 0;
	data += strlen(before);
	buf_putc(out, ',');
	buf_put(out, data, all.len - (size_t)(data - all.data) - strlen("}}"));
	return 0;
}

static int ops_format(const struct schema *s, const void *key, const void *value,
		      bool json, struct buf *out)
{
	struct header header = { 0 };
	int r;

	if (s->value_size >= sizeof(header))
		memcpy(&header, value, sizeof(header));
	buf_puts(out, "{\"state\":");
	put_state(header.state, out);
	buf_printf(out, ",\"refcnt\":%u", header.refcnt);
	r = put_members(s, value, out);
	buf_putc(out, '}');
	return r < 0 ? r : buf_error(out);
}

const struct map_ops map_ops_struct_ops = {
	.lookup = ops_lookup,
	.format = ops_format,
	.scan = &scan_walk,
};

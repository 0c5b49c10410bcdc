/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stack traces: a value is a stack, one frame per line, the innermost first.
 *
 *	kernel addresses		symbol+0xOFFSET [module], for root alone
 *	BPF_F_STACK_BUILD_ID		BUILDID+0xOFFSET (of the file)
 *	all else			0xADDRESS
 *
 * Only programs write stacks; the kernel refuses an update.
 */
#include <errno.h>
#include <inttypes.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>

#include "map/ops.h"
#include "map/map.h"
#include "map/scan/scan.h"
#include "text/escape.h"
#include "text/host-names.h"
#include "util/buf.h"

/* The kernel's half of the addresses, on every machine that has BPF. */
#define KERNEL_HALF (UINT64_C(1) << 63)

static int stack_lookup(const struct map *m, const void *key, void *value)
{
	return store_lookup(&m->ref, key, value, 0);
}

static int stack_remove(const struct map *m, const void *key)
{
	return store_remove(&m->ref, key);
}

static void put_address(uint64_t address, struct buf *out)
{
	const struct host_names *names = address & KERNEL_HALF ? out->names : NULL;

	if (!names || names->symbol(names, address, out) < 0)
		buf_printf(out, "0x%" PRIx64, address);
}

/* A frame's text; false: there is no frame, as behind the last one. */
typedef bool frame_fn(const void *frame, struct buf *out);

static bool put_plain(const void *frame, struct buf *out)
{
	uint64_t address;

	memcpy(&address, frame, sizeof(address));
	put_address(address, out);
	return address;
}

static bool put_build_id(const void *frame, struct buf *out)
{
	struct bpf_stack_build_id id;

	memcpy(&id, frame, sizeof(id));
	if (id.status != BPF_STACK_BUILD_ID_VALID) {
		put_address(id.ip, out);
		return id.status != BPF_STACK_BUILD_ID_EMPTY;
	}
	buf_put_hex(out, id.build_id, sizeof(id.build_id));
	buf_printf(out, "+0x%" PRIx64, (uint64_t)id.offset);
	return true;
}

struct frames {
	const struct schema *s;
	frame_fn *put;
	size_t size; /* of a frame */
	const uint8_t *first;
};

/* A zero address is a frame if others follow: unwinding went through it. */
static size_t count_frames(const struct frames *f, struct buf *scratch)
{
	size_t n = f->s->value_size / f->size;

	while (n && !f->put(f->first + (n - 1) * f->size, scratch)) {
		buf_clear(scratch);
		n--;
	}
	return n;
}

static int stack_format(const struct schema *s, const void *key, const void *value,
			bool json, struct buf *out)
{
	bool by_id = s->info.flags & BPF_F_STACK_BUILD_ID;
	const struct frames f = {
		.s = s,
		.put = by_id ? put_build_id : put_plain,
		.size = by_id ? sizeof(struct bpf_stack_build_id) : sizeof(uint64_t),
		.first = value,
	};
	_cleanup_buf_ struct buf frame = { .names = out->names };
	size_t n = count_frames(&f, &frame);

	if (json)
		buf_putc(out, '[');
	for (size_t i = 0; i < n; i++) {
		buf_clear(&frame);
		f.put(f.first + i * f.size, &frame);
		if (i)
			buf_putc(out, json ? ',' : '\n');
		if (json)
			json_escape(out, frame.data, frame.len);
		else
			buf_put(out, frame.data, frame.len);
	}
	if (json)
		buf_putc(out, ']');
	return buf_error(&frame) ?: buf_error(out);
}

const struct map_ops map_ops_stack = {
	.lookup = stack_lookup,
	.remove = stack_remove,
	.format = stack_format,
	.format_names = true,
	.scan = &scan_walk,
};

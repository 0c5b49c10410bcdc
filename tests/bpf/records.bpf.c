/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Put numbered records into a ring buffer, as many as records.c asks for.
 */
#include <linux/bpf.h>
#include <linux/types.h>
#include <bpf/bpf_helpers.h>

#include "records.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 65536);
} records_000000 SEC(".maps");

/* Records that were taken back, for which a reader must not stop. */
#define DISCARD_EVERY 64

static int put_one(__u64 number)
{
	struct record *r = bpf_ringbuf_reserve(&records_000000, sizeof(*r), 0);

	if (!r)
		return -1;
	r->number = number;
	r->time = bpf_ktime_get_ns();
	r->check = number * RECORD_FACTOR;
	r->state = number % 3;
	r->size = 0;
	bpf_ringbuf_submit(r, 0);
	return 0;
}

static void put_discarded(void)
{
	struct record *r = bpf_ringbuf_reserve(&records_000000, sizeof(*r), 0);

	if (r)
		bpf_ringbuf_discard(r, 0);
}

/* Returns how many were put: fewer than asked for in a full ring. */
SEC("syscall")
int produce(struct order *o)
{
	for (__u32 i = 0; i < ORDER_MAX; i++) {
		if (i >= o->count || put_one(o->first + i))
			return i;
		if (o->discard && (o->first + i) % DISCARD_EVERY == 0)
			put_discarded();
	}
	return ORDER_MAX;
}

char LICENSE[] SEC("license") = "GPL";

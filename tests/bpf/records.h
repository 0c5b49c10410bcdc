/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shared by records.bpf.c and records.c.
 */
#ifndef TESTS_BPF_RECORDS_H
#define TESTS_BPF_RECORDS_H

#include <linux/types.h>

#define RECORD_FACTOR 0x9e3779b97f4a7c15ull

struct record {
	__u64 number;
	__u64 time; /* ns, monotonic */
	__u64 check; /* number * RECORD_FACTOR */
	__u32 state;
	__u32 size;
};

#define ORDER_MAX 512

struct order {
	__u64 first; /* number of the first record */
	__u32 count;
	__u32 discard; /* take some back, too */
};

#endif

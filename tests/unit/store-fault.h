/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A store that wraps another one, and fails or calls a function when the test asks for
 * it. Safe from any thread.
 */
#ifndef BPFMAPFS_TESTS_STORE_FAULT_H
#define BPFMAPFS_TESTS_STORE_FAULT_H

#include "store/store.h"

enum fault_op {
	FAULT_NEXT_ID,
	FAULT_OPEN,
	FAULT_CLOSE, /* never fails */
	FAULT_CREATE,
	FAULT_INFO,
	FAULT_USAGE,
	FAULT_BTF,
	FAULT_LOOKUP,
	FAULT_UPDATE,
	FAULT_REMOVE,
	FAULT_LOOKUP_AND_DELETE,
	FAULT_NEXT_KEY,
	FAULT_LOOKUP_BATCH,
	FAULT_TAKE_BATCH,
	FAULT_UPDATE_BATCH,
	FAULT_REMOVE_BATCH,
	FAULT_PATCH,
	FAULT_RING_MAP,
	FAULT_FREEZE,
	FAULT_OPS,
};

/* Wrap inner, which belongs to the new store from then on. 0, -ENOMEM. */
int store_fault_new(struct store *inner, struct store **ret);

/*
 * The next `after` calls of op pass, the `times` calls behind them give
 * error (a negative errno) and do not reach the inner store.
 */
void store_fault_fail(struct store *s, enum fault_op op, unsigned after, unsigned times,
		      int error);

/*
 * Run hook(arg) at the beginning of each call of op, with no lock held: it
 * may use the store, or wait. NULL ends that.
 */
void store_fault_hook(struct store *s, enum fault_op op, void (*hook)(void *), void *arg);

/* The same before each GET_NEXT_KEY, told the key (NULL: the first is asked). */
void store_fault_next_key(struct store *s, void (*hook)(void *, const void *key), void *arg);

/* Let answer() stand for GET_NEXT_KEY; > 0: ask the inner store. NULL ends that. */
void store_fault_answer(struct store *s,
			int (*answer)(void *, const void *key, void *next), void *arg);

/* Every map says that it is of this type; 0 ends that. */
void store_fault_type(struct store *s, uint32_t type);

/* Lookups write `bytes` bytes, 0x55 behind the value, as those of
 * per-CPU maps do; 0 ends that. */
void store_fault_spill(struct store *s, size_t bytes);

/* Calls of op so far, failed ones included. */
unsigned store_fault_calls(struct store *s, enum fault_op op);

/* Maps that are open now: a test's way to find a reference kept too long. */
unsigned store_fault_open_maps(struct store *s);

#endif

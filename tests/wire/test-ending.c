/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A map created through the tree is removed (rmdir) or replaced (.map/def) at the
 * moment when it is written to: one of the two operations is refused.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../unit/store-fault.h"
#include "wire.h"

#define DEF "type=hash key=u32 value=u32 max_entries=4"

static struct wire *w;
static struct store *store;
static uint64_t dir;

static void setup(void)
{
	struct store *memory;

	ck_assert_int_eq(store_memory_new(&memory), 0);
	ck_assert_int_eq(store_fault_new(memory, &store), 0);
	w = wire_new_over(store, DEF);
	ck_assert_int_eq(wire_mkdir(w, "m", &dir), 0);
	wire_serve(w);
}

static void teardown(void)
{
	wire_free(w);
}

/* ---- a request that another one is stopped in the middle for ---- */

struct meanwhile {
	int (*act)(void);
	atomic_bool begun, done;
	int result;
	pthread_t thread;
};

static void *act(void *arg)
{
	struct meanwhile *mw = arg;

	mw->result = mw->act();
	mw->done = true;
	return NULL;
}

/* Once: begin, and go on when it has ended, or has not for some time: then it
 * waits for the one that stopped here. */
static void stop_here(void *arg)
{
	struct meanwhile *mw = arg;

	if (atomic_exchange(&mw->begun, true))
		return;
	ck_assert_int_eq(pthread_create(&mw->thread, NULL, act, mw), 0);
	for (int i = 0; i < 20 && !mw->done; i++)
		usleep(1000);
}

static void stop_at_close(void *arg)
{
	store_fault_hook(store, FAULT_CLOSE, stop_here, arg);
}

/* Stop where the one that looks for entries has seen that there are none. */
static void begin_behind_check(struct meanwhile *mw)
{
	store_fault_hook(store, FAULT_LOOKUP_BATCH, stop_at_close, mw);
}

static void begin_at(enum fault_op op, struct meanwhile *mw)
{
	store_fault_hook(store, op, stop_here, mw);
}

static int end(struct meanwhile *mw)
{
	ck_assert(mw->begun);
	pthread_join(mw->thread, NULL);
	for (enum fault_op op = 0; op < FAULT_OPS; op++)
		store_fault_hook(store, op, NULL, NULL);
	return mw->result;
}

static int put(void)
{
	return wire_put(w, dir, "1", "7\n");
}

static int put_all(void)
{
	return wire_dot_put(w, dir, "entries", "1\t7\n");
}

static int put_zeros(void)
{
	return wire_release(w, wire_writer(w, dir, "1", O_WRONLY));
}

static int remove_map(void)
{
	return wire_rmdir(w, WIRE_ROOT, "m");
}

static int define(void)
{
	return wire_dot_put(w, dir, "def", "max_entries=8\n");
}

static const struct {
	int (*end)(void), (*put)(void);
} pairs[] = {
	{ remove_map, put },
	{ remove_map, put_all },
	{ define, put },
	{ define, put_all },
};
#define N_PAIRS ((int)(sizeof(pairs) / sizeof(pairs[0])))

/* What was reported as written is there: in the old map, or in the new one. */
static void check_nothing_lost(int ended, int written)
{
	ck_assert_msg(ended == 0 || written == 0, "ended: %d, written: %d", ended, written);
	if (written == 0)
		ck_assert_str_eq(wire_text(w, dir, "1"), "7\n");
}

/* The map was seen to be empty, and is about to be let go. */
START_TEST(write_behind_the_check_is_refused)
{
	struct meanwhile mw = { .act = pairs[_i].put };
	int ended;

	begin_behind_check(&mw);
	ended = pairs[_i].end();
	check_nothing_lost(ended, end(&mw));
	/* An open file of the whole map holds it. */
	ck_assert(ended == 0 || (ended == -EBUSY && pairs[_i].put == put_all));
}
END_TEST

/* The value was accepted, and is about to enter the map. */
START_TEST(write_in_flight_keeps_the_map)
{
	struct meanwhile mw = { .act = pairs[_i].end };
	int written;

	begin_at(pairs[_i].put == put ? FAULT_UPDATE : FAULT_UPDATE_BATCH, &mw);
	written = pairs[_i].put();
	check_nothing_lost(end(&mw), written);
	ck_assert_int_eq(written, 0);
}
END_TEST

static int freeze(void)
{
	return wire_dot_put(w, dir, "frozen", "1");
}

START_TEST(freeze_behind_the_check_is_not_lost)
{
	struct meanwhile mw = { .act = freeze };
	int defined;

	begin_behind_check(&mw);
	defined = define();
	if (end(&mw) == 0)
		ck_assert_str_eq(wire_dot_text(w, dir, "frozen"), "1\n");
	else
		ck_assert_int_eq(defined, 0);
}
END_TEST

START_TEST(touch_in_flight_keeps_the_map)
{
	struct meanwhile mw = { .act = remove_map };

	begin_at(FAULT_UPDATE, &mw);
	put_zeros();
	ck_assert_int_eq(end(&mw), -ENOTEMPTY);
	ck_assert_str_eq(wire_text(w, dir, "1"), "0\n");
}
END_TEST

static void no_ids(void *arg)
{
	store_fault_fail(store, FAULT_NEXT_ID, 0, 100000, -EPERM);
}

/* A program holds the map, and from the moment that the tree lets it go, whether
 * it lives cannot be asked. */
START_TEST(map_is_not_believed_gone_for_an_error)
{
	struct store_map held;
	uint32_t id = (uint32_t)strtoul(wire_dot_text(w, dir, "id"), NULL, 10);
	int r;

	ck_assert_int_eq(store_open(store, id, STORE_READ, &held), 0);
	store_fault_hook(store, FAULT_CLOSE, no_ids, NULL);
	r = remove_map();
	store_fault_hook(store, FAULT_CLOSE, NULL, NULL);
	store_fault_fail(store, FAULT_NEXT_ID, 0, 0, 0);
	ck_assert_int_lt(r, 0);
	ck_assert_int_ne(r, -ENOENT);
	store_close(&held);
	/* It is still ours to end. */
	ck_assert_int_eq(wire_put(w, dir, "1", "5"), 0);
	ck_assert_int_eq(remove_map(), -ENOTEMPTY);
	ck_assert_int_eq(wire_unlink(w, dir, "1"), 0);
	ck_assert_int_eq(remove_map(), 0);
}
END_TEST

/* ---- a store that fails while the map is replaced ---- */

static const enum fault_op steps[] = { FAULT_NEXT_ID, FAULT_OPEN, FAULT_CREATE,
				       FAULT_INFO,    FAULT_USAGE, FAULT_BTF };
#define N_STEPS ((int)(sizeof(steps) / sizeof(steps[0])))

/* The n-th call of op fails. false: there were not as many. */
static bool define_with_fault(enum fault_op op, unsigned n)
{
	unsigned before;
	bool reached;
	char name[16];
	int r;

	snprintf(name, sizeof(name), "m%u", n);
	ck_assert_int_eq(wire_mkdir(w, name, &dir), 0);
	before = store_fault_calls(store, op);
	store_fault_fail(store, op, n, 1, -ENOMEM);
	r = define();
	reached = store_fault_calls(store, op) - before > n;
	store_fault_fail(store, op, 0, 0, 0);
	ck_assert_str_eq(wire_dot_text(w, dir, "max_entries"), r == 0 ? "8\n" : "4\n");
	ck_assert_int_eq(put(), 0);
	ck_assert_str_eq(wire_text(w, dir, "1"), "7\n");
	return reached;
}

START_TEST(failure_of_any_step_leaves_the_old_map)
{
	unsigned n = 0;

	while (define_with_fault(steps[_i], n))
		ck_assert_uint_lt(n++, 1000);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("ending");
	TCase *tc = tcase_create("ending");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, write_behind_the_check_is_refused, 0, N_PAIRS);
	tcase_add_loop_test(tc, write_in_flight_keeps_the_map, 0, N_PAIRS);
	tcase_add_test(tc, freeze_behind_the_check_is_not_lost);
	tcase_add_test(tc, touch_in_flight_keeps_the_map);
	tcase_add_test(tc, map_is_not_believed_gone_for_an_error);
	tcase_add_loop_test(tc, failure_of_any_step_leaves_the_old_map, 0, N_STEPS);
	suite_add_tcase(s, tc);
	return run_suite(s);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Maps created through the tree: the daemon takes back a map that cannot be removed,
 * even if opening it fails for a while because descriptors are missing.
 */
#include <check.h>
#include <errno.h>
#include <string.h>
#include <sys/resource.h>

#include "live/registry.h"
#include "store-fault.h"
#include "../suite.h"

#define LINE "type=hash key=u32 value=u32 max_entries=4"

static struct store *store;
static struct registry registry;
static struct def def;
static struct live_map *m;

static void setup(void)
{
	struct text_error err = { 0 };
	struct store *inner;

	ck_assert_int_eq(store_memory_new(&inner), 0);
	ck_assert_int_eq(store_fault_new(inner, &store), 0);
	ck_assert_int_eq(registry_init(&registry, store, NULL, NULL, -1), 0);
	ck_assert_int_eq(def_parse(NULL, LINE, strlen(LINE), &def, &err), 0);
	ck_assert_int_eq(registry_make(&registry, &def, "mine", &m, &err), 0);
}

static void teardown(void)
{
	live_map_unref(m);
	def_release(&def);
	registry_release(&registry);
	store_free(store);
}

/* Another process has the map open, so it cannot end. */
static void held_by_others(void (*with)(void))
{
	_cleanup_store_map_ struct store_map other = STORE_MAP_INIT;

	ck_assert_int_eq(store_open(store, m->id, STORE_READ, &other), 0);
	with();
	ck_assert_ptr_nonnull(m->owned.store);
}

static void is_busy(void)
{
	GUARD_ENDING(m);

	ck_assert_int_eq(registry_unmake(&registry, m), -EBUSY);
}

static void is_busy_without_descriptors(void)
{
	store_fault_fail(store, FAULT_OPEN, 0, 3, -EMFILE);
	is_busy();
}

static void is_refused_without_a_spare(void)
{
	struct rlimit old, none;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &old), 0);
	none = (struct rlimit){ 0, old.rlim_max };
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
	{
		GUARD_ENDING(m);
		ck_assert_int_eq(registry_unmake(&registry, m), -EMFILE);
	}
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &old), 0);
}

START_TEST(map_that_others_hold_stays_ours)
{
	held_by_others(is_busy);
	held_by_others(is_busy_without_descriptors);
	held_by_others(is_refused_without_a_spare);
}
END_TEST

START_TEST(map_that_nobody_holds_ends)
{
	GUARD_ENDING(m);

	ck_assert_int_eq(registry_unmake(&registry, m), 0);
	ck_assert_ptr_null(m->owned.store);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("live-owned");
	TCase *tc = tcase_create("owned");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, map_that_others_hold_stays_ours);
	tcase_add_test(tc, map_that_nobody_holds_ends);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The registry: the cost of a lookup among many maps, and its results while maps
 * appear, disappear, cannot be opened, and when ids start again.
 */
#include <check.h>
#include <errno.h>
#include <limits.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>

#include "../suite.h"
#include "live/in-use.h"
#include "live/registry.h"
#include "store-fault.h"
#include "store/memory/memory.h"
#include "util/clock.h"

#define MANY 5000

static struct store *memory, *store;
static struct registry reg;
static struct store_map maps[MANY + 8];
static size_t n_maps;

#define MS 1000000u
/* Longer than the pause between two pieces of the slow walk. */
#define SWEEP_TIME (11 * MS)

static void setup(void)
{
	clock_stop();
	n_maps = 0;
	ck_assert_int_eq(store_memory_new(&memory), 0);
	ck_assert_int_eq(store_fault_new(memory, &store), 0);
}

static void start(const char *globs)
{
	ck_assert_int_eq(registry_init(&reg, store, globs, NULL, -1), 0);
}

static void teardown(void)
{
	registry_release(&reg);
	for (size_t i = 0; i < n_maps; i++)
		store_close(&maps[i]);
	store_free(store);
	clock_run();
}

/* A map of some program; drop() ends it. */
static uint32_t make(const char *name)
{
	struct store_spec spec = { .type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4,
				   .max_entries = 1, .name = name };
	struct store_info info;

	ck_assert_int_eq(store_create(store, &spec, &maps[n_maps]), 0);
	ck_assert_int_eq(store_info(&maps[n_maps], &info), 0);
	n_maps++;
	return info.id;
}

static void drop(uint32_t id)
{
	struct store_info info;

	for (size_t i = 0; i < n_maps; i++)
		if (maps[i].store && store_info(&maps[i], &info) == 0 && info.id == id)
			store_close(&maps[i]);
}

/* The id that a name means, or a negative errno. */
static int64_t resolve(const char *name)
{
	struct live_map *m;
	bool alias;
	uint32_t id;
	int r = registry_resolve(&reg, name, &m, &alias, NULL);

	if (r < 0)
		return r;
	id = m->id;
	live_map_unref(m);
	return id;
}

static const char *listed(uint32_t id)
{
	static char name[LISTED_NAME_MAX];
	struct live_map *m;

	ck_assert_int_eq(registry_by_id(&reg, id, &m), 0);
	registry_listed_name(&reg, m, name);
	live_map_unref(m);
	return name;
}

static unsigned calls(void)
{
	return store_fault_calls(store, FAULT_NEXT_ID) +
	       store_fault_calls(store, FAULT_OPEN) + store_fault_calls(store, FAULT_INFO);
}

START_TEST(lookup_costs_the_same_among_many_maps)
{
	unsigned before;
	uint32_t id;

	id = make("flows");
	for (int i = 0; i < MANY; i++) {
		char name[16];

		snprintf(name, sizeof(name), "m%d", i % 2 ? i : 0);
		make(name);
	}
	start(NULL);
	before = calls();
	ck_assert_int_eq(resolve("flows"), id);
	/* the search, a piece of the slow walk, the map itself */
	ck_assert_uint_le(calls() - before, 20);
	before = calls();
	ck_assert_int_eq(resolve("none"), -ENOENT);
	ck_assert_int_eq(resolve("m0"), -ENOENT);
	ck_assert_int_eq(resolve("m0@7"), -ENOENT);
	ck_assert_uint_le(calls() - before, 60);
	before = calls();
	ck_assert_int_eq(make("new") > id, 1);
	ck_assert_int_gt(resolve("new"), 0);
	ck_assert_uint_le(calls() - before, 26);
}
END_TEST

START_TEST(hidden_maps_are_asked_for_once)
{
	unsigned before;

	for (int i = 0; i < 100; i++)
		make("other");
	make("flows");
	start("fl*:x[:y]");
	before = store_fault_calls(store, FAULT_OPEN);
	ck_assert_int_eq(registry_refresh(&reg), 0);
	ck_assert_uint_eq(store_fault_calls(store, FAULT_OPEN), before);
	before = calls();
	ck_assert_int_eq(resolve("@1"), -ENOENT);
	ck_assert_uint_eq(calls(), before);
	ck_assert_int_eq(resolve("other"), -ENOENT);
	ck_assert_int_gt(resolve("flows"), 0);
}
END_TEST

START_TEST(names_mean_what_is_there_now)
{
	uint32_t a, b;

	start(NULL);
	ck_assert_int_eq(resolve("x"), -ENOENT);
	a = make("x");
	ck_assert_int_eq(resolve("x"), a);
	ck_assert_str_eq(listed(a), "x");
	b = make("x");
	ck_assert_int_eq(resolve("x"), -ENOENT);
	ck_assert_str_eq(listed(a), "x@1");
	ck_assert_str_eq(listed(b), "x@2");
	drop(a);
	ck_assert_int_eq(resolve("x"), b);
	ck_assert_str_eq(listed(b), "x");
	drop(b);
	ck_assert_int_eq(resolve("x"), -ENOENT);
	a = make("x");
	ck_assert_int_eq(resolve("x"), a);
}
END_TEST

static const int shortages[] = { -EMFILE, -ENOMEM, -EPERM };

/* The map x goes, and another comes, between the search and the check. */
static void change(void *arg)
{
	unsigned *call = arg;

	if (++*call != 2)
		return;
	drop(1);
	make("x");
}

START_TEST(name_of_a_map_that_is_replaced_is_never_missing)
{
	unsigned call = 0;

	make("x");
	start(NULL);
	ck_assert_int_eq(resolve("x"), 1);
	store_fault_hook(store, FAULT_NEXT_ID, change, &call);
	ck_assert_int_eq(resolve("x"), 2);
	ck_assert_uint_gt(call, 2);
	store_fault_hook(store, FAULT_NEXT_ID, NULL, NULL);
}
END_TEST

START_TEST(map_that_cannot_be_opened_is_an_error)
{
	int want = shortages[_i] == -EPERM ? -EACCES : shortages[_i];
	uint32_t known = make("known"), id;

	start(NULL);
	id = make("flows");
	store_fault_fail(store, FAULT_OPEN, 0, 1000, shortages[_i]);
	ck_assert_int_eq(resolve("flows"), want);
	ck_assert_int_eq(resolve("flows"), want);
	ck_assert_int_eq(resolve("none"), want);
	ck_assert_int_eq(resolve("@2"), want);
	ck_assert_int_eq(resolve("known"), known);
	store_fault_fail(store, FAULT_OPEN, 0, 0, 0);
	ck_assert_int_eq(resolve("flows"), id);
	ck_assert_int_eq(resolve("none"), -ENOENT);
	store_fault_fail(store, FAULT_NEXT_ID, 0, 1000, shortages[_i]);
	ck_assert_int_eq(resolve("flows"), want);
	store_fault_fail(store, FAULT_NEXT_ID, 0, 0, 0);
	ck_assert_int_eq(resolve("flows"), id);
}
END_TEST

/* The next map's id. */
static void set_next(uint32_t id)
{
	((struct memory_store *)memory)->maps.last = id - 1;
}

/* As a program's maps, or a pin, lead there. */
START_TEST(map_that_is_met_by_its_id_hides_no_older_one)
{
	uint32_t first, second, third;
	char at[16];

	for (int i = 0; i < 100; i++)
		make("old");
	start(NULL);
	first = make("first");
	second = make("second");
	third = make("third");
	snprintf(at, sizeof(at), "@%u", third);
	ck_assert_int_eq(resolve(at), third);
	ck_assert_int_eq(resolve("first"), first);
	ck_assert_int_eq(resolve("second"), second);
}
END_TEST

START_TEST(ids_start_again)
{
	uint32_t old[3], id;

	set_next(17);
	old[0] = make("old");
	set_next(INT_MAX - 2);
	old[1] = make("high");
	start(NULL);
	old[2] = make("last");
	ck_assert_uint_eq(old[2], INT_MAX - 1);
	ck_assert_int_eq(resolve("last"), INT_MAX - 1);
	id = make("flows");
	ck_assert_uint_eq(id, 1);
	ck_assert_int_eq(resolve("flows"), 1);
	set_next(16);
	ck_assert_uint_eq(make("x"), 16);
	ck_assert_uint_eq(make("y"), 18);
	ck_assert_int_eq(resolve("y"), 18);
	ck_assert_int_eq(resolve("x"), 16);
	ck_assert_int_eq(resolve("old"), 17);
	id = make("high");
	ck_assert_int_eq(resolve("@19"), 19);
	ck_assert_int_eq(resolve("high"), -ENOENT);
	drop(old[1]);
	ck_assert_int_eq(resolve("high"), id);
}
END_TEST

START_TEST(ids_start_again_before_the_first_walk)
{
	set_next(100);
	make("old");
	start(NULL);
	set_next(1);
	ck_assert_uint_eq(make("flows"), 1);
	/* There is no sign that ids started again: the slow walk finds the map. */
	clock_advance(SWEEP_TIME);
	ck_assert_int_eq(resolve("flows"), 1);
	ck_assert_uint_eq(make("next"), 2);
	ck_assert_int_eq(resolve("next"), 2);
}
END_TEST

static void pass_time(void *arg)
{
	clock_advance(30 * MS);
}

START_TEST(link_leads_on_though_a_search_is_slow)
{
	char name[LISTED_NAME_MAX];
	struct live_map *m;
	uint32_t id = make("flows");

	start(NULL);
	ck_assert_int_eq(registry_by_id(&reg, id, &m), 0);
	registry_link_name(&reg, m, name);
	live_map_unref(m);
	ck_assert_str_eq(name, "flows");
	clock_advance(15 * MS);
	make("flows");
	store_fault_hook(store, FAULT_NEXT_ID, pass_time, NULL);
	ck_assert_int_eq(resolve("flows"), id);
	store_fault_hook(store, FAULT_NEXT_ID, NULL, NULL);
	ck_assert_int_eq(resolve("flows"), -ENOENT);
}
END_TEST

START_TEST(maps_that_went_are_forgotten)
{
	for (int i = 0; i < 100; i++)
		make("x");
	start(NULL);
	ck_assert_uint_eq(reg.index.count, 100);
	for (uint32_t id = 1; id < 100; id++)
		drop(id);
	ck_assert_int_eq(registry_refresh(&reg), 0);
	ck_assert_uint_eq(reg.index.count, 1);
	ck_assert_int_eq(resolve("x"), 100);
	drop(100);
	ck_assert_int_eq(registry_refresh(&reg), 0);
	ck_assert_uint_eq(reg.index.count, 0);
	ck_assert_int_eq(resolve("x"), -ENOENT);
}
END_TEST

static unsigned next_ids;

static void count_next_id(void *arg)
{
	next_ids++;
}

/* No listing walks here: only searches for one name. */
START_TEST(maps_that_come_and_go_do_not_pile_up)
{
	uint32_t id;

	make("kept");
	start(NULL);
	for (int i = 0; i < 2000; i++) {
		id = make("x");
		clock_advance(SWEEP_TIME);
		ck_assert_int_eq(resolve("x"), id);
		drop(id);
	}
	ck_assert_uint_lt(reg.index.count, 40);
}
END_TEST

START_TEST(a_lookup_beside_many_maps_asks_for_few_ids)
{
	for (int i = 0; i < 2000; i++)
		make("other");
	make("flows");
	start(NULL);
	store_fault_hook(store, FAULT_NEXT_ID, count_next_id, NULL);
	for (int i = 0; i < 100; i++) {
		clock_advance(SWEEP_TIME);
		ck_assert_int_eq(resolve("flows"), 2001);
	}
	ck_assert_uint_le(next_ids, 400);
	store_fault_hook(store, FAULT_NEXT_ID, NULL, NULL);
}
END_TEST

static const struct {
	const char *text, *name;
	uint32_t id;
	int error;
} names[] = {
	{ "flows", "flows", 0, 0 },
	{ "flows@18", "flows", 18, 0 },
	{ "@31", "", 31, 0 },
	{ "%2Erodata", ".rodata", 0, 0 },
	{ "%2Erodata@12", ".rodata", 12, 0 },
	{ ".rodata", ".rodata", 0, 0 },
	{ ".rodata@12", ".rodata", 12, 0 },
	{ "%2E", ".", 0, 0 },
	{ "%2E.", "..", 0, 0 },
	{ "%2Emap", ".map", 0, 0 },
	{ ".map@3", ".map", 3, 0 },
	{ ".", NULL, 0, -ENOENT },
	{ "..", NULL, 0, -ENOENT },
	{ ".map", NULL, 0, -ENOENT },
	{ "%2erodata", NULL, 0, -ENOENT },
	{ "a%2E", NULL, 0, -ENOENT },
	{ "flows@", NULL, 0, -ENOENT },
	{ "flows@018", NULL, 0, -ENOENT },
	{ "flows@1x", NULL, 0, -ENOENT },
	{ "fl-ows", NULL, 0, -ENOENT },
	{ "a23456789012345", "a23456789012345", 0, 0 },
	{ "a234567890123456", NULL, 0, -ENOENT },
	{ "%2E23456789012345", ".23456789012345", 0, 0 },
	{ "%2E234567890123456", NULL, 0, -ENOENT },
};

START_TEST(names_are_read)
{
	struct map_name n;

	ck_assert_int_eq(map_name_parse(names[_i].text, &n), names[_i].error);
	if (names[_i].error)
		return;
	ck_assert_str_eq(n.name, names[_i].name);
	ck_assert_uint_eq(n.id, names[_i].id);
}
END_TEST

static const struct {
	const char *globs, *name;
	bool matches;
} patterns[] = {
	{ NULL, "x", true },
	{ "flows", "flows", true },
	{ "flows", "flow", false },
	{ "flows:blocked*", "blocked_v4", true },
	{ "flows:blocked*", "flows", true },
	{ "flows:blocked*", "flows:blocked_v4", false },
	{ "[a:b]x", "ax", true },
	{ "[a:b]x", "b]x", false },
	{ "[[:digit:]]:y", "7", true },
	{ "[[:digit:]]:y", "y", true },
	{ "[!]:]:y", "x", true },
	{ "[a:b", "b", true },
	{ ".*", ".rodata", true },
	{ "a::b", "", true },
	{ "a:b", "", false },
};

START_TEST(patterns_are_separated_by_colons)
{
	ck_assert_int_eq(map_name_matches(patterns[_i].globs, patterns[_i].name),
			 patterns[_i].matches);
}
END_TEST

#define COUNT(a) (int)(sizeof(a) / sizeof((a)[0]))

int main(void)
{
	Suite *s = suite_create("registry");
	TCase *tc = tcase_create("registry"), *text = tcase_create("names");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, lookup_costs_the_same_among_many_maps);
	tcase_add_test(tc, hidden_maps_are_asked_for_once);
	tcase_add_test(tc, names_mean_what_is_there_now);
	tcase_add_test(tc, name_of_a_map_that_is_replaced_is_never_missing);
	tcase_add_loop_test(tc, map_that_cannot_be_opened_is_an_error, 0, COUNT(shortages));
	tcase_add_test(tc, map_that_is_met_by_its_id_hides_no_older_one);
	tcase_add_test(tc, ids_start_again);
	tcase_add_test(tc, ids_start_again_before_the_first_walk);
	tcase_add_test(tc, link_leads_on_though_a_search_is_slow);
	tcase_add_test(tc, maps_that_went_are_forgotten);
	tcase_add_test(tc, maps_that_come_and_go_do_not_pile_up);
	tcase_add_test(tc, a_lookup_beside_many_maps_asks_for_few_ids);
	suite_add_tcase(s, tc);
	tcase_add_loop_test(text, names_are_read, 0, COUNT(names));
	tcase_add_loop_test(text, patterns_are_separated_by_colons, 0, COUNT(patterns));
	suite_add_tcase(s, text);
	return run_suite(s);
}

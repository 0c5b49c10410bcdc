/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names of the host in texts: which readers see them, and how long the path of a cgroup
 * is cached.
 */
#include <errno.h>

#include "../suite.h"
#include "fake-host.h"
#include "map/reveal.h"
#include "store/store.h"
#include "util/buf.h"
#include "util/clock.h"

static struct store *store;
static struct reveal reveal;

static void setup(void)
{
	ck_assert_int_eq(store_memory_new(&store), 0);
	ck_assert_int_eq(reveal_init(&reveal, store), 0);
	fake_host_use();
	clock_stop();
}

static void teardown(void)
{
	clock_run();
	reveal_release(&reveal);
	store_free(store);
}

typedef int name_fn(const struct host_names *names, uint64_t number, struct buf *out);

/* want NULL: there is no name. */
static void check(name_fn *name, uint64_t number, const char *want)
{
	_cleanup_buf_ struct buf out = BUF_INIT;
	int r = name(&reveal.names, number, &out);

	ck_assert_int_eq(r == 0, want != NULL);
	ck_assert_str_eq(buf_cstr(&out), want ?: "");
}

START_TEST(names_cannot_be_taken_for_numbers)
{
	static const char *const names[] = { "eth0", "_a", "5", "@05000000", "-1", "\x1b[2J" };
	static const char *const want[] = { "eth0", "_a", NULL, NULL, NULL, NULL };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		fake_host_state.interfaces[0] = (struct fake_interface){ 7, names[i] };
		check(reveal.names.interface, 7, want[i]);
	}
	check(reveal.names.interface, 8, NULL);
	check(reveal.names.interface, (UINT64_C(1) << 32) + 7, NULL);
	check(reveal.names.symbol, 7, NULL);
}
END_TEST

START_TEST(names_are_one_line)
{
	fake_host_state.interfaces[0] = (struct fake_interface){ 7, "a\nb" };
	check(reveal.names.interface, 7, "a%0Ab");
	fake_host_state.cgroups[0] = (struct fake_cgroup){ 7, "a\x1b/\xff" };
	check(reveal.names.cgroup, 7, "/a%1B/%FF");
	fake_host_state.cgroups[1] = (struct fake_cgroup){ 8, "/" };
	check(reveal.names.cgroup, 8, "/");
}
END_TEST

START_TEST(path_of_a_cgroup_is_remembered_for_a_second)
{
	fake_host_state.cgroups[0] = (struct fake_cgroup){ 7, "a" };
	check(reveal.names.cgroup, 7, "/a");
	fake_host_state.cgroups[0].id = 0;
	clock_advance(999999999);
	check(reveal.names.cgroup, 7, "/a");
	clock_advance(1);
	check(reveal.names.cgroup, 7, NULL);
	/* So is that there is none. */
	fake_host_state.cgroups[0] = (struct fake_cgroup){ 7, "b" };
	check(reveal.names.cgroup, 7, NULL);
	clock_advance(1000000000);
	check(reveal.names.cgroup, 7, "/b");
	/* Another one takes its place. */
	fake_host_state.cgroups[1] = (struct fake_cgroup){ 7 + 256, "c" };
	check(reveal.names.cgroup, 7 + 256, "/c");
	check(reveal.names.cgroup, 7, "/b");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("map-reveal");
	TCase *tc = tcase_create("reveal");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, names_cannot_be_taken_for_numbers);
	tcase_add_test(tc, names_are_one_line);
	tcase_add_test(tc, path_of_a_cgroup_is_remembered_for_a_second);
	suite_add_tcase(s, tc);
	return run_suite(s);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Use of the host by maps and reports: processes that hold a map, cgroups and
 * interfaces by name, descriptors of other processes. The host is a fake; the maps are
 * in a memory store that reports other types for them.
 */
#include <check.h>
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include <unistd.h>

#include "fake-host.h"
#include "map/content.h"
#include "map/map.h"
#include "map/ops.h"
#include "one-map.h"
#include "report/report.h"
#include "store-fault.h"
#include "../suite.h"
#include "text/error.h"
#include "util/buf.h"
#include "util/request.h"

#define SOCKMAP 15
#define DEVMAP 14
#define PROG_ARRAY 3
#define CGROUP_ARRAY 8
#define CGRP_STORAGE 32
#define SK_STORAGE 24
#define INODE_STORAGE 28

static struct text_error err;

/* A map that says that it is of this type, with its sizes. */
static void make(uint32_t type, uint32_t key_size)
{
	bool fds = type == PROG_ARRAY || type == CGROUP_ARRAY;
	struct store_spec spec = { .type = BPF_MAP_TYPE_HASH, .key_size = key_size,
				   .value_size = fds ? 4 : 8, .max_entries = 8,
				   .name = "host" };

	make_map_of_type(&spec, type);
	open_map(NULL);
}

static void setup(void)
{
	fake_host_use();
	err = (struct text_error){ 0 };
}

/* A caller with uid 0 is root on this host. */
static struct request request;

static void be_root(bool root)
{
	request = (struct request){ .uid = root ? 0 : 1000, .tid = 1 };
	map.rq = &request;
}

/* 0 or the error of text as a value; the value in `value`. */
static int parse(const char *text, void *value)
{
	const struct content_text t = { text, strlen(text), NULL, 0, map.rq, &err };

	err = (struct text_error){ 0 };
	return content_parse(schema, "\0\0\0\0", &t, value);
}

static void refused(const char *text, int error, const char *why)
{
	uint8_t value[64];

	ck_assert_int_eq(parse(text, value), error);
	ck_assert_msg(strstr(err.reason, why), "\"%s\" lacks \"%s\"", err.reason, why);
}

/* ---- processes ---- */

static int no_open_pin(struct store *s, int fd, unsigned access, struct store_map *ret)
{
	(void)s;
	(void)fd;
	(void)access;
	(void)ret;
	return -EPERM;
}

static int no_pin(const struct store_map *m, int dir_fd, const char *name)
{
	(void)m;
	(void)dir_fd;
	(void)name;
	return -EPERM;
}

START_TEST(pids_are_of_processes_that_hold_the_map)
{
	_cleanup_buf_ struct buf out = BUF_INIT;
	struct report report = { .map = &map };
	const struct store_ops *ops;
	struct store_ops with_pins;
	uint32_t id;

	make(BPF_MAP_TYPE_HASH, 4);
	id = schema->info.id;
	ops = store->ops;
	with_pins = *ops;
	with_pins.pin = no_pin;
	with_pins.open_pin = no_open_pin;
	store->ops = &with_pins;
	fake_host_state.processes[0] = (struct fake_process){ 10, "other", id + 1 };
	fake_host_state.processes[1] = (struct fake_process){ 20, "loader", id };
	fake_host_state.processes[2] =
		(struct fake_process){ (uint32_t)getpid(), "this one", id };
	ck_assert_int_eq(report_pids(&report, &out), 0);
	ck_assert_str_eq(buf_cstr(&out), "20 loader\n");
	store->ops = ops;
}
END_TEST

/* ---- cgroups ---- */

START_TEST(cgroups_are_named_by_their_path)
{
	_cleanup_buf_ struct buf out = BUF_INIT;
	uint64_t id = 7, found = 0;

	make(CGRP_STORAGE, 4);
	fake_host_state.cgroups[0] = (struct fake_cgroup){ 7, "system/web" };
	ck_assert_int_eq(schema->ops->name(schema, &id, &out), 0);
	ck_assert_str_eq(buf_cstr(&out), "system%2Fweb");
	ck_assert_int_eq(schema->ops->parse_name(schema, out.data, out.len, &found, &err), 0);
	ck_assert_uint_eq(found, 7);
	ck_assert_int_eq(schema->ops->parse_name(schema, "gone", 4, &found, &err), -EINVAL);
	ck_assert_ptr_nonnull(strstr(err.reason, "no such cgroup"));
}
END_TEST

START_TEST(cgroup_that_is_gone_has_a_raw_name)
{
	_cleanup_buf_ struct buf out = BUF_INIT;
	uint64_t id = 9;

	make(CGRP_STORAGE, 4);
	ck_assert_int_eq(schema->ops->name(schema, &id, &out), 0);
	ck_assert_int_eq(buf_cstr(&out)[0], '@');
}
END_TEST

/* ---- interfaces ---- */

START_TEST(interfaces_go_by_name_and_index)
{
	struct {
		uint32_t index;
		char name[16];
		uint32_t prog;
	} dev;

	make(DEVMAP, 4);
	fake_host_state.interfaces[0] = (struct fake_interface){ 3, "eth0" };
	ck_assert_int_eq(parse("eth0\n", &dev), 0);
	ck_assert_uint_eq(dev.index, 3);
	ck_assert_int_eq(parse("3", &dev), 0);
	ck_assert_str_eq(dev.name, "eth0");
	refused("eth1", -EINVAL, "no interface \"eth1\"");
	refused("4", -EINVAL, "no interface 4");
	refused("{\"ifindex\":4,\"ifname\":\"eth0\"}", -EINVAL, "\"eth0\" is 3");
}
END_TEST

/* ---- descriptors ---- */

START_TEST(descriptors_are_for_root)
{
	make(SOCKMAP, 4);
	be_root(false);
	refused("10:3", -EACCES, "only root may do this");
	ck_assert_uint_eq(fake_host_state.takes, 0);
	map.rq = NULL;
	refused("10:3", -EACCES, "only root may do this");
	ck_assert_uint_eq(fake_host_state.takes, 0);
}
END_TEST

START_TEST(descriptors_are_refused_with_a_reason)
{
	static const struct {
		int host, user;
		const char *why;
	} rows[] = {
		{ -ESRCH, -EINVAL, "no such process: 10" },
		{ -EBADF, -EINVAL, "process 10 has no descriptor 3" },
		{ -ENOTSOCK, -EINVAL, "descriptor 3 of process 10 is not a socket" },
		{ -ETIMEDOUT, -ETIMEDOUT, "process 10 did not" },
		{ -EMFILE, -EMFILE, "" },
	};
	uint8_t value[64];

	make(SOCKMAP, 4);
	be_root(true);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		fake_host_state.take_error = rows[i].host;
		refused("10:3\n", rows[i].user, rows[i].why);
	}
	fake_host_state.take_error = 0;
	ck_assert_int_eq(parse("10:3\n", value), 0);
	refused("10", -EINVAL, "expected PID:FD");
}
END_TEST

/* Bytes of a value, as entries.bin brings them, are no way around the rule. */
START_TEST(bytes_name_nothing_that_text_may_not)
{
	static const uint32_t types[] = { PROG_ARRAY, CGROUP_ARRAY, SOCKMAP, DEVMAP };
	static const struct {
		uint32_t number[6];
	} value = { { 1, 1, 1, 1, 1, 1 } };

	make(types[_i], 4);
	fake_host_state.cgroups[0] = (struct fake_cgroup){ (1ull << 32) + 1, "a" };
	be_root(false);
	ck_assert_int_eq(schema->ops->update(&map, "\0\0\0\0", &value, STORE_ANY), -EACCES);
	ck_assert_uint_eq(fake_host_state.takes, 0);
	be_root(true);
	ck_assert_int_ne(schema->ops->update(&map, "\0\0\0\0", &value, STORE_ANY), -EACCES);
}
END_TEST

START_TEST(storages_of_objects_are_for_root)
{
	static const uint32_t types[] = { SK_STORAGE, INODE_STORAGE };
	uint32_t key[2] = { 10, 3 };
	uint64_t value;

	make(types[_i], 4);
	be_root(false);
	ck_assert_int_eq(map_lookup(&map, key, &value), -EACCES);
	ck_assert_int_eq(map_update(&map, key, &value, STORE_ANY), -EACCES);
	ck_assert_int_eq(map_remove(&map, key), -EACCES);
	ck_assert_uint_eq(fake_host_state.takes, 0);
	be_root(true);
	fake_host_state.take_error = -EBADF;
	ck_assert_int_eq(map_lookup(&map, key, &value), -ENOENT);
	ck_assert_uint_eq(fake_host_state.takes, 1);
}
END_TEST

START_TEST(requests_without_a_caller_are_not_of_root)
{
	ck_assert(!host_caller_is_privileged((uid_t)-1, 1));
	ck_assert(!host_caller_is_privileged(0, 0));
	ck_assert(!host_caller_is_privileged(1000, 1));
	ck_assert_uint_eq(fake_host_state.privilege_checks, 0);
	ck_assert(host_caller_is_privileged(0, 1));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("host");
	TCase *tc = tcase_create("fake");

	tcase_add_checked_fixture(tc, setup, close_map);
	tcase_add_test(tc, pids_are_of_processes_that_hold_the_map);
	tcase_add_test(tc, cgroups_are_named_by_their_path);
	tcase_add_test(tc, cgroup_that_is_gone_has_a_raw_name);
	tcase_add_test(tc, interfaces_go_by_name_and_index);
	tcase_add_test(tc, descriptors_are_for_root);
	tcase_add_test(tc, descriptors_are_refused_with_a_reason);
	tcase_add_loop_test(tc, bytes_name_nothing_that_text_may_not, 0, 4);
	tcase_add_loop_test(tc, storages_of_objects_are_for_root, 0, 2);
	tcase_add_test(tc, requests_without_a_caller_are_not_of_root);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}

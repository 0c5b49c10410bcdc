/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The user's errnos for a store's errnos, and the fault-injecting store.
 */
#include <check.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>

#include "store-fault.h"
#include "store/errno.h"
#include "../suite.h"

static const struct {
	enum store_op op;
	int error, user;
} cases[] = {
	{ STORE_OP_OPEN, ENOENT, ENOENT },
	{ STORE_OP_OPEN, EPERM, EACCES },
	{ STORE_OP_OPEN, EACCES, EACCES },
	{ STORE_OP_CREATE, EPERM, EACCES },
	{ STORE_OP_CREATE, E2BIG, ERANGE },
	{ STORE_OP_CREATE, EINVAL, EINVAL },
	{ STORE_OP_CREATE, ENOMEM, ENOMEM },
	{ STORE_OP_CREATE, STORE_ENOTSUPP, EOPNOTSUPP },
	{ STORE_OP_CREATE, EOPNOTSUPP, EOPNOTSUPP },
	{ STORE_OP_LOOKUP, ENOENT, ENOENT },
	{ STORE_OP_LOOKUP, EPERM, EPERM },
	{ STORE_OP_LOOKUP, EINVAL, EOPNOTSUPP },
	{ STORE_OP_LOOKUP, ENOSPC, EOPNOTSUPP },
	{ STORE_OP_LOOKUP, STORE_ENOTSUPP, EOPNOTSUPP },
	{ STORE_OP_LIST, EINVAL, EOPNOTSUPP },
	{ STORE_OP_LIST, ENOSPC, ENOSPC },
	{ STORE_OP_LIST, STORE_ENOTSUPP, EOPNOTSUPP },
	{ STORE_OP_UPDATE, E2BIG, ENOSPC },
	{ STORE_OP_UPDATE, ENOSPC, ENOSPC },
	{ STORE_OP_UPDATE, EEXIST, EEXIST },
	{ STORE_OP_UPDATE, ENOENT, ENOENT },
	{ STORE_OP_UPDATE, EPERM, EPERM },
	{ STORE_OP_UPDATE, EBUSY, EBUSY },
	{ STORE_OP_UPDATE, EDEADLK, EBUSY },
	{ STORE_OP_UPDATE, ETIMEDOUT, EBUSY },
	{ STORE_OP_UPDATE, STORE_ENOTSUPP, EOPNOTSUPP },
	{ STORE_OP_REMOVE, ENOENT, ENOENT },
	{ STORE_OP_REMOVE, EINVAL, EPERM },
	{ STORE_OP_REMOVE, EPERM, EPERM },
	{ STORE_OP_REMOVE, EOPNOTSUPP, EPERM },
	{ STORE_OP_REMOVE, STORE_ENOTSUPP, EPERM },
	{ STORE_OP_REMOVE, E2BIG, ENOENT },
	{ STORE_OP_FREEZE, EPERM, EPERM },
	{ STORE_OP_FREEZE, EBUSY, EBUSY },
	{ STORE_OP_FREEZE, STORE_ENOTSUPP, EOPNOTSUPP },
};

START_TEST(errno_of_each_operation)
{
	ck_assert_int_eq(store_user_errno(cases[_i].op, -cases[_i].error),
			 -cases[_i].user);
}
END_TEST

START_TEST(success_stays_success)
{
	for (int op = 0; op < STORE_OP_COUNT_; op++)
		ck_assert_int_eq(store_user_errno((enum store_op)op, 0), 0);
}
END_TEST

/* 524 has no name in libc: no user ever sees it. */
START_TEST(internal_errno_never_gets_out)
{
	for (int op = 0; op < STORE_OP_COUNT_; op++)
		ck_assert_int_ne(store_user_errno((enum store_op)op, -STORE_ENOTSUPP),
				 -STORE_ENOTSUPP);
}
END_TEST

static struct store *faulty;

static void new_faulty(void)
{
	struct store *inner;

	ck_assert_int_eq(store_memory_new(&inner), 0);
	ck_assert_int_eq(store_fault_new(inner, &faulty), 0);
}

static void new_map(struct store_map *ret)
{
	const struct store_spec spec = { .type = BPF_MAP_TYPE_HASH, .key_size = 4,
					 .value_size = 4, .max_entries = 8 };

	ck_assert_int_eq(store_create(faulty, &spec, ret), 0);
}

START_TEST(fault_comes_when_told_and_changes_nothing)
{
	struct store_map m;
	uint32_t key = 1, value = 2;

	new_faulty();
	new_map(&m);
	store_fault_fail(faulty, FAULT_UPDATE, 1, 2, -EBUSY);
	ck_assert_int_eq(store_update(&m, &key, &value, 0), 0);
	value = 3;
	ck_assert_int_eq(store_update(&m, &key, &value, 0), -EBUSY);
	ck_assert_int_eq(store_update(&m, &key, &value, 0), -EBUSY);
	ck_assert_int_eq(store_lookup(&m, &key, &value, 0), 0);
	ck_assert_uint_eq(value, 2);
	ck_assert_int_eq(store_update(&m, &key, &value, 0), 0);
	ck_assert_uint_eq(store_fault_calls(faulty, FAULT_UPDATE), 4);
	store_close(&m);
	store_free(faulty);
}
END_TEST

static void remove_key(void *arg)
{
	uint32_t key = 1;

	ck_assert_int_eq(store_remove(arg, &key), 0);
}

START_TEST(hook_acts_in_between)
{
	struct store_map m;
	uint32_t key = 1, value = 2;

	new_faulty();
	new_map(&m);
	ck_assert_uint_eq(store_fault_open_maps(faulty), 1);
	ck_assert_int_eq(store_update(&m, &key, &value, 0), 0);
	store_fault_hook(faulty, FAULT_LOOKUP, remove_key, &m);
	ck_assert_int_eq(store_lookup(&m, &key, &value, 0), -ENOENT);
	store_close(&m);
	ck_assert_uint_eq(store_fault_open_maps(faulty), 0);
	store_free(faulty);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("store-errno");
	TCase *tc = tcase_create("errno");

	tcase_add_loop_test(tc, errno_of_each_operation, 0,
			    sizeof(cases) / sizeof(cases[0]));
	tcase_add_test(tc, success_stays_success);
	tcase_add_test(tc, internal_errno_never_gets_out);
	tcase_add_test(tc, fault_comes_when_told_and_changes_nothing);
	tcase_add_test(tc, hook_acts_in_between);
	suite_add_tcase(s, tc);
	return run_suite(s);
}

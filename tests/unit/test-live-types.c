/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * BTF that cannot be used: the map is shown in raw form, and its errors have the
 * reason.
 */
#include <check.h>
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>

#include "live/registry.h"
#include "store-btf.h"
#include "store-fault.h"
#include "../suite.h"
#include "text/type.h"
#include "util/buf.h"

static struct store *store;
static struct registry registry;
static struct store_map ref;
static struct live_map *m;

static void setup(void)
{
	struct store_spec spec = { .type = BPF_MAP_TYPE_HASH,
				   .key_size = 4,
				   .value_size = 8,
				   .max_entries = 8,
				   .name = "typed",
				   .btf_key_type_id = BTF_U32,
				   .btf_value_type_id = BTF_U64 };
	struct store *inner;

	spec.btf_data = store_btf_types(&spec.btf_size);
	ck_assert_int_eq(store_memory_new(&inner), 0);
	ck_assert_int_eq(store_fault_new(inner, &store), 0);
	ck_assert_int_eq(store_create(store, &spec, &ref), 0);
	ck_assert_int_eq(registry_init(&registry, store, NULL, NULL, -1), 0);
	ck_assert_int_eq(registry_next(&registry, 0, &m, NULL), 0);
}

static void teardown(void)
{
	live_map_unref(m);
	store_close(&ref);
	registry_release(&registry);
	store_free(store);
}

static void errors(struct buf *out)
{
	buf_clear(out);
	errlog_format(&m->errors, true, 0, out);
	buf_cstr(out);
}

static bool key_is_raw(void)
{
	_cleanup_schema_ struct schema *s = NULL;

	ck_assert_int_eq(live_map_schema(&registry, m, &s), 0);
	return type_traits(s->key) & TYPE_IS_RAW;
}

static const struct {
	int error;
	const char *line;
} refusals[] = {
	{ -EINVAL, "types btf 1: libbpf refuses the BTF of this map" },
	{ -EPERM, "types btf 1: reading BTF needs CAP_SYS_ADMIN" },
};

START_TEST(refused_btf_leaves_one_line)
{
	_cleanup_buf_ struct buf text = BUF_INIT;
	const char *line;

	store_fault_fail(store, FAULT_BTF, 0, UINT32_MAX, refusals[_i].error);
	ck_assert(key_is_raw());
	ck_assert(key_is_raw());
	errors(&text);
	line = strstr(text.data, refusals[_i].line);
	ck_assert_msg(line, "%s", text.data);
	ck_assert_ptr_null(strstr(line + 1, "types btf"));
}
END_TEST

START_TEST(usable_btf_leaves_none)
{
	_cleanup_buf_ struct buf text = BUF_INIT;

	ck_assert(!key_is_raw());
	errors(&text);
	ck_assert_uint_eq(text.len, 0);
}
END_TEST

/* No descriptor now is no reason to be raw for ever. */
START_TEST(shortage_passes)
{
	static const int shortages[] = { -EMFILE, -ENFILE, -ENOMEM };
	_cleanup_schema_ struct schema *s = NULL;

	store_fault_fail(store, FAULT_BTF, 0, 1, shortages[_i]);
	ck_assert_int_eq(live_map_schema(&registry, m, &s), shortages[_i]);
	ck_assert(!key_is_raw());
}
END_TEST

int main(void)
{
	Suite *s = suite_create("live-types");
	TCase *tc = tcase_create("live-types");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, refused_btf_leaves_one_line, 0, 2);
	tcase_add_test(tc, usable_btf_leaves_none);
	tcase_add_loop_test(tc, shortage_passes, 0, 3);
	suite_add_tcase(s, tc);
	return run_suite(s);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Numbers that some readers see as names of the host (text/host-names.h): only if the
 * buffer has names, and never in names of keys and exact texts.
 */
#include "text-util.h"
#include "text/host-names.h"

static int named(const char *prefix, uint64_t v, struct buf *out)
{
	if (v == 7)
		return -ENOENT;
	buf_printf(out, "%s\"%llx\"", prefix, (unsigned long long)v);
	return 0;
}

static int symbol(const struct host_names *names, uint64_t v, struct buf *out)
{
	return named("s", v, out);
}

static int cgroup(const struct host_names *names, uint64_t v, struct buf *out)
{
	return named("/c", v, out);
}

static int interface(const struct host_names *names, uint64_t v, struct buf *out)
{
	return named("i", v, out);
}

static const struct host_names names = { symbol, cgroup, interface };

/* The text of a value whose first bytes are v, with names if `named`. */
static void check(const char *grammar, const void *v, enum value_form form,
		  const struct host_names *seen, const char *want)
{
	_cleanup_type_ struct type *t = type_of(grammar);
	_cleanup_buf_ struct buf out = { .names = seen };

	ck_assert(type_traits(t) & TYPE_HAS_NAMES);
	ck_assert_int_eq(value_format(t, v, form, &out), 0);
	ck_assert_str_eq(buf_cstr(&out), want);
}

static void check_both(const char *grammar, const void *v, enum value_form form,
		       const char *number, const char *name)
{
	check(grammar, v, form, NULL, number);
	check(grammar, v, form, &names, name);
}

START_TEST(names_are_for_buffers_that_have_them)
{
	static const uint64_t v[] = { 16, 7 };
	static const uint32_t index = 16;
	static const struct {
		uint64_t address;
		uint32_t n;
	} record = { 16, 7 };

	check_both("ksym", v, VALUE_BARE, "0x0000000000000010", "s\"10\"");
	check_both("ksym", v, VALUE_JSON, "\"0x0000000000000010\"", "\"s\\\"10\\\"\"");
	check_both("cgroup", v, VALUE_BARE, "16", "/c\"10\"");
	check_both("cgroup", v, VALUE_JSON, "16", "\"/c\\\"10\\\"\"");
	check_both("ifname", &index, VALUE_BARE, "16", "i\"10\"");
	check_both("cgroup[2]", v, VALUE_BARE, "[16,7]", "[\"/c\\\"10\\\"\",7]");
	check_both("{a:{b:ksym},c:u32}", &record, VALUE_BARE,
		   "{\"a\":{\"b\":\"0x0000000000000010\"},\"c\":7}",
		   "{\"a\":{\"b\":\"s\\\"10\\\"\"},\"c\":7}");
}
END_TEST

START_TEST(names_of_keys_and_exact_texts_have_numbers)
{
	_cleanup_type_ struct type *t = type_of("{a:ifname,b:u32}");
	static const uint32_t v[] = { 1, 2 };
	_cleanup_buf_ struct buf out = { .names = &names };

	ck_assert_int_eq(value_format_exact(t, v, &out), 0);
	ck_assert_str_eq(buf_cstr(&out), "{\"a\":1,\"b\":2}");
	buf_clear(&out);
	ck_assert_int_eq(name_format(t, v, &out), 0);
	ck_assert_str_eq(buf_cstr(&out), "a=1,b=2");
}
END_TEST

START_TEST(other_types_have_no_names)
{
	_cleanup_type_ struct type *t = type_of("{a:u64,b:char[4]}");

	ck_assert(!(type_traits(t) & TYPE_HAS_NAMES));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("text-named");
	TCase *tc = tcase_create("named");

	tcase_add_test(tc, names_are_for_buffers_that_have_them);
	tcase_add_test(tc, names_of_keys_and_exact_texts_have_numbers);
	tcase_add_test(tc, other_types_have_no_names);
	suite_add_tcase(s, tc);
	return run_suite(s);
}

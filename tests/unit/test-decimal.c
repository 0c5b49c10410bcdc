/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Unsigned decimal numbers: valid ones, and their end in a text.
 */
#include <check.h>
#include <string.h>

#include "../suite.h"
#include "util/decimal.h"

static const struct {
	const char *text;
	uint64_t max;
	int result;
	uint64_t value;
} numbers[] = {
	{ "0", 10, 0, 0 },
	{ "007", 10, 0, 7 },
	{ "10", 10, 0, 10 },
	{ "11", 10, -ERANGE, 0 },
	{ "18446744073709551615", UINT64_MAX, 0, UINT64_MAX },
	{ "18446744073709551616", UINT64_MAX, -ERANGE, 0 },
	{ "00000000000000000000000000000000018446744073709551615", UINT64_MAX, 0, UINT64_MAX },
	{ "99999999999999999999", UINT64_MAX, -ERANGE, 0 },
	{ "340282366920938463463374607431768211456", UINT64_MAX, -ERANGE, 0 },
	{ "", 10, -EINVAL, 0 },
	{ "-1", 10, -EINVAL, 0 },
	{ "+1", 10, -EINVAL, 0 },
	{ " 1", 10, -EINVAL, 0 },
	{ "1 ", 10, -EINVAL, 0 },
	{ "1a", 10, -EINVAL, 0 },
	{ "0x1", 10, -EINVAL, 0 },
};

START_TEST(whole_texts)
{
	uint64_t v = 12345;

	ck_assert_int_eq(decimal_parse(numbers[_i].text, strlen(numbers[_i].text),
				       numbers[_i].max, &v),
			 numbers[_i].result);
	ck_assert_uint_eq(v, numbers[_i].result ? 12345 : numbers[_i].value);
}
END_TEST

START_TEST(digits_end_at_anything_else)
{
	bool overflow;
	uint64_t v;

	ck_assert_uint_eq(decimal_scan("12]3", 4, &v, &overflow), 2);
	ck_assert_uint_eq(v, 12);
	ck_assert_uint_eq(decimal_scan("123", 2, &v, &overflow), 2);
	ck_assert_uint_eq(decimal_scan("x", 1, &v, &overflow), 0);
	ck_assert_uint_eq(decimal_scan("99999999999999999999]", 21, &v, &overflow), 20);
	ck_assert(overflow);
	ck_assert_uint_eq(v, UINT64_MAX);
	ck_assert(decimal_has_zeros("01", 2));
	ck_assert(!decimal_has_zeros("0", 1));
	ck_assert(!decimal_has_zeros("10", 2));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("decimal");
	TCase *tcase = tcase_create("decimal");

	tcase_add_loop_test(tcase, whole_texts, 0,
			    (int)(sizeof(numbers) / sizeof(numbers[0])));
	tcase_add_test(tcase, digits_end_at_anything_else);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The exclusive creates that make scratch files: in a map whose keys are small numbers,
 * and in one whose keys are strings.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "../suite.h"
#include "tree/scratch-forms.h"

#define RW (O_RDWR | O_EXCL)
#define WR (O_WRONLY | O_EXCL)

static bool is_number(void *arg, const char *name, size_t len)
{
	return len > 0 && len <= 3 && strspn(name, "0123456789") >= len;
}

static bool is_any(void *arg, const char *name, size_t len)
{
	return len > 0;
}

/* The map has the key "5". */
static bool is_five(void *arg, const char *name, size_t len)
{
	return len == 1 && *name == '5';
}

static const struct scratch_keys numbers = { is_number, is_five, NULL };
static const struct scratch_keys strings = { is_any, is_five, NULL };

static int parse_number(const char *name)
{
	if (is_number(NULL, name, strlen(name)))
		return 0;
	return name[strspn(name, "0123456789")] ? -EINVAL : -ERANGE;
}

static const struct {
	const char *name;
	/* number keys: O_RDWR, O_WRONLY; string keys: the same */
	bool number_rw, number_wr, string_rw, string_wr;
} names[] = {
	{ "sedAb12Cd", 1, 1, 1, 0 },
	{ "sed__12Cd", 1, 1, 1, 0 },
	{ "sedab_12cd8", 1, 1, 1, 0 },
	{ "sedative1", 1, 1, 1, 0 },
	{ "sedatives12", 1, 1, 1, 0 },
	{ "sedatives", 1, 1, 1, 0 },
	{ "sedative", 1, 0, 0, 0 },
	{ "tmpab_12cd8", 1, 1, 1, 0 },
	{ "tmp.AbCdEf0123", 1, 1, 1, 0 },
	{ "5.AbCd01", 1, 1, 1, 0 },
	{ "x.AbCd01", 1, 0, 1, 0 },
	{ ".5.AbCd01", 1, 1, 1, 1 },
	{ ".x.AbCd01", 1, 0, 1, 1 },
	{ ".5.AbCd0", 1, 0, 0, 0 },
	{ ".5.AbC-01", 1, 0, 0, 0 },
	{ "..AbCd01", 1, 0, 1, 1 },
	{ ".5.swp", 1, 1, 1, 1 },
	{ ".5.swpx", 1, 1, 1, 1 },
	{ ".5.swo", 1, 0, 0, 0 },
	{ "4913", 1, 1, 1, 0 },
	{ "4914", 0, 0, 0, 0 },
	{ ".goutputstream-AbCd01", 1, 1, 1, 1 },
	{ ".#-emacsAbCd01", 1, 1, 1, 1 },
	{ ".#5", 1, 0, 0, 0 },
	{ "5.oAbCd01", 1, 1, 1, 1 },
	{ "7.oAbCd01", 1, 1, 1, 0 },
	{ "5.tmp", 1, 1, 1, 0 },
	{ "5~", 1, 1, 1, 1 },
	{ "x~", 1, 0, 1, 1 },
	{ "~", 1, 0, 0, 0 },
	{ "..AbCd01", 1, 0, 1, 1 },
	{ "AbCd01Xy", 1, 0, 0, 0 },
	{ "5AbCd01", 1, 0, 0, 0 },
	{ ".ads.example", 1, 0, 0, 0 },
	{ "track.example", 1, 0, 0, 0 },
	{ "5", 0, 0, 0, 0 },
	{ "99999", 0, 0, 0, 0 },
};

START_TEST(exclusive_creates_are_scratch_by_form)
{
	const char *name = names[_i].name;
	int parsed = parse_number(name);

	ck_assert_msg(scratch_form_takes(name, parsed, RW, &numbers) == names[_i].number_rw,
		      "%s in a map of numbers, O_RDWR", name);
	ck_assert_msg(scratch_form_takes(name, parsed, WR, &numbers) == names[_i].number_wr,
		      "%s in a map of numbers, O_WRONLY", name);
	ck_assert_msg(scratch_form_takes(name, 0, RW, &strings) == names[_i].string_rw,
		      "%s in a map of strings, O_RDWR", name);
	ck_assert_msg(scratch_form_takes(name, 0, WR, &strings) == names[_i].string_wr,
		      "%s in a map of strings, O_WRONLY", name);
}
END_TEST

START_TEST(other_creates_are_keys)
{
	const char *name = names[_i].name;
	int parsed = parse_number(name);

	ck_assert(!scratch_form_takes(name, parsed, O_RDWR | O_TRUNC, &numbers));
	ck_assert(!scratch_form_takes(name, parsed, O_WRONLY, &numbers));
	ck_assert(!scratch_form_takes(name, 0, O_RDWR, &strings));
	/* a map without keys */
	ck_assert(!scratch_form_takes(name, -EPERM, RW, &numbers));
}
END_TEST

START_TEST(key_of_a_form_is_found)
{
	const struct scratch_form *f;
	const char *key;
	size_t len;

	f = scratch_form_of(".12.AbCd01", false, &numbers, &key, &len);
	ck_assert_ptr_nonnull(f);
	ck_assert_str_eq(f->made_by, "rsync");
	ck_assert_uint_eq(len, 2);
	ck_assert_int_eq(memcmp(key, "12", 2), 0);
	ck_assert_ptr_null(scratch_form_of("12", true, &numbers, NULL, NULL));
}
END_TEST

START_TEST(symlinks_have_forms_of_their_own)
{
	const struct scratch_form *f = scratch_form_of(".#5", true, &strings, NULL, NULL);

	ck_assert(f && f->flags & FORM_LINK);
	f = scratch_form_of("CuAbCd01", false, &numbers, NULL, NULL);
	ck_assert(f && f->flags & FORM_LINK);
	ck_assert_ptr_null(scratch_form_of("CuAbCd01", true, &strings, NULL, NULL));
	ck_assert_ptr_null(scratch_form_of("CuAbCd0", false, &numbers, NULL, NULL));
}
END_TEST

static const struct {
	const char *name;
	bool word;
} randoms[] = {
	{ "www.google", true },	   { "www.Google", true },   { "www.GOOGLE", true },
	{ "www.node01", true },	   { "www.Web001", true },   { "www.RX1234", true },
	{ "www.123456", true },	   { "www.go_gle", true },   { "sedatives", true },
	{ ".www.google", true },   { "tmpwatchdog", true },  { "www.gooGle", false },
	{ "www.GOogle", false },   { "www.1oogle", false },  { "www.go1gle", false },
	{ "www.A1b2C3", false },   { "sedAb12Cd", false },   { "www.tmp", false },
	{ "www~", false },	   { ".www.swp", false },    { "4913", false },
};

START_TEST(words_may_be_keys)
{
	const struct scratch_form *f =
		scratch_form_of(randoms[_i].name, true, &strings, NULL, NULL);

	ck_assert_msg(f, "%s", randoms[_i].name);
	ck_assert_msg(scratch_form_is_word(f, randoms[_i].name) == randoms[_i].word, "%s",
		      randoms[_i].name);
}
END_TEST

int main(void)
{
	const int n = sizeof(names) / sizeof(*names);
	TCase *tc = tcase_create("forms");
	Suite *s = suite_create("scratch-forms");

	tcase_add_loop_test(tc, exclusive_creates_are_scratch_by_form, 0, n);
	tcase_add_loop_test(tc, other_creates_are_keys, 0, n);
	tcase_add_test(tc, key_of_a_form_is_found);
	tcase_add_test(tc, symlinks_have_forms_of_their_own);
	tcase_add_loop_test(tc, words_may_be_keys, 0, sizeof(randoms) / sizeof(*randoms));
	suite_add_tcase(s, tc);
	return run_suite(s);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The numbers of a type: finding them, by path too, loading them from the bytes of a
 * value, and printing them.
 */
#include "../suite.h"
#include "text-btf.h"
#include "text/field.h"

/* "path@offset*count/width" of each field, signed ones with a minus. */
static void check_fields(const struct type *t, const char *want)
{
	_cleanup_fields_ struct fields *fs = NULL;
	_cleanup_buf_ struct buf got = BUF_INIT;

	ck_assert_int_eq(fields_new(t, &fs), 0);
	for (size_t i = 0; i < fs->count; i++) {
		const struct field *f = &fs->list[i];

		buf_printf(&got, "%s%s%s@%u*%u/%u", i ? " " : "", f->is_signed ? "-" : "",
			   f->path, f->offset, f->count, f->width);
	}
	ck_assert_str_eq(buf_cstr(&got), want);
}

static void check_grammar(const char *grammar, const char *want)
{
	struct type *t = type_of(grammar);

	check_fields(t, want);
	type_free(t);
}

START_TEST(fields_are_the_integers_of_a_type)
{
	check_grammar("u64", "@0*1/64");
	check_grammar("s16", "-@0*1/16");
	check_grammar("be32", "@0*1/32");
	check_grammar("u128", "@0*1/128");
	check_grammar("u32[3]", "@0*3/32");
	check_grammar("{a:u32,b:s64}", "a@0*1/32 -b@8*1/64");
	check_grammar("{a:{x:u8,y:u16},b:u32[4]}", "a.x@0*1/8 a.y@2*1/16 b@4*4/32");
	check_grammar("u16[2][3]", "[0]@0*2/16 [1]@4*2/16 [2]@8*2/16");
	check_grammar("struct{struct{unsigned long long n;char c[8];}a[2];}",
		      "a[0].n@0*1/64 a[1].n@16*1/64");
}
END_TEST

START_TEST(other_types_have_no_numbers)
{
	check_grammar("char[8]", "");
	check_grammar("bytes[8]", "");
	check_grammar("ipv4", "");
	check_grammar("bool", "");
	check_grammar("x64", "");
	check_grammar("f64", "");
	check_grammar("{a:ipv6,n:u32,m:mac,s:char[6]}", "n@16*1/32");
}
END_TEST

START_TEST(untyped_values_of_an_integer_size_are_numbers)
{
	static const size_t sizes[] = { 1, 2, 3, 4, 5, 8, 16 };
	static const char *const want[] = { "@0*1/8", "@0*1/16", "", "@0*1/32",
					    "", "@0*1/64", "" };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct type *t = type_raw(sizes[i]);

		check_fields(t, want[i]);
		type_free(t);
	}
}
END_TEST

START_TEST(bit_fields_and_unions_are_there)
{
	int id = btf__add_union(btf, NULL, 4), outer;
	struct type *t;

	field("whole", u32, 0, 0);
	field("half", u16, 0, 0);
	outer = btf__add_struct(btf, "outer", 12);
	ck_assert_int_eq(btf__add_field(btf, "lo", u32, 0, 3), 0);
	ck_assert_int_eq(btf__add_field(btf, "hi", s32, 3, 29), 0);
	field(NULL, id, 32, 0);
	field("addr", be32, 64, 0);
	t = compiled(outer, 12);
	check_fields(t, "lo@0*1/3 -hi@0*1/29 whole@4*1/32 half@4*1/16");
	type_free(t);
}
END_TEST

static void check_path(const struct type *t, const char *path, const char *want,
		       uint32_t want_index)
{
	const struct fields *fs = NULL;
	const struct field *f;
	uint32_t index = 77;

	ck_assert_int_eq(type_fields(t, &fs), 0);
	f = fields_find(fs, path, &index);
	if (!want) {
		ck_assert_ptr_null(f);
		return;
	}
	ck_assert_ptr_nonnull(f);
	ck_assert_str_eq(f->path, want);
	ck_assert_uint_eq(index, want_index);
}

START_TEST(a_path_finds_its_number)
{
	struct type *t = type_of("{a:{b:u32[3]},ab:u32,c:u16[2][2]}");

	check_path(t, "ab", "ab", 0);
	check_path(t, "a.b", "a.b", 0);
	check_path(t, "a.b[2]", "a.b", 2);
	check_path(t, "c[1][1]", "c[1]", 1);
	check_path(t, "a.b[3]", NULL, 0);
	check_path(t, "a.b[4294967298]", NULL, 0);
	check_path(t, "a.b[99999999999999999999999]", NULL, 0);
	check_path(t, "a.b[]", NULL, 0);
	check_path(t, "a.b[1", NULL, 0);
	check_path(t, "a.b[1]x", NULL, 0);
	check_path(t, "a.b[-1]", NULL, 0);
	check_path(t, "ab[0]", NULL, 0);
	check_path(t, "a", NULL, 0);
	check_path(t, "c", NULL, 0);
	check_path(t, "", NULL, 0);
	type_free(t);
	t = type_of("u32[2]");
	check_path(t, "", "", 0);
	check_path(t, "[1]", "", 1);
	type_free(t);
}
END_TEST

/* All numbers of a value, times `times`, as JSON. */
static void check_json(struct type *t, const char *hex, unsigned times, const char *want)
{
	_cleanup_buf_ struct buf out = BUF_INIT;
	const struct fields *fs = NULL;
	u128 sums[64] = { 0 };
	uint8_t bytes[256];
	size_t n = 0;

	ck_assert_int_eq(type_fields(t, &fs), 0);
	ck_assert_uint_le(fs->numbers, 64);
	fixture(t, hex, bytes, sizeof(bytes));
	for (size_t i = 0; i < fs->count; i++)
		for (uint32_t k = 0; k < fs->list[i].count; k++)
			sums[n++] = field_load(&fs->list[i], k, bytes) * times;
	ck_assert_uint_eq(n, fs->numbers);
	ck_assert_int_eq(fields_json(fs, sums, &out), 0);
	ck_assert_str_eq(buf_cstr(&out), want);
}

START_TEST(sums_are_printed_like_the_value)
{
	int name = array(chr, 4), tag = array(chr, 8), s = array(s32, 2);
	int inner = btf__add_struct(btf, "inner", 8), list, id;
	struct type *t;

	field("x", u32, 0, 0);
	field("name", name, 32, 0);
	list = array(inner, 2);
	id = btf__add_struct(btf, "value", 40);
	field("tag", tag, 0, 0);
	field("n", u64, 64, 0);
	field("list", list, 128, 0);
	field("s", s, 256, 0);
	t = compiled(id, 40);
	check_json(t,
		   "6162630000000000" "0500000000000000" "0100000061000000"
		   "0200000061000000" "ffffffff" "03000000", 1,
		   "{\"n\":5,\"list\":[{\"x\":1},{\"x\":2}],\"s\":[-1,3]}");
	check_json(t,
		   "0000000000000000" "ffffffffffffffff" "ffffffff00000000"
		   "0000000000000000" "00000080" "00000000", 2,
		   "{\"n\":18446744073709551614,\"list\":[{\"x\":8589934590},{\"x\":0}],"
		   "\"s\":[-4294967296,0]}");
	type_free(t);
}
END_TEST

START_TEST(members_before_the_first_number_leave_no_comma)
{
	int tag = array(chr, 4), end = array(chr, 8);
	int id = btf__add_struct(btf, "value", 16);
	struct type *t;

	field("tag", tag, 0, 0);
	field("n", u32, 32, 0);
	field("end", end, 64, 0);
	t = compiled(id, 16);
	check_json(t, "00000000070000000000000000000000", 1, "{\"n\":7}");
	type_free(t);
}
END_TEST

START_TEST(bits_are_extended)
{
	int id = btf__add_struct(btf, "bits", 4);
	struct type *t;

	ck_assert_int_eq(btf__add_field(btf, "u", u32, 0, 3), 0);
	ck_assert_int_eq(btf__add_field(btf, "s", s32, 3, 5), 0);
	t = compiled(id, 4);
	check_json(t, "ff000000", 3, "{\"u\":21,\"s\":-3}");
	type_free(t);
}
END_TEST

START_TEST(types_with_too_many_numbers_have_none)
{
	struct type *t = type_of("struct{struct{unsigned a;unsigned b;}n[2049];}");
	struct fields *fs = NULL;

	ck_assert_int_eq(fields_new(t, &fs), -E2BIG);
	ck_assert_ptr_null(fs);
	type_free(t);
	/* but an array of numbers is one field, however long */
	check_grammar("u64[100000]", "@0*100000/64");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("text-field");
	TCase *tc = tcase_create("field");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, fields_are_the_integers_of_a_type);
	tcase_add_test(tc, other_types_have_no_numbers);
	tcase_add_test(tc, untyped_values_of_an_integer_size_are_numbers);
	tcase_add_test(tc, bit_fields_and_unions_are_there);
	tcase_add_test(tc, a_path_finds_its_number);
	tcase_add_test(tc, sums_are_printed_like_the_value);
	tcase_add_test(tc, members_before_the_first_number_leave_no_comma);
	tcase_add_test(tc, bits_are_extended);
	tcase_add_test(tc, types_with_too_many_numbers_have_none);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hidden bytes in names and values, formatted and parsed; and unions written as the
 * text of one member.
 */
#include "../suite.h"
#include "text-btf.h"

START_TEST(records_without_members_are_their_bytes)
{
	int opaque = btf__add_struct(btf, "Option", 8), id;
	struct type *t;

	id = btf__add_struct(btf, "Event", 16);
	field("ts", u64, 0, 0);
	field("last", opaque, 64, 0);
	t = compiled(id, 16);
	check_both(t, FORM_BARE, "0100000000000000010000002a000000",
		   "{\"ts\":1,\"last\":{\"@0\":\"010000002a000000\"}}");
	check_both(t, FORM_BARE, "01000000000000000000000000000000", "{\"ts\":1,\"last\":{}}");
	check_both(t, FORM_NAME, "0100000000000000010000002a000000",
		   "ts=1,last={@0=010000002a000000}");
	check_both(t, FORM_NAME, "01000000000000000000000000000000", "ts=1,last={}");
	check_value_over(t, VALUE_MERGE, "0100000000000000010000002a000000", "{\"ts\":2}", 0,
			 "0200000000000000010000002a000000");
	check_value_over(t, 0, "0100000000000000010000002a000000", "{\"ts\":2}", 0,
			 "02000000000000000000000000000000");
	type_free(t);

	t = compiled(opaque, 8);
	check_both(t, FORM_BARE, "010000002a000000", "{\"@0\":\"010000002a000000\"}");
	check_both(t, FORM_NAME, "010000002a000000", "%400=010000002a000000");
	check_name_read(t, "@0=010000002a000000", "010000002a000000");
	check_both(t, FORM_NAME, "0000000000000000", "@0000000000000000");
	type_free(t);

	t = compiled(array(opaque, 2), 16);
	check_both(t, FORM_BARE, "010000000000000000000000000000ff",
		   "[{\"@0\":\"0100000000000000\"},{\"@0\":\"00000000000000ff\"}]");
	type_free(t);
}
END_TEST

START_TEST(absent_discriminants_are_kept)
{
	int id = btf__add_struct(btf, "variant", 8), in, outer;
	struct type *t;

	field("__0", u32, 32, 0);
	t = compiled(id, 8);
	check_both(t, FORM_BARE, "0100000005000000", "{\"@0\":\"01000000\",\"__0\":5}");
	check_both(t, FORM_NAME, "0100000005000000", "%400=01000000,__0=5");
	check_both(t, FORM_NAME, "0000000005000000", "__0=5");
	type_free(t);

	/* in an anonymous record offsets count from the one around it */
	in = btf__add_struct(btf, NULL, 8);
	field("x", u32, 32, 0);
	outer = btf__add_struct(btf, "outer", 12);
	field("a", u32, 0, 0);
	field(NULL, in, 32, 0);
	t = compiled(outer, 12);
	check_both(t, FORM_BARE, "01000000ff0000ff07000000",
		   "{\"a\":1,\"@4\":\"ff0000ff\",\"x\":7}");
	type_free(t);
}
END_TEST

START_TEST(padding_is_shown_in_keys_only)
{
	int id = btf__add_struct(btf, "id", 16), odd;
	struct type *t;

	field("cgroup", u64, 0, 0);
	field("llc", s32, 64, 0);
	t = compiled(id, 16);
	check_both(t, FORM_NAME, "010000000000000002000000deadbeef",
		   "cgroup=1,llc=2,@12=deadbeef");
	check_text(t, FORM_BARE, "010000000000000002000000deadbeef",
		   "{\"cgroup\":1,\"llc\":2}");
	check_value_over(t, VALUE_MERGE, "010000000000000002000000deadbeef", "{\"llc\":3}", 0,
			 "010000000000000003000000deadbeef");
	type_free(t);

	/* as many bytes as the alignment are no padding */
	odd = btf__add_struct(btf, "odd", 12);
	field("a", u32, 0, 0);
	field("b", u32, 64, 0);
	t = compiled(odd, 12);
	check_both(t, FORM_BARE, "010000000000000102000000",
		   "{\"a\":1,\"@4\":\"00000001\",\"b\":2}");
	type_free(t);

	/* nor are bytes that end where nothing is aligned */
	odd = btf__add_struct(btf, "packed", 7);
	field("a", u8, 0, 0);
	field("b", u32, 24, 0);
	t = compiled(odd, 7);
	check_both(t, FORM_BARE, "01aabb02000000", "{\"a\":1,\"@1\":\"aabb\",\"b\":2}");
	type_free(t);
}
END_TEST

START_TEST(unnamed_bits_print_without_those_that_have_names)
{
	int id = btf__add_struct(btf, "bits", 8);
	struct type *t;

	field("a", u32, 0, 3);
	field("b", u32, 8, 20);
	field("c", u32, 32, 0);
	t = compiled(id, 8);
	fixtures_as_they_are();
	check_both(t, FORM_BARE, in_order("fd01000f09000000", "bff0001000000009"),
		   in_order("{\"a\":5,\"@0\":\"f8\",\"b\":983041,\"c\":9}",
			    "{\"a\":5,\"@0\":\"1f\",\"b\":983041,\"c\":9}"));
	check_both(t, FORM_NAME, in_order("05010050090000ff", "a0000015ff000009"),
		   in_order("a=5,b=1,@3=50,c=4278190089", "a=5,b=1,@3=05,c=4278190089"));
	/* bits that have a name are not taken out of it */
	check_value_over(t, 0, NULL, "{\"a\":5,\"@0\":\"ff\"}", 0,
			 in_order("fd00000000000000", "bf00000000000000"));
	type_free(t);
}
END_TEST

START_TEST(unions_cover_what_any_member_covers)
{
	int in = btf__add_struct(btf, NULL, 8), id;
	struct type *t;

	field("x", u8, 0, 0);
	field("y", u32, 32, 0);
	id = btf__add_union(btf, "u", 12);
	field(NULL, in, 0, 0);
	field("z", u16, 0, 0);
	t = compiled(id, 12);
	fixtures_as_they_are();
	check_text(t, FORM_BARE, in_order("0102030004000000000000ff", "0201030000000004000000ff"),
		   in_order("{\"x\":1,\"y\":4,\"z\":513,\"@8\":\"000000ff\"}",
			    "{\"x\":2,\"y\":4,\"z\":513,\"@8\":\"000000ff\"}"));
	check_both(t, FORM_NAME, "0102030004000000000000ff", "0102030004000000000000ff");
	type_free(t);
}
END_TEST

START_TEST(unions_are_read_from_any_member)
{
	int bytes = array(u8, 4), u, anon, id;
	const char *both;
	struct type *t;

	u = btf__add_union(btf, "addr", 4);
	field("word", u32, 0, 0);
	field("b", bytes, 0, 0);
	field("a", be32, 0, 0);
	field("half", u16, 0, 0);
	t = compiled(u, 4);
	fixtures_as_they_are();
	check_both(t, FORM_NAME, "0a000001", "10.0.0.1");
	check_name_read(t, "0a000001", "0a000001");
	check_name_read(t, "7", in_order("07000000", "00000007"));
	check_value_over(t, 0, "ffffffff", "10.0.0.1", 0, "0a000001");
	check_value_over(t, 0, "ffffffff", "\"10.0.0.1\"\n", 0, "0a000001");
	check_value_over(t, 0, "ffffffff", "0a000001", 0, "0a000001");
	check_value_over(t, 0, "ffffffff", "7", 0, in_order("07000000", "00000007"));
	check_value_over(t, 0, "ffffffff", "10.0.0", -EAGAIN, NULL);
	check_value_over(t, 0, "ffffffff", "10.0.0.x", -EINVAL, NULL);
	type_free(t);

	anon = btf__add_union(btf, NULL, 4);
	field("b", bytes, 0, 0);
	field("a", be32, 0, 0);
	id = btf__add_struct(btf, "key", 12);
	field(NULL, anon, 0, 0);
	field("u", u, 32, 0);
	field("port", u32, 64, 0);
	t = compiled(id, 12);
	fixtures_as_they_are();
	both = in_order("0a0000010a00000250000000", "0a0000010a00000200000050");
	check_both(t, FORM_NAME, both, "a=10.0.0.1,u=10.0.0.2,port=80");
	check_name_read(t, "b=0a000001,u=0a000002,port=80", both);
	check_name_read(t, "port=80,u=7,b=0a000001",
			in_order("0a0000010700000050000000", "0a0000010000000700000050"));
	check_value_over(t, 0, NULL, "{\"a\":\"10.0.0.1\",\"u\":\"10.0.0.2\",\"port\":80}", 0,
			 both);
	check_value_over(t, 0, "ffffffffffffffffffffffff", "{\"u\":7}", 0,
			 in_order("000000000700000000000000", "000000000000000700000000"));
	check_value_over(t, VALUE_MERGE, "ffffffffffffffffffffffff", "{\"u\":{\"half\":7}}", 0,
			 in_order("ffffffff0700ffffffffffff", "ffffffff0007ffffffffffff"));
	type_free(t);
}
END_TEST

static void check_name_refused(const struct type *t, const char *name)
{
	struct text_error err = { 0, "" };
	uint8_t read[64];

	ck_assert_int_eq(bytes_of(t, FORM_NAME, name, strlen(name), NULL, 0, read, &err),
			 -EINVAL);
	ck_assert(err.column && *err.reason);
}

START_TEST(members_of_one_union_do_not_both_count)
{
	int bytes = array(u8, 4), anon = btf__add_union(btf, NULL, 4), id;
	struct type *t;

	field("b", bytes, 0, 0);
	field("a", be32, 0, 0);
	id = btf__add_struct(btf, "key", 8);
	field(NULL, anon, 0, 0);
	field("port", u32, 32, 0);
	t = compiled(id, 8);
	check_name_refused(t, "b=0a000001,a=10.0.0.1,port=1");
	check_name_refused(t, "a=10.0.0.1,b=0a000001,port=1");
	check_name_refused(t, "port=1");
	check_name_refused(t, "b=0a000001");
	type_free(t);
}
END_TEST

START_TEST(nans_keep_their_payload)
{
	int f32 = btf__add_float(btf, "float", 4), f64 = btf__add_float(btf, "double", 8), id;
	struct type *t = compiled(f32, 4);

	check_text(t, FORM_BARE, "0100c0ff", "nan");
	check_value_over(t, 0, "0100c0ff", "nan\n", 0, "0000c07f");
	check_value_over(t, VALUE_MERGE, "0100c0ff", "nan\n", 0, "0100c0ff");
	check_value_over(t, VALUE_MERGE, "0100c0ff", "1\n", 0, "0000803f");
	check_value_over(t, VALUE_MERGE, "0000803f", "nan\n", 0, "0000c07f");
	type_free(t);

	id = btf__add_struct(btf, "reading", 16);
	field("v", f64, 0, 0);
	field("n", u64, 64, 0);
	t = compiled(id, 16);
	check_value_over(t, VALUE_MERGE, "020000000000f8ff0700000000000000",
			 "{\"v\":\"nan\",\"n\":8}", 0, "020000000000f8ff0800000000000000");
	type_free(t);
}
END_TEST

START_TEST(strings_keep_what_is_behind_their_nul)
{
	int comm = array(chr, 8), id, u;
	struct buf exact = BUF_INIT;
	struct type *t;
	uint8_t bytes[9];

	t = compiled(comm, 8);
	check_text(t, FORM_BARE, "6162006364000000", "ab");
	check_text(t, FORM_JSON, "6162006364000000", "\"ab\"");
	check_both(t, FORM_NAME, "6162006364000000", "ab%00cd");
	check_value_over(t, 0, "6162006364000000", "ab\n", 0, "6162000000000000");
	check_value_over(t, VALUE_MERGE, "6162006364000000", "ab\n", 0, "6162006364000000");
	check_value_over(t, VALUE_MERGE, "6162006364000000", "abc\n", 0, "6162630000000000");
	hex_bytes("6162006364000000", bytes, sizeof(bytes));
	ck_assert_int_eq(value_format_exact(t, bytes, &exact), 0);
	ck_assert_str_eq(buf_cstr(&exact), "\"@6162006364000000\"");
	type_free(t);

	id = btf__add_struct(btf, "task", 9);
	field("comm", comm, 0, 0);
	field("n", u8, 64, 0);
	t = compiled(id, 9);
	check_text(t, FORM_BARE, "616200636400000007", "{\"comm\":\"ab\",\"n\":7}");
	check_value_over(t, VALUE_MERGE, "616200636400000007", "{\"comm\":\"ab\",\"n\":8}", 0,
			 "616200636400000008");
	buf_clear(&exact);
	hex_bytes("616200636400000007", bytes, sizeof(bytes));
	ck_assert_int_eq(value_format_exact(t, bytes, &exact), 0);
	ck_assert_str_eq(buf_cstr(&exact), "{\"comm\":[97,98,0,99,100,0,0,0],\"n\":7}");
	buf_release(&exact);
	type_free(t);

	/* in a union the other members count */
	u = btf__add_union(btf, "either", 8);
	field("comm", comm, 0, 0);
	field("n", u64, 0, 0);
	t = compiled(u, 8);
	fixtures_as_they_are();
	check_both(t, FORM_BARE, "6162006364000000",
		   in_order("{\"comm\":\"ab\",\"n\":431157699169}",
			    "{\"comm\":\"ab\",\"n\":7017171596276137984}"));
	check_value_over(t, 0, "6162006364000000",
			 in_order("{\"comm\":\"xyz\",\"n\":431157699169}",
				  "{\"comm\":\"xyz\",\"n\":7017171596276137984}"), 0,
			 "78797a0064000000");
	type_free(t);
}
END_TEST

START_TEST(prefix_keys_count_from_their_start)
{
	int mac = btf__add_typedef(btf, "mac", array(u8, 6)), id, data;
	struct type *t;

	/* one member and bytes behind it */
	id = btf__add_struct(btf, NULL, 12);
	field("prefixlen", u32, 0, 0);
	field("mac", mac, 32, 0);
	t = compiled_prefix(id, 12);
	check_both(t, FORM_NAME, "180000000a1b2c0000000000", "0a:1b:2c:00:00:00_24");
	check_both(t, FORM_NAME, "180000000a1b2c00000000ff",
		   "mac=0a:1b:2c:00:00:00,@10=00ff_24");
	check_text(t, FORM_JSON, "180000000a1b2c00000000ff",
		   "{\"prefixlen\":24,\"mac\":\"0a:1b:2c:00:00:00\",\"@10\":\"00ff\"}");
	type_free(t);

	/* a struct of data */
	data = btf__add_struct(btf, NULL, 8);
	field("a", u8, 0, 0);
	field("b", u32, 32, 0);
	id = btf__add_struct(btf, NULL, 12);
	field("len", u32, 0, 0);
	field("data", data, 32, 0);
	t = compiled_prefix(id, 12);
	check_both(t, FORM_NAME, "200000000100ff0007000000", "a=1,@5=00ff00,b=7_32");
	type_free(t);
}
END_TEST

START_TEST(prefixes_of_char_arrays_are_strings)
{
	int comm = array(chr, 16), id = btf__add_struct(btf, NULL, 20);
	struct type *t;

	field("prefixlen", u32, 0, 0);
	field("comm", comm, 32, 0);
	t = compiled_prefix(id, 20);
	check_both(t, FORM_NAME, "380000006b776f726b6572000000000000000000", "kworker_56");
	check_text(t, FORM_JSON, "380000006b776f726b6572000000000000000000",
		   "\"kworker/56\"");
	check_both(t, FORM_NAME, "080000002d000000000000000000000000000000", "%2D_8");
	type_free(t);
}
END_TEST

START_TEST(slash_separates_a_prefix_in_content)
{
	static const struct {
		unsigned flags;
		const char *name;
		int code;
	} cases[] = {
		{ 0, "10.0.0.0/8", -EINVAL },
		{ TEXT_CONTENT, "10.0.0.0/8", 0 },
		{ TEXT_CONTENT, "10.0.0.0_8", 0 },
		{ TEXT_CONTENT, "10.0.0.0/", -EINVAL },
	};
	const struct {
		uint32_t prefixlen;
		uint8_t address[4];
	} expected = { 8, { 10, 0, 0, 0 } };
	struct type *t = NULL;
	uint8_t key[8];

	ck_assert_int_eq(type_prefix_from_btf(NULL, 0, 8, &t), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct text_parse how = { .flags = cases[i].flags };

		ck_assert_int_eq(name_parse(t, &how, cases[i].name, strlen(cases[i].name), key),
				 cases[i].code);
		if (!cases[i].code)
			ck_assert_mem_eq(key, &expected, sizeof(key));
	}
	type_free(t);
}
END_TEST

START_TEST(untyped_keys_are_numbers_and_addresses)
{
	struct type *t = type_raw(4);
	uint32_t key = 0;

	check_both(t, FORM_NAME, "0a000001", "@0a000001");
	check_name_read(t, "10", in_order("0a000000", "0000000a"));
	check_name_read(t, "0x100", in_order("00010000", "00000100"));
	check_name_read(t, "10.0.0.1", "0a000001");
	check_name_refused(t, "-1x");
	ck_assert_int_eq(bytes_of(t, FORM_NAME, "4294967296", 10, NULL, 0, &key, NULL), -ERANGE);
	ck_assert_int_eq(bytes_of(t, FORM_JSON, "10", 2, NULL, TEXT_KEY, &key, NULL), 0);
	ck_assert_uint_eq(key, 10);
	/* a value is not */
	check_value_over(t, 0, NULL, "10\n", -EINVAL, NULL);
	check_value_over(t, 0, NULL, "10.0.0.1\n", 0, "0a000001");
	type_free(t);
	t = type_raw(6);
	check_name_read(t, "0a:1b:2c:3d:4e:5f", "0a1b2c3d4e5f");
	check_name_refused(t, "10");
	type_free(t);
	t = type_raw(16);
	check_name_read(t, "2001:db8::1", "20010db8000000000000000000000001");
	type_free(t);
}
END_TEST

START_TEST(gaps_between_variables_are_in_no_text)
{
	int var = btf__add_var(btf, "a", BTF_VAR_STATIC, u8), id;
	int var2 = btf__add_var(btf, "b", BTF_VAR_STATIC, u8);
	struct type *t;

	id = btf__add_datasec(btf, ".data", 8);
	btf__add_datasec_var_info(btf, var, 0, 1);
	btf__add_datasec_var_info(btf, var2, 5, 1);
	t = compiled(id, 8);
	check_text(t, FORM_BARE, "07ffffffff09ffff", "{\"a\":7,\"b\":9}");
	type_free(t);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("text-hidden");
	TCase *tcase = tcase_create("hidden");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, records_without_members_are_their_bytes);
	tcase_add_test(tcase, absent_discriminants_are_kept);
	tcase_add_test(tcase, padding_is_shown_in_keys_only);
	tcase_add_test(tcase, unnamed_bits_print_without_those_that_have_names);
	tcase_add_test(tcase, unions_cover_what_any_member_covers);
	tcase_add_test(tcase, unions_are_read_from_any_member);
	tcase_add_test(tcase, members_of_one_union_do_not_both_count);
	tcase_add_test(tcase, nans_keep_their_payload);
	tcase_add_test(tcase, strings_keep_what_is_behind_their_nul);
	tcase_add_test(tcase, prefix_keys_count_from_their_start);
	tcase_add_test(tcase, prefixes_of_char_arrays_are_strings);
	tcase_add_test(tcase, slash_separates_a_prefix_in_content);
	tcase_add_test(tcase, untyped_keys_are_numbers_and_addresses);
	tcase_add_test(tcase, gaps_between_variables_are_in_no_text);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}

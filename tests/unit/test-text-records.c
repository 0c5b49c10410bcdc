/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Members of structs and unions, in types built by hand: unions as values and in
 * keys, members without bytes, anonymous members, repeated names, overlaps.
 */
#include "../suite.h"
#include "text-btf.h"

/* --- unions --------------------------------------------------------------- */

/* Values whose members are the same in either byte order. */
START_TEST(union_shows_all_members_and_takes_the_changed_one)
{
	struct type *t = compiled(word_union("u"), 4);

	newest.type = NULL;
	ck_assert(type_traits(t) & TYPE_HAS_OVERLAP);
	check_both(t, FORM_BARE, "05050505",
		   "{\"word\":84215045,\"bytes\":\"05050505\",\"low\":1285}");
	/* one edit each */
	check_value_over(t, 0, "05050505",
			 "{\"word\":117901063,\"bytes\":\"05050505\",\"low\":1285}", 0,
			 "07070707");
	check_value_over(t, 0, "05050505",
			 "{\"word\":84215045,\"bytes\":\"05050605\",\"low\":1285}", 0,
			 "05050605");
	check_value_over(t, 0, "05050505",
			 "{\"word\":84215045,\"bytes\":\"05050505\",\"low\":2313}", 0,
			 "09090505");
	/* two edits that agree, and two that do not */
	check_value_over(t, 0, "05050505", "{\"low\":2313,\"bytes\":\"09090305\"}", 0,
			 "09090305");
	check_value_over(t, 0, "05050505", "{\"low\":2313,\"bytes\":\"08090305\"}", -EINVAL,
			 NULL);
	/* members without text */
	check_value_over(t, 0, "05050505", "{\"low\":2313}", 0, "09090000");
	check_value_over(t, VALUE_MERGE, "05050505", "{\"low\":2313}", 0, "09090505");
	check_value_over(t, VALUE_MERGE, "05050505", "{}", 0, "05050505");
	type_free(t);
}
END_TEST

START_TEST(union_in_a_key_is_address_then_bytes_then_first)
{
	int bytes = array(u8, 4), id, inner;
	struct type *t;

	t = compiled(word_union("plain"), 4);
	newest.type = NULL; /* bytes */
	check_both(t, FORM_NAME, "05000100", "05000100");
	type_free(t);

	id = btf__add_union(btf, "addr", 4);
	field("b", bytes, 0, 0);
	field("a", be32, 0, 0);
	t = compiled(id, 4);
	check_both(t, FORM_NAME, "0a000001", "10.0.0.1");
	type_free(t);

	id = btf__add_union(btf, "first", 4);
	field("half", u16, 0, 0);
	field("x", u32, 0, 0);
	field("y", s32, 0, 0);
	t = compiled(id, 4);
	check_both(t, FORM_NAME, "ffffffff", "4294967295");
	type_free(t);

	id = btf__add_union(btf, "none", 4);
	field("half", u16, 0, 0);
	t = compiled(id, 4);
	check_both(t, FORM_NAME, "01020304", "01020304");
	type_free(t);

	inner = btf__add_union(btf, NULL, 4);
	field("b", bytes, 0, 0);
	field("a", be32, 0, 0);
	id = btf__add_struct(btf, "key", 12);
	field(NULL, inner, 0, 0);
	field("u", inner, 32, 0);
	field("port", u32, 64, 0);
	t = compiled(id, 12);
	check_both(t, FORM_NAME, "0a0000010a00000250000000",
		   "a=10.0.0.1,u=10.0.0.2,port=80");
	check_text(t, FORM_JSON, "0a0000010a00000250000000",
		   "{\"b\":\"0a000001\",\"a\":\"10.0.0.1\","
		   "\"u\":{\"b\":\"0a000002\",\"a\":\"10.0.0.2\"},\"port\":80}");
	type_free(t);
}
END_TEST

/* --- structs -------------------------------------------------------------- */

START_TEST(members_without_a_byte_may_be_named)
{
	static const struct {
		const char *text;
		int result;
	} cases[] = {
		{ "{\"a\":1,\"none\":{}}", 0 },
		{ "{\"none\":[ ] ,\"a\":1}", 0 },
		{ "{\"a\":1,\"none\":[0]}", -EINVAL },
		{ "{\"a\":1,\"none\":0}", -EINVAL },
		{ "{\"a\":1,\"no\":{}}", -EINVAL },
		{ "{\"a\":1,\"none\":{", -EAGAIN },
	};
	int none = array(u8, 0), id = btf__add_struct(btf, "open_ended", 4);
	struct text_error err = { 0 };
	struct type *t;
	uint32_t value;
	size_t i;

	field("a", u32, 0, 0);
	field("none", none, 32, 0);
	t = compiled(id, 4);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		value = 0;
		ck_assert_msg(bytes_of(t, FORM_JSON, cases[i].text, strlen(cases[i].text),
				       NULL, 0, &value, &err) == cases[i].result,
			      "%s: %s", cases[i].text, err.reason);
		ck_assert_uint_eq(value, cases[i].result ? 0 : 1);
	}
	check_text(t, FORM_JSON, "01000000", "{\"a\":1}");
	type_free(t);
}
END_TEST

START_TEST(anonymous_members_are_flattened)
{
	int in = btf__add_struct(btf, NULL, 4), id;
	struct type *t;

	field("a", u16, 0, 0);
	field("b", u16, 16, 0);
	id = btf__add_struct(btf, "outer", 8);
	field("x", u32, 0, 0);
	field(NULL, in, 32, 0);
	t = compiled(id, 8);
	check_both(t, FORM_BARE, "0100000002000300", "{\"x\":1,\"a\":2,\"b\":3}");
	check_both(t, FORM_NAME, "0100000002000300", "x=1,a=2,b=3");
	check_name_read(t, "b=3,x=1,a=2", "0100000002000300");
	type_free(t);
}
END_TEST

START_TEST(names_that_repeat_are_told_by_their_order)
{
	int id = btf__add_struct(btf, "twins", 3);
	struct type *t;

	field("a", u8, 0, 0);
	field("b", u8, 8, 0);
	field("a", u8, 16, 0);
	t = compiled(id, 3);
	check_both(t, FORM_BARE, "010203", "{\"a\":1,\"b\":2,\"a\":3}");
	check_both(t, FORM_NAME, "010203", "a=1,b=2,a=3");
	check_name_read(t, "b=2,a=1,a=3", "010203");
	check_value_over(t, 0, NULL, "{\"b\":2,\"a\":1}", 0, "010200");
	check_value_over(t, 0, NULL, "{\"a\":1,\"a\":2,\"a\":3}", -EINVAL, NULL);
	type_free(t);
}
END_TEST

START_TEST(members_that_overlap_count_where_they_differ)
{
	int id = btf__add_struct(btf, "overlap", 4);
	struct type *t;

	field("a", u32, 0, 0);
	field("b", u16, 16, 0);
	t = compiled(id, 4);
	ck_assert(type_traits(t) & TYPE_HAS_OVERLAP);
	newest.type = NULL; /* the same in either byte order */
	check_both(t, FORM_BARE, "01010101", "{\"a\":16843009,\"b\":257}");
	check_both(t, FORM_NAME, "01010101", "a=16843009,b=257");
	check_value_over(t, 0, "01010101", "{\"a\":16843009,\"b\":771}", 0, "01010303");
	check_value_over(t, 0, "01010101", "{\"a\":1,\"b\":3}", -EINVAL, NULL);
	type_free(t);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("text-records");
	TCase *tcase = tcase_create("records");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, union_shows_all_members_and_takes_the_changed_one);
	tcase_add_test(tcase, union_in_a_key_is_address_then_bytes_then_first);
	tcase_add_test(tcase, members_without_a_byte_may_be_named);
	tcase_add_test(tcase, anonymous_members_are_flattened);
	tcase_add_test(tcase, names_that_repeat_are_told_by_their_order);
	tcase_add_test(tcase, members_that_overlap_count_where_they_differ);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}

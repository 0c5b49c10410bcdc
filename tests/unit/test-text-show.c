/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * show= over BTF built by hand, declaration tags, and copies of types, also with
 * hostile BTF.
 */
#include "../suite.h"
#include "text-btf.h"
#include "text/btf-copy.h"
#include "text/show.h"

/* How the type looks with this text; NULL and err if it is refused. */
static struct type *shown(int id, size_t size, const char *text, struct text_error *err)
{
	struct show_part part = { "value", btf, (uint32_t)id, size };
	struct btf *to = btf__new_empty();
	struct show *show = NULL;
	struct type *type = NULL;
	uint32_t copy = 0;
	bool changed;
	int r = show_parse(text, &show, err);

	if (!r)
		r = show_apply(show, &part, NULL, to, &copy, &changed, err);
	if (!r)
		r = show_all_used(show, err);
	ck_assert_msg(r == 0 || r == -EINVAL || r == -E2BIG, "%s: %d", text, r);
	if (!r)
		ck_assert_int_eq(type_from_btf(to, copy, size, &type), 0);
	show_free(show);
	btf__free(to);
	return type;
}

static void check_shown(int id, size_t size, const char *text, const char *hex,
			const char *json)
{
	struct text_error err = { 0, "" };
	struct type *t = shown(id, size, text, &err);
	uint8_t bytes[64];
	size_t len;
	char *got;

	ck_assert_msg(t != NULL, "%s: %s", text, err.reason);
	hex_bytes(hex, bytes, sizeof(bytes));
	got = text_of(t, FORM_JSON, bytes, &len);
	ck_assert_str_eq(got, json);
	free(got);
	type_free(t);
}

static void check_not_shown(int id, size_t size, const char *text)
{
	struct text_error err = { 0, "" };

	ck_assert_msg(!shown(id, size, text, &err), "%s", text);
}

/* Bytes that are the same on every machine. */
START_TEST(members_of_everything)
{
	int bytes = array(u8, 4), pairs, inner, anonymous, s;

	inner = btf__add_struct(btf, "inner", 4);
	field("ip", bytes, 0, 0);
	pairs = btf__add_const(btf, array(inner, 2));
	anonymous = btf__add_union(btf, NULL, 4);
	field("x", bytes, 0, 0);
	field("y", bytes, 0, 0);
	s = btf__add_struct(btf, "outer", 16);
	field("in", inner, 0, 0);
	field("pair", pairs, 32, 0);
	field(NULL, anonymous, 96, 0);
	check_shown(s, 16, "in.ip:ipv4", "01000000020000000300000004000000",
		    "{\"in\":{\"ip\":\"1.0.0.0\"},\"pair\":[{\"ip\":\"02000000\"},"
		    "{\"ip\":\"03000000\"}],\"x\":\"04000000\",\"y\":\"04000000\"}");
	check_shown(s, 16, "pair.ip:ipv4,y:ipv4", "01000000020000000300000004000000",
		    "{\"in\":{\"ip\":\"01000000\"},\"pair\":[{\"ip\":\"2.0.0.0\"},"
		    "{\"ip\":\"3.0.0.0\"}],\"x\":\"04000000\",\"y\":\"4.0.0.0\"}");
	check_shown(s, 16, "value.pair:{a:ipv4,b:ipv4}", "01000000020000000300000004000000",
		    "{\"in\":{\"ip\":\"01000000\"},\"pair\":{\"a\":\"2.0.0.0\",\"b\":\"3.0.0.0\"},"
		    "\"x\":\"04000000\",\"y\":\"04000000\"}");
	check_shown(s, 16, "ipv6", "00000000000000000000000000000001", "\"::1\"");
	check_not_shown(s, 16, "ip:ipv4");
	check_not_shown(s, 16, "in:ipv6");
	check_not_shown(s, 16, "in.ip.ip:ipv4");
	check_not_shown(s, 16, "pair.0.ip:ipv4");
	check_not_shown(s, 16, "in.ip:ipv4,in:u32");
}
END_TEST

START_TEST(bit_fields_cannot_change)
{
	int s = btf__add_struct(btf, "bits", 4);

	field("a", u32, 0, 3);
	field("b", u32, 3, 29);
	check_not_shown(s, 4, "a:hex");
	check_not_shown(s, 4, "b:ipv4");
}
END_TEST

START_TEST(tags_say_what_members_are)
{
	int bytes = array(u8, 4), s = btf__add_struct(btf, "tagged", 12);
	struct type *t;

	field("a", bytes, 0, 0);
	field("b", u32, 32, 0);
	field("c", u32, 64, 0);
	btf__add_decl_tag(btf, "something", s, 0);
	btf__add_decl_tag(btf, "ipv4", s, 0);
	btf__add_decl_tag(btf, "mac", s, 1);
	btf__add_decl_tag(btf, "errno", s, 2);
	btf__add_decl_tag(btf, "ipv4", s, -1);
	t = compiled(s, 12);
	check_text(t, FORM_JSON, "0a0000010500000002000000",
		   "{\"a\":\"10.0.0.1\",\"b\":5,\"c\":\"ENOENT\"}");
	type_free(t);
	/* A copy keeps them, but a path says more. */
	check_shown(s, 12, "b:bytes,c:bytes", "0a0000010500000002000000",
		    "{\"a\":\"10.0.0.1\",\"b\":\"05000000\",\"c\":\"02000000\"}");
}
END_TEST

/* Structs without names, each with two members of the one before. */
START_TEST(nesting_is_bounded)
{
	int s = btf__add_struct(btf, NULL, 4);

	field("leaf", u32, 0, 0);
	for (int level = 0; level < 60; level++) {
		int inner = s;

		s = btf__add_union(btf, NULL, 4);
		field(NULL, inner, 0, 0);
		field(NULL, inner, 0, 0);
	}
	check_not_shown(s, 4, "leaf:ipv4");
}
END_TEST

START_TEST(loops_are_refused)
{
	int s = btf__add_struct(btf, "loop", 4);
	struct btf *to = btf__new_empty();
	struct btf_copier copier;
	uint32_t id;

	field("self", s, 0, 0);
	ck_assert_int_eq(btf_copier_init(&copier, btf, to), 0);
	ck_assert_int_eq(btf_copy_type(&copier, (uint32_t)s, &id), -EINVAL);
	ck_assert_int_eq(btf_copy_type(&copier, 0, &id), -EINVAL);
	ck_assert_int_eq(btf_copy_type(&copier, 100000, &id), -EINVAL);
	btf_copier_release(&copier);
	btf__free(to);
	check_not_shown(s, 4, "self.self.nope:u32");
	check_not_shown(s, 4, "nope:u32");
}
END_TEST

/* What a pointer points to is left out, but not that the kernel owns it. */
START_TEST(pointers_are_cut)
{
	int big = btf__add_struct(btf, "big", 8), plain, owned, s;
	struct btf *to = btf__new_empty();
	struct btf_copier copier;
	struct type *t;
	uint32_t id;

	field("x", u64, 0, 0);
	plain = btf__add_ptr(btf, big);
	owned = btf__add_ptr(btf, btf__add_type_tag(btf, "kptr", big));
	s = btf__add_struct(btf, "holder", 16);
	field("plain", plain, 0, 0);
	field("owned", owned, 64, 0);
	ck_assert_int_eq(btf_copier_init(&copier, btf, to), 0);
	ck_assert_int_eq(btf_copy_type(&copier, (uint32_t)s, &id), 0);
	ck_assert_int_le(btf__find_by_name_kind(to, "big", BTF_KIND_STRUCT), 0);
	ck_assert_int_eq(type_from_btf(to, id, 16, &t), 0);
	ck_assert(type_traits(t) & TYPE_HAS_OBJECTS);
	type_free(t);
	btf_copier_release(&copier);
	btf__free(to);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("text-show");
	TCase *tc = tcase_create("show");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, members_of_everything);
	tcase_add_test(tc, bit_fields_cannot_change);
	tcase_add_test(tc, tags_say_what_members_are);
	tcase_add_test(tc, nesting_is_bounded);
	tcase_add_test(tc, loops_are_refused);
	tcase_add_test(tc, pointers_are_cut);
	suite_add_tcase(s, tc);
	return run_suite(s);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Types that the grammar cannot express, built by hand: enums, bit-fields in both
 * encodings, modifiers, sections, kernel-owned members; and the limits of types.
 * Members of structs and unions are in test-text-records.c.
 */
#include <float.h>

#include "../suite.h"
#include "text-btf.h"

/* --- enums ---------------------------------------------------------------- */

START_TEST(enum_is_its_first_enumerator_or_a_number)
{
	int id = btf__add_enum(btf, "color", 4);
	struct type *t;

	btf__add_enum_value(btf, "RED", 1);
	btf__add_enum_value(btf, "ROUGE", 1);
	btf__add_enum_value(btf, "REDDISH", 2);
	t = compiled(id, 4);
	check_both(t, FORM_NAME, "01000000", "RED");
	check_both(t, FORM_BARE, "02000000", "REDDISH");
	check_both(t, FORM_BARE, "03000000", "3");
	check_text(t, FORM_JSON, "01000000", "\"RED\"");
	check_text(t, FORM_JSON, "03000000", "3");
	check_value_over(t, 0, NULL, "ROUGE", 0, "01000000");
	check_value_over(t, 0, NULL, "\"RED\"", 0, "01000000");
	check_value_over(t, 0, NULL, "0x2", 0, "02000000");
	check_value_over(t, 0, NULL, "REDD", -EAGAIN, NULL);
	check_value_over(t, 0, NULL, "REDD\n", -EINVAL, NULL);
	check_value_over(t, 0, NULL, "GREEN", -EINVAL, NULL);
	check_value_over(t, 0, NULL, "4294967296", -ERANGE, NULL);
	type_free(t);
}
END_TEST

START_TEST(enum_of_old_btf_takes_either_sign)
{
	int id = btf__add_enum(btf, "sign", 4);
	struct type *t;

	btf__add_enum_value(btf, "MINUS", -1);
	/* libbpf sets the flag, which clang before 15 did not know */
	type_at(id)->info &= 0x7fffffff;
	t = compiled(id, 4);
	check_both(t, FORM_BARE, "ffffffff", "MINUS");
	check_both(t, FORM_BARE, "feffffff", "-2");
	check_value_over(t, 0, NULL, "4294967294", 0, "feffffff");
	type_free(t);
}
END_TEST

START_TEST(enum64_has_all_bits)
{
	int id = btf__add_enum64(btf, "wide", 8, false);
	struct type *t;

	btf__add_enum64_value(btf, "BIG", 0x8000000000000001ULL);
	t = compiled(id, 8);
	check_both(t, FORM_BARE, "0100000000000080", "BIG");
	check_both(t, FORM_NAME, "ffffffffffffffff", "18446744073709551615");
	type_free(t);

	id = btf__add_enum64(btf, "wide_signed", 8, true);
	btf__add_enum64_value(btf, "LOW", (uint64_t)-5);
	t = compiled(id, 8);
	check_both(t, FORM_BARE, "fbffffffffffffff", "LOW");
	check_both(t, FORM_BARE, "ffffffffffffffff", "-1");
	type_free(t);
}
END_TEST

START_TEST(enumerator_named_twice_is_a_number_the_second_time)
{
	int id = btf__add_enum(btf, "twice", 1);
	struct type *t;

	btf__add_enum_value(btf, "A", 1);
	btf__add_enum_value(btf, "A", 2);
	t = compiled(id, 1);
	check_both(t, FORM_NAME, "01", "A");
	check_both(t, FORM_NAME, "02", "2");
	type_free(t);
}
END_TEST

/* --- bit-fields ----------------------------------------------------------- */

START_TEST(bit_fields_with_kind_flag)
{
	int flag = btf__add_int(btf, "_Bool", 1, BTF_INT_BOOL);
	int mode = btf__add_enum(btf, "mode", 4), id;
	struct type *t;

	btf__add_enum_value(btf, "ON", 1);
	id = btf__add_struct(btf, "bits", 4);
	field("a", u32, 0, 3);
	field("b", s32, 3, 4);
	field("c", flag, 7, 1);
	field("m", mode, 8, 2);
	field("rest", u32, 10, 22);
	t = compiled(id, 4);
	ck_assert(type_traits(t) & TYPE_IS_DENSE);
	ck_assert(!(type_traits(t) & TYPE_HAS_OVERLAP));
	check_both(t, FORM_BARE, "fd050000",
		   "{\"a\":5,\"b\":-1,\"c\":true,\"m\":\"ON\",\"rest\":1}");
	check_both(t, FORM_NAME, "fd050000", "a=5,b=-1,c=true,m=ON,rest=1");
	check_value_over(t, 0, NULL, "{\"a\":8}", -ERANGE, NULL);
	check_value_over(t, 0, NULL, "{\"b\":8}", -ERANGE, NULL);
	check_value_over(t, 0, NULL, "{\"b\":-8}", 0, "40000000");
	check_value_over(t, 0, NULL, "{\"c\":2}", -ERANGE, NULL);
	check_value_over(t, VALUE_MERGE, "fd050000", "{\"b\":0}", 0, "85050000");
	type_free(t);
}
END_TEST

/* btf__add_int() takes no width, so the words of BTF are changed in place. */
static int odd_int(const char *name, uint32_t size, uint32_t bits, uint32_t offset)
{
	int id = btf__add_int(btf, name, (size_t)size, 0);

	*(uint32_t *)(type_at(id) + 1) = offset << 16 | bits;
	return id;
}

START_TEST(bit_fields_of_old_btf)
{
	int three = odd_int("three", 4, 3, 0), five = odd_int("five", 4, 5, 3), id;
	struct type *t;

	id = btf__add_struct(btf, "old_bits", 4);
	field("a", three, 0, 0);
	field("b", five, 0, 0);
	field("c", three, 8, 0);
	btf_members(type_at(id))[2].offset = 9;
	t = compiled(id, 4);
	check_both(t, FORM_BARE, "fd0e0000", "{\"a\":5,\"b\":31,\"c\":7}");
	check_value_over(t, 0, NULL, "{\"b\":32}", -ERANGE, NULL);
	type_free(t);
	if (IS_BIG_ENDIAN) /* BTF does not say which bits these are */
		return;
	t = compiled(five, 4);
	check_both(t, FORM_BARE, "f8000000", "31");
	check_text(t, FORM_NAME, "ff000000", "@ff000000");
	type_free(t);
}
END_TEST

START_TEST(bit_field_past_the_end_is_refused)
{
	int id = btf__add_struct(btf, "past", 1);
	struct type *t = NULL;

	field("a", u32, 6, 3);
	ck_assert_int_eq(type_from_btf(btf, (uint32_t)id, 1, &t), -EINVAL);
	id = btf__add_struct(btf, "wide", 64);
	field("a", u8, 0, 9);
	ck_assert_int_eq(type_from_btf(btf, (uint32_t)id, 64, &t), -EINVAL);
}
END_TEST

/* --- other kinds ---------------------------------------------------------- */

START_TEST(modifiers_pointers_and_known_names)
{
	int in_addr = btf__add_struct(btf, "in_addr", 4), in6, id, bytes16;
	struct type *t;

	field("s_addr", be32, 0, 0);
	t = compiled(btf__add_const(btf, btf__add_volatile(btf, in_addr)), 4);
	check_both(t, FORM_BARE, "0a000001", "10.0.0.1");
	type_free(t);

	bytes16 = array(u8, 16);
	in6 = btf__add_struct(btf, "in6_addr", 16);
	field("in6_u", bytes16, 0, 0);
	t = compiled(btf__add_typedef(btf, "address", in6), 16);
	check_both(t, FORM_NAME, "20010db8000000000000000000000001", "2001:db8::1");
	type_free(t);

	/* the name alone is not enough */
	t = compiled(btf__add_typedef(btf, "mac", u32), 4);
	check_both(t, FORM_BARE, "01000000", "1");
	type_free(t);

	id = btf__add_ptr(btf, 0);
	t = compiled(id, 8);
	check_both(t, FORM_BARE, "efbeadde00000080", "0x80000000deadbeef");
	check_text(t, FORM_JSON, "efbeadde00000080", "\"0x80000000deadbeef\"");
	type_free(t);

	t = compiled(chr, 1);
	check_both(t, FORM_BARE, "41", "65");
	type_free(t);

	if (LDBL_MANT_DIG != 64) /* the fixture is x86's */
		return;
	t = compiled(btf__add_float(btf, "long double", 16), 16);
	check_both(t, FORM_BARE, "00000000000000c0ff3f000000000000", "1.5");
	type_free(t);
}
END_TEST

START_TEST(sections_are_structs_of_variables)
{
	int var = btf__add_var(btf, "count", BTF_VAR_STATIC, u32), id;
	int local = btf__add_var(btf, "main.state", BTF_VAR_STATIC, u8);
	struct type *t;

	id = btf__add_datasec(btf, ".data", 8);
	btf__add_datasec_var_info(btf, var, 0, 4);
	btf__add_datasec_var_info(btf, local, 4, 1);
	t = compiled(id, 8);
	check_both(t, FORM_BARE, "0700000009000000", "{\"count\":7,\"main.state\":9}");
	type_free(t);
}
END_TEST

static int opaque(const char *name, uint32_t size)
{
	return btf__add_struct(btf, name, size);
}

START_TEST(kernel_owned_members_are_left_out_and_found_anywhere)
{
	static const struct {
		const char *name;
		uint32_t size;
		unsigned trait;
	} owned[] = {
		{ "bpf_spin_lock", 4, TYPE_HAS_LOCK },
		{ "bpf_res_spin_lock", 8, TYPE_HAS_LOCK },
		{ "bpf_timer", 16, TYPE_HAS_OBJECTS },
		{ "bpf_wq", 16, TYPE_HAS_OBJECTS },
		{ "bpf_task_work", 8, TYPE_HAS_OBJECTS },
		{ "bpf_list_head", 16, TYPE_HAS_OBJECTS },
		{ "bpf_list_node", 24, TYPE_HAS_OBJECTS },
		{ "bpf_rb_root", 16, TYPE_HAS_OBJECTS },
		{ "bpf_rb_node", 32, TYPE_HAS_OBJECTS },
		{ "bpf_refcount", 4, TYPE_HAS_OBJECTS },
	};
	size_t i;

	for (i = 0; i < sizeof(owned) / sizeof(owned[0]); i++) {
		uint32_t size = owned[i].size;
		int own = opaque(owned[i].name, size), in, elems, id;
		uint8_t bytes[512] = { 0 };
		struct type *t;
		size_t len;
		char *text;

		in = btf__add_struct(btf, NULL, size);
		field("secret", own, 0, 0);
		elems = array(in, 2);
		id = btf__add_struct(btf, NULL, 8 + 2 * size);
		field("a", u64, 0, 0);
		field("elems", elems, 64, 0);
		t = compiled(id, 8 + 2 * size);
		ck_assert_uint_eq(type_traits(t) & (TYPE_HAS_LOCK | TYPE_HAS_OBJECTS),
				  owned[i].trait);
		ck_assert(!(type_traits(t) & TYPE_IS_DENSE));
		text = text_of(t, FORM_BARE, bytes, &len);
		ck_assert_str_eq(text, "{\"a\":0,\"elems\":[{},{}]}");
		free(text);
		type_free(t);

		elems = array(own, 2);
		id = btf__add_struct(btf, NULL, 8 + 2 * size);
		field("a", u64, 0, 0);
		field("elems", elems, 64, 0);
		t = compiled(id, 8 + 2 * size);
		ck_assert_uint_eq(type_traits(t) & (TYPE_HAS_LOCK | TYPE_HAS_OBJECTS),
				  owned[i].trait);
		text = text_of(t, FORM_BARE, bytes, &len);
		ck_assert_str_eq(text, "{\"a\":0}");
		free(text);
		type_free(t);
	}
}
END_TEST

START_TEST(kernel_pointers_are_left_out)
{
	static const char *const tags[] = { "kptr", "kptr_untrusted", "percpu_kptr",
					    "uptr" };
	int task = opaque("task_struct", 64), plain, id;
	struct type *t;
	size_t i;

	for (i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
		int ptr = btf__add_volatile(
			btf, btf__add_ptr(btf, btf__add_type_tag(btf, tags[i], task)));

		id = btf__add_struct(btf, NULL, 16);
		field("p", ptr, 0, 0);
		field("n", u64, 64, 0);
		t = compiled(id, 16);
		ck_assert(type_traits(t) & TYPE_HAS_OBJECTS);
		check_text(t, FORM_BARE, "ffffffffffffffff0100000000000000", "{\"n\":1}");
		type_free(t);
	}
	plain = btf__add_ptr(btf, btf__add_type_tag(btf, "user", task));
	t = compiled(plain, 8);
	ck_assert(!(type_traits(t) & TYPE_HAS_OBJECTS));
	type_free(t);
}
END_TEST

/* --- the rest ------------------------------------------------------------- */

START_TEST(types_without_btf)
{
	struct type *t = type_raw(4);

	ck_assert(type_traits(t) & TYPE_IS_RAW);
	check_both(t, FORM_NAME, "0a000001", "@0a000001");
	check_both(t, FORM_BARE, "0a000001", "@0a000001");
	check_text(t, FORM_JSON, "0a000001", "\"@0a000001\"");
	check_value_over(t, 0, NULL, "10\n", -EINVAL, NULL);
	type_free(t);

	t = type_index();
	newest.type = t;
	newest.id = (uint32_t)u32;
	newest.prefix = false;
	check_both(t, FORM_NAME, "2a000000", "42");
	type_free(t);
}
END_TEST

START_TEST(another_size_or_nonsense_is_refused)
{
	struct type *t = NULL;
	uint32_t last = btf__type_cnt(btf);

	ck_assert_int_eq(type_from_btf(btf, (uint32_t)u32, 8, &t), -EINVAL);
	ck_assert_int_eq(type_from_btf(btf, 0, 0, &t), -EINVAL);
	ck_assert_int_eq(type_from_btf(btf, last, 4, &t), -EINVAL);
	ck_assert_int_eq(type_from_btf(btf, UINT32_MAX, 4, &t), -EINVAL);
}
END_TEST

START_TEST(btf_of_newer_kernels_is_not_known)
{
	static const uint32_t bits[] = { 1u << 16, 1u << 23, 1u << 29, 1u << 30 };
	int id = btf__add_struct(btf, "s", 4), ptr, tag;
	struct type *t;

	ck_assert(type_btf_is_known(btf));
	for (size_t i = 0; i < sizeof(bits) / sizeof(bits[0]); i++) {
		type_at(id)->info |= bits[i];
		ck_assert(!type_btf_is_known(btf));
		type_at(id)->info &= ~bits[i];
	}
	type_at(id)->info |= 0x1fu << 24; /* a kind behind ENUM64 */
	ck_assert(!type_btf_is_known(btf));
	type_at(id)->info = (uint32_t)BTF_KIND_STRUCT << 24;

	/* a type tag with the flag is an attribute, whatever it is called */
	tag = btf__add_type_tag(btf, "kptr", id);
	ptr = btf__add_ptr(btf, tag);
	t = compiled(ptr, 8);
	ck_assert(type_traits(t) & TYPE_HAS_OBJECTS);
	type_free(t);
	type_at(tag)->info |= 1u << 31;
	t = compiled(ptr, 8);
	ck_assert(!(type_traits(t) & TYPE_HAS_OBJECTS));
	type_free(t);
}
END_TEST

static void check_describe(const struct type *t, const char *expected)
{
	struct buf out = BUF_INIT;

	type_describe(t, &out);
	ck_assert_str_eq(buf_cstr(&out), expected);
	buf_release(&out);
}

START_TEST(describe_says_bytes_where_the_grammar_has_no_word)
{
	int u = word_union("du"), id;
	struct type *t;

	id = btf__add_struct(btf, "s", 8);
	field("a", be32, 0, 0);
	field("u", u, 32, 0);
	t = compiled(id, 8);
	check_describe(t, "{a:ipv4,u:bytes[4]}");
	type_free(t);

	id = btf__add_struct(btf, "packed", 5);
	field("a", u8, 0, 0);
	field("b", u32, 8, 0);
	t = compiled(id, 5);
	check_describe(t, "bytes[5]");
	type_free(t);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("text-btf");
	TCase *tcase = tcase_create("btf");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, enum_is_its_first_enumerator_or_a_number);
	tcase_add_test(tcase, enum_of_old_btf_takes_either_sign);
	tcase_add_test(tcase, enum64_has_all_bits);
	tcase_add_test(tcase, enumerator_named_twice_is_a_number_the_second_time);
	tcase_add_test(tcase, bit_fields_with_kind_flag);
	tcase_add_test(tcase, bit_fields_of_old_btf);
	tcase_add_test(tcase, bit_field_past_the_end_is_refused);
	tcase_add_test(tcase, modifiers_pointers_and_known_names);
	tcase_add_test(tcase, sections_are_structs_of_variables);
	tcase_add_test(tcase, kernel_owned_members_are_left_out_and_found_anywhere);
	tcase_add_test(tcase, kernel_pointers_are_left_out);
	tcase_add_test(tcase, types_without_btf);
	tcase_add_test(tcase, another_size_or_nonsense_is_refused);
	tcase_add_test(tcase, btf_of_newer_kernels_is_not_known);
	tcase_add_test(tcase, describe_says_bytes_where_the_grammar_has_no_word);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keys of LPM tries in layouts of C programs, and without types.
 */
#include "../suite.h"
#include "text-btf.h"

START_TEST(prefix_keys_as_programs_write_them)
{
	int none = array(u8, 0), four = array(u8, 4), hdr, key, lead, id, anon;
	struct type *t;

	/* struct bpf_lpm_trie_key with data behind it */
	key = btf__add_struct(btf, "bpf_lpm_trie_key", 4);
	field("prefixlen", u32, 0, 0);
	field("data", none, 32, 0);
	id = btf__add_struct(btf, NULL, 8);
	field("trie_key", key, 0, 0);
	field("addr", u32, 32, 0);
	t = compiled_prefix(id, 8);
	check_both(t, FORM_NAME, "080000000a000000", "10.0.0.0_8");
	type_free(t);

	/* bpf_lpm_trie_key_u8: a union of header and length */
	hdr = btf__add_struct(btf, "bpf_lpm_trie_key_hdr", 4);
	field("prefixlen", u32, 0, 0);
	anon = btf__add_union(btf, NULL, 4);
	field("hdr", hdr, 0, 0);
	field("prefixlen", u32, 0, 0);
	lead = btf__add_struct(btf, "bpf_lpm_trie_key_u8", 4);
	field(NULL, anon, 0, 0);
	field("data", none, 32, 0);
	id = btf__add_struct(btf, NULL, 8);
	field("trie_key", lead, 0, 0);
	field("data", four, 32, 0);
	t = compiled_prefix(id, 8);
	check_both(t, FORM_NAME, "080000000a000000", "10.0.0.0_8");
	type_free(t);

	/* the union and the data in one struct, the union anonymous */
	id = btf__add_struct(btf, NULL, 10);
	field(NULL, anon, 0, 0);
	field("port", u16, 32, 0);
	field("addr", be32, 48, 0);
	t = compiled_prefix(id, 10);
	check_both(t, FORM_NAME, "20000000500000000a00", "port=80,addr=0.0.10.0_32");
	check_both(t, FORM_NAME,
		   "180000005000"
		   "0a000000",
		   "port=80,addr=10.0.0.0_24");
	check_text(t, FORM_JSON,
		   "180000005000"
		   "0a000000",
		   "{\"prefixlen\":24,\"port\":80,\"addr\":\"10.0.0.0\"}");
	type_free(t);

	/* one struct of data goes without its name, its members do not */
	lead = btf__add_struct(btf, NULL, 3);
	field("a", u8, 0, 0);
	field("b", u16, 8, 0);
	id = btf__add_struct(btf, NULL, 7);
	field("len", u32, 0, 0);
	field("data", lead, 32, 0);
	t = compiled_prefix(id, 7);
	check_both(t, FORM_NAME, "18000000010200", "a=1,b=2_24");
	type_free(t);
}
END_TEST

static struct type *untyped_prefix(size_t size)
{
	struct type *t = NULL;

	ck_assert_int_eq(type_prefix_from_btf(NULL, 0, size, &t), 0);
	newest.type = t;
	newest.id = 0;
	newest.prefix = true;
	return t;
}

START_TEST(prefix_keys_without_a_type)
{
	struct type *t;
	int id;

	t = untyped_prefix(8);
	ck_assert(!(type_traits(t) & TYPE_IS_RAW));
	check_both(t, FORM_NAME, "080000000a000000", "10.0.0.0_8");
	type_free(t);
	t = untyped_prefix(20);
	check_both(t, FORM_NAME, "2000000020010db8000000000000000000000000",
		   "2001:db8::_32");
	type_free(t);
	t = untyped_prefix(6);
	check_both(t, FORM_NAME, "0c0000000a10", "0a10_12");
	type_free(t);
	ck_assert_int_eq(type_prefix_from_btf(NULL, 0, 4, &t), -EINVAL);

	/* a type that has no length is as good as none */
	id = btf__add_struct(btf, NULL, 8);
	field("all", u64, 0, 0);
	t = compiled_prefix(id, 8);
	check_both(t, FORM_NAME, "080000000a000000", "10.0.0.0_8");
	type_free(t);
}
END_TEST

START_TEST(wrong_length_is_what_is_blamed)
{
	static const char *const names[] = { "10.0.0.0_-1", "10.0.0.0_x", "10.0.0.0_99" };
	struct text_error err = { 0 };
	struct type *t = NULL;
	uint8_t key[8];
	size_t i;

	ck_assert_int_eq(type_prefix_from_btf(NULL, 0, 8, &t), 0);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		ck_assert_int_eq(bytes_of(t, FORM_NAME, names[i], strlen(names[i]), NULL, 0, key,
					  &err), i == 2 ? -ERANGE : -EINVAL);
		ck_assert_msg(strstr(err.reason, "expected a prefix length 0..32"), "%s: %s",
			      names[i], err.reason);
		ck_assert_uint_eq(err.column, 10);
	}
	ck_assert_int_eq(bytes_of(t, FORM_NAME, "10.0_-1", 7, NULL, 0, key, &err), -EINVAL);
	ck_assert_ptr_nonnull(strstr(err.reason, "IPv4"));
	type_free(t);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("text-prefix");
	TCase *tcase = tcase_create("prefix");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, prefix_keys_as_programs_write_them);
	tcase_add_test(tcase, prefix_keys_without_a_type);
	tcase_add_test(tcase, wrong_length_is_what_is_blamed);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}

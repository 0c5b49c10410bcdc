/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Types that the kernel accepts on ordinary maps, but whose naive use would take
 * forever; and BTF that the kernel would refuse. Each test has a time limit of a few
 * seconds, and limited memory.
 */
#include <sys/resource.h>

#include "text-util.h"

#define LEVELS 30

static struct btf *btf;
static int u8, u32;

static void setup(void)
{
	btf = btf__new_empty();
	u8 = btf__add_int(btf, "unsigned char", 1, 0);
	u32 = btf__add_int(btf, "unsigned int", 4, 0);
}

static void teardown(void)
{
	btf__free(btf);
}

/* Text of zeros, and back; whatever it is, it must come to an end. */
static void check_ends(int id, size_t size, const char *expected)
{
	uint8_t *bytes = calloc(1, size), *back = calloc(1, size);
	struct type *t = NULL;
	size_t len;
	char *text;

	ck_assert_int_eq(type_from_btf(btf, (uint32_t)id, size, &t), 0);
	text = text_of(t, FORM_NAME, bytes, &len);
	ck_assert_int_eq(bytes_of(t, FORM_NAME, text, len, NULL, 0, back, NULL), 0);
	free(text);
	text = text_of(t, FORM_BARE, bytes, &len);
	if (expected)
		ck_assert_str_eq(text, expected);
	ck_assert_int_eq(bytes_of(t, FORM_BARE, text, len, bytes, 0, back, NULL), 0);
	ck_assert_mem_eq(back, bytes, size);
	free(text);
	type_free(t);
	free(bytes);
	free(back);
}

static int wrap(bool is_union, const char *name, int inner, uint32_t size, int copies)
{
	int id = is_union ? btf__add_union(btf, NULL, size)
			  : btf__add_struct(btf, NULL, size);

	while (copies--)
		btf__add_field(btf, name, inner, 0, 0);
	return id;
}

START_TEST(arrays_of_4g_times_4g_nothings_cost_nothing)
{
	int none = btf__add_array(btf, u32, u32, 0), id;

	none = btf__add_array(btf, u32, none, UINT32_MAX);
	none = btf__add_array(btf, u32, none, UINT32_MAX);
	id = btf__add_struct(btf, NULL, 4);
	btf__add_field(btf, "a", u32, 0, 0);
	btf__add_field(btf, "none", none, 32, 0);
	check_ends(id, 4, "{\"a\":0}");
}
END_TEST

START_TEST(arrays_of_many_empty_structs_cost_nothing)
{
	int empty = btf__add_struct(btf, NULL, 0), many, id;

	many = btf__add_array(btf, u32, empty, UINT32_MAX);
	id = btf__add_struct(btf, NULL, 1);
	btf__add_field(btf, "many", many, 0, 0);
	btf__add_field(btf, "a", u8, 0, 0);
	check_ends(id, 1, "{\"a\":0}");
}
END_TEST

START_TEST(unions_nested_deep_are_raw)
{
	int id, level, copies;

	for (copies = 2; copies <= 4; copies++) {
		id = u32;
		for (level = 0; level < LEVELS; level++)
			id = wrap(true, level ? NULL : "a", id, 4, copies);
		check_ends(id, 4, "@00000000");
		id = u32;
		for (level = 0; level < LEVELS; level++)
			id = wrap(true, "a", id, 4, copies);
		check_ends(id, 4, "@00000000");
	}
}
END_TEST

/* Nothing to show, but as many ways to look for it. */
START_TEST(unions_of_hidden_members_are_empty)
{
	int id = btf__add_struct(btf, "bpf_timer", 16), level;
	struct type *t = NULL;

	for (level = 0; level < LEVELS; level++)
		id = wrap(true, NULL, id, 16, 2);
	check_ends(id, 16, "{}");
	ck_assert_int_eq(type_from_btf(btf, (uint32_t)id, 16, &t), 0);
	ck_assert(type_traits(t) & TYPE_HAS_OBJECTS);
	type_free(t);
}
END_TEST

/* A struct in so many structs. */
static int wrapped(int id, uint32_t size, int levels)
{
	while (levels--)
		id = wrap(false, "a", id, size, 1);
	return id;
}

/* An array of them with 8 nodes for each byte: 64 Ki and 4 for each byte. */
#define LIMIT_OF_EIGHT (TYPE_MAX_NODES / 4)

START_TEST(raw_types_still_know_locks_and_objects)
{
	int lock = btf__add_struct(btf, "bpf_spin_lock", 4), id, many = wrapped(u8, 1, 7);
	uint32_t size = 4 + LIMIT_OF_EIGHT + 4;
	struct type *t = NULL;

	many = btf__add_array(btf, u32, many, LIMIT_OF_EIGHT + 4);
	id = btf__add_struct(btf, NULL, size);
	btf__add_field(btf, "lock", lock, 0, 0);
	btf__add_field(btf, "many", many, 32, 0);
	ck_assert_int_eq(type_from_btf(btf, (uint32_t)id, size, &t), 0);
	ck_assert_uint_eq(type_traits(t) &
				  (TYPE_IS_RAW | TYPE_HAS_LOCK | TYPE_HAS_OVERLAP),
			  TYPE_IS_RAW | TYPE_HAS_LOCK);
	type_free(t);
}
END_TEST

START_TEST(limit_of_nodes_is_exact)
{
	int id, elem = wrapped(u8, 1, 7);
	struct type *t = NULL;

	id = btf__add_array(btf, u32, elem, LIMIT_OF_EIGHT);
	ck_assert_int_eq(type_from_btf(btf, (uint32_t)id, LIMIT_OF_EIGHT, &t), 0);
	ck_assert(!(type_traits(t) & TYPE_IS_RAW));
	type_free(t);
	id = btf__add_array(btf, u32, elem, LIMIT_OF_EIGHT + 1);
	ck_assert_int_eq(type_from_btf(btf, (uint32_t)id, LIMIT_OF_EIGHT + 1, &t), 0);
	ck_assert(type_traits(t) & TYPE_IS_RAW);
	type_free(t);
}
END_TEST

/* A million counters are an array, and what is printed can be written. */
START_TEST(large_arrays_are_typed)
{
	uint32_t n = 1u << 20, *values = calloc(n, 4), *back = calloc(n, 4);
	int id = btf__add_array(btf, u32, u32, n);
	struct type *t = NULL;
	size_t len;
	char *text;

	memset(values, 0xff, 4 * (size_t)n);
	values[5] = 7;
	ck_assert_int_eq(type_from_btf(btf, (uint32_t)id, 4 * n, &t), 0);
	text = text_of(t, FORM_BARE, values, &len);
	ck_assert_int_eq(strncmp(text, "[4294967295,", 12), 0);
	/* as it is printed, and as it is not */
	ck_assert_int_eq(bytes_of(t, FORM_BARE, text, len, NULL, 0, back, NULL), 0);
	ck_assert_mem_eq(back, values, 4 * (size_t)n);
	text[0] = ' ';
	text[1] = '[';
	ck_assert_int_eq(bytes_of(t, FORM_BARE, text, len, NULL, 0, back, NULL), 0);
	ck_assert_uint_eq(back[0], 294967295);
	ck_assert_uint_eq(back[5], 7);
	free(text);
	free(values);
	free(back);
	type_free(t);
}
END_TEST

/* All members of the same name, and all at the same place. */
START_TEST(most_members_that_a_struct_can_have)
{
	int id = btf__add_struct(btf, NULL, 65535), i;

	for (i = 0; i < 65535; i++)
		btf__add_field(btf, "a", u8, (uint32_t)i * 8, 0);
	check_ends(id, 65535, NULL);
}
END_TEST

START_TEST(most_members_that_a_union_can_have)
{
	int id = btf__add_union(btf, NULL, 1), i;

	for (i = 0; i < 65535; i++)
		btf__add_field(btf, "a", u8, 0, 0);
	check_ends(id, 1, NULL);
}
END_TEST

/* Each member is cheap to count and dear to look at. */
START_TEST(unions_of_large_strings_are_raw)
{
	int chr = btf__add_int(btf, "char", 1, 0), large, id, i;

	large = btf__add_array(btf, u32, chr, 4 << 20);
	id = btf__add_union(btf, NULL, 4 << 20);
	for (i = 0; i < 60000; i++)
		btf__add_field(btf, "a", large, 0, 0);
	check_ends(id, 4 << 20, NULL);
}
END_TEST

START_TEST(text_over_its_bound_is_raw)
{
	int chr = btf__add_int(btf, "char", 1, 0), id;
	uint32_t size = 12 << 20;
	struct type *t = NULL;
	uint8_t *bytes = malloc(size);
	size_t len;
	char *text;

	id = btf__add_array(btf, u32, chr, size);
	ck_assert_int_eq(type_from_btf(btf, (uint32_t)id, size, &t), 0);
	memset(bytes, 1, size);
	text = text_of(t, FORM_JSON, bytes, &len);
	ck_assert_uint_eq(len, 3 + 2 * (size_t)size);
	ck_assert_int_eq(memcmp(text, "\"@0101", 6), 0);
	free(text);
	memset(bytes, 'a', size);
	text = text_of(t, FORM_JSON, bytes, &len);
	ck_assert_uint_eq(len, 2 + (size_t)size);
	free(text);
	type_free(t);
	free(bytes);
}
END_TEST

START_TEST(chains_of_types_do_not_use_up_the_stack)
{
	int id = u32, i;
	struct type *t = NULL;

	for (i = 0; i < 50000; i++)
		id = btf__add_const(btf, id);
	ck_assert_int_ne(type_from_btf(btf, (uint32_t)id, 4, &t), -ENOMEM);
	type_free(t);
	t = NULL;
	for (id = u32, i = 0; i < 50000; i++)
		id = wrap(false, "a", id, 4, 1);
	ck_assert_int_ne(type_from_btf(btf, (uint32_t)id, 4, &t), -ENOMEM);
	type_free(t);
}
END_TEST

START_TEST(loops_are_refused)
{
	int id = btf__add_struct(btf, "loop", 4), mod;
	struct type *t = NULL;

	btf__add_field(btf, "self", id, 0, 0);
	ck_assert_int_eq(type_from_btf(btf, (uint32_t)id, 4, &t), -EINVAL);
	mod = btf__add_const(btf, id + 1);
	ck_assert_int_eq(type_from_btf(btf, (uint32_t)mod, 4, &t), -EINVAL);
	id = btf__add_array(btf, u32, mod, 2);
	ck_assert_int_eq(type_from_btf(btf, (uint32_t)id, 8, &t), -EINVAL);
}
END_TEST

START_TEST(texts_of_any_depth_end)
{
	enum { DEPTH = 1000000 };
	struct type *t = NULL;
	char *text = malloc(2 * DEPTH);
	uint8_t out[4];
	int id;

	memset(text, '[', DEPTH);
	memset(text + DEPTH, ']', DEPTH);
	id = wrap(false, "a", u32, 4, 1);
	ck_assert_int_eq(type_from_btf(btf, (uint32_t)id, 4, &t), 0);
	ck_assert_int_eq(bytes_of(t, FORM_BARE, text, 2 * DEPTH, NULL, 0, out, NULL),
			 -EINVAL);
	memset(text, ',', 2 * DEPTH);
	ck_assert_int_eq(bytes_of(t, FORM_BARE, text, 2 * DEPTH, NULL, 0, out, NULL),
			 -EINVAL);
	free(text);
	type_free(t);
}
END_TEST

int main(void)
{
	/* Sanitizers reserve terabytes of addresses. */
	const struct rlimit limit = { 1u << 30, 1u << 30 };
	Suite *suite = suite_create("text-hostile");
	TCase *tcase = tcase_create("hostile");

#if !defined __SANITIZE_ADDRESS__ && !defined __SANITIZE_THREAD__
	setrlimit(RLIMIT_AS, &limit);
#else
	(void)limit;
#endif
	tcase_set_timeout(tcase, 20);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, arrays_of_4g_times_4g_nothings_cost_nothing);
	tcase_add_test(tcase, arrays_of_many_empty_structs_cost_nothing);
	tcase_add_test(tcase, unions_nested_deep_are_raw);
	tcase_add_test(tcase, unions_of_hidden_members_are_empty);
	tcase_add_test(tcase, raw_types_still_know_locks_and_objects);
	tcase_add_test(tcase, limit_of_nodes_is_exact);
	tcase_add_test(tcase, most_members_that_a_struct_can_have);
	tcase_add_test(tcase, most_members_that_a_union_can_have);
	tcase_add_test(tcase, unions_of_large_strings_are_raw);
	tcase_add_test(tcase, large_arrays_are_typed);
	tcase_add_test(tcase, text_over_its_bound_is_raw);
	tcase_add_test(tcase, chains_of_types_do_not_use_up_the_stack);
	tcase_add_test(tcase, loops_are_refused);
	tcase_add_test(tcase, texts_of_any_depth_end);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}

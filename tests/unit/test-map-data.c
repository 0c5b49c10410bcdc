/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Global data: the variables of a section, also with hostile BTF, and writing one
 * without its neighbours. The kernel refuses most of such BTF, so the maps are in the
 * memory store.
 */
#include <bpf/btf.h>
#include <check.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "map/content.h"
#include "map/ops.h"
#include "map/map.h"
#include "map/scan/scan.h"
#include "one-map.h"
#include "store/errno.h"
#include "store/store.h"
#include "../suite.h"
#include "util/buf.h"

static struct btf *btf;
static int u8, u32, u64;

static void setup(void)
{
	ck_assert_int_eq(store_memory_new(&store), 0);
	btf = btf__new_empty();
	ck_assert_ptr_nonnull(btf);
	u8 = btf__add_int(btf, "unsigned char", 1, 0);
	u32 = btf__add_int(btf, "unsigned int", 4, 0);
	u64 = btf__add_int(btf, "unsigned long", 8, 0);
	schema = NULL;
	map = (struct map)MAP_INIT;
}

static void teardown(void)
{
	close_map();
	btf__free(btf);
}

struct place {
	int type;
	const char *name;
	uint32_t offset, size;
};

static void add_var(const struct place *var)
{
	int id = btf__add_var(btf, *var->name ? var->name : "?", BTF_VAR_STATIC, var->type);

	ck_assert_int_gt(id, 0);
	/* libbpf would not make one without a name. */
	if (!*var->name)
		((struct btf_type *)btf__type_by_id(btf, (uint32_t)id))->name_off = 0;
}

/* A section with these variables, as a map. */
static void make(const struct place *vars, size_t n, uint32_t size, uint32_t flags)
{
	struct store_spec spec = { .type = BPF_MAP_TYPE_ARRAY, .key_size = 4,
				   .value_size = size, .max_entries = 1, .flags = flags,
				   .name = "x.data" };
	int section, first = (int)btf__type_cnt(btf);

	for (size_t i = 0; i < n; i++)
		add_var(&vars[i]);
	section = btf__add_datasec(btf, ".data", size);
	ck_assert_int_gt(section, 0);
	for (size_t i = 0; i < n; i++)
		ck_assert_int_eq(btf__add_datasec_var_info(btf, first + (int)i,
							   vars[i].offset, vars[i].size), 0);
	spec.btf_data = btf__raw_data(btf, &spec.btf_size);
	spec.btf_value_type_id = (uint32_t)section;
	ck_assert_int_eq(store_create(store, &spec, &ref), 0);
	open_map(NULL);
}

#define MAKE(size, flags, ...)                                                 \
	do {                                                                   \
		struct place vars_[] = { __VA_ARGS__ };                        \
		make(vars_, sizeof(vars_) / sizeof(vars_[0]), size, flags);    \
	} while (0)

/* "NAME=VALUE NAME=VALUE ..." by one pass. */
static const char *listed(void)
{
	static char text[4096];
	_cleanup_scan_ struct scan *scan = NULL;
	_cleanup_buf_ struct buf out = BUF_INIT;
	struct scan_batch b;

	ck_assert_int_eq(scan_new(&map, false, &scan), 0);
	while (scan_next(scan, &b) > 0)
		for (size_t i = 0; i < b.count; i++) {
			const uint8_t *key = b.keys + i * schema->key_size;
			const uint8_t *value = b.values + i * schema->value_bytes;

			buf_puts(&out, out.len ? " " : "");
			ck_assert_int_eq(content_name(schema, key, &out), 0);
			buf_putc(&out, '=');
			ck_assert_int_eq(content_format_json(schema, key, value, &out), 0);
		}
	snprintf(text, sizeof(text), "%s", buf_cstr(&out));
	return text;
}

/* echo TEXT > NAME */
static int write_text(const char *name, const char *text)
{
	_cleanup_free_ uint8_t *value = calloc(1, schema->value_bytes);
	uint32_t key;
	int r = content_parse_name(schema, name, strlen(name), &key, NULL);

	if (r == 0)
		r = content_parse(schema, &key,
				  &(struct content_text){ .text = text, .len = strlen(text) }, value);
	return r < 0 ? r : map_update(&map, &key, value, STORE_ANY);
}

static bool resolves(const char *name)
{
	uint32_t key;

	return content_parse_name(schema, name, strlen(name), &key, NULL) == 0 &&
	       map_exists(&map, &key) == 0;
}

/* The raw form of a key. */
static const char *raw_key(uint32_t key)
{
	static char text[16];
	uint8_t bytes[4];

	memcpy(bytes, &key, sizeof(bytes));
	snprintf(text, sizeof(text), "@%02x%02x%02x%02x", bytes[0], bytes[1], bytes[2],
		 bytes[3]);
	return text;
}

START_TEST(variables_are_entries)
{
	MAKE(16, BPF_F_MMAPABLE, { u32, "a", 0, 4 }, { u64, "b", 8, 8 });
	ck_assert_str_eq(listed(), "a=0 b=0");
	ck_assert_int_eq(write_text("b", "18446744073709551615\n"), 0);
	ck_assert_int_eq(write_text("a", "7"), 0);
	ck_assert_str_eq(listed(), "a=7 b=18446744073709551615");
	ck_assert_int_eq(write_text("a", "-1"), -ERANGE);
	ck_assert_int_eq(write_text("c", "1"), -EINVAL);
	ck_assert(resolves("a"));
	ck_assert(resolves("a@0"));
	ck_assert(resolves(raw_key(1)));
	ck_assert(!resolves("a@8"));
	ck_assert(!resolves(raw_key(2)));
	ck_assert(!resolves(""));
	ck_assert_int_eq(map_remove(&map, &(uint32_t){ 0 }), -EPERM);
}
END_TEST

START_TEST(names_that_repeat_have_offsets)
{
	MAKE(16, BPF_F_MMAPABLE, { u32, "a", 0, 4 }, { u32, "b", 4, 4 }, { u32, "a", 8, 4 },
	     { u32, "a", 12, 4 });
	ck_assert_str_eq(listed(), "a@0=0 b=0 a@8=0 a@12=0");
	ck_assert(!resolves("a"));
	ck_assert_int_eq(write_text("a@8", "5"), 0);
	ck_assert_str_eq(listed(), "a@0=0 b=0 a@8=5 a@12=0");
}
END_TEST

START_TEST(strange_variables_do_no_harm)
{
	MAKE(16, BPF_F_MMAPABLE, { u32, "", 0, 4 }, { u32, "twice", 4, 4 },
	     { u32, "twice", 4, 4 }, { u64, "over", 4, 8 }, { u32, "nothing", 8, 0 },
	     { u32, "outside", 14, 4 }, { u32, "far", 4000000000u, 4 }, { u8, "long", 8, 3 },
	     { u32, ".map", 8, 4 }, { u32, "a/b", 12, 4 }, { u32, "a@12", 12, 4 },
	     { u32, "@01", 12, 4 });
	ck_assert_str_eq(listed(), "%00=0 twice@4=0 over=0 long=\"@000000\" %2Emap=0 a%2Fb=0 "
				   "a@12=0 %4001=0");
	/* The same in either byte order */
	ck_assert_int_eq(write_text("over", "72340172838076673"), 0);
	ck_assert_int_eq(write_text("%00", "3"), 0);
	ck_assert_str_eq(listed(), "%00=3 twice@4=16843009 over=72340172838076673 "
				   "long=\"@010101\" %2Emap=16843009 a%2Fb=0 a@12=0 %4001=0");
}
END_TEST

START_TEST(empty_section_lists_nothing)
{
	MAKE(8, BPF_F_MMAPABLE, { u32, "nothing", 0, 0 });
	ck_assert_str_eq(listed(), "");
	ck_assert_int_eq(write_text("nothing", "1"), -EINVAL);
}
END_TEST

/* Many variables, each of a type of its own that is large by way of another. */
START_TEST(types_take_bounded_memory)
{
	enum { TYPES = 2000, MEMBERS = 2000 };
	struct place *vars = calloc(TYPES, sizeof(*vars));
	int large = btf__add_struct(btf, "large", MEMBERS * 4);
	char name[32];
	size_t memory = 0;

	for (uint32_t i = 0; i < MEMBERS; i++) {
		snprintf(name, sizeof(name), "m%u", i);
		btf__add_field(btf, name, u32, i * 32, 0);
	}
	for (uint32_t i = 0; i < TYPES; i++) {
		int id = btf__add_struct(btf, "small", MEMBERS * 4);

		btf__add_field(btf, "m", large, 0, 0);
		vars[i] = (struct place){ id, "v", i * 4, MEMBERS * 4 };
	}
	make(vars, TYPES, 16384, BPF_F_MMAPABLE);
	free(vars);
	for (uint32_t i = 0; i < schema->data->n_types; i++)
		memory += type_memory(schema->data->types[i]);
	ck_assert_uint_lt(memory, 2 * DATA_TYPES_MAX);
	ck_assert_uint_eq(schema->data->count, TYPES);
}
END_TEST

START_TEST(objects_of_the_kernel_make_it_read_only)
{
	struct text_error err = { 0 };
	int lock = btf__add_struct(btf, "bpf_spin_lock", 4);

	btf__add_field(btf, "val", u32, 0, 0);
	MAKE(8, BPF_F_MMAPABLE, { lock, "lock", 0, 4 }, { u32, "a", 4, 4 });
	ck_assert_int_eq(schema->ops->check_write(schema, false, &err), -EPERM);
	ck_assert_ptr_nonnull(strstr(err.reason, "cannot be mapped"));
	ck_assert_int_eq(schema->ops->check_write(schema, true, &err), 0);
	ck_assert_int_eq(write_text("a", "1"), 0);
}
END_TEST

START_TEST(sections_that_cannot_be_written)
{
	static const struct {
		uint32_t flags;
		bool freeze;
		int check, unsafe, update;
	} cases[] = {
		{ BPF_F_MMAPABLE, false, 0, 0, 0 },
		{ BPF_F_MMAPABLE, true, 0, 0, -EPERM },
		/* with -o unsafe the whole section is written */
		{ 0, false, -EPERM, 0, 0 },
		{ 0, true, -EPERM, 0, -EPERM },
		{ BPF_F_RDONLY_PROG, false, -EPERM, -EPERM, -EPERM },
		{ BPF_F_MMAPABLE | BPF_F_RDONLY_PROG, false, -EPERM, -EPERM, -EACCES },
		{ BPF_F_MMAPABLE | BPF_F_RDONLY_PROG, true, -EPERM, -EPERM, -EACCES },
	};

	MAKE(8, cases[_i].flags, { u32, "a", 0, 4 }, { u32, "b", 4, 4 });
	if (cases[_i].freeze)
		ck_assert_int_eq(store_freeze(&map.ref), 0);
	ck_assert_int_eq(schema->ops->check_write(schema, false, NULL), cases[_i].check);
	ck_assert_int_eq(schema->ops->check_write(schema, true, NULL), cases[_i].unsafe);
	ck_assert_int_eq(write_text("b", "1"), cases[_i].update);
	ck_assert_str_eq(listed(), cases[_i].update ? "a=0 b=0" : "a=0 b=1");
}
END_TEST

START_TEST(seeking_goes_back_to_a_variable)
{
	_cleanup_scan_ struct scan *scan = NULL;
	struct scan_batch b;
	uint32_t number;

	MAKE(16, BPF_F_MMAPABLE, { u32, "a", 0, 4 }, { u32, "b", 4, 4 }, { u32, "c", 8, 4 });
	ck_assert_int_eq(scan_new(&map, true, &scan), 0);
	ck_assert_int_eq(scan_next(scan, &b), 1);
	ck_assert_uint_eq(b.count, 3);
	ck_assert(b.last);
	ck_assert_int_eq(scan_next(scan, &b), 0);
	ck_assert_int_eq(scan_seek(scan, 2), 0);
	ck_assert_int_eq(scan_next(scan, &b), 1);
	ck_assert_uint_eq(b.pos, 2);
	memcpy(&number, b.keys, sizeof(number));
	ck_assert_uint_eq(number, 2);
	ck_assert_int_eq(scan_seek(scan, 1000), 0);
	ck_assert_int_eq(scan_next(scan, &b), 0);
}
END_TEST

/* Members that a merge does not change keep what the program made of them. */
START_TEST(change_writes_what_differs)
{
	static const struct {
		const char *old, *new, *now, *want;
	} cases[] = {
		/* one byte; the program's changes beside it stay */
		{ "aaaaaaaaaaaa", "aaabaaaaaaaa", "xxxxxxxxxxxx", "xxxbxxxxxxxx" },
		/* two bytes of a number are one store of it */
		{ "aaaaaaaaaaaa", "baabaaaaaaaa", "xxxxxxxxxxxx", "baabxxxxxxxx" },
		{ "aaaaaaaaaaaa", "aabbaaaaaaaa", "xxxxxxxxxxxx", "xxbbxxxxxxxx" },
		{ "aaaaaaaaaaaa", "abbaaaaaaaaa", "xxxxxxxxxxxx", "abbaxxxxxxxx" },
		/* the variable begins at 4: its words do not begin at its beginning */
		{ "aaaaaaaaaaaa", "aaaabaaaaaab", "xxxxxxxxxxxx", "xxxxbaaaaaab" },
		{ "aaaaaaaaaaaa", "aaabbaaaaaaa", "xxxxxxxxxxxx", "xxxbbxxxxxxx" },
		{ "aaaaaaaaaaaa", "aaaaaaaaaaaa", "xxxxxxxxxxxx", "xxxxxxxxxxxx" },
		{ "aaaaaaaaaaaa", "bbbbbbbbbbbb", "xxxxxxxxxxxx", "bbbbbbbbbbbb" },
	};
	char all[20];

	MAKE(20, BPF_F_MMAPABLE, { u64, "v", 4, 12 }, { u32, "w", 16, 4 });
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ck_assert_int_eq(store_patch(&map.ref, 0, "....", 4), 0);
		ck_assert_int_eq(store_patch(&map.ref, 4, cases[i].now, 12), 0);
		ck_assert_int_eq(store_patch(&map.ref, 16, "....", 4), 0);
		ck_assert_int_eq(map_change(&map, &(uint32_t){ 0 }, cases[i].old, cases[i].new), 0);
		ck_assert_int_eq(store_lookup(&map.ref, &(uint32_t){ 0 }, all, 0), 0);
		ck_assert_mem_eq(all, "....", 4);
		ck_assert_mem_eq(all + 4, cases[i].want, 12);
		ck_assert_mem_eq(all + 16, "....", 4);
	}
	ck_assert_int_eq(store_freeze(&map.ref), 0);
	ck_assert_int_eq(map_change(&map, &(uint32_t){ 0 }, all, all), -EPERM);
}
END_TEST

/* What the program changes between two writes must stay. */
START_TEST(patch_changes_no_other_byte)
{
	uint8_t all[64], want[64] = { 0 };

	MAKE(64, BPF_F_MMAPABLE, { u64, "a", 0, 8 });
	for (size_t at = 0; at < sizeof(want); at++)
		for (size_t len = 0; len <= 17 && at + len <= sizeof(want); len++) {
			uint8_t data[17];

			memset(data, (int)(at * 31 + len * 7 + 1), sizeof(data));
			memcpy(want + at, data, len);
			ck_assert_int_eq(store_patch(&map.ref, at, data, len), 0);
			ck_assert_int_eq(store_lookup(&map.ref, &(uint32_t){ 0 }, all, 0), 0);
			ck_assert_mem_eq(all, want, sizeof(want));
		}
	ck_assert_int_eq(store_patch(&map.ref, 64, all, 1), -EINVAL);
	ck_assert_int_eq(store_patch(&map.ref, UINT64_MAX, all, 1), -EINVAL);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("map-data");
	TCase *tc = tcase_create("memory");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, variables_are_entries);
	tcase_add_test(tc, names_that_repeat_have_offsets);
	tcase_add_test(tc, strange_variables_do_no_harm);
	tcase_add_test(tc, empty_section_lists_nothing);
	tcase_add_test(tc, types_take_bounded_memory);
	tcase_add_test(tc, objects_of_the_kernel_make_it_read_only);
	tcase_add_loop_test(tc, sections_that_cannot_be_written, 0, 7);
	tcase_add_test(tc, seeking_goes_back_to_a_variable);
	tcase_add_test(tc, change_writes_what_differs);
	tcase_add_test(tc, patch_changes_no_other_byte);
	suite_add_tcase(s, tc);
	return run_suite(s);
}

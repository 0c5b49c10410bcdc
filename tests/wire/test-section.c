/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `>>` to a variable of a section writes only the members that the text names;
 * concurrent changes of other members by a program are not lost.
 */
#include <bpf/btf.h>
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/fs.h>
#include <string.h>

#include "../unit/store-fault.h"
#include "wire.h"

static struct wire *w;
static struct store *memory;
static struct store_map map;
static uint64_t dir;

/* struct { unsigned int a, b; } v; */
static void make_section(void)
{
	struct btf *btf = btf__new_empty();
	int number = btf__add_int(btf, "unsigned int", 4, 0);
	int record = btf__add_struct(btf, "pair", 8), var, section;
	struct store_spec spec = { .type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 8,
				   .max_entries = 1, .flags = BPF_F_MMAPABLE, .name = "x.data" };

	btf__add_field(btf, "a", number, 0, 0);
	btf__add_field(btf, "b", number, 32, 0);
	var = btf__add_var(btf, "v", BTF_VAR_STATIC, record);
	section = btf__add_datasec(btf, ".data", 8);
	ck_assert_int_eq(btf__add_datasec_var_info(btf, var, 0, 8), 0);
	spec.btf_data = btf__raw_data(btf, &spec.btf_size);
	spec.btf_value_type_id = (uint32_t)section;
	ck_assert_int_eq(store_create(memory, &spec, &map), 0);
	btf__free(btf);
}

static void setup(void)
{
	struct fuse_entry_out entry;
	struct store *faulty;

	ck_assert_int_eq(store_memory_new(&memory), 0);
	ck_assert_int_eq(store_fault_new(memory, &faulty), 0);
	make_section();
	w = wire_new_over(faulty, NULL);
	ck_assert_int_eq(wire_lookup(w, WIRE_ROOT, "x.data", &entry), 0);
	dir = entry.nodeid;
}

static void teardown(void)
{
	store_close(&map);
	wire_free(w);
}

/* The program sets b when the tree is about to write. */
static void program_sets_b(void *arg)
{
	const uint32_t b = 77;

	ck_assert_int_eq(store_patch(&map, 4, &b, sizeof(b)), 0);
}

static void write_with(int flags, const char *text)
{
	uint64_t fh = wire_writer(w, dir, "v", flags);

	ck_assert_int_eq(wire_write_text(w, fh, 0, text), 0);
	ck_assert_int_eq(wire_flush(w, fh), 0);
	wire_release(w, fh);
}

START_TEST(append_leaves_alone_what_it_does_not_name)
{
	store_fault_hook(w->store, FAULT_PATCH, program_sets_b, NULL);
	write_with(O_WRONLY | O_APPEND, "{\"a\":5}\n");
	ck_assert_str_eq(wire_text(w, dir, "v"), "{\"a\":5,\"b\":77}\n");
}
END_TEST

START_TEST(replacing_writes_all_members)
{
	store_fault_hook(w->store, FAULT_PATCH, program_sets_b, NULL);
	write_with(O_WRONLY | O_TRUNC, "{\"a\":5}\n");
	ck_assert_str_eq(wire_text(w, dir, "v"), "{\"a\":5,\"b\":0}\n");
}
END_TEST

/* The kernel asks for this only where it does not know that the name is there. */
START_TEST(variable_is_not_replaced_where_nothing_may_be)
{
	struct fuse_rename2_in in = { .newdir = dir, .flags = RENAME_NOREPLACE };
	static const char names[] = "sedAbC123\0v";
	struct fuse_entry_out entry;
	uint64_t fh;

	ck_assert_int_eq(wire_create(w, dir, "sedAbC123", O_RDWR | O_EXCL, &entry, &fh), 0);
	ck_assert_int_eq(wire_write_text(w, fh, 0, "{\"a\":5}\n"), 0);
	wire_release(w, fh);
	ck_assert_int_eq(wire_request(w, FUSE_RENAME2, dir, &in, sizeof(in), names,
				      sizeof(names), NULL, 0), -EEXIST);
	ck_assert_str_eq(wire_text(w, dir, "v"), "{\"a\":0,\"b\":0}\n");
	in.flags = 0;
	ck_assert_int_eq(wire_request(w, FUSE_RENAME2, dir, &in, sizeof(in), names,
				      sizeof(names), NULL, 0), 0);
	ck_assert_str_eq(wire_text(w, dir, "v"), "{\"a\":5,\"b\":0}\n");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("section");
	TCase *tc = tcase_create("section");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, append_leaves_alone_what_it_does_not_name);
	tcase_add_test(tc, replacing_writes_all_members);
	tcase_add_test(tc, variable_is_not_replaced_where_nothing_may_be);
	suite_add_tcase(s, tc);
	return run_suite(s);
}

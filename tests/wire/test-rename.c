/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names and nodes: a name never leads to another entry than its own. The kernel moves
 * an inode with mv and caches names for a while, so the key of a node must follow; the
 * node of a key is stale after a new definition.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <string.h>

#include "wire.h"

static struct wire *w;
static uint64_t dir;

static void setup(void)
{
	w = wire_new("type=hash key=u32 value=u32 max_entries=8");
	ck_assert_int_eq(wire_mkdir(w, "m", &dir), 0);
}

static void teardown(void)
{
	wire_free(w);
}

static int rename_with(const char *from, const char *to, unsigned flags)
{
	struct fuse_rename2_in in = { .newdir = dir, .flags = flags };
	char names[64];
	size_t len = strlen(from) + 1;

	memcpy(names, from, len);
	strcpy(names + len, to);
	return wire_request(w, FUSE_RENAME2, dir, &in, sizeof(in), names,
			    len + strlen(to) + 1, NULL, 0);
}

static int rename_key(const char *from, const char *to)
{
	return rename_with(from, to, 0);
}

/* As the kernel does with a name that it remembers: no lookup. */
static const char *read_node(uint64_t node)
{
	static char text[64];
	uint64_t fh;
	int r = wire_open(w, node, O_RDONLY, &fh);

	if (r < 0)
		return r == -ESTALE ? "ESTALE" : "another error";
	r = wire_read(w, fh, 0, text, sizeof(text) - 1);
	text[r < 0 ? 0 : r] = '\0';
	wire_release(w, fh);
	return text;
}

START_TEST(no_replace_keeps_both_keys)
{
	ck_assert_int_eq(wire_put(w, dir, "1", "11"), 0);
	ck_assert_int_eq(wire_put(w, dir, "2", "22"), 0);
	ck_assert_int_eq(rename_with("1", "2", RENAME_NOREPLACE), -EEXIST);
	ck_assert_str_eq(wire_text(w, dir, "1"), "11\n");
	ck_assert_str_eq(wire_text(w, dir, "2"), "22\n");
	ck_assert_int_eq(rename_with("3", "4", RENAME_NOREPLACE), -ENOENT);
	/* No surprise for anybody, so no line. */
	ck_assert_str_eq(wire_dot_text(w, dir, "errors"), "");
	ck_assert_int_eq(rename_with("1", "3", RENAME_NOREPLACE), 0);
	ck_assert_str_eq(wire_text(w, dir, "1"), "errno 2");
	ck_assert_str_eq(wire_text(w, dir, "3"), "11\n");
	ck_assert_int_eq(rename_with("2", "3", RENAME_EXCHANGE), -EINVAL);
	ck_assert_ptr_nonnull(strstr(wire_dot_text(w, dir, "errors"), " mv 3: "));
}
END_TEST

START_TEST(node_of_renamed_key_is_the_new_key)
{
	uint64_t node;

	wire_put(w, dir, "1", "11");
	node = wire_look(w, dir, "1");
	ck_assert_int_eq(rename_key("1", "2"), 0);
	ck_assert_str_eq(read_node(node), "11\n");
	ck_assert_uint_eq(wire_look(w, dir, "2"), node);
}
END_TEST

START_TEST(old_name_used_again_is_another_node)
{
	uint64_t node, fh;

	wire_put(w, dir, "1", "11");
	node = wire_look(w, dir, "1");
	ck_assert_int_eq(rename_key("1", "2"), 0);
	wire_put(w, dir, "1", "99");
	ck_assert_uint_ne(wire_look(w, dir, "1"), node);
	ck_assert_str_eq(read_node(node), "11\n");
	ck_assert_int_eq(wire_open(w, node, O_WRONLY | O_TRUNC, &fh), 0);
	ck_assert_int_eq(wire_write_text(w, fh, 0, "22\n"), 0);
	wire_release(w, fh);
	ck_assert_str_eq(wire_text(w, dir, "1"), "99\n");
	ck_assert_str_eq(wire_text(w, dir, "2"), "22\n");
}
END_TEST

START_TEST(node_of_replaced_key_is_stale)
{
	uint64_t node;

	wire_put(w, dir, "1", "11");
	wire_put(w, dir, "2", "22");
	wire_look(w, dir, "1");
	node = wire_look(w, dir, "2");
	ck_assert_int_eq(rename_key("1", "2"), 0);
	ck_assert_str_eq(read_node(node), "ESTALE");
	ck_assert_str_eq(wire_text(w, dir, "2"), "11\n");
	wire_forget(w, node, 1);
}
END_TEST

START_TEST(file_open_over_a_rename_writes_nothing)
{
	uint64_t fh;

	wire_put(w, dir, "1", "11");
	ck_assert_int_eq(wire_open(w, wire_look(w, dir, "1"), O_WRONLY, &fh), 0);
	ck_assert_int_eq(rename_key("1", "2"), 0);
	ck_assert_int_eq(wire_write_text(w, fh, 0, "33\n"), -ENOENT);
	wire_release(w, fh);
	ck_assert_str_eq(wire_text(w, dir, "2"), "11\n");
	ck_assert_str_eq(wire_text(w, dir, "1"), "errno 2");
}
END_TEST

/* As a program would. */
static void remove_behind_the_tree(uint32_t key)
{
	struct store_map map;
	uint32_t id;

	ck_assert_int_eq(store_next_id(w->store, 0, &id), 0);
	ck_assert_int_eq(store_open(w->store, id, STORE_READ | STORE_WRITE, &map), 0);
	ck_assert_int_eq(store_remove(&map, &key), 0);
	store_close(&map);
}

START_TEST(name_of_a_deleted_key_is_gone_while_it_is_open)
{
	struct fuse_entry_out entry;
	struct fuse_attr attr;
	uint64_t node, fh;

	wire_put(w, dir, "1", "11");
	node = wire_look(w, dir, "1");
	ck_assert_int_eq(wire_open(w, node, O_RDONLY, &fh), 0);
	remove_behind_the_tree(1);
	ck_assert_int_eq(wire_lookup(w, dir, "1", &entry), -ENOENT);
	/* fstat is the open file's */
	ck_assert_int_eq(wire_getattr(w, node, &attr), 0);
	ck_assert_uint_eq(attr.size, 3);
	ck_assert_int_eq(wire_put(w, dir, "1", "12"), 0);
	ck_assert_str_eq(wire_text(w, dir, "1"), "12\n");
	wire_release(w, fh);
}
END_TEST

static void redefine(const char *def)
{
	ck_assert_int_eq(wire_dot_put(w, dir, "def", def), 0);
}

/* Nodes of 4 key bytes must not be read as ones of 200, nor as keys with other names. */
static const char *const other_defs[] = {
	"type=hash key=bytes[200] value=u32 max_entries=4",
	"type=array key=u32 value=u64 max_entries=4",
	"type=array key=be32 value=u32 max_entries=4",
};

START_TEST(node_of_another_definition_is_stale)
{
	struct fuse_attr attr;
	uint64_t fh, nodes[2], dot;

	redefine("type=array key=u32 value=u32 max_entries=4");
	dot = wire_look(w, dir, ".map");
	nodes[0] = wire_look(w, dir, "0");
	nodes[1] = wire_look(w, wire_look(w, dot, "raw"), "0");
	redefine(other_defs[_i]);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(wire_getattr(w, nodes[i], &attr), -ESTALE);
		ck_assert_int_eq(wire_open(w, nodes[i], O_RDWR, &fh), -ESTALE);
	}
}
END_TEST

START_TEST(mode_of_a_directory_outlives_a_new_definition)
{
	struct fuse_setattr_in in = { .valid = FATTR_MODE, .mode = 0710 };
	struct fuse_attr_out out;
	struct fuse_attr attr;

	ck_assert_int_gt(wire_request(w, FUSE_SETATTR, dir, &in, sizeof(in), NULL, 0, &out,
				      sizeof(out)), 0);
	redefine("type=array key=u32 value=u64 max_entries=4");
	ck_assert_int_eq(wire_getattr(w, dir, &attr), 0);
	ck_assert_uint_eq(attr.mode & 07777, 0710);
}
END_TEST

START_TEST(frozen_map_is_not_defined_anew)
{
	redefine("type=array key=u32 value=u32 max_entries=4");
	ck_assert_int_eq(wire_dot_put(w, dir, "frozen", "1"), 0);
	ck_assert_int_eq(wire_dot_put(w, dir, "def", "type=array value=u64"), -EBUSY);
	ck_assert_str_eq(wire_dot_text(w, dir, "frozen"), "1\n");
}
END_TEST

/* Both names are one entry: nothing is moved, and nothing lost. */
START_TEST(prefix_renamed_to_another_spelling_stays)
{
	redefine("type=lpm_trie key=prefix(ipv4) value=u32 max_entries=4");
	wire_put(w, dir, "10.0.0.0_8", "11");
	wire_put(w, dir, "10.0.0.0_9", "22");
	ck_assert_int_eq(rename_key("10.0.0.0_8", "10.1.2.3_8"), 0);
	ck_assert_str_eq(wire_text(w, dir, "10.0.0.0_8"), "11\n");
	ck_assert_int_eq(rename_key("10.0.0.0_9", "10.128.0.0_9"), 0);
	ck_assert_str_eq(wire_text(w, dir, "10.128.0.0_9"), "22\n");
	ck_assert_str_eq(wire_dot_text(w, dir, "count"), "2\n");
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("rename");
	Suite *s = suite_create("rename");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, no_replace_keeps_both_keys);
	tcase_add_test(tc, node_of_renamed_key_is_the_new_key);
	tcase_add_test(tc, old_name_used_again_is_another_node);
	tcase_add_test(tc, node_of_replaced_key_is_stale);
	tcase_add_test(tc, file_open_over_a_rename_writes_nothing);
	tcase_add_test(tc, name_of_a_deleted_key_is_gone_while_it_is_open);
	tcase_add_loop_test(tc, node_of_another_definition_is_stale, 0,
			    sizeof(other_defs) / sizeof(other_defs[0]));
	tcase_add_test(tc, mode_of_a_directory_outlives_a_new_definition);
	tcase_add_test(tc, frozen_map_is_not_defined_anew);
	tcase_add_test(tc, prefix_renamed_to_another_spelling_stays);
	suite_add_tcase(s, tc);
	return run_suite(s);
}

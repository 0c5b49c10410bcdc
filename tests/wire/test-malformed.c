/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests that no kernel sends: truncated, with unknown opcodes, on nodes that do not
 * exist, with sizes and offsets at the limits. They get an error or an empty reply, and
 * the tree still works afterwards.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "tree/node.h"
#include "wire.h"

static struct wire *w;
static uint64_t dir, key;

static void setup(void)
{
	struct fuse_entry_out entry;

	w = wire_new("type=hash key=u32 value=u32 max_entries=8");
	ck_assert_int_eq(wire_mkdir(w, "m", &dir), 0);
	ck_assert_int_eq(wire_put(w, dir, "1", "11"), 0);
	ck_assert_int_eq(wire_lookup(w, dir, "1", &entry), 0);
	key = entry.nodeid;
}

static void expect_alive(void)
{
	ck_assert_str_eq(wire_text(w, dir, "1"), "11\n");
}

static void teardown(void)
{
	expect_alive();
	wire_free(w);
}

/* Opcodes whose body begins with a file handle, which is the kernel's word
 * and not ours to doubt, are left out. */
static const uint32_t opcodes[] = {
	FUSE_LOOKUP, FUSE_FORGET, FUSE_GETATTR, FUSE_READLINK, FUSE_SYMLINK, FUSE_MKNOD,
	FUSE_MKDIR, FUSE_UNLINK, FUSE_RMDIR, FUSE_RENAME, FUSE_LINK, FUSE_STATFS,
	FUSE_GETXATTR, FUSE_LISTXATTR, FUSE_SETXATTR, FUSE_REMOVEXATTR, FUSE_ACCESS,
	FUSE_RENAME2, FUSE_BMAP, FUSE_IOCTL + 1000, 0, UINT32_MAX,
};
#define N_OPCODES (sizeof(opcodes) / sizeof(opcodes[0]))

static const uint64_t nodes[] = {
	0, WIRE_ROOT, 2, UINT64_MAX, 1ull << 63, 1ull << 62, 0xdeadbeef,
};

/* Every kind with rows, generations and ids that are not there. */
static uint64_t wild_node(int i)
{
	static const uint32_t rows[] = { 0, 1, 500, NODE_GEN_MASK };
	static const uint32_t ids[] = { 0, 1, 2, 1024, UINT32_MAX };
	int n = sizeof(nodes) / sizeof(nodes[0]);

	if (i < n)
		return nodes[i];
	i -= n;
	return node_make((enum node_kind)(i / 20), rows[i / 5 % 4], ids[i % 5]);
}

#define N_WILD (7 + 32 * 20)

/* A body of zeros: empty names, no flags. Replies need only be replies. */
START_TEST(request_on_any_node_gets_an_answer)
{
	struct {
		struct fuse_in_header head;
		char body[128];
	} request;

	for (int i = 0; i < N_WILD; i++) {
		memset(&request, 0, sizeof(request));
		request.head = (struct fuse_in_header){ .len = sizeof(request),
							.opcode = opcodes[_i],
							.unique = 1000 + (uint64_t)i,
							.nodeid = wild_node(i) };
		ck_assert_int_le(wire_raw(w, &request, sizeof(request)), 1);
	}
}
END_TEST

START_TEST(name_requests_on_any_node_get_an_answer)
{
	struct fuse_entry_out entry;
	uint64_t fh;

	for (int i = 0; i < N_WILD; i++) {
		uint64_t node = wild_node(i);

		if (wire_lookup(w, node, "1", &entry) == 0)
			wire_forget(w, entry.nodeid, 1);
		wire_request(w, FUSE_MKDIR, node, &(struct fuse_mkdir_in){ 0 }, 8, "a/b", 4,
			     &entry, sizeof(entry));
		wire_unlink(w, node, "no such");
		wire_request(w, FUSE_RMDIR, node, "no such", 8, NULL, 0, NULL, 0);
		if (wire_opendir(w, node, &fh) == 0)
			wire_releasedir(w, fh);
		if (wire_open(w, node, O_RDWR, &fh) == 0)
			wire_release(w, fh);
	}
}
END_TEST

static int cut_lookup(size_t len)
{
	struct fuse_in_header head = { .len = (uint32_t)len, .opcode = FUSE_LOOKUP,
				       .unique = 77, .nodeid = dir };

	return wire_raw(w, &head, len);
}

START_TEST(lookup_without_a_name_is_refused)
{
	ck_assert_int_le(cut_lookup(sizeof(struct fuse_in_header)), 1);
}
END_TEST

static const uint64_t offsets[] = {
	1, 2, 3, 100, 1u << 29, 1ull << 32, 1ull << 61, INT64_MAX, 1ull << 63, UINT64_MAX,
};
#define N_OFFSETS (sizeof(offsets) / sizeof(offsets[0]))

START_TEST(read_at_any_offset_is_empty_or_an_error)
{
	uint64_t fh;
	char text[64];

	ck_assert_int_eq(wire_open(w, key, O_RDONLY, &fh), 0);
	if (offsets[_i] > 2)
		ck_assert_int_le(wire_read(w, fh, offsets[_i], text, sizeof(text)), 0);
	ck_assert_int_eq(wire_read(w, fh, 0, text, 0), 0);
	ck_assert_int_eq(wire_read(w, fh, 0, text, sizeof(text)), 3);
	wire_release(w, fh);
}
END_TEST

START_TEST(entries_at_any_offset_is_empty_or_an_error)
{
	struct fuse_entry_out entry;
	uint64_t fh;
	char text[64];

	ck_assert_int_eq(wire_lookup(w, dir, ".map", &entry), 0);
	ck_assert_int_eq(wire_lookup(w, entry.nodeid, "entries", &entry), 0);
	ck_assert_int_eq(wire_open(w, entry.nodeid, O_RDONLY, &fh), 0);
	if (offsets[_i] > 5)
		ck_assert_int_le(wire_read(w, fh, offsets[_i], text, sizeof(text)), 0);
	ck_assert_int_eq(wire_read(w, fh, 0, text, sizeof(text)), 5);
	wire_release(w, fh);
}
END_TEST

static void list_at(uint64_t node, uint64_t off)
{
	char data[4096];
	uint64_t fh;

	ck_assert_int_eq(wire_opendir(w, node, &fh), 0);
	wire_readdir(w, FUSE_READDIR, fh, off, data, sizeof(data));
	wire_readdir(w, FUSE_READDIR, fh, off, data, 0);
	wire_readdir(w, FUSE_READDIRPLUS, fh, off, data, 1);
	ck_assert_int_gt(wire_readdir(w, FUSE_READDIR, fh, 0, data, sizeof(data)), 0);
	wire_releasedir(w, fh);
}

START_TEST(readdir_at_any_offset_ends)
{
	struct fuse_entry_out dot, by_id;

	ck_assert_int_eq(wire_lookup(w, dir, ".map", &dot), 0);
	ck_assert_int_eq(wire_lookup(w, WIRE_ROOT, "by-id", &by_id), 0);
	list_at(dir, offsets[_i]);
	list_at(dot.nodeid, offsets[_i]);
	list_at(by_id.nodeid, offsets[_i]);
	list_at(WIRE_ROOT, offsets[_i]);
}
END_TEST

START_TEST(ftruncate_to_any_size_is_harmless)
{
	uint64_t fh = wire_writer(w, dir, "1", O_WRONLY);

	ck_assert_int_eq(wire_ftruncate(w, key, fh, offsets[_i]), 0);
	wire_release(w, fh);
}
END_TEST

START_TEST(long_names_are_enoent)
{
	struct fuse_entry_out entry;
	static char name[100000];

	memset(name, '1', sizeof(name) - 1);
	ck_assert_int_eq(wire_lookup(w, dir, name, &entry), -ENOENT);
	ck_assert_int_eq(wire_lookup(w, WIRE_ROOT, name, &entry), -ENOENT);
	memset(name, '{', sizeof(name) - 1);
	ck_assert_int_eq(wire_lookup(w, dir, name, &entry), -ENOENT);
	name[0] = '@';
	ck_assert_int_eq(wire_lookup(w, dir, name, &entry), -ENOENT);
	ck_assert_int_eq(wire_lookup(w, WIRE_ROOT, name, &entry), -ENOENT);
}
END_TEST

START_TEST(write_of_nothing_is_nothing)
{
	uint64_t fh = wire_writer(w, dir, "1", O_WRONLY);

	ck_assert_int_eq(wire_write(w, fh, 0, "", 0), 0);
	ck_assert_int_eq(wire_flush(w, fh), 0);
	wire_release(w, fh);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("malformed");
	TCase *tc = tcase_create("malformed");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 30);
	tcase_add_loop_test(tc, request_on_any_node_gets_an_answer, 0, N_OPCODES);
	tcase_add_test(tc, name_requests_on_any_node_get_an_answer);
	tcase_add_test(tc, lookup_without_a_name_is_refused);
	tcase_add_loop_test(tc, read_at_any_offset_is_empty_or_an_error, 0, N_OFFSETS);
	tcase_add_loop_test(tc, entries_at_any_offset_is_empty_or_an_error, 0, N_OFFSETS);
	tcase_add_loop_test(tc, readdir_at_any_offset_ends, 0, N_OFFSETS);
	tcase_add_loop_test(tc, ftruncate_to_any_size_is_harmless, 0, N_OFFSETS);
	tcase_add_test(tc, long_names_are_enoent);
	tcase_add_test(tc, write_of_nothing_is_nothing);
	suite_add_tcase(s, tc);
	return run_suite(s);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Maps that others create, name and drop: the root lists and resolves them, and looking
 * at them does not keep them alive.
 */
#include <stdarg.h>
#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "util/clock.h"
#include "wire.h"

#define MS 1000000u

static struct wire *w;
static struct fuse_entry_out entry;

static void setup(void)
{
	w = wire_new(NULL);
}

static void teardown(void)
{
	clock_run();
	wire_free(w);
}

/* A map as some program makes it. */
static uint32_t make(const char *name, struct store_map *map)
{
	struct store_spec spec = { .type = BPF_MAP_TYPE_HASH, .key_size = 4, .value_size = 4,
				   .max_entries = 8, .name = name };
	const char key[4] = { 1 }, value[4] = { 5 };
	struct store_info info;

	ck_assert_int_eq(store_create(w->store, &spec, map), 0);
	ck_assert_int_eq(store_update(map, key, value, STORE_ANY), 0);
	ck_assert_int_eq(store_info(map, &info), 0);
	return info.id;
}

__attribute__((format(printf, 1, 2))) static const char *format(const char *fmt, ...)
{
	static char texts[2][64];
	static int turn;
	char *text = texts[turn ^= 1];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(texts[0]), fmt, ap);
	va_end(ap);
	return text;
}

/* All names of the root but ".", "..", by-id and by-name, each with a space behind. */
static const char *list(void)
{
	static char names[1024];
	char data[4096];
	uint64_t fh;
	int len;

	names[0] = '\0';
	ck_assert_int_eq(wire_opendir(w, WIRE_ROOT, &fh), 0);
	len = wire_readdir(w, FUSE_READDIR, fh, 0, data, sizeof(data));
	for (int i = 0; i < len;) {
		const struct fuse_dirent *de = (const void *)(data + i);

		if (de->type == DT_DIR && de->off > 4)
			snprintf(names + strlen(names), sizeof(names) - strlen(names),
				 "%.*s ", (int)de->namelen, de->name);
		i += (int)FUSE_DIRENT_SIZE(de);
	}
	wire_releasedir(w, fh);
	return names;
}

static int look(const char *name)
{
	return wire_lookup(w, WIRE_ROOT, name, &entry);
}

static void expect_link(const char *name, const char *to)
{
	char target[64] = "";

	ck_assert_int_eq(look(name), 0);
	ck_assert_uint_eq(entry.attr.mode & 0170000, 0120000);
	ck_assert_int_gt(wire_request(w, FUSE_READLINK, entry.nodeid, NULL, 0, NULL, 0,
				      target, sizeof(target) - 1), 0);
	ck_assert_str_eq(target, to);
	ck_assert_uint_eq(entry.attr.size, strlen(to));
}

static bool is_alive(uint32_t id)
{
	struct store_map map;

	if (store_open(w->store, id, STORE_READ, &map) < 0)
		return false;
	store_close(&map);
	return true;
}

static int rmdir_of(const char *name)
{
	return wire_request(w, FUSE_RMDIR, WIRE_ROOT, name, strlen(name) + 1, NULL, 0, NULL, 0);
}

static const char *root_errors(void)
{
	struct fuse_entry_out dot;

	ck_assert_int_eq(wire_lookup(w, WIRE_ROOT, ".map", &dot), 0);
	return wire_text(w, dot.nodeid, "errors");
}

START_TEST(shared_name_is_listed_with_ids_and_does_not_resolve)
{
	struct store_map a, b;
	uint32_t id_a = make("x", &a), id_b = make("x", &b);
	char want[64];

	snprintf(want, sizeof(want), "x@%u x@%u ", id_a, id_b);
	ck_assert_str_eq(list(), want);
	ck_assert_int_eq(look("x"), -ENOENT);
	ck_assert_int_eq(look(format("x@%u", id_a)), 0);
	ck_assert_uint_eq(entry.attr.mode & 0170000, 0040000);
	expect_link(format("@%u", id_b), format("x@%u", id_b));
	store_close(&a);
	ck_assert_str_eq(list(), "x ");
	expect_link(format("x@%u", id_b), "x");
	ck_assert_int_eq(look(format("x@%u", id_a)), -ENOENT);
	store_close(&b);
	ck_assert_str_eq(list(), "");
}
END_TEST

/* What has been seen of the maps is old by then, and the link still young. */
static int follow_when_another_comes(uint32_t id, struct store_map *other)
{
	ck_assert_int_eq(wire_lookup(w, FUSE_ROOT_ID, format("@%u", id), &entry), 0);
	make("flows", other);
	clock_advance(10 * MS);
	return wire_lookup(w, FUSE_ROOT_ID, "flows", &entry);
}

START_TEST(link_leads_on_when_another_map_of_the_name_comes)
{
	struct store_map first, other;
	uint32_t id = make("flows", &first);

	clock_stop();
	ck_assert_int_eq(follow_when_another_comes(id, &other), 0);
	ck_assert(S_ISLNK(entry.attr.mode));
	ck_assert_uint_eq(entry.attr.size, strlen(format("flows@%u", id)));
	clock_advance(30 * MS);
	ck_assert_int_eq(wire_lookup(w, FUSE_ROOT_ID, "flows", &entry), -ENOENT);
	store_close(&other);
	store_close(&first);
}
END_TEST

START_TEST(map_without_a_name_is_listed_by_id)
{
	struct store_map a;
	uint32_t id = make(NULL, &a);

	ck_assert_str_eq(list(), format("@%u ", id));
	ck_assert_int_eq(look(format("@%u", id)), 0);
	ck_assert_uint_eq(entry.attr.mode & 0170000, 0040000);
	ck_assert_str_eq(wire_text(w, entry.nodeid, "@01000000"), "@05000000\n");
	store_close(&a);
}
END_TEST

static const struct {
	const char *name, *listed;
	bool bare; /* is a link to it */
} dotted[] = {
	{ ".rodata", "%2Erodata", true },
	{ "..x", "%2E.x", true },
	{ ".", "%2E", false },
	{ "..", "%2E.", false },
	{ ".map", "%2Emap", false },
};

START_TEST(leading_dot_is_listed_escaped)
{
	const char *listed = dotted[_i].listed;
	struct store_map a, b;
	uint32_t id = make(dotted[_i].name, &a), other;

	ck_assert_str_eq(list(), format("%s ", listed));
	ck_assert_int_eq(look(listed), 0);
	ck_assert_uint_eq(entry.attr.mode & 0170000, 0040000);
	if (dotted[_i].bare)
		expect_link(dotted[_i].name, listed);
	expect_link(format("%s@%u", dotted[_i].name, id), listed);
	expect_link(format("%s@%u", listed, id), listed);
	expect_link(format("@%u", id), listed);
	other = make(dotted[_i].name, &b);
	ck_assert_str_eq(list(), format("%s@%u %s@%u ", listed, id, listed, other));
	ck_assert_int_eq(look(format("%s@%u", listed, other)), 0);
	ck_assert_uint_eq(entry.attr.mode & 0170000, 0040000);
	expect_link(format("%s@%u", dotted[_i].name, id), format("%s@%u", listed, id));
	store_close(&a);
	store_close(&b);
}
END_TEST

START_TEST(mkdir_says_how_to_write_a_name)
{
	uint64_t dir;

	ck_assert_int_eq(wire_mkdir(w, ".x", &dir), -EINVAL);
	ck_assert_ptr_nonnull(strstr(root_errors(), "mkdir %2Ex ("));
	ck_assert_int_eq(wire_mkdir(w, "x@7", &dir), -EINVAL);
	ck_assert_ptr_nonnull(strstr(root_errors(), "the kernel chooses the id: mkdir x ("));
	ck_assert_str_eq(list(), "");
	ck_assert_int_eq(wire_mkdir(w, "%2Ex", &dir), 0);
	ck_assert_str_eq(wire_dot_text(w, dir, "name"), ".x\n");
	ck_assert_int_eq(wire_mkdir(w, "%2Ex", &dir), -EEXIST);
	expect_link(".x", "%2Ex");
	ck_assert_int_eq(rmdir_of("%2Ex"), 0);
	ck_assert_str_eq(list(), "");
}
END_TEST

/* What by-name leads to. */
static const char *by_name(const char *name)
{
	static char target[64];
	struct fuse_entry_out dir;
	int r;

	ck_assert_int_eq(wire_lookup(w, WIRE_ROOT, "by-name", &dir), 0);
	r = wire_lookup(w, dir.nodeid, name, &entry);
	if (r < 0)
		return r == -ENOENT ? "none" : "another error";
	memset(target, 0, sizeof(target));
	ck_assert_int_gt(wire_request(w, FUSE_READLINK, entry.nodeid, NULL, 0, NULL, 0,
				      target, sizeof(target) - 1), 0);
	return target;
}

START_TEST(by_name_is_the_newest_map_of_a_store_without_programs)
{
	struct store_map a, b, dot;
	uint32_t id, dot_id;

	ck_assert_str_eq(by_name("x"), "none");
	make("x", &a);
	ck_assert_str_eq(by_name("x"), "../x");
	id = make("x", &b);
	ck_assert_str_eq(by_name("x"), format("../x@%u", id));
	dot_id = make(".bss", &dot);
	ck_assert_str_eq(by_name("%2Ebss"), "../%2Ebss");
	ck_assert_str_eq(by_name(format("@%u", dot_id)), "none");
	ck_assert_str_eq(by_name(format("x@%u", id)), "none");
	store_close(&b);
	ck_assert_str_eq(by_name("x"), "../x");
	store_close(&a);
	ck_assert_str_eq(by_name("x"), "none");
	store_close(&dot);
}
END_TEST

START_TEST(watching_keeps_no_map_alive)
{
	struct store_map a;
	uint32_t id = make("x", &a);
	uint64_t dir, fh, file;

	ck_assert_int_eq(look("x"), 0);
	dir = entry.nodeid;
	ck_assert_str_eq(wire_text(w, dir, "@01000000"), "@05000000\n");
	ck_assert_str_eq(wire_dot_text(w, dir, "count"), "1\n");
	ck_assert_int_eq(wire_lookup(w, dir, "@01000000", &entry), 0);
	ck_assert_int_eq(wire_open(w, entry.nodeid, O_RDWR, &file), 0);
	ck_assert_int_eq(wire_opendir(w, dir, &fh), 0);
	wire_releasedir(w, fh);
	store_close(&a);
	ck_assert(!is_alive(id));
	ck_assert_str_eq(list(), "");
	ck_assert_int_eq(look("x"), -ENOENT);
	wire_release(w, file);
}
END_TEST

/* A pass whose text is complete holds no map, and can still be read. */
START_TEST(open_listing_and_pass_keep_the_map_until_closed)
{
	struct store_map a;
	uint32_t id = make("x", &a);
	uint64_t fh, pass, whole;
	char text[64];

	ck_assert_int_eq(look("x"), 0);
	ck_assert_int_eq(wire_opendir(w, entry.nodeid, &fh), 0);
	ck_assert_int_eq(wire_lookup(w, entry.nodeid, ".map", &entry), 0);
	ck_assert_int_eq(wire_lookup(w, entry.nodeid, "entries", &entry), 0);
	ck_assert_int_eq(wire_open(w, entry.nodeid, O_RDWR, &pass), 0);
	ck_assert_int_eq(wire_open(w, entry.nodeid, O_RDONLY, &whole), 0);
	store_close(&a);
	wire_releasedir(w, fh);
	ck_assert(is_alive(id));
	ck_assert_int_gt(wire_read(w, pass, 0, text, sizeof(text)), 0);
	wire_release(w, pass);
	ck_assert(!is_alive(id));
	ck_assert_int_gt(wire_read(w, whole, 0, text, sizeof(text)), 0);
	ck_assert_int_eq(wire_read(w, whole, 0, text, sizeof(text)), -ESTALE);
	wire_release(w, whole);
}
END_TEST

START_TEST(map_of_others_is_neither_ended_nor_defined)
{
	struct store_map a;
	char key[4] = { 1 };

	make("x", &a);
	ck_assert_int_eq(store_remove(&a, key), 0);
	ck_assert_int_eq(rmdir_of("x"), -EPERM);
	ck_assert_int_eq(look("x"), 0);
	ck_assert_int_eq(wire_dot_put(w, entry.nodeid, "def", "max_entries=3\n"), -EPERM);
	store_close(&a);
}
END_TEST

START_TEST(map_that_others_hold_is_ebusy)
{
	struct store_map held;
	uint64_t dir;
	uint32_t id;

	ck_assert_int_eq(wire_mkdir(w, "m", &dir), 0);
	ck_assert_int_eq(store_next_id(w->store, 0, &id), 0);
	ck_assert_int_eq(store_open(w->store, id, STORE_READ, &held), 0);
	ck_assert_int_eq(rmdir_of("m"), -EBUSY);
	ck_assert_int_eq(wire_dot_put(w, dir, "def", "max_entries=3\n"), -EBUSY);
	ck_assert_str_eq(list(), "m ");
	store_close(&held);
	ck_assert(is_alive(id));
	ck_assert_int_eq(wire_dot_put(w, dir, "def", "max_entries=3\n"), 0);
	ck_assert_int_eq(rmdir_of("m"), 0);
}
END_TEST

START_TEST(mkdir_of_a_name_of_others_is_eexist)
{
	struct store_map a;
	uint64_t dir;

	make("x", &a);
	ck_assert_int_eq(wire_mkdir(w, "x", &dir), -EEXIST);
	store_close(&a);
	ck_assert_int_eq(wire_mkdir(w, "x", &dir), 0);
}
END_TEST

START_TEST(errors_of_others_are_for_the_owner_and_root)
{
	uid_t self = w->uid;
	uint64_t dir;

	ck_assert_int_eq(wire_mkdir(w, "m", &dir), 0);
	ck_assert_int_eq(wire_dot_put(w, dir, "def", "key=u32\n"), 0);
	w->uid = 1001;
	ck_assert_int_eq(wire_put(w, dir, "x\x1b", "1\n"), -EINVAL);
	ck_assert_ptr_nonnull(strstr(wire_dot_text(w, dir, "errors"), "create x%1B: "));
	w->uid = 1002;
	ck_assert_int_eq(wire_put(w, dir, "y", "1\n"), -EINVAL);
	ck_assert_ptr_null(strstr(wire_dot_text(w, dir, "errors"), "create x"));
	ck_assert_ptr_nonnull(strstr(wire_dot_text(w, dir, "errors"), "create y: "));
	/* The owner of the tree here. */
	w->uid = 0;
	ck_assert_ptr_nonnull(strstr(wire_dot_text(w, dir, "errors"), "create x"));
	ck_assert_ptr_nonnull(strstr(wire_dot_text(w, dir, "errors"), "create y"));
	w->uid = self;
}
END_TEST

/* The kernel refuses such requests, but not where root has made it writable again. */
START_TEST(read_only_tree_refuses_every_change)
{
	const struct fuse_setattr_in mode = { .valid = FATTR_MODE, .mode = 0777 };
	struct fuse_attr_out attr;
	uint64_t dir, fh;

	ck_assert_int_eq(wire_mkdir(w, "m", &dir), 0);
	ck_assert_int_eq(wire_put(w, dir, "k", "7"), 0);
	w->options.read_only = true;
	ck_assert_int_eq(wire_mkdir(w, "n", &fh), -EROFS);
	ck_assert_int_eq(wire_rmdir(w, WIRE_ROOT, "m"), -EROFS);
	ck_assert_int_eq(wire_unlink(w, dir, "k"), -EROFS);
	ck_assert_int_eq(wire_create(w, dir, "l", O_WRONLY, &entry, &fh), -EROFS);
	ck_assert_int_eq(wire_open(w, wire_look(w, dir, "k"), O_WRONLY, &fh), -EROFS);
	ck_assert_int_eq(wire_open(w, wire_look(w, dir, "k"), O_RDWR, &fh), -EROFS);
	ck_assert_int_eq(wire_dot_put(w, dir, "entries", "k\t8\n"), -EROFS);
	ck_assert_int_eq(wire_request(w, FUSE_SYMLINK, dir, "l\0../m", 7, NULL, 0, &entry,
				      sizeof(entry)), -EROFS);
	ck_assert_int_eq(wire_request(w, FUSE_SETATTR, dir, &mode, sizeof(mode), NULL, 0, &attr,
				      sizeof(attr)), -EROFS);
	ck_assert_str_eq(wire_text(w, dir, "k"), "7\n");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("root");
	TCase *tc = tcase_create("root");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, shared_name_is_listed_with_ids_and_does_not_resolve);
	tcase_add_test(tc, link_leads_on_when_another_map_of_the_name_comes);
	tcase_add_test(tc, map_without_a_name_is_listed_by_id);
	tcase_add_loop_test(tc, leading_dot_is_listed_escaped, 0,
			    sizeof(dotted) / sizeof(dotted[0]));
	tcase_add_test(tc, mkdir_says_how_to_write_a_name);
	tcase_add_test(tc, by_name_is_the_newest_map_of_a_store_without_programs);
	tcase_add_test(tc, watching_keeps_no_map_alive);
	tcase_add_test(tc, open_listing_and_pass_keep_the_map_until_closed);
	tcase_add_test(tc, map_of_others_is_neither_ended_nor_defined);
	tcase_add_test(tc, map_that_others_hold_is_ebusy);
	tcase_add_test(tc, mkdir_of_a_name_of_others_is_eexist);
	tcase_add_test(tc, errors_of_others_are_for_the_owner_and_root);
	tcase_add_test(tc, read_only_tree_refuses_every_change);
	suite_add_tcase(s, tc);
	return run_suite(s);
}

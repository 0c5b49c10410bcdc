/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * chmod and chown of directories. The kernel checks them, too, but with cached
 * attributes; here the daemon's own checks are tested.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wire.h"

#define OWNER 1000u
#define OTHER 1001u

static struct wire *w;

static void setup(void)
{
	w = wire_new(NULL);
	w->uid = 0;
}

static void teardown(void)
{
	wire_free(w);
}

static int set_attr(uid_t caller, uint64_t node, const struct fuse_setattr_in *in)
{
	struct fuse_attr_out out;
	int r;

	w->uid = caller;
	r = wire_request(w, FUSE_SETATTR, node, in, sizeof(*in), NULL, 0, &out,
			 sizeof(out));
	w->uid = 0;
	return r < 0 ? r : 0;
}

static int change_mode(uid_t caller, uint64_t node, mode_t mode)
{
	const struct fuse_setattr_in in = { .valid = FATTR_MODE, .mode = mode };

	return set_attr(caller, node, &in);
}

static int change_owner(uid_t caller, uint64_t node, uid_t uid)
{
	const struct fuse_setattr_in in = { .valid = FATTR_UID, .uid = uid };

	return set_attr(caller, node, &in);
}

static int change_group(uid_t caller, uint64_t node, gid_t gid)
{
	const struct fuse_setattr_in in = { .valid = FATTR_GID, .gid = gid };

	return set_attr(caller, node, &in);
}

static void expect(uint64_t node, mode_t mode, uid_t uid, gid_t gid)
{
	struct fuse_attr attr;

	ck_assert_int_eq(wire_getattr(w, node, &attr), 0);
	ck_assert_uint_eq(attr.mode, S_IFDIR | mode);
	ck_assert_uint_eq(attr.uid, uid);
	ck_assert_uint_eq(attr.gid, gid);
}

static void try_rules(uint64_t node)
{
	struct fuse_attr attr;
	gid_t gid;

	ck_assert_int_eq(wire_getattr(w, node, &attr), 0);
	gid = attr.gid;
	ck_assert_int_eq(change_mode(OTHER, node, 0777), -EPERM);
	ck_assert_int_eq(change_mode((uid_t)-1, node, 0777), -EPERM);
	expect(node, 0700, getuid(), gid);
	ck_assert_int_eq(change_owner(0, node, OWNER), 0);
	ck_assert_int_eq(change_mode(OTHER, node, 0777), -EPERM);
	ck_assert_int_eq(change_mode(OWNER, node, 01750), 0);
	expect(node, 01750, OWNER, gid);
	ck_assert_int_eq(change_owner(OWNER, node, OTHER), -EPERM);
	ck_assert_int_eq(change_owner(OWNER, node, OWNER), 0);
	/* The group is the caller's already. */
	ck_assert_int_eq(change_group(OWNER, node, gid), 0);
	ck_assert_int_eq(change_group(OWNER, node, 4242), -EPERM);
	ck_assert_int_eq(change_group(0, node, 4242), 0);
	expect(node, 01750, OWNER, 4242);
}

START_TEST(root_directory_follows_the_rules)
{
	try_rules(WIRE_ROOT);
}
END_TEST

START_TEST(by_id_follows_the_rules_alone)
{
	struct fuse_entry_out e;

	ck_assert_int_eq(wire_lookup(w, WIRE_ROOT, "by-id", &e), 0);
	try_rules(e.nodeid);
	expect(WIRE_ROOT, 0700, getuid(), getgid());
}
END_TEST

START_TEST(root_dot_map_follows_the_rules_and_opens_two_files)
{
	struct fuse_entry_out dot, e;

	ck_assert_int_eq(wire_lookup(w, WIRE_ROOT, ".map", &dot), 0);
	try_rules(dot.nodeid);
	ck_assert_int_eq(wire_lookup(w, dot.nodeid, "help", &e), 0);
	ck_assert_uint_eq(e.attr.mode, S_IFREG | 0440);
	ck_assert_uint_eq(e.attr.uid, OWNER);
	ck_assert_uint_eq(e.attr.gid, 4242);
	ck_assert_int_eq(wire_lookup(w, dot.nodeid, "errors", &e), 0);
	ck_assert_uint_eq(e.attr.mode, S_IFREG | 0400);
}
END_TEST

START_TEST(map_follows_the_rules_until_its_end)
{
	uint64_t node;

	ck_assert_int_eq(wire_mkdir(w, "m", &node), 0);
	try_rules(node);
	ck_assert_int_eq(wire_rmdir(w, WIRE_ROOT, "m"), 0);
	ck_assert_int_eq(wire_mkdir(w, "m", &node), 0);
	expect(node, 0700, getuid(), getgid());
}
END_TEST

START_TEST(map_belongs_to_the_user_who_makes_it)
{
	uint64_t node;

	w->uid = OWNER;
	ck_assert_int_eq(wire_mkdir(w, "m", &node), 0);
	w->uid = 0;
	expect(node, 0700, OWNER, getgid());
}
END_TEST

/* A program that runs as root writes to a descriptor that a user opened: it must not
 * do for the user what the user may not do. */
START_TEST(root_has_no_rights_on_a_file_that_a_user_opened)
{
	uint64_t closed, outer, fh;

	ck_assert_int_eq(wire_mkdir(w, "closed", &closed), 0);
	ck_assert_int_eq(change_owner(0, closed, 0), 0);
	ck_assert_int_eq(wire_mkdir(w, "o", &outer), 0);
	ck_assert_int_eq(wire_dot_put(w, outer, "def",
				      "type=hash_of_maps key=u32 inner=closed"), 0);
	w->uid = OTHER;
	fh = wire_writer(w, wire_look(w, outer, ".map"), "entries", O_WRONLY);
	w->uid = 0;
	ck_assert_int_eq(wire_write_text(w, fh, 0, "1\t\"closed\"\n"), -EACCES);
	wire_release(w, fh);
	ck_assert_str_eq(wire_dot_text(w, outer, "count"), "0\n");
	ck_assert_int_eq(wire_dot_put(w, outer, "entries", "1\t\"closed\"\n"), 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("owner");
	TCase *tc = tcase_create("rules");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, root_directory_follows_the_rules);
	tcase_add_test(tc, by_id_follows_the_rules_alone);
	tcase_add_test(tc, root_dot_map_follows_the_rules_and_opens_two_files);
	tcase_add_test(tc, map_follows_the_rules_until_its_end);
	tcase_add_test(tc, map_belongs_to_the_user_who_makes_it);
	tcase_add_test(tc, root_has_no_rights_on_a_file_that_a_user_opened);
	suite_add_tcase(s, tc);
	return run_suite(s);
}

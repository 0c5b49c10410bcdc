/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every allocation of every operation fails once, and every store call that can run out
 * of descriptors or memory: the operation succeeds or fails with the errno of the
 * shortage, loses nothing, and works the next time.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "../unit/shortage.h"
#include "../unit/store-fault.h"
#include "wire.h"

static struct wire *w;
static uint64_t hash, queue, outer, prefixes, cpus;

static void around(bool begins)
{
	if (begins)
		shortage_resume();
	else
		shortage_pause();
}

static uint64_t make(const char *name, const char *def)
{
	uint64_t dir;

	ck_assert_int_eq(wire_mkdir(w, name, &dir), 0);
	ck_assert_int_eq(wire_dot_put(w, dir, "def", def), 0);
	return wire_look(w, WIRE_ROOT, name);
}

static void setup(void)
{
	struct store *memory, *faulty;

	ck_assert_int_eq(store_memory_new(&memory), 0);
	ck_assert_int_eq(store_fault_new(memory, &faulty), 0);
	w = wire_new_over(faulty, NULL);
	hash = make("m", "type=hash key=char[8] value={a:u32,b:char[8]} max_entries=64");
	ck_assert_int_eq(wire_put(w, hash, "keep", "{\"a\":1,\"b\":\"x\"}\n"), 0);
	ck_assert_int_eq(wire_put(w, hash, "old", "{\"a\":2,\"b\":\"y\"}\n"), 0);
	queue = make("q", "type=queue value=u32 max_entries=8");
	ck_assert_int_eq(wire_dot_put(w, queue, "push", "7\n"), 0);
	outer = make("o", "type=hash_of_maps key=u32 max_entries=8 inner=m");
	prefixes = make("l", "type=lpm_trie key=prefix(ipv4) value=u32 max_entries=8");
	ck_assert_int_eq(wire_put(w, prefixes, "10.0.0.0_8", "8\n"), 0);
	cpus = make("c", "type=percpu_hash key=u32 value=u64 max_entries=8");
	ck_assert_int_eq(wire_put(w, cpus, "1", "5\n"), 0);
	shortage_pause();
	w->around = around;
}

static void teardown(void)
{
	wire_free(w);
}

/* ---- operations: 0, or the first error ---- */

static int lookup(uint64_t dir, const char *name)
{
	struct fuse_entry_out e;
	int r = wire_lookup(w, dir, name, &e);

	if (r == 0)
		wire_forget(w, e.nodeid, 1);
	return r;
}

static int read_file(uint64_t dir, const char *name)
{
	const char *text = wire_text(w, dir, name);

	return strncmp(text, "errno ", 6) ? 0 : -atoi(text + 6);
}

/* Lookups in .map that the harness asserts are done here. */
static int dot(uint64_t dir, const char *file, const char *text)
{
	struct fuse_entry_out e;
	int r = wire_lookup(w, dir, ".map", &e);

	if (r < 0)
		return r;
	return text ? wire_put(w, e.nodeid, file, text) : read_file(e.nodeid, file);
}

static int list(uint64_t dir, uint32_t opcode)
{
	char data[8192];
	uint64_t fh, off = 0;
	int r = wire_opendir(w, dir, &fh);

	if (r < 0)
		return r;
	while ((r = wire_readdir(w, opcode, fh, off, data, sizeof(data))) > 0)
		for (int at = 0, len; at < r; at += len) {
			const struct fuse_direntplus *plus = (const void *)(data + at);
			const struct fuse_dirent *de = opcode == FUSE_READDIRPLUS ?
							       &plus->dirent :
							       (const void *)plus;

			off = de->off;
			len = opcode == FUSE_READDIRPLUS ? (int)FUSE_DIRENTPLUS_SIZE(plus) :
							   (int)FUSE_DIRENT_SIZE(de);
			if (opcode == FUSE_READDIRPLUS && plus->entry_out.nodeid)
				wire_forget(w, plus->entry_out.nodeid, 1);
		}
	wire_releasedir(w, fh);
	return r;
}

static int rename_to(uint64_t dir, const char *from, const char *to, unsigned flags)
{
	struct fuse_rename2_in in = { .newdir = dir, .flags = flags };
	char names[64];
	size_t len = strlen(strcpy(names, from)) + 1;

	len += strlen(strcpy(names + len, to)) + 1;
	return wire_request(w, FUSE_RENAME2, dir, &in, sizeof(in), names, len, NULL, 0);
}

static int do_lookup(void) { return lookup(hash, "keep"); }
static int do_read(void) { return read_file(hash, "keep"); }
static int do_write(void) { return wire_put(w, hash, "old", "{\"a\":9}\n"); }
static int do_insert(void) { return wire_put(w, hash, "new", "{\"a\":9}\n"); }
static int do_unlink(void) { return wire_unlink(w, hash, "old"); }
static int do_rename(void) { return rename_to(hash, "old", "new", 0); }
static int do_replace(void) { return rename_to(hash, "old", "keep2", 1); }
static int do_list(void) { return list(hash, FUSE_READDIR); }
static int do_list_plus(void) { return list(hash, FUSE_READDIRPLUS); }
static int do_list_root(void) { return list(WIRE_ROOT, FUSE_READDIRPLUS); }
static int do_list_dot(void) { return list(wire_look(w, hash, ".map"), FUSE_READDIRPLUS); }
static int do_entries(void) { return dot(hash, "entries", NULL); }
static int do_jsonl(void) { return dot(hash, "entries.jsonl", NULL); }
static int do_bin(void) { return dot(hash, "entries.bin", NULL); }
static int do_backup(void) { return dot(hash, "backup", NULL); }
static int do_keys(void) { return dot(hash, "keys", NULL); }
static int do_def(void) { return dot(hash, "def", NULL); }
static int do_info(void) { return dot(hash, "info", NULL); }
static int do_btf(void) { return dot(hash, "btf", NULL); }
static int do_help(void) { return dot(hash, "help", NULL); }
static int do_count(void) { return dot(hash, "count", NULL); }
static int do_progs(void) { return dot(hash, "progs", NULL); }
static int do_pins(void) { return dot(hash, "pins", NULL); }
static int do_put_entries(void) { return dot(hash, "entries", "old\t{\"a\":9}\nnew\t{}\n"); }
static int do_put_delete(void) { return dot(hash, "delete", "old\n"); }
static int do_put_clear(void) { return dot(prefixes, "clear", "yes\n"); }
static int do_freeze(void) { return dot(prefixes, "frozen", "1\n"); }
static int do_peek(void) { return dot(queue, "peek", NULL); }
static int do_push(void) { return dot(queue, "push", "9\n"); }
static int do_prefix(void) { return wire_put(w, prefixes, "10.1.0.0_16", "16\n"); }
static int do_cpus(void) { return wire_put(w, cpus, "1", "6\n"); }
static int do_read_cpus(void) { return read_file(cpus, "1"); }
static int do_rmdir(void) { return wire_rmdir(w, WIRE_ROOT, "o"); }

static int do_append(void)
{
	struct fuse_entry_out e;
	uint64_t fh;
	int r = wire_lookup(w, hash, "old", &e);

	if (r < 0)
		return r;
	r = wire_open(w, e.nodeid, O_WRONLY | O_APPEND, &fh);
	wire_forget(w, e.nodeid, 1);
	if (r < 0)
		return r;
	r = wire_write_text(w, fh, 0, "{\"a\":9}\n");
	wire_release(w, fh);
	return r;
}

/* What editors do: a scratch file that becomes the key. */
static int do_scratch(void)
{
	struct fuse_entry_out e;
	uint64_t fh;
	int r = wire_create(w, hash, ".x.swp", O_RDWR | O_EXCL, &e, &fh);

	if (r < 0)
		return r;
	r = wire_write_text(w, fh, 0, "{\"a\":9}\n");
	wire_release(w, fh);
	wire_forget(w, e.nodeid, 1);
	if (r == 0)
		r = rename_to(hash, ".x.swp", "old", 0);
	if (r < 0)
		wire_unlink(w, hash, ".x.swp");
	return r;
}

static int do_mkdir(void)
{
	uint64_t dir;

	return wire_mkdir(w, "n", &dir);
}

static int do_redefine(void)
{
	uint64_t dir;
	int r = wire_mkdir(w, "n", &dir);

	r = r < 0 ? r : dot(dir, "def", "type=hash key=u32 value={a:u64,b:u64}\n");
	if (r < 0)
		wire_rmdir(w, WIRE_ROOT, "n");
	return r;
}

static int do_symlink(void)
{
	struct fuse_entry_out e;
	int r = wire_request(w, FUSE_SYMLINK, outer, "5", 2, "../m", 5, &e, sizeof(e));
	char text[64];

	/* The slot may have been set before the reply lacked memory. */
	if (r == -EEXIST)
		r = wire_lookup(w, outer, "5", &e);
	if (r < 0)
		return r;
	r = wire_request(w, FUSE_READLINK, e.nodeid, NULL, 0, NULL, 0, text, sizeof(text));
	wire_forget(w, e.nodeid, 1);
	return r < 0 ? r : 0;
}

static int do_backup_back(void)
{
	static const char text[] = "keep\t{\"a\":1,\"b\":\"x\"}\nnew\t{\"a\":4}\n# end 2\n";

	return dot(hash, "backup", text);
}

static int do_raw(void)
{
	struct fuse_entry_out e;
	int r = wire_lookup(w, wire_look(w, hash, ".map"), "raw", &e);

	return r < 0 ? r : read_file(e.nodeid, "keep");
}

static int do_match(void)
{
	struct fuse_entry_out e;
	int r = wire_lookup(w, wire_look(w, prefixes, ".map"), "match", &e);

	return r < 0 ? r : read_file(e.nodeid, "10.2.3.4");
}

static int do_chmod(void)
{
	struct fuse_setattr_in in = { .valid = FATTR_MODE, .mode = 0750 };
	struct fuse_attr_out out;
	int r = wire_request(w, FUSE_SETATTR, hash, &in, sizeof(in), NULL, 0, &out,
			     sizeof(out));

	return r < 0 ? r : 0;
}

/* A refused write leaves a line in .map/errors. */
static int do_refused(void)
{
	int r = wire_put(w, hash, "old", "nonsense\n");

	return r == -EINVAL ? dot(hash, "errors", NULL) : r;
}

#define AGAIN(f) { #f, f, false }
#define ONCE(f) { #f, f, true }

static const struct operation {
	const char *name;
	int (*run)(void);
	bool once; /* done, it cannot be done again */
} operations[] = {
	AGAIN(do_lookup), AGAIN(do_read), AGAIN(do_write), AGAIN(do_insert),
	ONCE(do_unlink), AGAIN(do_append), ONCE(do_rename), ONCE(do_replace),
	AGAIN(do_scratch), AGAIN(do_list), AGAIN(do_list_plus), AGAIN(do_list_root),
	AGAIN(do_list_dot), AGAIN(do_entries), AGAIN(do_jsonl), AGAIN(do_bin),
	AGAIN(do_backup), AGAIN(do_keys), AGAIN(do_def), AGAIN(do_info), AGAIN(do_btf),
	AGAIN(do_help), AGAIN(do_count), AGAIN(do_progs), AGAIN(do_pins),
	AGAIN(do_put_entries), AGAIN(do_put_delete), AGAIN(do_backup_back),
	AGAIN(do_put_clear), ONCE(do_freeze), AGAIN(do_peek), AGAIN(do_push),
	AGAIN(do_prefix), AGAIN(do_cpus), AGAIN(do_read_cpus), ONCE(do_mkdir),
	ONCE(do_redefine), ONCE(do_rmdir), AGAIN(do_symlink), AGAIN(do_raw),
	AGAIN(do_match), AGAIN(do_chmod), AGAIN(do_refused),
};
#define N_OPERATIONS ((int)(sizeof(operations) / sizeof(operations[0])))

static bool is_there(const char *name)
{
	return strncmp(wire_text(w, hash, name), "errno", 5) != 0;
}

/* What no operation touches, and one of the names of what they move. */
static void check_nothing_is_lost(const struct operation *op, unsigned n)
{
	bool deletes = op->run == do_unlink || op->run == do_put_delete ||
		       op->run == do_backup_back;

	ck_assert_str_eq(wire_text(w, hash, "keep"), "{\"a\":1,\"b\":\"x\"}\n");
	ck_assert_msg(deletes || is_there("old") || is_there("new") || is_there("keep2"),
		      "%s, shortage %u: a key is lost", op->name, n);
}

/* The n-th of something fails; returns whether there were so many. */
static bool try_with(const struct operation *op, unsigned n, int error,
		     void (*begin)(unsigned n), bool (*end)(void))
{
	size_t known = wire_known_keys(w);
	bool came;
	int r;

	begin(n);
	r = op->run();
	came = end();
	ck_assert_msg(r == 0 || (came && r == error), "%s, shortage %u: %d", op->name, n, r);
	ck_assert_msg(wire_known_keys(w) == known, "%s, shortage %u: a lookup is kept",
		      op->name, n);
	check_nothing_is_lost(op, n);
	if (r < 0 || !op->once) {
		r = op->run();
		ck_assert_msg(r == 0, "%s after shortage %u: %d", op->name, n, r);
	}
	check_nothing_is_lost(op, n);
	return came;
}

static void sweep(const struct operation *op, int error, void (*begin)(unsigned n),
		  bool (*end)(void), unsigned at_least)
{
	unsigned n = 0;
	bool came;

	do {
		setup();
		came = try_with(op, ++n, error, begin, end);
		teardown();
	} while (came);
	ck_assert_uint_gt(n, at_least);
}

START_TEST(any_allocation_may_fail)
{
	sweep(&operations[_i], -ENOMEM, shortage_after, shortage_end, 0);
}
END_TEST

static unsigned opens_before, failing_open;

static void open_fails(unsigned n)
{
	opens_before = store_fault_calls(w->store, FAULT_OPEN);
	failing_open = n;
	store_fault_fail(w->store, FAULT_OPEN, n - 1, 1, -EMFILE);
}

static bool open_failed(void)
{
	store_fault_fail(w->store, FAULT_OPEN, 0, 0, 0);
	return store_fault_calls(w->store, FAULT_OPEN) - opens_before >= failing_open;
}

START_TEST(any_open_may_lack_a_descriptor)
{
	sweep(&operations[_i], -EMFILE, open_fails, open_failed, 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("shortage");
	TCase *tc = tcase_create("shortage");

	tcase_add_loop_test(tc, any_allocation_may_fail, 0, N_OPERATIONS);
	tcase_add_loop_test(tc, any_open_may_lack_a_descriptor, 0, N_OPERATIONS);
	suite_add_tcase(s, tc);
	return run_suite(s);
}

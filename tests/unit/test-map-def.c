/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Definition lines: how they are split into words, values that follow from the type,
 * and refusals with the position of the error.
 */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../suite.h"
#include "map/def.h"
#include "util/buf.h"

static const char *errno_name(int r)
{
	return r == -EINVAL ? "EINVAL" : r == -EAGAIN ? "EAGAIN" : r == -ERANGE ? "ERANGE" : "another error";
}

static const char *normal(const char *base, const char *line)
{
	static char text[512];
	_cleanup_def_ struct def before = { 0 }, d = { 0 };
	_cleanup_buf_ struct buf out = BUF_INIT;
	struct text_error err = { 0 };
	int r;

	if (base)
		ck_assert_int_eq(def_parse(NULL, base, strlen(base), &before, NULL), 0);
	r = def_parse(base ? &before : NULL, line, strlen(line), &d, &err);
	if (r < 0)
		snprintf(text, sizeof(text), "%s %zu %s", errno_name(r), err.column, err.reason);
	else
		def_format(&d, &out);
	if (r == 0)
		snprintf(text, sizeof(text), "%s", buf_cstr(&out));
	return text;
}

static const struct {
	const char *line, *want;
} lines[] = {
	{ "type=hash key=u32 value=u64 max_entries=2",
	  "type=hash key=u32 value=u64 max_entries=2" },
	{ "max_entries=2\tvalue=u64\n key=u32   type=hash\n",
	  "type=hash key=u32 value=u64 max_entries=2" },
	/* blanks inside brackets and quotes, and joined words */
	{ "type=hash key={a:u8, b:u8} value='u64' max_entries=0x10",
	  "type=hash key={a:u8, b:u8} value=u64 max_entries=16" },
	{ "type=hash value=\"u64\" key=unsigned long max_entries=3",
	  "type=hash key=unsigned long value=u64 max_entries=3" },
	{ "type=hash key=long max_entries=3 value=struct flow",
	  "type=hash key=long value=struct flow max_entries=3" },
	{ "type=hash key=u8 value=struct { __u64 a; __u32 b; } max_entries=1",
	  "type=hash key=u8 value=struct { __u64 a; __u32 b; } max_entries=1" },
	/* "a,2=" is no word */
	{ "type=ringbuf show=t:u32?1=struct a,2=struct b max_entries=4096",
	  "type=ringbuf max_entries=4096 show=t:u32?1=struct a,2=struct b" },
	{ "type=hash key=unsigned \t\n long value=struct  flow   max_entries=3",
	  "type=hash key=unsigned long value=struct  flow max_entries=3" },
	{ "type=hash key=u8 value={a:u8 max_entries=1", "EAGAIN 24 a bracket or a quote is not closed" },
	{ "type=hash key='u8 value=u8", "EAGAIN 15 a bracket or a quote is not closed" },
	{ "type=hash key", "EINVAL 11 expected NAME=VALUE" },
	{ "type=hash type=array", "EINVAL 11 type= is given twice; quote the line, "
				    "because shells expand {a,b}" },
	{ "type=hash flags=no_prealloc,nonsense key=u8", "EINVAL 29 expected a flag such as "
	  "no_prealloc, mmapable, rdonly_prog" },
	{ "type=hash flags=no_prealloc,0x100000 key=u8 value=u8 max_entries=1",
	  "type=hash key=u8 value=u8 max_entries=1 flags=no_prealloc,0x100000" },
	{ "type=hash key=u8 value=u8 max_entries=4294967296",
	  "ERANGE 39 expected a number up to 4294967295" },
	{ "key=u8", "EINVAL 1 expected type=" },
	{ "", "EINVAL 1 expected type=" },
	/* what follows from the type */
	{ "type=prog_array max_entries=4", "type=prog_array key=u32 value=u32 max_entries=4" },
	{ "type=sockhash key=u64 max_entries=4",
	  "type=sockhash key=u64 value=u64 max_entries=4" },
	{ "type=ringbuf max_entries=4096", "type=ringbuf max_entries=4096" },
	{ "type=user_ringbuf max_entries=4096", "type=user_ringbuf max_entries=4096" },
	{ "type=arena max_entries=4", "type=arena max_entries=4 flags=mmapable" },
	{ "type=ringbuf key=u32 max_entries=4096", "EINVAL 1 maps of type ringbuf have no key=" },
	{ "type=arena value=u32", "EINVAL 1 maps of type arena have no value=" },
	{ "type=cgroup_storage key=u64 value=u8",
	  "type=cgroup_storage key=u64 value=u8 max_entries=0" },
	{ "type=percpu_cgroup_storage key=u64 value=u8",
	  "type=percpu_cgroup_storage key=u64 value=u8 max_entries=0" },
	{ "type=queue value=u8 max_entries=1", "type=queue value=u8 max_entries=1" },
	{ "type=hash inner=m key=u8", "EINVAL 1 maps of type hash have no inner=" },
	{ "type=lpm_trie key=prefix(ipv4) value=u8 max_entries=1",
	  "type=lpm_trie key=prefix(ipv4) value=u8 max_entries=1 flags=no_prealloc" },
	/* node 0 is a node, and is not printed twice */
	{ "type=hash key=u8 value=u8 max_entries=1 numa_node=0",
	  "type=hash key=u8 value=u8 max_entries=1 numa_node=0" },
	{ "type=hash key=u8 value=u8 max_entries=1 flags=numa_node",
	  "type=hash key=u8 value=u8 max_entries=1 flags=numa_node" },
	/* quotes are kept where the text would be two words without them */
	{ "type=hash key='u8 [4]' value='u8' max_entries=1",
	  "type=hash key='u8 [4]' value=u8 max_entries=1" },
	{ "type=hash key=\" u8\" value=u8 max_entries=1",
	  "type=hash key=' u8' value=u8 max_entries=1" },
};
#define N_LINES ((int)(sizeof(lines) / sizeof(lines[0])))

START_TEST(line_has_its_normal_form)
{
	ck_assert_str_eq(normal(NULL, lines[_i].line), lines[_i].want);
	/* which reads back */
	if (!strncmp(lines[_i].want, "type=", 5))
		ck_assert_str_eq(normal(NULL, lines[_i].want), lines[_i].want);
}
END_TEST

/* Types of the definition before are dropped where the new type has its own. */
START_TEST(tokens_that_are_missing_keep_their_value)
{
	ck_assert_str_eq(normal(DEF_BUILTIN, "max_entries=7"),
			 "type=hash key=char[64] value=char[256] max_entries=7");
	ck_assert_str_eq(normal(DEF_BUILTIN, "type=array value=u8"),
			 "type=array key=u32 value=u8 max_entries=4096");
	ck_assert_str_eq(normal(DEF_BUILTIN, "type=ringbuf"), "type=ringbuf max_entries=4096");
	ck_assert_str_eq(normal(DEF_BUILTIN, "type=prog_array max_entries=4"),
			 "type=prog_array key=u32 value=u32 max_entries=4");
	ck_assert_str_eq(normal("type=task_storage value=u8 max_entries=0", "type=ringbuf"),
			 "type=ringbuf max_entries=0");
	ck_assert_str_eq(normal(DEF_BUILTIN, " \n"),
			 "EINVAL 1 expected words such as type=hash key=u32");
}
END_TEST

/* What is behind it would be lost without a word. */
START_TEST(nul_byte_is_refused)
{
	static const char line[] = "type=hash key=u32\0value=u8";
	_cleanup_def_ struct def d = { 0 };
	struct text_error err = { 0 };

	ck_assert_int_eq(def_parse(NULL, line, sizeof(line) - 1, &d, &err), -EINVAL);
	ck_assert_uint_eq(err.column, 18);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("def");
	TCase *tc = tcase_create("lines");

	tcase_add_loop_test(tc, line_has_its_normal_form, 0, N_LINES);
	tcase_add_test(tc, tokens_that_are_missing_keep_their_value);
	tcase_add_test(tc, nul_byte_is_refused);
	suite_add_tcase(s, tc);
	return run_suite(s);
}

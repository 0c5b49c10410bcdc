/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records of several types in one ring buffer, as views with a tag show them.
 */
#include <check.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>

#include "../suite.h"
#include "map/decl.h"
#include "map/map.h"
#include "map/view.h"
#include "report/record.h"
#include "text/show.h"
#include "util/buf.h"

static struct store *store;
static struct store_map ring, hash;
static struct schema *schema, *hash_schema;

static void setup(void)
{
	const struct store_spec spec = { .type = BPF_MAP_TYPE_RINGBUF, .max_entries = 4096 };
	const struct store_spec other = { .type = BPF_MAP_TYPE_HASH, .key_size = 4,
					  .value_size = 8, .max_entries = 4 };

	ck_assert_int_eq(store_memory_new(&store), 0);
	ck_assert_int_eq(store_create(store, &spec, &ring), 0);
	ck_assert_int_eq(store_create(store, &other, &hash), 0);
	ck_assert_int_eq(schema_new(&ring, &schema), 0);
	ck_assert_int_eq(schema_new(&hash, &hash_schema), 0);
}

static void teardown(void)
{
	schema_unref(schema);
	schema_unref(hash_schema);
	store_close(&ring);
	store_close(&hash);
	store_free(store);
}

static int compile(struct schema *base, const char *line, struct schema **ret,
		   struct text_error *err)
{
	_cleanup_map_view_ struct map_view view = MAP_VIEW_INIT;

	ck_assert_int_eq(map_view_parse(NULL, line, strlen(line), &view, err), 0);
	return schema_with_view(base, &view, ret, err);
}

static struct schema *seen_as(const char *line)
{
	struct text_error err = { 0 };
	struct schema *s = NULL;

	ck_assert_msg(compile(schema, line, &s, &err) == 0, "%s: %s", line, err.reason);
	return s;
}

/* Numbers of 4 bytes, in host order. */
static const char *shown(const struct schema *s, size_t n, const uint32_t *numbers)
{
	static char text[256];
	_cleanup_buf_ struct buf out = BUF_INIT;

	ck_assert_int_eq(record_format(s, numbers, n * sizeof(*numbers), &out), 0);
	snprintf(text, sizeof(text), "%s", buf_cstr(&out));
	text[strlen(text) - 1] = '\0';
	return text;
}

#define CHECK_SHOWN(s, want, ...)                                                     \
	ck_assert_str_eq(shown(s, sizeof((uint32_t[]){ __VA_ARGS__ }) / sizeof(uint32_t), \
			       (const uint32_t[]){ __VA_ARGS__ }),                        \
			 want)

START_TEST(leading_tag_selects_the_type)
{
	_cleanup_schema_ struct schema *s =
		seen_as("show=kind:u32?1={kind:u32,pid:u32},2={kind:u32,code:s32,ip:ipv4}");

	CHECK_SHOWN(s, "{\"kind\":1,\"pid\":7}", 1, 7);
	CHECK_SHOWN(s, "{\"kind\":2,\"code\":-1,\"ip\":\"0.0.0.0\"}", 2, UINT32_MAX, 0);
}
END_TEST

/* 0xabababab is the same in every byte order. */
START_TEST(other_records_are_raw)
{
	_cleanup_schema_ struct schema *s =
		seen_as("show=kind:u32?0xabababab={kind:x32,pid:u32}");

	CHECK_SHOWN(s, "{\"kind\":\"0xabababab\",\"pid\":7}", 0xabababab, 7);
	CHECK_SHOWN(s, "@cdcdcdcd00000000", 0xcdcdcdcd, 0);
	CHECK_SHOWN(s, "@abababab", 0xabababab);
	CHECK_SHOWN(s, "@abababab0000000000000000", 0xabababab, 0, 0);
	ck_assert_int_eq(strcmp(shown(s, 0, NULL), "@"), 0);
}
END_TEST

START_TEST(tag_may_be_any_member_of_the_value)
{
	_cleanup_schema_ struct schema *s =
		seen_as("value={len:u32,head:{kind:u32}} "
			"show=head.kind?1={len:u32,kind:u32,a:u32},2={len:u32,kind:u32,b:s32}");

	CHECK_SHOWN(s, "{\"len\":9,\"kind\":1,\"a\":5}", 9, 1, 5);
	CHECK_SHOWN(s, "{\"len\":9,\"kind\":2,\"b\":-5}", 9, 2, (uint32_t)-5);
	/* Without a case the value's type is the type of records that have its size. */
	CHECK_SHOWN(s, "{\"len\":9,\"head\":{\"kind\":3}}", 9, 3);
}
END_TEST

START_TEST(labels_are_what_the_tag_is_written_as)
{
	_cleanup_schema_ struct schema *s = seen_as(
		"show='kind:enum { NONE, OPEN = 3, CLOSE = -1 }?"
		"OPEN={kind:s32,a:u32},CLOSE={kind:s32,b:u32},7={kind:s32,c:u32}'");
	_cleanup_schema_ struct schema *wide =
		seen_as("show=kind:be16?258={kind:be16,x:u16}");
	_cleanup_buf_ struct buf out = BUF_INIT;

	CHECK_SHOWN(s, "{\"kind\":3,\"a\":5}", 3, 5);
	CHECK_SHOWN(s, "{\"kind\":-1,\"b\":5}", UINT32_MAX, 5);
	CHECK_SHOWN(s, "{\"kind\":7,\"c\":5}", 7, 5);
	ck_assert_int_eq(record_format(wide, "\1\2\0\0", 4, &out), 0);
	ck_assert_str_eq(buf_cstr(&out), "{\"kind\":258,\"x\":0}\n");
}
END_TEST

/* Members that show= names are those of all cases. */
START_TEST(members_of_cases_are_retyped)
{
	_cleanup_schema_ struct schema *s =
		seen_as("show=kind:u32?1={kind:u32,addr:u32},2={kind:u32,x:u32,addr:u32},"
			"addr:ipv4,x:x32");

	CHECK_SHOWN(s, "{\"kind\":1,\"addr\":\"0.0.0.0\"}", 1, 0);
	CHECK_SHOWN(s, "{\"kind\":2,\"x\":\"0x00000003\",\"addr\":\"0.0.0.0\"}", 2, 3, 0);
}
END_TEST

START_TEST(types_of_the_kernel_have_names)
{
	_cleanup_schema_ struct schema *s =
		seen_as("show=sin_family:u16?2=struct sockaddr_in,10=struct sockaddr_in6");
	const uint8_t record[16] = { 2, 0, 0, 80, 10, 0, 0, 1 };
	_cleanup_buf_ struct buf out = BUF_INIT, decl = BUF_INIT;
	const struct map m = { .schema = s };

	if (record[0] != *(const char *)&(const uint16_t){ 2 })
		return; /* big-endian */
	ck_assert_int_eq(record_format(s, record, sizeof(record), &out), 0);
	ck_assert_ptr_nonnull(strstr(buf_cstr(&out), "\"sin_port\":80"));
	ck_assert_int_eq(map_c_decl(&m, &decl), 0);
	ck_assert_ptr_nonnull(strstr(buf_cstr(&decl), "/* record_2 */\n"));
	ck_assert_ptr_nonnull(strstr(buf_cstr(&decl), "struct sockaddr_in6 {"));
}
END_TEST

static const struct {
	const char *line;
	size_t column;
	const char *why;
} refused[] = {
	{ "show=kind:u32?", 10, "in show=: expected VALUE=TYPE after \"?\"" },
	{ "show=1={a:u32}", 1, "in show=: expected a tag and \"?\" before the first case" },
	{ "show=?1={a:u32}", 1,
	  "in show=: expected the name of a member before \"?\"" },
	{ "show=a:?1={a:u32}", 3, "in show=: expected a type" },
	{ "show=a:u32?1=", 9, "in show=: expected a type" },
	{ "show=a:u32?={a:u32}", 7,
	  "in show=: expected a value of the tag before \"=\"" },
	{ "show=a:u32?1={a:u32},b:u32?1={b:u32}", 17, "in show=: expected one tag" },
	{ "show=a:u32?1={a:u32},0x1={a:u32}", 17, "in show=: 0x1 is given twice" },
	{ "show=a:u32?1={a:u16}", 9,
	  "in show=: {a:u16} has 2 bytes, but the tag ends at 4: give the type of the whole record" },
	{ "show=a:u32?x={a:u32}", 7, "in show=: expected a number 0..4294967295, found \"x\"" },
	{ "show=a:u8?256={a:u8}", 6, "in show=: expected a number 0..255, found \"256\"" },
	{ "show=a:{x:u8}?1={a:u8}", 3, "in show=: a tag is an integer or an enumerator" },
	{ "show=a:u32?1={a:nosuch}", 12, "in show=: expected a type, found \"nosuch}\"" },
	{ "show=a:nosuch?1={a:u32}", 3, "in show=: expected a type, found \"nosuch\"" },
	{ "show=a?1={a:u32}", 1,
	  "in show=: \"a\" is not a member of value=: give its type, as in type:u32?1=..., if all "
	  "records begin with it" },
	{ "value={a:u32} show=b?1={a:u32}", 1,
	  "in show=: \"b\" is not a member of value=: give its type, as in type:u32?1=..., if all "
	  "records begin with it" },
	{ "value='struct { __u32 a:4; }' show=a?1={a:u32}", 1, "in show=: a is a bit-field" },
	{ "show=a:u32?1={a:u32},b:ipv4", 19,
	  "in show=: \"b\" is not a member of key or value, or is given twice" },
};

START_TEST(refusals_say_where)
{
	struct text_error err = { 0 };
	struct schema *s = NULL;
	int r = compile(schema, refused[_i].line, &s, &err);

	ck_assert_msg(r == -EINVAL || r == -ERANGE, "%s: %d", refused[_i].line, r);
	ck_assert_str_eq(err.reason, refused[_i].why);
	ck_assert_uint_eq(err.column, refused[_i].column);
}
END_TEST

START_TEST(other_maps_have_no_cases)
{
	struct text_error err = { 0 };
	struct schema *s = NULL;

	ck_assert_int_eq(compile(hash_schema, "show=a:u32?1={a:u32,b:u32}", &s, &err), -EINVAL);
	ck_assert_str_eq(err.reason,
			 "in show=: only records of a ringbuf can have several types");
}
END_TEST

/* As many as a text may have, and one more. */
START_TEST(cases_have_a_limit)
{
	_cleanup_buf_ struct buf line = BUF_INIT;
	_cleanup_schema_ struct schema *s = NULL;
	struct schema *more = NULL;
	struct text_error err = { 0 };

	buf_puts(&line, "show=a:u32?0={a:u32}");
	for (int i = 1; i < SHOW_MAX; i++)
		buf_printf(&line, ",%d={a:u32,b%d:u32}", i, i);
	s = seen_as(buf_cstr(&line));
	CHECK_SHOWN(s, "{\"a\":255,\"b255\":1}", 255, 1);
	buf_puts(&line, ",999={a:u32}");
	ck_assert_int_eq(compile(schema, buf_cstr(&line), &more, &err), -EINVAL);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("map-cases");
	TCase *tc = tcase_create("cases");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, leading_tag_selects_the_type);
	tcase_add_test(tc, other_records_are_raw);
	tcase_add_test(tc, tag_may_be_any_member_of_the_value);
	tcase_add_test(tc, labels_are_what_the_tag_is_written_as);
	tcase_add_test(tc, members_of_cases_are_retyped);
	tcase_add_test(tc, types_of_the_kernel_have_names);
	tcase_add_loop_test(tc, refusals_say_where, 0,
			    (int)(sizeof(refused) / sizeof(refused[0])));
	tcase_add_test(tc, other_maps_have_no_cases);
	tcase_add_test(tc, cases_have_a_limit);
	suite_add_tcase(s, tc);
	return run_suite(s);
}

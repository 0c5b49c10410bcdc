/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JSON split into pieces: the right pieces with the right offsets, or a refusal with
 * the position of the error.
 */
#include "text-util.h"

#include "text/pieces.h"

static const char *const names[] = { "key", "value" };

/* A copy of exactly this length, so that a sanitizer sees who reads on. */
static char *copy_of(const char *text, size_t len)
{
	char *copy = malloc(len ? len : 1);

	memcpy(copy, text, len);
	return copy;
}

static void check_piece(const struct text_piece *p, const char *copy, const char *want)
{
	ck_assert_uint_eq(p->len, strlen(want));
	ck_assert_mem_eq(p->text, want, p->len);
	ck_assert_ptr_eq(p->text, copy + p->at);
}

static const struct {
	const char *text, *key, *value;
} objects[] = {
	{ "{\"key\":1,\"value\":2}", "1", "2" },
	{ "{\"value\":2,\"key\":1}", "1", "2" },
	{ " {\t\"key\" :\r1 ,\n\"value\": 2 } \n", "1", "2" },
	{ "{\"key\":\"a\",\"value\":\"\"}", "\"a\"", "\"\"" },
	{ "{\"key\":\"\\\"}\",\"value\":\"{[\"}", "\"\\\"}\"", "\"{[\"" },
	{ "{\"key\":{\"key\":{}},\"value\":[[],[1,{}]]}", "{\"key\":{}}", "[[],[1,{}]]" },
	{ "{\"key\":null,\"value\":-1.5e3}", "null", "-1.5e3" },
	/* what is in a piece is checked by its parser */
	{ "{\"key\":nonsense,\"value\":007}", "nonsense", "007" },
};

START_TEST(members_are_found)
{
	const char *text = objects[_i].text;
	char *copy = copy_of(text, strlen(text));
	struct text_piece p[2];
	struct text_error err = { 0, "" };
	int r = pieces_of_object(copy, strlen(text), names, 2, p, &err);

	ck_assert_msg(r == 0, "%s: column %zu: %s", text, err.column, err.reason);
	check_piece(&p[0], copy, objects[_i].key);
	check_piece(&p[1], copy, objects[_i].value);
	free(copy);
}
END_TEST

static const struct {
	const char *text;
	size_t column;
	const char *reason;
} bad_objects[] = {
	{ "", 1, "expected" },
	{ " ", 2, "expected" },
	{ "1", 1, "\"{\"" },
	{ "[1,2]", 1, "\"{\"" },
	{ "{}", 3, "\"key\" is missing" },
	{ "{\"key\":1}", 10, "\"value\" is missing" },
	{ "{\"value\":1}", 12, "\"key\" is missing" },
	{ "{\"key\":1,\"key\":2}", 10, "duplicate \"key\"" },
	{ "{\"key\":1,\"value\":2,\"key\":1}", 20, "duplicate \"key\"" },
	{ "{\"key\":1,\"value\":2,\"x\":1}", 20, "unknown member; expected \"key\" or \"value\"" },
	{ "{\"Key\":1,\"value\":2}", 2, "unknown member; expected \"key\" or \"value\"" },
	{ "{\"ke\":1,\"value\":2}", 2, "unknown member; expected \"key\" or \"value\"" },
	{ "{\"keys\":1,\"value\":2}", 2, "unknown member; expected \"key\" or \"value\"" },
	{ "{\"\":1,\"value\":2}", 2, "unknown member; expected \"key\" or \"value\"" },
	{ "{key:1,\"value\":2}", 2, "a string" },
	{ "{\"key\":1,\"value\":2} x", 21, "the end of the text" },
	{ "{\"key\":1,\"value\":2}{}", 20, "the end of the text" },
	{ "{\"key\":1,\"value\":2}}", 20, "the end of the text" },
	{ "{\"key\":1 \"value\":2}", 10, "\",\" or \"}\"" },
	{ "{\"key\":1,,\"value\":2}", 10, "a string" },
	{ "{,\"key\":1,\"value\":2}", 2, "a string" },
	{ "{\"key\":1,\"value\":2,}", 20, "a string" },
	{ "{\"key\" 1,\"value\":2}", 8, "\":\"" },
	{ "{\"key\":,\"value\":2}", 8, "a value" },
	{ "{\"key\":1,\"value\":}", 18, "a value" },
	{ "{\"key\":[1,\"value\":2}", 0, "" },
	{ "{\"key\":[1},\"value\":2}", 0, "" },
};

START_TEST(wrong_objects_are_refused)
{
	const char *text = bad_objects[_i].text;
	char *copy = copy_of(text, strlen(text));
	struct text_piece p[2];
	struct text_error err = { 0, "" };
	int r = pieces_of_object(copy, strlen(text), names, 2, p, &err);

	ck_assert_msg(r == -EINVAL, "%s: %d", text, r);
	ck_assert_msg(strstr(err.reason, bad_objects[_i].reason), "%s: %s", text, err.reason);
	if (bad_objects[_i].column)
		ck_assert_msg(err.column == bad_objects[_i].column, "%s: column %zu", text,
			      err.column);
	free(copy);
}
END_TEST

/* A line is whole: what is cut off will not go on. */
START_TEST(cut_off_objects_are_refused)
{
	static const char text[] = "{\"key\":{\"a\":[1,\"\\u0041\"]},\"value\":true}";
	struct text_piece p[2];
	struct text_error err;

	for (size_t len = 0; len < sizeof(text) - 1; len++) {
		char *copy = copy_of(text, len);

		ck_assert_int_eq(pieces_of_object(copy, len, names, 2, p, &err), -EINVAL);
		free(copy);
	}
	ck_assert_int_eq(pieces_of_object(text, sizeof(text) - 1, names, 2, p, &err), 0);
	/* A NUL is no text. */
	ck_assert_int_eq(pieces_of_object(text, sizeof(text), names, 2, p, &err), -EINVAL);
}
END_TEST

/* ---- arrays ---- */

struct seen {
	const char *copy;
	const char *const *want;
	unsigned count, stop_at;
};

static int see(void *arg, unsigned i, const struct text_piece *piece)
{
	struct seen *seen = arg;

	ck_assert_uint_eq(i, seen->count);
	if (seen->want)
		check_piece(piece, seen->copy, seen->want[i]);
	return ++seen->count == seen->stop_at ? -EDOM : 0;
}

static int cut(const char *text, size_t len, struct seen *seen)
{
	struct text_error err = { 0, "" };
	char *copy = copy_of(text, len);
	int r;

	seen->copy = copy;
	seen->count = 0;
	r = pieces_of_array(copy, len, see, seen, &err);
	free(copy);
	return r;
}

START_TEST(elements_are_found_in_order)
{
	static const char text[] = " [1, \"a,]\\\"\" ,[2,[3]],{\"b\":[]},null ]\n";
	static const char *const want[] = { "1", "\"a,]\\\"\"", "[2,[3]]", "{\"b\":[]}", "null" };
	struct seen seen = { .want = want };

	ck_assert_int_eq(cut(text, sizeof(text) - 1, &seen), 5);
	ck_assert_int_eq(cut("[]", 2, &seen), 0);
	ck_assert_uint_eq(seen.count, 0);
	ck_assert_int_eq(cut(" [ ] ", 5, &seen), 0);
}
END_TEST

START_TEST(wrong_arrays_are_refused)
{
	static const char *const texts[] = { "",     "1",    "{}",	 "[",	  "[1",	 "[1,",
					     "[1,]", "[,1]", "[1 2]",	 "[1,,2]", "[1}", "[1]]",
					     "[1]x", "]",    "[\"a]",	 "[[1]",  "[:]" };
	struct seen seen = { 0 };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		ck_assert_msg(cut(texts[i], strlen(texts[i]), &seen) == -EINVAL, "%s",
			      texts[i]);
}
END_TEST

START_TEST(callback_ends_the_walk)
{
	struct seen seen = { .stop_at = 2 };

	ck_assert_int_eq(cut("[1,2,3", 6, &seen), -EDOM);
	ck_assert_uint_eq(seen.count, 2);
}
END_TEST

/* As many as a machine has CPUs; callers that want fewer end the walk. */
START_TEST(arrays_may_be_long)
{
	struct buf text = BUF_INIT;
	struct seen seen = { 0 };

	buf_putc(&text, '[');
	for (int i = 0; i < 8192; i++)
		buf_puts(&text, i ? ",1" : "1");
	buf_putc(&text, ']');
	ck_assert_int_eq(cut(text.data, text.len, &seen), 8192);
	buf_release(&text);
}
END_TEST

START_TEST(deep_nesting_is_refused_at_once)
{
	struct buf text = BUF_INIT;
	struct seen seen = { 0 };

	for (int i = 0; i < 1 << 20; i++)
		buf_putc(&text, '[');
	ck_assert_int_eq(cut(text.data, text.len, &seen), -EINVAL);
	ck_assert_uint_eq(seen.count, 0);
	buf_release(&text);
}
END_TEST

/* ---- strings ---- */

static const struct {
	const char *piece, *want; /* NULL: refused */
} strings[] = {
	{ "\"\"", "" },	      { "\"abc\"", "abc" }, { "\"\\n\\\"\\u0041\"", "\n\"A" },
	{ "\"\\ud83d\\ude00\"", "\xf0\x9f\x98\x80" },
	{ "\"", NULL },	      { "", NULL },	    { "abc", NULL },
	{ "1", NULL },	      { "[\"a\"]", NULL },  { "\"\\x\"", NULL },
	{ "\"\\u12\"", NULL },
};

START_TEST(strings_are_unescaped)
{
	size_t len = strlen(strings[_i].piece);
	char *copy = copy_of(strings[_i].piece, len);
	struct text_piece piece = { copy, len, 7 }, plain = { 0 };
	struct text_error err = { 0, "" };
	struct buf space = BUF_INIT;
	int r = piece_string(&piece, &space, &plain, &err);

	ck_assert_int_eq(r, strings[_i].want ? 0 : -EINVAL);
	if (strings[_i].want) {
		ck_assert_uint_eq(plain.len, strlen(strings[_i].want));
		ck_assert_mem_eq(plain.text, strings[_i].want, plain.len);
		ck_assert_uint_eq(plain.at, 8);
	} else {
		ck_assert_uint_ge(err.column, 8);
	}
	buf_release(&space);
	free(copy);
}
END_TEST

#define COUNT(array) (int)(sizeof(array) / sizeof((array)[0]))

int main(void)
{
	Suite *s = suite_create("text-pieces");
	TCase *tc = tcase_create("pieces");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, members_are_found, 0, COUNT(objects));
	tcase_add_loop_test(tc, wrong_objects_are_refused, 0, COUNT(bad_objects));
	tcase_add_test(tc, cut_off_objects_are_refused);
	tcase_add_test(tc, elements_are_found_in_order);
	tcase_add_test(tc, wrong_arrays_are_refused);
	tcase_add_test(tc, callback_ends_the_walk);
	tcase_add_test(tc, arrays_may_be_long);
	tcase_add_test(tc, deep_nesting_is_refused_at_once);
	tcase_add_loop_test(tc, strings_are_unescaped, 0, COUNT(strings));
	suite_add_tcase(s, tc);
	return run_suite(s);
}

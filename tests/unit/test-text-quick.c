/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The fast path for parsing values gives the same results as the general parser: each
 * text is parsed as it is, and with a leading space, which the fast path does not
 * accept. The texts are values as printed, damaged ones, and numbers at every limit.
 *
 * TEST_SEED repeats a run, TEST_ROUNDS makes it longer.
 */
#include "../suite.h"
#include "text-order.h"
#include "text-random.h"

static unsigned rounds(void)
{
	const char *wish = getenv("TEST_ROUNDS");

	return wish ? (unsigned)strtoul(wish, NULL, 0) : 3000;
}

/* The result, in out what is parsed. */
static int both_ways(const struct type *t, const char *what, const char *text, size_t len,
		     const void *current, unsigned flags, uint8_t *out)
{
	size_t size = type_size(t);
	_cleanup_free_ uint8_t *slow = malloc(size ?: 1);
	_cleanup_free_ char *spaced = malloc(len + 1);
	int r, r2;

	*spaced = ' ';
	memcpy(spaced + 1, text, len);
	memset(out, 0x5a, size);
	memset(slow, 0x5a, size);
	r = bytes_of(t, FORM_JSON, text, len, current, flags, out, NULL);
	r2 = bytes_of(t, FORM_JSON, spaced, len + 1, current, flags, slow, NULL);
	ck_assert_msg(r == r2, "%s, \"%.*s\": quick %d, slow %d", what, (int)len, text, r, r2);
	ck_assert_msg(!memcmp(out, slow, size), "%s, \"%.*s\": other bytes", what, (int)len,
		      text);
	return r;
}

/* ---- numbers ---- */

static const char *const number_types[] = { "u8",  "u16", "u32", "u64", "u128",
					    "s8",  "s16", "s32", "s64", "s128" };
static const char *const numbers[] = {
	"0", "-0", "00", "-00", "01", "-01", "1", "-1", "+1", "--1", "-", "", "-a", "1-",
	"7f", "127", "128", "-127", "-128", "-129", "255", "256", "-255", "-256",
	"32767", "32768", "-32768", "-32769", "65535", "65536",
	"2147483647", "2147483648", "-2147483648", "-2147483649", "4294967295", "4294967296",
	"999999999999999999", "9223372036854775807", "9223372036854775808",
	"-9223372036854775807", "-9223372036854775808", "-9223372036854775809",
	"9999999999999999999", "-9999999999999999999", "10000000000000000000",
	"18446744073709551615", "18446744073709551616", "-18446744073709551615",
	"36893488147419103232", "99999999999999999999", "-99999999999999999999",
	"340282366920938463463374607431768211455", "340282366920938463463374607431768211456",
	"170141183460469231731687303715884105727", "-170141183460469231731687303715884105728",
	"-170141183460469231731687303715884105729",
	"00000000000000000001", "0000000000000000000000000000000000000000001",
	"1.0", "1.5", "1.", ".1", "1e0", "1e3", "1E3", "1e+3", "1e-3", "1e99", "25.5e1", "1e",
	"0x0", "0x10", "0X10", "0xff", "0x100", "0xffffffffffffffff", "0x10000000000000000",
	"-0x1", "0x", "x1", "\"5\"", "\"0x5\"", "\"-5\"", "\" 5\"", "\"5", "5\"", "\"\"",
	"5 ", " 5", "\t5", "5\n", "5\n\n", "5\r\n", "\n5", "5,", "5}", "5]", "[5", "[5]",
	"{5}", "5 5", "5,5", "5x", "5_0", "true", "null", "@05", "5\v", "\xd9\xa5",
};

static void check_numbers(const char *fmt)
{
	for (size_t i = 0; i < sizeof(number_types) / sizeof(number_types[0]); i++) {
		struct buf grammar = BUF_INIT;
		struct type *t;
		uint8_t out[64];

		for (const char *p = fmt; *p && *p != ' '; p++)
			if (*p == '?')
				buf_puts(&grammar, number_types[i]);
			else
				buf_putc(&grammar, *p);
		t = type_of(buf_cstr(&grammar));
		for (size_t j = 0; j < sizeof(numbers) / sizeof(numbers[0]); j++) {
			struct buf text = BUF_INIT;

			for (const char *p = strchr(fmt, ' ') + 1; *p; p++)
				if (*p == '?')
					buf_puts(&text, numbers[j]);
				else
					buf_putc(&text, *p);
			both_ways(t, grammar.data, buf_cstr(&text), text.len, NULL, 0, out);
			buf_release(&text);
		}
		type_free(t);
		buf_release(&grammar);
	}
}

/* The type and the text; "?" is each of the types, and each of the numbers. */
static const char *const places[] = {
	"? ?",		   "?[1] [?]",	     "?[2] [?,1]",	    "?[2] [1,?]",
	"{a:?} {\"a\":?}", "{a:?} {\"a\":?", "{a:?,b:u8} {\"a\":?,\"b\":2}",
	"{b:u8,a:?} {\"b\":2,\"a\":?}",	     "{a:{b:?[1]}} {\"a\":{\"b\":[?]}}",
	"{a:?} {\"a\":?}\n", "{a:?} {\"a\":?} ", "?[3] [1,?]",	    "?[1] [1,?]",
};

START_TEST(numbers_at_their_limits)
{
	check_numbers(places[_i]);
}
END_TEST

static const struct {
	const char *type, *text;
	int result;
	const char *bytes; /* in hex, least byte first */
} known[] = {
	{ "u8", "255", 0, "ff" },
	{ "u8", "256", -ERANGE, NULL },
	{ "s8", "-128", 0, "80" },
	{ "s8", "-129", -ERANGE, NULL },
	{ "s8", "128", -ERANGE, NULL },
	{ "u64", "18446744073709551615", 0, "ffffffffffffffff" },
	{ "u64", "18446744073709551616", -ERANGE, NULL },
	{ "u64", "9999999999999999999", 0, "ffffe7890423c78a" },
	{ "s64", "-9223372036854775808", 0, "0000000000000080" },
	{ "s64", "9223372036854775807", 0, "ffffffffffffff7f" },
	{ "s64", "9223372036854775808", -ERANGE, NULL },
	{ "s64", "-9223372036854775809", -ERANGE, NULL },
	{ "u64", "-1", -ERANGE, NULL },
	{ "u8", "01", -EINVAL, NULL },
	{ "u8", "+1", -EINVAL, NULL },
	{ "u8[2]", "[1,2,3]", -EINVAL, NULL },
};

START_TEST(limits_are_those_of_the_type)
{
	struct type *t = type_of(known[_i].type);
	uint8_t out[16], want[16];
	size_t size;
	int r = both_ways(t, known[_i].type, known[_i].text, strlen(known[_i].text), NULL, 0,
			  out);

	ck_assert_msg(r == known[_i].result, "%s %s: %d", known[_i].type, known[_i].text, r);
	if (!r) {
		size = hex_bytes(known[_i].bytes, want, sizeof(want));
		if (IS_BIG_ENDIAN)
			reverse_bytes(want, size);
		ck_assert_mem_eq(out, want, size);
	}
	type_free(t);
}
END_TEST

/* ---- whatever is printed, and what becomes of it ---- */

static const char likely[] = "0123456789-+.eEx,:[]{}\"\\ \n\t@abtn";

static void spoil(struct buf *text)
{
	size_t at = random_below((uint32_t)text->len + 1), from;
	char c = likely[random_below(sizeof(likely) - 1)];

	switch (random_below(5)) {
	case 0: /* another byte */
		if (at < text->len)
			text->data[at] = c;
		return;
	case 1: /* cut off */ buf_truncate(text, at); return;
	case 2: /* a byte less */
		if (at < text->len)
			memmove(text->data + at, text->data + at + 1, --text->len - at);
		return;
	case 3: /* a byte more */
		buf_putc(text, c);
		memmove(text->data + at + 1, text->data + at, text->len - 1 - at);
		text->data[at] = c;
		return;
	default: /* a part of it once more */
		from = random_below((uint32_t)text->len + 1);
		if (from < at && buf_reserve(text, at - from))
			buf_put(text, text->data + from, at - from);
	}
}

static void check_texts(const struct type *t, const char *what)
{
	size_t size = type_size(t);
	_cleanup_free_ uint8_t *bytes = calloc(1, size ?: 1), *out = malloc(size ?: 1);
	_cleanup_free_ uint8_t *current = malloc(size ?: 1);

	for (int i = 0; i < 4; i++) {
		struct buf text = BUF_INIT;

		random_bytes(bytes, size);
		random_bytes(current, size);
		ck_assert_int_eq(value_format(t, bytes, VALUE_JSON, &text), 0);
		both_ways(t, what, text.data, text.len, NULL, 0, out);
		both_ways(t, what, text.data, text.len, current, 0, out);
		both_ways(t, what, text.data, text.len, current, VALUE_MERGE, out);
		for (int j = 0; j < 6 && text.len && text.len < 4096; j++) {
			spoil(&text);
			both_ways(t, what, text.data, text.len, NULL, 0, out);
			both_ways(t, what, text.data, text.len, current, VALUE_MERGE, out);
		}
		buf_release(&text);
	}
}

START_TEST(types_of_the_grammar)
{
	struct buf text = BUF_INIT;

	random_seed();
	for (unsigned i = 0; i < rounds(); i++) {
		struct type *t;

		buf_clear(&text);
		random_grammar(&text, 3);
		t = type_of(buf_cstr(&text));
		check_texts(t, text.data);
		type_free(t);
	}
	buf_release(&text);
}
END_TEST

START_TEST(types_that_the_grammar_cannot_say)
{
	random_seed();
	for (unsigned i = 0; i < rounds(); i++) {
		struct btf *btf = btf__new_empty();
		struct random_type made = random_btf(btf, 1 + random_below(4));
		struct buf text = BUF_INIT;
		struct type *t = NULL;

		ck_assert_int_eq(type_from_btf(btf, (uint32_t)made.id, made.size, &t), 0);
		type_describe(t, &text);
		check_texts(t, buf_cstr(&text));
		type_free(t);
		buf_release(&text);
		btf__free(btf);
	}
}
END_TEST

#define COUNT(array) (int)(sizeof(array) / sizeof((array)[0]))

int main(void)
{
	Suite *s = suite_create("text-quick");
	TCase *tc = tcase_create("quick");

	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, numbers_at_their_limits, 0, COUNT(places));
	tcase_add_loop_test(tc, limits_are_those_of_the_type, 0, COUNT(known));
	tcase_add_test(tc, types_of_the_grammar);
	tcase_add_test(tc, types_that_the_grammar_cannot_say);
	suite_add_tcase(s, tc);
	return run_suite(s);
}

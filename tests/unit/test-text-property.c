/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What holds for every type and every value, tried with random ones:
 *
 *	a name leads back to the same bytes, and can be a file name;
 *	a value's text leads back to bytes that have the same text, and without
 *	padding (and floats) to the same bytes, whatever was there before;
 *	every beginning of such a text is a value or may become one;
 *	a text that is refused changes nothing.
 *
 * TEST_SEED repeats a run, TEST_ROUNDS makes it longer.
 */
#include "../suite.h"
#include "text-random.h"

static unsigned rounds(void)
{
	const char *wish = getenv("TEST_ROUNDS");

	return wish ? (unsigned)strtoul(wish, NULL, 0) : 1500;
}

/* Says which type and bytes it was, when something does not hold. */
struct trial {
	const struct type *type;
	const char *what;
	const uint8_t *bytes;
	char hex[1024];
};

static const char *told(struct trial *trial)
{
	size_t i, size = type_size(trial->type);

	for (i = 0; i < size && 2 * i + 3 < sizeof(trial->hex); i++)
		snprintf(trial->hex + 2 * i, 3, "%02x", trial->bytes[i]);
	return trial->hex;
}

static void check_name(struct trial *trial)
{
	size_t len, size = type_size(trial->type);
	uint8_t *back = calloc(1, size);
	struct text_error err = { 0, "" };
	char *name = text_of(trial->type, FORM_NAME, trial->bytes, &len);
	int r = bytes_of(trial->type, FORM_NAME, name, len, NULL, 0, back, &err);

	ck_assert_msg(!r && !memcmp(back, trial->bytes, size), "%s of %s: %s: %d %s",
		      told(trial), trial->what, name, r, err.reason);
	ck_assert(len && strlen(name) == len && !strchr(name, '/'));
	ck_assert(*name != '.' && *name != '#' && name[len - 1] != '~');
	free(name);
	free(back);
}

static void check_cuts(struct trial *trial, enum form form, const char *text, size_t len)
{
	uint8_t *out = calloc(1, type_size(trial->type));
	struct text_error err;
	size_t cut;
	int r;

	for (cut = 0; cut < len; cut++) {
		err = (struct text_error){ 0, "" };
		r = bytes_of(trial->type, form, text, cut, NULL, 0, out, &err);
		ck_assert_msg(r == 0 || r == -EAGAIN, "%s of %s, %.*s: %d %s",
			      told(trial), trial->what, (int)cut, text, r, err.reason);
	}
	free(out);
}

static void check_value(struct trial *trial, enum form form, bool has_floats)
{
	size_t len, len2, size = type_size(trial->type);
	uint8_t *back = calloc(1, size), *old = calloc(1, size);
	struct text_error err = { 0, "" };
	char *text = text_of(trial->type, form, trial->bytes, &len), *text2;
	int r;

	random_bytes(old, size);
	/* A string may end in a newline, so the optional one is not left out. */
	if (form == FORM_BARE)
		text[len++] = '\n';
	r = bytes_of(trial->type, form, text, len, old, 0, back, &err);
	/* A union may hold a NaN of which there are too many to tell. */
	if (r && has_floats && memmem(text, len, "\"nan\"", 5))
		goto out;
	ck_assert_msg(!r, "%s of %s: %s: %d %s", told(trial), trial->what, text, r,
		      err.reason);
	if (type_traits(trial->type) & TYPE_IS_DENSE && !has_floats)
		ck_assert_msg(!memcmp(back, trial->bytes, size), "%s of %s: %s",
			      told(trial), trial->what, text);
	text2 = text_of(trial->type, form, back, &len2);
	len -= form == FORM_BARE;
	ck_assert_msg(len == len2 && !memcmp(text, text2, len), "%s of %s: %s, %s",
		      told(trial), trial->what, text, text2);
	if (len < 300)
		check_cuts(trial, form, text, len);
	free(text2);
out:
	free(text);
	free(back);
	free(old);
}

/* A text with one byte changed is fine or refused, but never half done. */
static void check_mutation(struct trial *trial, enum form form)
{
	static const char likely[] = "0123456789abcdef\"\\{}[],:=@%_./ \n-+eux";
	size_t len, size = type_size(trial->type);
	uint8_t *back = malloc(size), *before = malloc(size);
	struct text_error err = { 0, "" };
	char *text = text_of(trial->type, form, trial->bytes, &len);
	int r;

	memset(back, 0x5a, size);
	memset(before, 0x5a, size);
	if (len)
		text[random_below((uint32_t)len)] =
			likely[random_below(sizeof(likely) - 1)];
	r = bytes_of(trial->type, form, text, len, NULL, 0, back, &err);
	if (r) {
		ck_assert_msg(!memcmp(back, before, size), "%s wrote", text);
		ck_assert_msg(err.column >= 1 && err.column <= len + 1 && *err.reason,
			      "%s: column %zu: %s", text, err.column, err.reason);
	}
	free(text);
	free(back);
	free(before);
}

static void check_all(const struct type *t, const char *what, bool has_floats)
{
	uint8_t *bytes = calloc(1, type_size(t));
	struct trial trial = { t, what, bytes, "" };
	enum form form;
	int i;

	for (i = 0; i < 4; i++) {
		random_bytes(bytes, type_size(t));
		check_name(&trial);
		check_value(&trial, FORM_BARE, has_floats);
		check_value(&trial, FORM_JSON, has_floats);
		for (form = FORM_BARE; form <= FORM_NAME; form++)
			check_mutation(&trial, form);
	}
	free(bytes);
}

START_TEST(types_of_the_grammar)
{
	struct buf text = BUF_INIT, again = BUF_INIT;
	struct type *t, *t2;
	unsigned i;

	random_seed();
	for (i = 0; i < rounds(); i++) {
		buf_clear(&text);
		buf_clear(&again);
		random_grammar(&text, 3);
		t = type_of(buf_cstr(&text));
		check_all(t, text.data,
			  strstr(text.data, "f32") || strstr(text.data, "f64"));

		buf_clear(&text);
		type_describe(t, &text);
		t2 = type_of(buf_cstr(&text));
		type_describe(t2, &again);
		ck_assert_str_eq(text.data, buf_cstr(&again));
		ck_assert_uint_eq(type_size(t), type_size(t2));
		type_free(t);
		type_free(t2);
	}
	buf_release(&text);
	buf_release(&again);
}
END_TEST

START_TEST(prefixes)
{
	struct buf text = BUF_INIT;
	struct type *t;
	unsigned i;

	random_seed();
	for (i = 0; i < rounds(); i++) {
		buf_clear(&text);
		buf_puts(&text, "prefix(");
		random_grammar(&text, 1);
		buf_putc(&text, ')');
		t = type_of(buf_cstr(&text));
		check_all(t, text.data,
			  strstr(text.data, "f32") || strstr(text.data, "f64"));
		type_free(t);
	}
	buf_release(&text);
}
END_TEST

/* Lengths that fit, so that most keys have a typed name. */
START_TEST(prefixes_of_every_length)
{
	static const char *const types[] = { "prefix(ipv4)", "prefix(ipv6)",
					     "prefix({a:u16,b:bytes[6]})", "prefix(u64)",
					     "prefix(char[7])" };
	size_t i;

	random_seed();
	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		struct type *t = type_of(types[i]);
		uint8_t bytes[64], back[64];
		uint32_t length, max = (uint32_t)(type_size(t) - 4) * 8;

		for (length = 0; length <= max; length++) {
			struct trial trial = { t, types[i], bytes, "" };
			size_t len;
			char *name;

			random_bytes(bytes, type_size(t));
			memcpy(bytes, &length, 4);
			check_name(&trial);
			check_value(&trial, FORM_JSON, false);
			/* the part that counts has a typed name */
			name = text_of(t, FORM_NAME, bytes, &len);
			if (*name == '@') {
				memset(bytes + 4 + (length + 7) / 8, 0,
				       type_size(t) - 4 - (length + 7) / 8);
				if (length % 8)
					bytes[4 + length / 8] &=
						(uint8_t)(0xff00 >> length % 8);
				free(name);
				name = text_of(t, FORM_NAME, bytes, &len);
			}
			ck_assert_int_ne(*name, '@');
			ck_assert_int_eq(bytes_of(t, FORM_NAME, name, len, NULL, 0, back,
						  NULL),
					 0);
			ck_assert_mem_eq(back, bytes, type_size(t));
			free(name);
		}
		type_free(t);
	}
}
END_TEST

START_TEST(types_that_the_grammar_cannot_say)
{
	unsigned i;

	random_seed();
	for (i = 0; i < rounds(); i++) {
		struct btf *btf = btf__new_empty();
		struct random_type made = random_btf(btf, 1 + random_below(4));
		struct buf text = BUF_INIT;
		struct type *t = NULL;
		int r = type_from_btf(btf, (uint32_t)made.id, made.size, &t);

		ck_assert_int_eq(r, 0);
		type_describe(t, &text);
		check_all(t, buf_cstr(&text), true);
		type_free(t);
		type_free(type_of(text.data));
		buf_release(&text);
		btf__free(btf);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("text-property");
	TCase *tcase = tcase_create("property");

	tcase_set_timeout(tcase, 300);
	tcase_add_test(tcase, types_of_the_grammar);
	tcase_add_test(tcase, prefixes);
	tcase_add_test(tcase, prefixes_of_every_length);
	tcase_add_test(tcase, types_that_the_grammar_cannot_say);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}

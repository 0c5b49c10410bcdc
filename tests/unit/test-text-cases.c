/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table text.cases: each line is one type, its bytes and a text. Every accepted
 * text is also truncated at every byte; the result must be either a value or an
 * incomplete text.
 */
#include "text-order.h"
#include "text-util.h"

#define MAX_SIZE 64

struct expect {
	const char *file;
	int line;
	char type[128], hex[128], form[16], text[256];
};

static const struct {
	const char *name;
	int code;
} errors[] = {
	{ "EINVAL", -EINVAL }, { "ERANGE", -ERANGE },
	{ "EFBIG", -EFBIG },   { "ENAMETOOLONG", -ENAMETOOLONG },
	{ "EAGAIN", -EAGAIN },
};

static int error_of(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (strcmp(errors[i].name, name) == 0)
			return errors[i].code;
	ck_abort_msg("no such error: %s", name);
	return 0;
}

/* "\n" in the table, but not the "\n" of "\\n". */
static void unescape(char *s)
{
	char *to = s;

	for (; *s; s++) {
		if (s[0] == '\\' && s[1] == 'n')
			*to++ = '\n', s++;
		else
			*to++ = *s;
	}
	*to = '\0';
}

/* The bytes of a line in the machine's order, or as they are behind "=". */
static size_t bytes_of_line(const struct expect *e, uint8_t bytes[MAX_SIZE])
{
	bool as_is = e->hex[0] == '=';
	size_t size = hex_bytes(e->hex + as_is, bytes, MAX_SIZE);
	uint32_t id, type_bytes;
	struct btf *btf;

	if (as_is)
		return size;
	btf = btf__new_empty();
	ck_assert_int_eq(grammar_to_btf(e->type, strlen(e->type), NULL, btf, &id, &type_bytes,
					NULL), 0);
	if (strncmp(e->type, "prefix(", 7) == 0)
		prefix_to_machine_order(btf, id, 0, bytes);
	else
		to_machine_order(btf, id, bytes);
	btf__free(btf);
	return size;
}

/* Where the text has the same bytes in hex, put those into the machine's order. */
static void order_text(struct expect *e)
{
	char *raw = strchr(e->text, '@');
	uint8_t bytes[MAX_SIZE];
	size_t size;

	if (!IS_BIG_ENDIAN || !raw || *e->hex == 'E' || strncmp(raw + 1, e->hex, strlen(e->hex)))
		return;
	size = bytes_of_line(e, bytes);
	for (size_t i = 0; i < size; i++) {
		char digits[3];

		snprintf(digits, sizeof(digits), "%02x", bytes[i]);
		memcpy(raw + 1 + 2 * i, digits, 2);
	}
}

static void check_written(const struct expect *e, const struct type *t, enum form form)
{
	uint8_t bytes[MAX_SIZE];
	size_t len;
	char *text;

	ck_assert_uint_eq(bytes_of_line(e, bytes), type_size(t));
	text = text_of(t, form, bytes, &len);
	ck_assert_msg(strcmp(text, e->text) == 0, "line %d: expected %s, wrote %s",
		      e->line, e->text, text);
	free(text);
}

static void check_cuts(const struct expect *e, const struct type *t, enum form form)
{
	uint8_t bytes[MAX_SIZE];
	struct text_error err;
	size_t len;
	int r;

	for (len = 0; form != FORM_NAME && len < strlen(e->text); len++) {
		err = (struct text_error){ 0, "" };
		r = bytes_of(t, form, e->text, len, NULL, 0, bytes, &err);
		ck_assert_msg(r == 0 || r == -EAGAIN, "line %d cut to %zu: %d, %s",
			      e->line, len, r, err.reason);
	}
}

static void check_read(const struct expect *e, const struct type *t, enum form form)
{
	uint8_t bytes[MAX_SIZE], read[MAX_SIZE];
	struct text_error err = { 0, "" };
	size_t size = bytes_of_line(e, bytes);
	int r;

	memset(read, 0xa5, sizeof(read));
	r = bytes_of(t, form, e->text, strlen(e->text), NULL, 0, read, &err);
	ck_assert_msg(r == 0, "line %d: %d, column %zu: %s", e->line, r, err.column,
		      err.reason);
	ck_assert_uint_eq(size, type_size(t));
	ck_assert_msg(memcmp(read, bytes, size) == 0, "line %d: other bytes", e->line);
	check_cuts(e, t, form);
}

static void check_refused(const struct expect *e, const struct type *t, enum form form)
{
	uint8_t read[MAX_SIZE], before[MAX_SIZE];
	struct text_error err = { 0, "" };
	int r;

	memset(read, 0xa5, sizeof(read));
	memset(before, 0xa5, sizeof(before));
	r = bytes_of(t, form, e->text, strlen(e->text), NULL, 0, read, &err);
	ck_assert_msg(r == error_of(e->hex), "line %d: %d, column %zu: %s", e->line, r,
		      err.column, err.reason);
	ck_assert_msg(!memcmp(read, before, sizeof(read)), "line %d: it wrote", e->line);
	ck_assert_msg(err.column >= 1 && err.column <= strlen(e->text) + 1 && *err.reason,
		      "line %d: column %zu, \"%s\"", e->line, err.column, err.reason);
}

static void check_line(const struct expect *e, const char *name, enum form form)
{
	struct type *t = type_of(e->type);
	char mark = e->form[strlen(name)];

	if (mark == '!') {
		check_refused(e, t, form);
	} else {
		check_read(e, t, form);
		if (!mark)
			check_written(e, t, form);
	}
	type_free(t);
}

static void check_forms(const struct expect *e)
{
	static const char *const names[] = { "bare", "json", "name" };
	enum form form;
	int found = 0;

	for (form = FORM_BARE; form <= FORM_NAME; form++) {
		size_t len = strlen(names[form]);

		if (strcmp(e->form, "all") == 0)
			check_line(e, "all", form);
		else if (strncmp(e->form, names[form], len) == 0)
			check_line(e, names[form], form);
		else
			continue;
		found++;
	}
	ck_assert_msg(found, "line %d: what is %s?", e->line, e->form);
}

START_TEST(every_line_of_the_table)
{
	FILE *table = fopen(TESTS_DIR "/unit/text.cases", "r");
	struct expect e = { 0 };
	char line[1024];
	int at;

	ck_assert_ptr_nonnull(table);
	while (fgets(line, sizeof(line), table)) {
		e.line++;
		line[strcspn(line, "\n")] = '\0';
		if (*line == '#' || !*line)
			continue;
		*e.text = '\0';
		ck_assert_msg(sscanf(line, "%127s %127s %15s%n", e.type, e.hex, e.form,
				     &at) == 3,
			      "line %d", e.line);
		snprintf(e.text, sizeof(e.text), "%s", line[at] ? line + at + 1 : "");
		unescape(e.text);
		order_text(&e);
		check_forms(&e);
	}
	fclose(table);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("text-cases");
	TCase *tcase = tcase_create("table");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, every_line_of_the_table);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}

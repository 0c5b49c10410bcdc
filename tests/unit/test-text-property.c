/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Properties of every type and every value, tested with random ones:
 *
 *	a name leads back to the same bytes, and can be a file name;
 *	a value's text leads back to bytes that have the same text, whatever was
 *	there before, and that differ only in alignment padding, behind the NUL
 *	of a string and in NaNs;
 *	merging a value's own text changes no byte at all;
 *	the exact text of a value leads back to the same bytes;
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
	const struct btf *btf; /* NULL: a type of the grammar, which lost() does not know */
	uint32_t id;
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

/* --- which bytes a value's text may lose ----------------------------------- */

static uint32_t size_of(const struct btf *btf, uint32_t id)
{
	return (uint32_t)btf__resolve_size(btf, id);
}

static const struct btf_type *plain_type(const struct btf *btf, uint32_t *id)
{
	const struct btf_type *bt = btf__type_by_id(btf, *id);

	while (btf_is_typedef(bt) || btf_is_mod(bt)) {
		*id = bt->type;
		bt = btf__type_by_id(btf, *id);
	}
	return bt;
}

static uint32_t member_align(const struct btf *btf, const struct btf_type *bt, uint32_t i);

static uint32_t align_of(const struct btf *btf, uint32_t id)
{
	const struct btf_type *bt = plain_type(btf, &id);
	uint32_t i, align = 1;

	if (btf_is_array(bt))
		return align_of(btf, btf_array(bt)->type);
	if (!btf_is_composite(bt))
		return bt->size;
	for (i = 0; i < btf_vlen(bt); i++) {
		uint32_t a = member_align(btf, bt, i);

		align = a > align ? a : align;
	}
	return align;
}

/* Of what has no name, and no members either, nothing is seen. */
static uint32_t member_align(const struct btf *btf, const struct btf_type *bt, uint32_t i)
{
	uint32_t id = btf_members(bt)[i].type;

	if (!btf_members(bt)[i].name_off && !btf_is_composite(plain_type(btf, &id)))
		return 1;
	return align_of(btf, btf_members(bt)[i].type);
}

static void lost(const struct btf *btf, uint32_t id, const uint8_t *p, uint8_t *may);

static bool is_nan(const uint8_t *p, uint32_t size)
{
	double d = 0;
	float f = 0;

	memcpy(size == 4 ? (void *)&f : &d, p, size == 4 ? 4 : 8);
	return size == 4 ? f != f : d != d;
}

static void lost_array(const struct btf *btf, const struct btf_type *bt, const uint8_t *p,
		       uint8_t *may)
{
	uint32_t i, elem = btf_array(bt)->type, n = btf_array(bt)->nelems;
	uint32_t size = size_of(btf, elem);
	const struct btf_type *of = plain_type(btf, &elem);

	if (btf_is_int(of) && !strcmp(btf__name_by_offset(btf, of->name_off), "char")) {
		i = (uint32_t)strnlen((const char *)p, n);
		memset(may + i, 1, n - i);
		return;
	}
	for (i = 0; i < n; i++)
		lost(btf, elem, p + i * size, may + i * size);
}

/* A byte that is shown as hidden, in whole or in part. In an anonymous member
 * of a union another member may cover it, and take it for its padding. */
#define PARTLY 2

/* Bytes in [from, to), which nothing covers: do they only align? */
static void lost_gap(uint32_t from, uint32_t to, uint32_t align, uint8_t *may)
{
	bool plain = to - from < align && to % align == 0;

	memset(may + from, plain ? 1 : PARTLY, to - from);
}

static void join(uint8_t *may, uint8_t *covered, const uint8_t *in, uint32_t size)
{
	uint32_t b;

	for (b = 0; b < size; b++) {
		if (!covered[b])
			may[b] = in[b];
		else if (!may[b] || !in[b])
			may[b] = 0;
		else
			may[b] = may[b] == PARTLY && in[b] == PARTLY ? PARTLY : 1;
		covered[b] = 1;
	}
}

static void lost_record(const struct btf *btf, const struct btf_type *bt,
			const uint8_t *p, uint8_t *may)
{
	uint8_t *covered = calloc(1, bt->size + 1), *in = calloc(1, bt->size + 1);
	uint32_t i, b, from;

	for (i = 0; i < btf_vlen(bt); i++) {
		const struct btf_member *m = &btf_members(bt)[i];
		uint32_t bit = btf_member_bit_offset(bt, i), at = bit / 8;
		uint32_t bits = btf_member_bitfield_size(bt, i), size, id = m->type;

		/* what has no name is not shown */
		if (!m->name_off && !btf_is_composite(plain_type(btf, &id)))
			continue;
		if (bits || bit % 8) {
			size = (bit % 8 + (bits ?: 8 * size_of(btf, m->type)) + 7) / 8;
			memset(in, PARTLY, size);
			join(may + at, covered + at, in, size);
			continue;
		}
		size = size_of(btf, m->type);
		memset(in, 0, size);
		lost(btf, m->type, p + at, in);
		for (b = 0; b < size && m->name_off; b++)
			in[b] = in[b] == 1;
		join(may + at, covered + at, in, size);
	}
	for (b = 0; b < bt->size; b++) {
		uint32_t align = 1;

		if (covered[b])
			continue;
		for (from = b; b < bt->size && !covered[b];)
			b++;
		if (b == bt->size)
			for (i = 0; i < btf_vlen(bt); i++) {
				uint32_t a = member_align(btf, bt, i);

				align = a > align ? a : align;
			}
		for (i = 0; i < btf_vlen(bt); i++)
			if (btf_member_bit_offset(bt, i) / 8 == b) {
				uint32_t a = member_align(btf, bt, i);

				align = a > align ? a : align;
			}
		lost_gap(from, b, align, may);
	}
	free(covered);
	free(in);
}

static void lost(const struct btf *btf, uint32_t id, const uint8_t *p, uint8_t *may)
{
	const struct btf_type *bt = plain_type(btf, &id);

	if (btf_is_array(bt))
		lost_array(btf, bt, p, may);
	else if (btf_is_composite(bt))
		lost_record(btf, bt, p, may);
	else if (btf_is_float(bt) && is_nan(p, bt->size))
		memset(may, 1, bt->size);
}

/* --- what holds ------------------------------------------------------------ */

static void check_name(struct trial *trial)
{
	size_t len, size = type_size(trial->type);
	uint8_t *back = calloc(1, size);
	struct text_error err = { 0, "" };
	char *name = text_of(trial->type, FORM_NAME, trial->bytes, &len);
	int r = bytes_of(trial->type, FORM_NAME, name, len, NULL, 0, back, &err);

	must_hold(!r && !memcmp(back, trial->bytes, size), "%s of %s: %s: %d %s",
		      told(trial), trial->what, name, r, err.reason);
	must_hold(len && strlen(name) == len && !strchr(name, '/'), "%s", name);
	must_hold(*name != '.' && *name != '#' && name[len - 1] != '~', "%s", name);
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
		must_hold(r == 0 || r == -EAGAIN, "%s of %s, %.*s: %d %s",
			      told(trial), trial->what, (int)cut, text, r, err.reason);
	}
	free(out);
}

/* Merged over itself, a value stays what it is. */
static void check_merge(struct trial *trial, enum form form, const char *text, size_t len)
{
	size_t size = type_size(trial->type);
	uint8_t *back = calloc(1, size);
	struct text_error err = { 0, "" };
	int r = bytes_of(trial->type, form, text, len, trial->bytes, VALUE_MERGE, back, &err);

	must_hold(!r, "merge: %d %s: %s of %s: %s", r, err.reason, told(trial),
		      trial->what, text);
	must_hold(!memcmp(back, trial->bytes, size), "merge: %s of %s: %s", told(trial),
		      trial->what, text);
	free(back);
}

static void check_exact(struct trial *trial)
{
	size_t size = type_size(trial->type);
	uint8_t *back = calloc(1, size);
	struct text_error err = { 0, "" };
	struct buf text = BUF_INIT;
	int r;

	r = value_format_exact(trial->type, trial->bytes, &text);
	must_hold(r == 0, "exact: %d", r);
	r = bytes_of(trial->type, FORM_JSON, text.data, text.len, NULL, 0, back, &err);
	must_hold(!r && !memcmp(back, trial->bytes, size), "exact: %d %s: %s of %s: %s",
		      r, err.reason, told(trial), trial->what, buf_cstr(&text));
	buf_release(&text);
	free(back);
}

/* Bytes that differ may be lost. */
static void check_lost(struct trial *trial, const uint8_t *back, const char *text)
{
	size_t i, size = type_size(trial->type);
	uint8_t *may = calloc(1, size);

	if (trial->btf)
		lost(trial->btf, trial->id, trial->bytes, may);
	else
		memset(may, 1, size);
	for (i = 0; i < size; i++)
		must_hold(may[i] == 1 || back[i] == trial->bytes[i],
			      "byte %zu is lost (now %02x): %s of %s: %s", i, back[i],
			      told(trial), trial->what, text);
	free(may);
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
	/* A union may hold a NaN of which there are too many to tell apart. */
	if (r && has_floats && memmem(text, len, "\"nan\"", 5))
		goto out;
	must_hold(!r, "%d %s: %s of %s: %s", r, err.reason, told(trial),
		      trial->what, text);
	check_lost(trial, back, text);
	/* Keys are never merged. */
	if (strncmp(trial->what, "prefix(", 7) &&
	    (!has_floats || !memmem(text, len, "nan", 3)))
		check_merge(trial, form, text, len);
	text2 = text_of(trial->type, form, back, &len2);
	len -= form == FORM_BARE;
	must_hold(len == len2 && !memcmp(text, text2, len), "%s of %s: %s, %s",
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
		must_hold(!memcmp(back, before, size), "%s wrote", text);
		must_hold(err.column >= 1 && err.column <= len + 1 && *err.reason,
			      "%s: column %zu: %s", text, err.column, err.reason);
	}
	free(text);
	free(back);
	free(before);
}

static void check_all(const struct type *t, const char *what, const struct btf *btf,
		      int id, bool has_floats)
{
	uint8_t *bytes = calloc(1, type_size(t));
	struct trial trial = { t, what, btf, (uint32_t)id, bytes, "" };
	enum form form;
	int i;

	for (i = 0; i < 4; i++) {
		random_bytes(bytes, type_size(t));
		check_name(&trial);
		check_exact(&trial);
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
		check_all(t, text.data, NULL, 0,
			  strstr(text.data, "f32") || strstr(text.data, "f64"));

		buf_clear(&text);
		type_describe(t, &text);
		t2 = type_of(buf_cstr(&text));
		type_describe(t2, &again);
		must_hold(!strcmp(text.data, buf_cstr(&again)), "%s, %s", text.data,
			  again.data);
		must_hold(type_size(t) == type_size(t2), "%s", text.data);
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
		check_all(t, text.data, NULL, 0,
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
			struct trial trial = { t, types[i], NULL, 0, bytes, "" };
			size_t len;
			char *name;

			random_bytes(bytes, type_size(t));
			memcpy(bytes, &length, 4);
			check_name(&trial);
			check_value(&trial, FORM_JSON, false);
			name = text_of(t, FORM_NAME, bytes, &len);
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
		check_all(t, buf_cstr(&text), btf, made.id, true);
		type_free(t);
		type_free(type_of(text.data));
		buf_release(&text);
		btf__free(btf);
	}
}
END_TEST

/* The same as keys of LPM tries, with a name and without. */
START_TEST(prefixes_of_any_type)
{
	unsigned i;

	random_seed();
	for (i = 0; i < rounds(); i++) {
		struct btf *btf = btf__new_empty();
		struct random_type data = random_btf(btf, 1 + random_below(2));
		int u32 = btf__add_int(btf, "unsigned int", 4, 0), id;
		uint32_t size = 4 + data.size + random_below(3), length;
		bool record = btf_is_composite(btf__type_by_id(btf, (uint32_t)data.id));
		uint8_t bytes[260] = { 0 };
		struct trial trial = { NULL, "prefix()", NULL, 0, bytes, "" };
		struct type *t = NULL;

		id = btf__add_struct(btf, NULL, size);
		btf__add_field(btf, "len", u32, 0, 0);
		btf__add_field(btf, record && random_below(2) ? NULL : "data", data.id, 32, 0);
		if (size <= sizeof(bytes) &&
		    !type_prefix_from_btf(btf, (uint32_t)id, size, &t)) {
			trial.type = t;
			random_bytes(bytes, size);
			length = random_below(8 * (size - 4) + 2);
			memcpy(bytes, &length, 4);
			check_name(&trial);
			check_exact(&trial);
		}
		type_free(t);
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
	tcase_add_test(tcase, prefixes_of_any_type);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}

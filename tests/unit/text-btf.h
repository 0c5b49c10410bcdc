/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For tests of types that are built by hand with libbpf: one BTF per test, with the
 * usual integers, and checks of bytes against text. Bytes are written in little-endian
 * order, see text-order.h.
 */
#ifndef BPFMAPFS_TESTS_TEXT_BTF_H
#define BPFMAPFS_TESTS_TEXT_BTF_H

#include "text-order.h"
#include "text-util.h"

static struct btf *btf;
static int u8, u16, u32, u64, s32, chr, be32;

static inline void setup(void)
{
	btf = btf__new_empty();
	u8 = btf__add_int(btf, "unsigned char", 1, 0);
	u16 = btf__add_int(btf, "unsigned short", 2, 0);
	u32 = btf__add_int(btf, "unsigned int", 4, 0);
	u64 = btf__add_int(btf, "unsigned long long", 8, 0);
	s32 = btf__add_int(btf, "int", 4, BTF_INT_SIGNED);
	chr = btf__add_int(btf, "char", 1, 0);
	be32 = btf__add_typedef(btf, "__be32", u32);
}

static inline void teardown(void)
{
	btf__free(btf);
}

static inline int field(const char *name, int type, uint32_t bit, uint32_t bits)
{
	return btf__add_field(btf, name, type, bit, bits);
}

/* For what btf__add_*() cannot make. */
static inline struct btf_type *type_at(int id)
{
	return (struct btf_type *)btf__type_by_id(btf, (uint32_t)id);
}

static inline int array(int elem, uint32_t count)
{
	return btf__add_array(btf, u32, elem, count);
}

/* A union of a u32, its bytes, and a u16. */
static inline int word_union(const char *name)
{
	int bytes = array(u8, 4), id = btf__add_union(btf, name, 4);

	field("word", u32, 0, 0);
	field("bytes", bytes, 0, 0);
	field("low", u16, 0, 0);
	return id;
}

/* The type that was compiled last, whose fixtures are put into the machine's order. */
static struct {
	const struct type *type;
	uint32_t id;
	bool prefix;
} newest;

/* From here on fixtures are bytes as this machine has them. */
static inline void fixtures_as_they_are(void)
{
	newest.type = NULL;
}

/* The bytes of a fixture of t. */
static inline size_t fixture(const struct type *t, const char *hex, uint8_t *out, size_t size)
{
	size_t n = hex_bytes(hex, out, size);

	if (t == newest.type && newest.prefix)
		prefix_to_machine_order(btf, newest.id, n, out);
	else if (t == newest.type)
		to_machine_order(btf, newest.id, out);
	return n;
}

/* A text that is the raw form of the fixture is in the machine's order, too. */
static inline const char *fixture_text(const struct type *t, const char *hex, const char *text)
{
	static char raw[2 + 2 * 256];
	uint8_t bytes[256];
	size_t n;

	if (text[0] != '@' || strcmp(text + 1, hex))
		return text;
	n = fixture(t, hex, bytes, sizeof(bytes));
	raw[0] = '@';
	for (size_t i = 0; i < n; i++)
		snprintf(raw + 1 + 2 * i, 3, "%02x", bytes[i]);
	return raw;
}

static inline struct type *compiled(int id, size_t size)
{
	struct type *t = NULL;

	ck_assert_int_eq(type_from_btf(btf, (uint32_t)id, size, &t), 0);
	newest.type = t;
	newest.id = (uint32_t)id;
	newest.prefix = false;
	return t;
}

static inline struct type *compiled_prefix(int id, size_t size)
{
	struct type *t = NULL;

	ck_assert_int_eq(type_prefix_from_btf(btf, (uint32_t)id, size, &t), 0);
	newest.type = t;
	newest.id = (uint32_t)id;
	newest.prefix = true;
	return t;
}

static inline void check_text(const struct type *t, enum form form, const char *hex,
			      const char *expected)
{
	uint8_t bytes[256];
	size_t len, size = fixture(t, hex, bytes, sizeof(bytes));
	char *text;

	ck_assert_uint_eq(size, type_size(t));
	text = text_of(t, form, bytes, &len);
	ck_assert_str_eq(text, fixture_text(t, hex, expected));
	free(text);
}

static inline void check_value_over(const struct type *t, unsigned flags,
				    const char *current, const char *text, int code,
				    const char *hex)
{
	uint8_t old[256] = { 0 }, read[256], expected[256];
	struct text_error err = { 0, "" };
	int r;

	if (current)
		fixture(t, current, old, sizeof(old));
	r = bytes_of(t, FORM_BARE, text, strlen(text), current ? old : NULL, flags, read,
		     &err);
	ck_assert_msg(r == code, "%s: %d, %s", text, r, err.reason);
	if (r)
		return;
	ck_assert_uint_eq(fixture(t, hex, expected, sizeof(expected)), type_size(t));
	ck_assert_mem_eq(read, expected, type_size(t));
}

static inline void check_name_read(const struct type *t, const char *name,
				   const char *hex)
{
	uint8_t read[256], expected[256];
	struct text_error err = { 0, "" };
	int r = bytes_of(t, FORM_NAME, name, strlen(name), NULL, 0, read, &err);

	ck_assert_msg(r == 0, "%s: %d, %s", name, r, err.reason);
	fixture(t, hex, expected, sizeof(expected));
	ck_assert_mem_eq(read, expected, type_size(t));
}

/* Written so, and read back to the same. */
static inline void check_both(const struct type *t, enum form form, const char *hex,
			      const char *text)
{
	check_text(t, form, hex, text);
	text = fixture_text(t, hex, text);
	if (form == FORM_NAME)
		check_name_read(t, text, hex);
	else if (form == FORM_BARE)
		check_value_over(t, 0, NULL, text, 0, hex);
}

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Input: a type of the grammar, a newline, a text. Invalid types fuzz the grammar;
 * texts after a valid type fuzz names and values. A '$' and a letter select a type of
 * the table, so that texts are reached without finding a type first.
 */
#include "fuzz-text.h"

const char fuzz_name[] = "types_and_texts_of_random_words";
const unsigned fuzz_rounds = 200000;
const size_t fuzz_longest = 120;
const struct fuzz_word fuzz_words[] = {
	WORD("u8"), WORD("s16"), WORD("u32"), WORD("u64"), WORD("u128"), WORD("x8"),
	WORD("x64"), WORD("bool"), WORD("f32"), WORD("f64"), WORD("be16"),
	WORD("be32"), WORD("be64"), WORD("ipv4"), WORD("ipv6"), WORD("mac"),
	WORD("char"), WORD("bytes"), WORD("prefix("), WORD(")"), WORD("[2]"),
	WORD("[16]"), WORD("{a:"), WORD(",b:"), WORD("}"), WORD("struct {"),
	WORD("union {"), WORD("__u32 a"), WORD("; "), WORD("int b:3"), WORD("\n"),
	WORD("\n"), WORD("\n{\"a\":"), WORD(",\"b\":"), WORD("["), WORD("]"),
	WORD(","), WORD("0"), WORD("1"), WORD("-1"), WORD("255"), WORD("0x1"),
	WORD("1e3"), WORD("nan"), WORD("\"x\""), WORD("10.0.0.1"), WORD("::1"),
	WORD("/8"), WORD("_8"), WORD("@"), WORD("00ff"), WORD("\"@6\":\"ff\""),
	WORD("%"), WORD("%2E"), WORD("true"), WORD("null"), WORD("\\u00e9"), WORD(" "),
	WORD("$a\n"), WORD("$b\n"), WORD("$e\n"), WORD("$h\n"), WORD("$k\n"), WORD("$n\n"),
	WORD("$p\n"), WORD("$q\n"), WORD("$r\n"), WORD("$s\n"), WORD("$t\n"), WORD("$u\n"),
	WORD("$v\n"), WORD("$w\n"), WORD("$x\n"), WORD("$y\n"), WORD("$z\n"), LAST_WORD,
};

static const char *const types[] = {
	"u8", "s64", "u128", "x16", "bool", "f32", "f64", "be16", "ipv4", "ipv6", "mac",
	"char[8]", "bytes[5]", "prefix(ipv4)", "prefix(char[4])", "prefix({a:u32,b:ipv6})",
	"u16[3]", "{a:u8,b:s32}", "{a:{b:u8,c:char[4]},d:be32[2]}", "char[3][2]",
	"union { int a; char b[8]; }", "struct { __u64 a; __u32 b:3, c:7; }",
	"struct { char a; union { __u32 b; __be16 c; }; } __attribute__((packed))",
};

static const char *type_text(const char *text, size_t *len)
{
	size_t n = sizeof(types) / sizeof(types[0]);

	if (*len != 2 || *text != '$')
		return text;
	text = types[(unsigned char)text[1] % n];
	*len = strlen(text);
	return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *end = size ? memchr(data, '\n', size) : NULL;
	size_t len = end ? (size_t)(end - (const char *)data) : size, left = size - len;
	const char *text = type_text((const char *)data, &len);
	struct btf *btf = btf__new_empty();
	struct text_error err = { 0, "" };
	struct type *t = NULL;
	uint32_t id, type_bytes;
	int r;

	r = grammar_to_btf(text, len, NULL, btf, &id, &type_bytes, &err);
	assert(r == 0 || (err.column >= 1 && err.column <= len + 1));
	if (!r && type_bytes < 4096) {
		r = len > 7 && memcmp(text, "prefix(", 7) == 0
			    ? type_prefix_from_btf(btf, id, type_bytes, &t)
			    : type_from_btf(btf, id, type_bytes, &t);
		assert(r == 0 || r == -EINVAL);
	}
	if (t && end)
		fuzz_text(t, end + 1, left - 1);
	type_free(t);
	btf__free(btf);
	return 0;
}

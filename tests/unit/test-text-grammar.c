/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The grammar of definition lines: types are described by the same text, the kernel
 * accepts their BTF, and invalid types are refused with the position of the error.
 */
#include <bpf/libbpf.h>

#include "../suite.h"
#include "text-random.h"

/* Each describes itself. */
static const char *const types[] = {
	"u8",
	"u16",
	"u32",
	"u64",
	"u128",
	"s8",
	"s16",
	"s32",
	"s64",
	"s128",
	"x8",
	"x16",
	"x32",
	"x64",
	"bool",
	"f32",
	"f64",
	"be16",
	"be32",
	"be64",
	"ipv4",
	"ipv6",
	"mac",
	"char[1]",
	"char[64]",
	"bytes[6]",
	"u32[4]",
	"u16[2][3]",
	"char[8][2]",
	"ipv6[2]",
	"{a:u8}",
	"{a:u8,b:u64,c:u8}",
	"{_x1:mac,y:be16[2],z:{a:char[3],b:u128}}",
	"{a:{b:{c:{d:u8}}}}[2]",
	"prefix(ipv4)",
	"prefix(ipv6)",
	"prefix(u64)",
	"prefix(mac)",
	"prefix(bytes[3])",
	"prefix({vni:u32,addr:ipv6})",
	"prefix({a:u64,b:u8})",
	"prefix(u16[3])",
	"prefix(char[9])",
};

#define N_TYPES (sizeof(types) / sizeof(types[0]))

START_TEST(types_describe_themselves)
{
	struct type *t = type_of(types[_i]);
	struct buf out = BUF_INIT;

	type_describe(t, &out);
	ck_assert_str_eq(buf_cstr(&out), types[_i]);
	buf_release(&out);
	type_free(t);
}
END_TEST

static const struct {
	const char *text;
	int code;
	size_t column;
} refused[] = {
	{ "", -EINVAL, 1 },
	{ "u7", -EINVAL, 1 },
	{ "u32 ", -EINVAL, 4 },
	{ "char", -EINVAL, 5 },
	{ "char[0]", -EINVAL, 6 },
	{ "char[]", -EINVAL, 6 },
	{ "char[x]", -EINVAL, 6 },
	{ "char[4", -EINVAL, 7 },
	{ "char[4294967296]", -ERANGE, 6 },
	{ "u64[536870912]", -ERANGE, 5 },
	{ "u8[65536][65536]", -ERANGE, 11 },
	{ "{}", -EINVAL, 2 },
	{ "{a}", -EINVAL, 3 },
	{ "{a:}", -EINVAL, 4 },
	{ "{a:u8", -EINVAL, 6 },
	{ "{a:u8,}", -EINVAL, 7 },
	{ "{a:u8,a:u8}", -EINVAL, 7 },
	{ "{1a:u8}", -EINVAL, 2 },
	{ "{a-b:u8}", -EINVAL, 3 },
	{ "{a:u8}}", -EINVAL, 7 },
	{ "prefix", -EINVAL, 1 },
	{ "prefix()", -EINVAL, 8 },
	{ "prefix(u8", -EINVAL, 10 },
	{ "struct flow", -EINVAL, 12 },
	{ "{a:u8[4000000000],b:u8[4000000000]}", -ERANGE, 19 },
};

START_TEST(what_is_no_type_is_refused_at_its_column)
{
	struct btf *btf = btf__new_empty();
	struct text_error err = { 0, "" };
	uint32_t id, size;
	int r = grammar_to_btf(refused[_i].text, strlen(refused[_i].text), NULL, btf, &id,
			       &size, &err);

	ck_assert_msg(
		r == refused[_i].code && err.column == refused[_i].column && *err.reason,
		"%s: %d at column %zu: %s", refused[_i].text, r, err.column, err.reason);
	btf__free(btf);
}
END_TEST

START_TEST(nesting_has_an_end)
{
	char text[4096];
	struct btf *btf = btf__new_empty();
	uint32_t id, size, i;

	for (i = 0; i + 3 < sizeof(text); i += 3)
		memcpy(text + i, "{a:", 3);
	ck_assert_int_eq(grammar_to_btf(text, i, NULL, btf, &id, &size, NULL), -EINVAL);
	btf__free(btf);
}
END_TEST

static void declare(const char *grammar, const char *name, struct buf *out)
{
	struct btf *btf = btf__new_empty();
	uint32_t id, size;

	ck_assert_int_eq(
		grammar_to_btf(grammar, strlen(grammar), name, btf, &id, &size, NULL), 0);
	ck_assert_int_eq(
		grammar_c_decl(btf, &(struct c_part){ "key", id, size }, 1, out), 0);
	ck_assert_ptr_nonnull(buf_cstr(out));
	btf__free(btf);
}

START_TEST(declarations_are_c)
{
	struct buf out = BUF_INIT;

	declare("{saddr:ipv4,port:be16,name:char[4]}", "flow", &out);
	ck_assert_ptr_nonnull(strstr(out.data, "typedef unsigned int ipv4;"));
	ck_assert_ptr_nonnull(strstr(out.data, "struct flow {"));
	ck_assert_ptr_nonnull(strstr(out.data, "\tipv4 saddr;"));
	ck_assert_ptr_nonnull(strstr(out.data, "\tchar name[4];"));
	buf_clear(&out);
	declare("prefix(u64)", NULL, &out);
	ck_assert_ptr_nonnull(strstr(out.data, "packed"));
	buf_release(&out);
}
END_TEST

/* Each of these has as many ways through it as 2 to the power of its depth. */
static void check_declared_as_bytes(const char *name, uint32_t levels)
{
	struct btf *btf = btf__new_empty();
	int id = btf__add_int(btf, "int", 4, BTF_INT_SIGNED);
	struct c_part part = { "key", 0, 4 };
	struct buf out = BUF_INIT;

	while (levels--) {
		int inner = id;

		id = btf__add_union(btf, name, 4);
		btf__add_field(btf, "a", inner, 0, 0);
		btf__add_field(btf, "b", inner, 0, 0);
	}
	part.id = (uint32_t)id;
	ck_assert_int_eq(grammar_c_decl(btf, &part, 1, &out), 0);
	ck_assert_str_eq(buf_cstr(&out), "/* key: the type cannot be declared */\n"
					 "typedef unsigned char key[4];\n");
	buf_release(&out);
	btf__free(btf);
}

START_TEST(declarations_without_end_are_bytes)
{
	check_declared_as_bytes(NULL, 30);
	check_declared_as_bytes("u", 30);
}
END_TEST

static unsigned count_of(const char *s, const char *what)
{
	unsigned n = 0;

	while ((s = strstr(s, what)) != NULL) {
		s += strlen(what);
		n++;
	}
	return n;
}

START_TEST(declarations_come_once)
{
	struct btf *btf = btf__new_empty();
	int u32 = btf__add_int(btf, "u32", 4, 0), addr, key, value;
	struct c_part parts[2];
	struct buf out = BUF_INIT;

	addr = btf__add_union(btf, "addr", 4);
	btf__add_field(btf, "v4", u32, 0, 0);
	key = btf__add_struct(btf, "flow_id", 4);
	btf__add_field(btf, "peer", addr, 0, 0);
	value = btf__add_struct(btf, "flow", 8);
	btf__add_field(btf, "nat", addr, 0, 0);
	btf__add_field(btf, "id", key, 32, 0);
	parts[0] = (struct c_part){ "key", (uint32_t)key, 4 };
	parts[1] = (struct c_part){ "value", (uint32_t)value, 8 };
	ck_assert_int_eq(grammar_c_decl(btf, parts, 2, &out), 0);
	buf_cstr(&out);
	ck_assert_uint_eq(count_of(out.data, "union addr {"), 1);
	ck_assert_uint_eq(count_of(out.data, "struct flow_id {"), 1);
	ck_assert_uint_eq(count_of(out.data, "struct flow {"), 1);
	/* what C does not know is declared */
	ck_assert_uint_eq(count_of(out.data, "typedef unsigned int u32;"), 1);
	buf_release(&out);
	btf__free(btf);
}
END_TEST

/* A search for each name takes hours for as many names as BTF can have. */
START_TEST(many_names_of_integers_are_declared_soon)
{
	struct btf *btf = btf__new_empty();
	int id = btf__add_int(btf, "u32", 4, 0), flow = btf__add_struct(btf, "flow", 4);
	struct buf all = BUF_INIT, line = BUF_INIT;
	struct c_part part = { "value", (uint32_t)flow, 4 };
	const char *second;
	unsigned lines = 0;
	char name[16];

	btf__add_field(btf, "n", id, 0, 0);
	for (unsigned i = 0; i < 200000; i++) {
		snprintf(name, sizeof(name), "u%u", i + 100);
		id = btf__add_int(btf, name, 4, 0);
	}
	btf__add_typedef(btf, "u101", id);
	btf__add_int(btf, "u102", 8, 0); /* the second of that name */
	ck_assert_int_eq(grammar_c_decl(btf, &part, 1, &all), 0);
	buf_cstr(&all);
	/* not by count_of(): strstr(3) is slow in long texts under ASan */
	for (const char *s = all.data; *s; s++)
		lines += *s == '\n';
	ck_assert_uint_ge(lines, 200000);
	ck_assert_ptr_null(strstr(all.data, " u101;"));
	second = strstr(all.data, " u102;");
	ck_assert_ptr_nonnull(second);
	ck_assert_ptr_null(strstr(second + 1, " u102;"));
	ck_assert_int_eq(grammar_c_line(btf, &part, &line), 0);
	ck_assert_str_eq(buf_cstr(&line), "typedef unsigned int u32; struct flow { u32 n; };");
	buf_release(&line);
	buf_release(&all);
	btf__free(btf);
}
END_TEST

/* Names of static variables repeat, and those of functions have a dot. */
START_TEST(variables_are_declared_under_names_of_c)
{
	struct btf *btf = btf__new_empty();
	int u32 = btf__add_int(btf, "u32", 4, 0), u8 = btf__add_int(btf, "u8", 1, 0);
	int vars[] = { btf__add_var(btf, "state", BTF_VAR_STATIC, u32),
		       btf__add_var(btf, "main.state", BTF_VAR_STATIC, u8),
		       btf__add_var(btf, "state", BTF_VAR_STATIC, u8) };
	struct c_part part = { "value", 0, 12 };
	struct buf out = BUF_INIT;

	part.id = (uint32_t)btf__add_datasec(btf, ".data", 12);
	for (uint32_t i = 0; i < 3; i++)
		btf__add_datasec_var_info(btf, vars[i], 4 * i, i ? 1 : 4);
	ck_assert_int_eq(grammar_c_decl(btf, &part, 1, &out), 0);
	ck_assert_str_eq(buf_cstr(&out),
			 "typedef unsigned int u32;\n"
			 "typedef unsigned char u8;\n"
			 "/* value */\n"
			 "u32 state; /* offset 0, size 4 */\n"
			 "u8 main_state_4; /* main.state, offset 4, size 1 */\n"
			 "u8 state_8; /* state, offset 8, size 1 */\n");
	buf_release(&out);
	btf__free(btf);
}
END_TEST

static int load(const char *grammar)
{
	struct btf *btf = btf__new_empty();
	uint32_t id, size;
	int r;

	libbpf_set_print(NULL);
	r = grammar_to_btf(grammar, strlen(grammar), "named", btf, &id, &size, NULL);
	if (!r)
		r = btf__load_into_kernel(btf);
	btf__free(btf);
	return r;
}

START_TEST(the_kernel_takes_every_type)
{
	ck_assert_msg(load(types[_i]) == 0, "%s: %s", types[_i], strerror(errno));
}
END_TEST

START_TEST(the_kernel_takes_random_types)
{
	struct buf text = BUF_INIT;
	int i;

	random_seed();
	for (i = 0; i < 200; i++) {
		buf_clear(&text);
		random_grammar(&text, 3);
		ck_assert_msg(load(buf_cstr(&text)) == 0, "%s", text.data);
	}
	buf_release(&text);
}
END_TEST

/* What C declarations come to, in the grammar; NULL: they are refused. */
static const struct {
	const char *c, *grammar;
	uint32_t size;
} c_types[] = {
	{ "struct { __u64 packets; __u32 state; }", "{packets:u64,state:u32}", 16 },
	{ "struct flow { __be32 saddr, daddr; __be16 sport; };",
	  "{saddr:ipv4,daddr:ipv4,sport:be16}", 12 },
	{ "unsigned int", "u32", 4 },
	{ "unsigned long long int", "u64", 8 },
	{ "long unsigned", "u64", 8 },
	{ "__u32", "u32", 4 },
	{ "uint16_t", "u16", 2 },
	{ "struct in6_addr", "ipv6", 16 },
	{ "struct { char comm[16]; unsigned char mac[6]; signed char a; }",
	  "{comm:char[16],mac:bytes[6],a:s8}", 23 },
	{ "struct { int a[2][3]; }", "{a:s32[3][2]}", 24 },
	{ "struct { struct { __u8 a; __u16 b; } in; struct { __u32 c; }; }",
	  "{in:{a:u8,b:u16},c:u32}", 8 },
	{ "struct { __u8 a; __u32 b; } __attribute__((packed))", "bytes[5]", 5 },
	{ "struct { __u8 a; } __attribute__((aligned(8)));", "bytes[8]", 8 },
	{ "struct { __u8 a; __u32 b __attribute__((aligned(8))); };", "bytes[16]", 16 },
	{ "struct { __u32 a:3, b:5; __u32 :0; __u32 c; }", "bytes[8]", 8 },
	{ "struct { struct task *p, **q; void (*fn)(int, char); }",
	  "{p:x64,q:x64,fn:x64}", 24 },
	{ "struct { const volatile char *name; __u32 const n; }", "{name:x64,n:u32}", 16 },
	{ "union { __u32 a; __u8 b[8]; }", "bytes[8]", 8 },
	{ "enum { A, B = 5, C, D = -1 }", "s32", 4 },
	{ "enum big { X = 0x100000000 }", "u64", 8 },
	{ "typedef __u32 id; struct a { id x; }; struct b { struct a y; id z; };",
	  "{y:{x:u32},z:u32}", 8 },
	{ "/* key */\nstruct a { __u32 x; }; // end\n", "{x:u32}", 4 },
	{ "{a:__u16,b:struct { __u8 c; }}", "{a:u16,b:{c:u8}}", 4 },
	{ "prefix(struct { __be32 a; })", "prefix(ipv4)", 8 },
	{ "struct { __u32 a; __u8 flex[]; }", "{a:u32}", 4 },
	{ "struct {", NULL, 0 },
	{ "struct { __u32 }", NULL, 0 },
	{ "struct { __u32 a }", NULL, 0 },
	{ "struct { __u32 a; __u32 a; }", NULL, 0 },
	{ "struct { __u8 a:9; }", NULL, 0 },
	{ "struct { foo a; }", NULL, 0 },
	{ "struct { struct foo a; }", NULL, 0 },
	{ "struct foo", NULL, 0 },
	{ "void", NULL, 0 },
	{ "struct { __u32 a[4294967295]; __u32 b[4294967295]; }", NULL, 0 },
	{ "struct a { __u32 x; }; struct a { __u32 y; };", NULL, 0 },
	{ "struct { __u32 a; } b c;", NULL, 0 },
	{ "long long long", NULL, 0 },
	{ "unsigned signed int", NULL, 0 },
	{ "struct { __u32 a __attribute__((aligned(3))); }", NULL, 0 },
	{ "struct { __u32 a; } ____cacheline_aligned;", NULL, 0 },
	{ "/* no end", NULL, 0 },
};

/* As clang lays them out. Libbpf cannot write all of these again. */
static const struct {
	const char *c, *grammar;
	uint32_t size;
} c_layouts[] = {
	/* attributes before the members, and macros of the kernel's headers */
	{ "struct __attribute__((packed)) { __u8 a; __u32 b; }", "bytes[5]", 5 },
	{ "struct __attribute__((packed)) s { __u8 a; __u32 b; } __attribute__((aligned(2)))",
	  "bytes[6]", 6 },
	{ "struct { __u8 a; __u32 b; } __packed", "bytes[5]", 5 },
	{ "struct __packed s { __u8 a; __u32 b; } __aligned(2);", "bytes[6]", 6 },
	{ "union __attribute__((aligned(16))) { __u8 a; }", "bytes[16]", 16 },
	{ "struct { __u8 a; struct __packed { __u8 b; __u32 c; } d; }", "{a:u8,d:bytes[5]}", 6 },
	/* between type and name they are those of all members that are declared */
	{ "struct { __u8 a; int __attribute__((aligned(8))) b; }", "bytes[16]", 16 },
	{ "struct { __u8 a; __u8 __aligned(4) b, c; }", "bytes[12]", 12 },
	{ "struct { __u8 a; __u32 __packed b; }", "bytes[5]", 5 },
	{ "struct { __u8 a; void * __attribute__((aligned(16))) p; }", "bytes[32]", 32 },
	{ "struct { __u8 a:6; __u8 b:5 __packed; __u8 c; }", "bytes[3]", 3 },
	{ "struct { __u64 a:22; __u64 b:42 __aligned(4); }", "bytes[16]", 16 },
	{ "typedef __u64 __attribute__((aligned(4))) old; struct { __u32 a; old b; }",
	  "bytes[12]", 12 },
	{ "typedef __u8 wide __aligned(8); struct { __u8 a; wide b; }", "bytes[16]", 16 },
	/* enums have the size of their values */
	{ "enum { A = 255 } __attribute__((packed))", "u8", 1 },
	{ "enum __attribute__((packed)) { A = 256 }", "u16", 2 },
	{ "enum { A = -128, B = 127 } __packed", "s8", 1 },
	{ "enum { A = -1, B = 128 } __packed", "s16", 2 },
	{ "enum { A = -129 } __packed", "s16", 2 },
	{ "enum { A = 0x10000 } __packed", "u32", 4 },
	{ "enum { A = 0x100000000 } __packed", "u64", 8 },
	{ "enum { A = -0x80000000, B = 0x7fffffff }", "s32", 4 },
	{ "enum { A = 0x7fffffff, B }", "s32", 4 }, /* BTF has no sign for it */
	{ "enum { A = 0xffffffff, B }", "u64", 8 },
	{ "enum { A = -1, B = 0x80000000 }", "s64", 8 },
	{ "enum { A = -2, B, C, D = 0xffffffffffffffff }", "s64", 8 },
	{ "enum { A = 0xffffffffffffffff }", "u64", 8 },
};

static int parse_c(const char *text, size_t len, struct btf *btf, uint32_t *id, uint32_t *size)
{
	/* A copy of exactly this length, so that a sanitizer sees who reads on. */
	char *copy = malloc(len ? len : 1);
	struct text_error err = { 0, "" };
	int r;

	memcpy(copy, text, len);
	r = grammar_to_btf(copy, len, NULL, btf, id, size, &err);
	free(copy);
	if (r)
		ck_assert_msg(err.column >= 1 && err.column <= len + 1 && *err.reason,
			      "%.*s: column %zu, %s", (int)len, text, err.column, err.reason);
	return r;
}

static struct type *compile_c(const struct btf *btf, uint32_t id, uint32_t size, bool prefix)
{
	struct type *t = NULL;
	int r = prefix ? type_prefix_from_btf(btf, id, size, &t) :
			 type_from_btf(btf, id, size, &t);

	ck_assert_int_eq(r, 0);
	return t;
}

START_TEST(c_has_the_layout_of_a_compiler)
{
	const char *c = c_layouts[_i].c;
	struct btf *btf = btf__new_empty();
	struct buf out = BUF_INIT;
	uint32_t id, size;
	struct type *t;
	int r = parse_c(c, strlen(c), btf, &id, &size);

	ck_assert_msg(!r, "%s: %d", c, r);
	ck_assert_msg(size == c_layouts[_i].size, "%s: %u bytes", c, size);
	t = compile_c(btf, id, size, false);
	type_describe(t, &out);
	ck_assert_str_eq(buf_cstr(&out), c_layouts[_i].grammar);
	type_free(t);
	buf_release(&out);
	btf__free(btf);
}
END_TEST

START_TEST(c_declarations_are_types)
{
	const char *c = c_types[_i].c, *expected = c_types[_i].grammar;
	struct btf *btf = btf__new_empty();
	struct buf out = BUF_INIT, decl = BUF_INIT;
	struct c_part part = { "value", 0, 0 };
	struct type *t;
	uint32_t size;
	int r = parse_c(c, strlen(c), btf, &part.id, &part.size);

	ck_assert_msg(!r == !!expected, "%s: %d", c, r);
	if (expected) {
		ck_assert_uint_eq(part.size, c_types[_i].size);
		t = compile_c(btf, part.id, part.size, !strncmp(c, "prefix", 6));
		type_describe(t, &out);
		ck_assert_str_eq(buf_cstr(&out), expected);
		type_free(t);
		/* what is printed of it is understood */
		ck_assert_int_eq(grammar_c_decl(btf, &part, 1, &decl), 0);
		btf__free(btf);
		btf = btf__new_empty();
		r = parse_c(decl.data, decl.len, btf, &part.id, &size);
		ck_assert_msg(r == 0, "%s: %s", c, buf_cstr(&decl));
		ck_assert_uint_eq(size, part.size);
	}
	buf_release(&out);
	buf_release(&decl);
	btf__free(btf);
}
END_TEST

START_TEST(the_kernel_takes_c_declarations)
{
	if (c_types[_i].grammar)
		ck_assert_msg(load(c_types[_i].c) == 0, "%s: %s", c_types[_i].c,
			      strerror(errno));
}
END_TEST

/* Cut off anywhere, and with a byte changed: refused or not, nothing breaks. */
START_TEST(c_declarations_of_any_text_end)
{
	const char *c = c_types[_i].c;
	char *copy = strdup(c);
	uint32_t id, size;

	for (size_t len = 0; len <= strlen(c); len++) {
		struct btf *btf = btf__new_empty();

		parse_c(c, len, btf, &id, &size);
		btf__free(btf);
	}
	for (size_t at = 0; at < strlen(c); at++) {
		for (const char *p = "{};:*([)],=9a "; *p; p++) {
			struct btf *btf = btf__new_empty();

			copy[at] = *p;
			parse_c(copy, strlen(c), btf, &id, &size);
			btf__free(btf);
		}
		copy[at] = c[at];
	}
	free(copy);
}
END_TEST

static void check_long(const char *head, const char *piece, unsigned n, const char *tail)
{
	struct btf *btf = btf__new_empty();
	struct buf text = BUF_INIT;
	uint32_t id, size;

	buf_puts(&text, head);
	while (n--)
		buf_puts(&text, piece);
	buf_puts(&text, tail);
	ck_assert_int_ne(parse_c(text.data, text.len, btf, &id, &size), 0);
	buf_release(&text);
	btf__free(btf);
}

START_TEST(c_declarations_are_bounded)
{
	check_long("", "struct { ", 1000, "");
	check_long("struct { __u32 ", "*", 100000, "");
	check_long("struct { __u32 a", "[2]", 1000, ";}");
	check_long("struct { ", "__u32 :1;", 100000, "");
	check_long("", "typedef int x;", 1000, "");
	check_long("enum { A", ",B", 10000, "}");
	check_long("struct { void (*f)", "(", 100000, "");
	check_long("struct { int a __attribute__((x", "(", 100000, "");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("text-grammar");
	TCase *tcase = tcase_create("grammar");
	const char *require = getenv("TEST_REQUIRE");
	bool kernel = load("u32") == 0 || (require && strstr(require, "bpf"));

	tcase_add_loop_test(tcase, types_describe_themselves, 0, N_TYPES);
	tcase_add_loop_test(tcase, what_is_no_type_is_refused_at_its_column, 0,
			    sizeof(refused) / sizeof(refused[0]));
	tcase_add_test(tcase, nesting_has_an_end);
	tcase_add_test(tcase, declarations_are_c);
	tcase_add_test(tcase, declarations_without_end_are_bytes);
	tcase_add_test(tcase, declarations_come_once);
	tcase_add_test(tcase, many_names_of_integers_are_declared_soon);
	tcase_add_test(tcase, variables_are_declared_under_names_of_c);
	tcase_add_loop_test(tcase, c_declarations_are_types, 0,
			    (int)(sizeof(c_types) / sizeof(c_types[0])));
	tcase_add_loop_test(tcase, c_has_the_layout_of_a_compiler, 0,
			    sizeof(c_layouts) / sizeof(c_layouts[0]));
	tcase_add_loop_test(tcase, c_declarations_of_any_text_end, 0,
			    (int)(sizeof(c_types) / sizeof(c_types[0])));
	tcase_add_test(tcase, c_declarations_are_bounded);
	if (kernel) {
		tcase_add_loop_test(tcase, the_kernel_takes_every_type, 0, N_TYPES);
		tcase_add_test(tcase, the_kernel_takes_random_types);
		tcase_add_loop_test(tcase, the_kernel_takes_c_declarations, 0,
				    (int)(sizeof(c_types) / sizeof(c_types[0])));
	} else {
		printf("# not asked the kernel: it takes no BTF from us\n");
	}
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}

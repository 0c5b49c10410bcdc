/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Input: a definition line. If it is accepted, its printed form is parsed to the same
 * definition, and a map that is created from it has this definition. Its C declarations
 * are accepted as a type.
 */
#include "fuzz-wire.h"

const char fuzz_name[] = "definition_lines_of_random_words";
const unsigned fuzz_rounds = 12000;
const size_t fuzz_longest = 150;
const struct fuzz_word fuzz_words[] = {
	WORD(" type="), WORD("hash"), WORD("array"), WORD("lpm_trie"), WORD("percpu_hash"),
	WORD("queue"), WORD("lru_hash"), WORD(" key="), WORD(" key="), WORD(" value="),
	WORD(" value="), WORD(" max_entries="), WORD(" flags="), WORD("no_prealloc"),
	WORD(",mmapable"), WORD(" inner="), WORD(" extra="), WORD(" numa_node="), WORD(" show="),
	WORD("u8"), WORD("u32"), WORD("u64"), WORD("s128"), WORD("x16"), WORD("bool"),
	WORD("f64"), WORD("be32"), WORD("ipv4"), WORD("ipv6"), WORD("mac"), WORD("char[16]"),
	WORD("bytes[6]"), WORD("prefix(ipv4)"), WORD("prefix({a:u32,b:ipv6})"), WORD("[3]"),
	WORD("{a:u32}"), WORD("{a:u8,b:{c:u64}}"), WORD("struct { __u64 a; __u32 b:3; }"),
	WORD("union { int a; char b[4]; }"), WORD("struct {"), WORD(" unsigned long c;"),
	WORD(" char *d, e[2];"), WORD("}"), WORD(" __attribute__((packed))"), WORD("\""),
	WORD("'"), WORD("("), WORD(")"), WORD("["), WORD("]"), WORD("{"), WORD(" "), WORD("0"),
	WORD("1"), WORD("5"), WORD("4096"), WORD("4294967295"), WORD("0x10"), WORD("\n"),
	LAST_WORD,
};

static void format_twice(const char *line, size_t len)
{
	_cleanup_def_ struct def builtin = { 0 }, d = { 0 }, again = { 0 };
	_cleanup_buf_ struct buf once = BUF_INIT, twice = BUF_INIT;
	struct text_error err = { 0 };
	int r;

	FUZZ_ASSERT(def_parse(NULL, DEF_BUILTIN, strlen(DEF_BUILTIN), &builtin, &err) == 0);
	r = def_parse(&builtin, line, len, &d, &err);
	FUZZ_ASSERT(r == 0 || r == -EINVAL || r == -ERANGE || r == -EAGAIN, "def_parse gave %d",
		    r);
	if (r < 0) {
		FUZZ_ASSERT(*err.reason && err.column >= 1 && err.column <= len + 1);
		return;
	}
	def_format(&d, &once);
	r = def_parse(&builtin, once.data, once.len, &again, &err);
	FUZZ_ASSERT(r == 0, "'%.*s' is refused: %s", (int)once.len, once.data, err.reason);
	def_format(&again, &twice);
	FUZZ_ASSERT(fuzz_same(&once, &twice), "%.*s\n%.*s", (int)once.len, once.data,
		    (int)twice.len, twice.data);
}

/* Small enough to be made a thousand times. */
static bool is_small(const char *line, size_t len)
{
	_cleanup_def_ struct def builtin = { 0 }, d = { 0 };
	struct text_error err = { 0 };
	size_t key = 0, value = 0;

	def_parse(NULL, DEF_BUILTIN, strlen(DEF_BUILTIN), &builtin, &err);
	if (def_parse(&builtin, line, len, &d, &err) < 0 || def_sizes(&d, &key, &value) < 0)
		return true;
	return d.max_entries <= 5000 && (key + value) * store_possible_cpus() < 4096;
}

static void define(const char *line, size_t len)
{
	_cleanup_buf_ struct buf said = BUF_INIT, again = BUF_INIT, any = BUF_INIT;
	struct wire *w = wire_new(NULL);
	uint64_t dir, dot;
	int r;

	FUZZ_ASSERT(wire_mkdir(w, "m", &dir) == 0);
	dot = fuzz_look(w, dir, ".map");
	r = fuzz_write(w, dot, "def", line, len, len + 1);
	FUZZ_ASSERT(fuzz_is_user_errno(r), "writing it gave %d", r);
	/* The map of before the line is gone. */
	dot = fuzz_look(w, fuzz_look(w, WIRE_ROOT, "m"), ".map");
	FUZZ_ASSERT(fuzz_read(w, dot, "def", &said) == 0);
	r = fuzz_write(w, dot, "def", said.data, said.len, said.len + 1);
	FUZZ_ASSERT(r == 0, "%.*s is refused: %d", (int)said.len, said.data, r);
	dot = fuzz_look(w, fuzz_look(w, WIRE_ROOT, "m"), ".map");
	FUZZ_ASSERT(fuzz_read(w, dot, "def", &again) == 0 && fuzz_same(&said, &again),
		    "%.*s%.*s", (int)said.len, said.data, (int)again.len, again.data);
	FUZZ_ASSERT(fuzz_read(w, dot, "info", &any) == 0);
	FUZZ_ASSERT(fuzz_read(w, dot, "btf", &any) == 0);
	wire_free(w);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *line = (const char *)data;

	format_twice(line, size);
	if (size && size < 4096 && is_small(line, size))
		define(line, size);
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Input: one byte each that selects a map, a file of .map/ and the size of the pieces,
 * then the text that is written. Afterwards the content of the map is copied in every
 * format to a second map, which must then be equal.
 */
#include "fuzz-wire.h"

const char fuzz_name[] = "whole_maps_of_random_words_restore";
const unsigned fuzz_rounds = 500;
const size_t fuzz_longest = 400;
const struct fuzz_word fuzz_words[] = {
	WORD("1"), WORD("2"), WORD("8"), WORD("255"), WORD("-1"), WORD("65536"), WORD("0x7"),
	WORD("\t"), WORD("\t"), WORD("\n"), WORD("\n"), WORD("1\t1\n"), WORD("2\t3\n"),
	WORD("1\t{\"a\":1,\"b\":2}\n"), WORD("a=1,b=2\t{\"a\":5,\"c\":\"x\"}\n"),
	WORD("a=2,b=2"), WORD("10.0.0.0/8\t7\n"), WORD("10.0.0.0_8\t9\n"), WORD("ab_16\ttrue\n"),
	WORD("x\t\"y\"\n"), WORD("\"x\""), WORD("{\"key\":1,\"value\":2}\n"),
	WORD("{\"value\":\"z\",\"key\":\"x\"}\n"), WORD("{\"key\":"), WORD(",\"value\":"),
	WORD("}\n"), WORD("{\"a\":1,\"b\":2}"), WORD("[1,2]"), WORD("# def "), WORD("# end 1\n"),
	WORD("# end 2\n"), WORD("# x\n"), WORD("::1\t[1,2]\n"), WORD("true\t1\n"),
	WORD("@00000000"), WORD("@01000000\t@02000000\n"), WORD("\0\0\0\0"), WORD("\1\0\0\0"),
	WORD("02:00:00:00:00:01\t1.5\n"), WORD("\""), WORD("\\"), WORD(" "), LAST_WORD,
};

static const char *const files[] = {
	"entries", "entries.jsonl", "entries.bin", "backup", "keys", "delete",
};
#define N_RESTORED 4 /* of files: these can be read and written */

static uint64_t make(struct wire *w, const char *name, const char *def)
{
	uint64_t dir;

	FUZZ_ASSERT(wire_mkdir(w, name, &dir) == 0);
	FUZZ_ASSERT(wire_dot_put(w, dir, "def", def) == 0, "%s", def);
	return fuzz_look(w, fuzz_look(w, WIRE_ROOT, name), ".map");
}

static int compare_lines(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The order of a hash is not the entries'. */
static void sort_lines(struct buf *text)
{
	static char *lines[4096];
	_cleanup_buf_ struct buf sorted = BUF_INIT;
	char *rest = (char *)buf_cstr(text), *line;
	size_t n = 0;

	while (rest && n < 4096 && (line = strsep(&rest, "\n")))
		lines[n++] = line;
	qsort(lines, n, sizeof(*lines), compare_lines);
	for (size_t i = 0; i < n; i++)
		buf_printf(&sorted, "%s\n", lines[i]);
	buf_clear(text);
	buf_put(text, sorted.data, sorted.len);
}

static void restore(struct wire *w, uint64_t from, const char *file, const char *def)
{
	_cleanup_buf_ struct buf text = BUF_INIT, before = BUF_INIT, after = BUF_INIT;
	uint64_t to = make(w, "copy", def);
	int r;

	FUZZ_ASSERT(fuzz_read(w, from, file, &text) == 0, "%s", file);
	r = fuzz_write(w, to, file, text.data, text.len, 1000);
	FUZZ_ASSERT(r == 0, "%s: %d\n%.*s\n%s", file, r, (int)text.len, text.data,
		    wire_text(w, to, "errors"));
	/* Raw, where text is not every byte. */
	fuzz_read(w, from, strcmp(file, "backup") ? "entries" : "backup", &before);
	fuzz_read(w, to, strcmp(file, "backup") ? "entries" : "backup", &after);
	sort_lines(&before);
	sort_lines(&after);
	FUZZ_ASSERT(fuzz_same(&before, &after), "%s\n%.*s\n%.*s", file, (int)before.len,
		    before.data, (int)after.len, after.data);
	wire_put(w, to, "clear", "yes\n");
	wire_rmdir(w, WIRE_ROOT, "copy");
}

static bool is_restorable(const char *def)
{
	return !strstr(def, "queue") && !strstr(def, "stack") && !strstr(def, "bloom") &&
	       !strstr(def, "lru") && !strstr(def, "of_maps");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = { data, size };
	const char *def = FUZZ_PICK(&in, fuzz_defs), *file = FUZZ_PICK(&in, files);
	size_t piece = 1u << fuzz_byte(&in) % 10;
	struct wire *w = wire_new(NULL);
	uint64_t dot;
	int r;

	make(w, "m0", "type=hash key=u32 value=u32 max_entries=4");
	dot = make(w, "m", def);
	r = fuzz_write(w, dot, file, (const char *)in.data, in.left, piece);
	FUZZ_ASSERT(fuzz_is_user_errno(r), "%s gave %d", file, r);
	for (unsigned i = 0; i < N_RESTORED && is_restorable(def); i++)
		restore(w, dot, files[i], def);
	wire_free(w);
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Input: a type of the grammar, a newline, a text. The grammar is fuzzed by
 * what is no type, names and values by the text behind one.
 */
#include "fuzz-text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	const char *end = size ? memchr(text, '\n', size) : NULL;
	size_t len = end ? (size_t)(end - text) : size;
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
		fuzz_text(t, end + 1, size - len - 1);
	type_free(t);
	btf__free(btf);
	return 0;
}

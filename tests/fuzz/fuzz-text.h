/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzzers of src/text: what must hold of every type, its bytes and its texts.
 */
#ifndef BPFMAPFS_TESTS_FUZZ_TEXT_H
#define BPFMAPFS_TESTS_FUZZ_TEXT_H

#include <assert.h>
#include <errno.h>

#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "fuzz.h"
#include "text/grammar.h"
#include "text/name.h"
#include "text/type.h"
#include "text/value.h"
#include "util/buf.h"

/* Names lead back, values keep their text; nothing reads past its end. */
static inline void fuzz_bytes(const struct type *t, const uint8_t *bytes)
{
	size_t size = type_size(t);
	uint8_t *back = calloc(1, size + 1);
	struct text_parse how = { .form = VALUE_JSON };
	struct buf text = BUF_INIT;
	int r;

	name_format(t, bytes, &text);
	r = name_parse(t, &how, text.data, text.len, back);
	assert(r == 0 && memcmp(back, bytes, size) == 0);
	buf_clear(&text);
	value_format(t, bytes, VALUE_JSON, &text);
	how.current = bytes;
	r = value_parse(t, &how, text.data, text.len, back);
	assert(r == 0);
	buf_clear(&text);
	value_format(t, bytes, VALUE_BARE, &text);
	buf_putc(&text, '\n');
	how.form = VALUE_BARE;
	how.flags = VALUE_MERGE;
	r = value_parse(t, &how, text.data, text.len, back);
	assert(r == 0);
	buf_release(&text);
	free(back);
}

/* Any text: what is accepted can be formatted, and cut off it is no error. */
static inline void fuzz_text(const struct type *t, const char *text, size_t len)
{
	uint8_t *out = calloc(1, type_size(t) + 1);
	struct text_error err = { 0, "" };
	struct text_parse how = { .err = &err };
	size_t cut;
	int r;

	for (how.form = VALUE_BARE; how.form <= VALUE_JSON; how.form++) {
		r = value_parse(t, &how, text, len, out);
		if (r) {
			assert(err.column >= 1 && err.column <= len + 1 && *err.reason);
			continue;
		}
		fuzz_bytes(t, out);
		for (cut = 0; cut < len && len < 200; cut++) {
			r = value_parse(t, &(struct text_parse){ .form = how.form }, text, cut,
					out);
			assert(r == 0 || r == -EAGAIN);
		}
	}
	r = name_parse(t, &how, text, len, out);
	if (!r)
		fuzz_bytes(t, out);
	free(out);
}

#endif

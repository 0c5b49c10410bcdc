/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For tests of src/text: types from the grammar, texts of values, hex, and random
 * numbers whose seed is printed.
 */
#ifndef BPFMAPFS_TESTS_TEXT_UTIL_H
#define BPFMAPFS_TESTS_TEXT_UTIL_H

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <bpf/btf.h>
#include <check.h>

#include "../suite.h"
#include "text/grammar.h"
#include "text/name.h"
#include "text/type.h"
#include "text/value.h"
#include "util/buf.h"

/* As ck_assert_msg(), which writes to a file for every success: of these there are
 * hundreds for each random type. */
#define must_hold(cond, ...)                        \
	do {                                        \
		if (!(cond))                        \
			ck_abort_msg(__VA_ARGS__);  \
	} while (0)

static inline struct type *type_of(const char *grammar)
{
	struct btf *btf = btf__new_empty();
	struct text_error err = { 0, "" };
	struct type *t = NULL;
	uint32_t id, size;
	int r;

	r = grammar_to_btf(grammar, strlen(grammar), NULL, btf, &id, &size, &err);
	must_hold(r == 0, "%s: column %zu: %s", grammar, err.column, err.reason);
	if (strncmp(grammar, "prefix(", 7) == 0)
		r = type_prefix_from_btf(btf, id, size, &t);
	else
		r = type_from_btf(btf, id, size, &t);
	must_hold(r == 0, "%s: %d", grammar, r);
	must_hold(type_size(t) == size, "%s: %zu bytes", grammar, type_size(t));
	btf__free(btf);
	return t;
}

/* The three forms; the caller frees the text. */
enum form { FORM_BARE = VALUE_BARE, FORM_JSON = VALUE_JSON, FORM_NAME };

static inline char *text_of(const struct type *t, enum form form, const void *bytes,
			    size_t *ret_len)
{
	struct buf out = BUF_INIT;
	int r;

	if (form == FORM_NAME)
		r = name_format(t, bytes, &out);
	else
		r = value_format(t, bytes, (enum value_form)form, &out);
	must_hold(r == 0, "%d", r);
	*ret_len = out.len;
	must_hold(buf_cstr(&out), "no memory");
	return buf_detach(&out);
}

static inline int bytes_of(const struct type *t, enum form form, const char *text,
			   size_t len, const void *current, unsigned flags, void *out,
			   struct text_error *err)
{
	/* A copy of exactly this length, so that a sanitizer sees who reads on. */
	char *copy = malloc(len ? len : 1);
	struct text_parse how = { form == FORM_NAME ? VALUE_BARE : (enum value_form)form,
				  flags, current, err };
	int r;

	memcpy(copy, text, len);
	if (form == FORM_NAME)
		r = name_parse(t, &how, copy, len, out);
	else
		r = value_parse(t, &how, copy, len, out);
	free(copy);
	return r;
}

static inline size_t hex_bytes(const char *hex, uint8_t *out, size_t size)
{
	size_t n = strlen(hex) / 2, i;
	unsigned byte;

	ck_assert_uint_le(n, size);
	for (i = 0; i < n; i++) {
		ck_assert_int_eq(sscanf(hex + 2 * i, "%2x", &byte), 1);
		out[i] = (uint8_t)byte;
	}
	return n;
}

/* xorshift: the same numbers everywhere from the same seed. */
static uint64_t random_state;

static inline uint64_t random_next(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

static inline uint32_t random_below(uint32_t n)
{
	return (uint32_t)(random_next() >> 16) % n;
}

/* Zeros, ones, letters and noise, since each finds other mistakes. */
static inline void random_bytes(uint8_t *p, size_t size)
{
	static const char likely[] = "\0\0\0\xff\x01"
				     "a.@#~%/_,=[]{}\"\\ \n";
	uint32_t style = random_below(4);
	size_t i;

	for (i = 0; i < size; i++) {
		if (style == 0)
			p[i] = 0;
		else if (style == 1)
			p[i] = (uint8_t)random_next();
		else
			p[i] = (uint8_t)likely[random_below(sizeof(likely) - 1)];
	}
	if (style == 3 && size)
		memset(p + random_below((uint32_t)size), 0, 1);
}

static inline void random_seed(void)
{
	const char *seed = getenv("TEST_SEED");

	random_state =
		seed ? strtoull(seed, NULL, 0) : (uint64_t)time(NULL) * 2654435761u;
	random_state |= 1;
	/* A comment to TAP; run again with TEST_SEED set to it. */
	printf("# TEST_SEED=%llu\n", (unsigned long long)random_state);
	fflush(stdout);
}

#endif

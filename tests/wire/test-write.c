/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When text that is written to a key takes effect: each sentence of bpfmapfs(5),
 * "Writing", as requests.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire.h"

static struct wire *w;
static uint64_t dir, fh;

static void make(const char *def, const char *key, const char *text)
{
	w = wire_new(def);
	ck_assert_int_eq(wire_mkdir(w, "m", &dir), 0);
	ck_assert_int_eq(wire_put(w, dir, key, text), 0);
}

/* Values that are JSON, numbers and strings; key 1 is there. */
static void setup_json(void)
{
	make("type=hash key=u32 value={a:u32,b:u32} max_entries=8", "1", "{\"a\":1,\"b\":2}");
}

static void setup_number(void)
{
	make("type=hash key=u32 value=u32 max_entries=8", "1", "11");
}

static void setup_string(void)
{
	make("type=hash key=u32 value=char[20000] max_entries=8", "1", "old");
}

static void teardown(void)
{
	wire_free(w);
}

static void open_for(int flags)
{
	fh = wire_writer(w, dir, "1", flags);
}

static int put(uint64_t off, const char *text)
{
	return wire_write_text(w, fh, off, text);
}

static const char *value(void)
{
	return wire_text(w, dir, "1");
}

static int end(void)
{
	int r = wire_flush(w, fh);

	wire_release(w, fh);
	return r;
}

/* A write of `len` bytes: text, filled up with c. */
static int put_filled(uint64_t off, const char *text, char c, size_t len)
{
	char *data = malloc(len);
	int r;

	memset(data, c, len);
	memcpy(data, text, strlen(text));
	r = wire_write(w, fh, off, data, len);
	free(data);
	return r == (int)len ? 0 : r;
}

/* ---- text comes in pieces ---- */

START_TEST(complete_text_takes_effect_in_its_write)
{
	open_for(O_WRONLY | O_TRUNC);
	ck_assert_int_eq(put(0, "{\"a\":3,\"b\":4}\n"), 0);
	ck_assert_str_eq(value(), "{\"a\":3,\"b\":4}\n");
	ck_assert_int_eq(end(), 0);
}
END_TEST

static const char split_text[] = "{\"a\":3,\"b\":4}";

START_TEST(text_split_anywhere_takes_effect_when_complete)
{
	char first[32];

	snprintf(first, sizeof(first), "%.*s", _i, split_text);
	open_for(O_WRONLY | O_TRUNC);
	ck_assert_int_eq(put(0, first), 0);
	ck_assert_str_eq(value(), "{\"a\":1,\"b\":2}\n");
	ck_assert_int_eq(put((uint64_t)_i, split_text + _i), 0);
	ck_assert_str_eq(value(), "{\"a\":3,\"b\":4}\n");
	ck_assert_int_eq(end(), 0);
}
END_TEST

START_TEST(text_byte_by_byte_takes_effect_when_complete)
{
	open_for(O_WRONLY | O_TRUNC);
	for (size_t i = 0; i < strlen(split_text); i++)
		ck_assert_int_eq(wire_write(w, fh, i, split_text + i, 1), 1);
	ck_assert_str_eq(value(), "{\"a\":3,\"b\":4}\n");
	ck_assert_int_eq(put(strlen(split_text), "\n"), 0);
	ck_assert_int_eq(end(), 0);
	ck_assert_str_eq(value(), "{\"a\":3,\"b\":4}\n");
}
END_TEST

START_TEST(newline_behind_incomplete_text_is_einval)
{
	open_for(O_WRONLY | O_TRUNC);
	ck_assert_int_eq(put(0, "{\"a\":3,\n"), -EINVAL);
	ck_assert_int_eq(end(), 0);
	ck_assert_str_eq(value(), "{\"a\":1,\"b\":2}\n");
}
END_TEST

START_TEST(newline_in_a_write_of_4096_may_continue)
{
	open_for(O_WRONLY | O_TRUNC);
	ck_assert_int_eq(put_filled(0, "{\"a\":3,", '\n', 4096), 0);
	ck_assert_int_eq(put(4096, "\"b\":4}\n"), 0);
	ck_assert_str_eq(value(), "{\"a\":3,\"b\":4}\n");
	ck_assert_int_eq(end(), 0);
}
END_TEST

START_TEST(newline_in_a_write_of_4095_must_complete)
{
	open_for(O_WRONLY | O_TRUNC);
	ck_assert_int_eq(put_filled(0, "{\"a\":3,", '\n', 4095), -EINVAL);
	end();
}
END_TEST

static const char *const hopeless[] = { "x", "{\"a\":x", "{\"c\":", "[", "{\"a\":1}}", "{\"a\":1}x" };

START_TEST(text_that_cannot_become_valid_is_einval_at_once)
{
	open_for(O_WRONLY | O_TRUNC);
	ck_assert_int_eq(put(0, hopeless[_i]), -EINVAL);
	end();
	ck_assert_str_eq(value(), "{\"a\":1,\"b\":2}\n");
	ck_assert_ptr_nonnull(strstr(wire_dot_text(w, dir, "errors"), " write 1: column "));
}
END_TEST

START_TEST(text_that_never_completes_is_einval_at_close)
{
	open_for(O_WRONLY | O_TRUNC);
	ck_assert_int_eq(put(0, "{\"a\":3"), 0);
	ck_assert_int_eq(end(), -EINVAL);
	ck_assert_str_eq(value(), "{\"a\":1,\"b\":2}\n");
	ck_assert_ptr_nonnull(strstr(wire_dot_text(w, dir, "errors"), " write 1: column "));
}
END_TEST

START_TEST(flush_before_and_between_writes_ends_nothing)
{
	open_for(O_WRONLY | O_TRUNC);
	ck_assert_int_eq(wire_flush(w, fh), 0);
	ck_assert_int_eq(put(0, "{\"a\":3,"), 0);
	wire_flush(w, fh);
	ck_assert_int_eq(put(7, "\"b\":4}"), 0);
	ck_assert_int_eq(end(), 0);
	ck_assert_str_eq(value(), "{\"a\":3,\"b\":4}\n");
}
END_TEST

/* ---- offsets ---- */

START_TEST(write_at_zero_after_complete_text_begins_anew)
{
	open_for(O_WRONLY | O_TRUNC);
	ck_assert_int_eq(put(0, "{\"a\":3,\"b\":4}\n"), 0);
	ck_assert_int_eq(put(0, "{\"a\":5}\n"), 0);
	ck_assert_str_eq(value(), "{\"a\":5,\"b\":0}\n");
	ck_assert_int_eq(end(), 0);
}
END_TEST

START_TEST(write_at_zero_after_incomplete_text_begins_anew)
{
	open_for(O_WRONLY | O_TRUNC);
	ck_assert_int_eq(put(0, "{\"a\":3,"), 0);
	ck_assert_int_eq(put(0, "{\"a\":5}"), 0);
	ck_assert_str_eq(value(), "{\"a\":5,\"b\":0}\n");
	ck_assert_int_eq(end(), 0);
}
END_TEST

START_TEST(write_at_another_offset_continues)
{
	open_for(O_WRONLY | O_TRUNC);
	ck_assert_int_eq(put(0, "12"), 0);
	ck_assert_str_eq(value(), "12\n");
	ck_assert_int_eq(put(2, "34\n"), 0);
	ck_assert_str_eq(value(), "1234\n");
	ck_assert_int_eq(end(), 0);
}
END_TEST

/* One byte behind the text: what was written there before is no part of it. */
START_TEST(write_behind_a_hole_of_one_byte_is_einval)
{
	open_for(O_WRONLY | O_TRUNC);
	ck_assert_int_eq(put(0, "777"), 0);
	ck_assert_int_eq(put(0, "1"), 0);
	ck_assert_int_eq(put(2, "5\n"), -EINVAL);
	end();
	ck_assert_str_eq(value(), "1\n");
}
END_TEST

static int put_by(uint64_t owner, uint64_t off, const char *text)
{
	const struct fuse_write_in in = {
		.fh = fh, .offset = off, .size = (uint32_t)strlen(text), .lock_owner = owner,
		.write_flags = FUSE_WRITE_LOCKOWNER,
	};
	struct fuse_write_out out;
	int r = wire_request(w, FUSE_WRITE, WIRE_ROOT, &in, sizeof(in), text, in.size, &out,
			     sizeof(out));

	return r < 0 ? r : 0;
}

static int close_by(uint64_t owner)
{
	const struct fuse_flush_in in = { .fh = fh, .lock_owner = owner };

	return wire_request(w, FUSE_FLUSH, WIRE_ROOT, &in, sizeof(in), NULL, 0, NULL, 0);
}

/* (printf '{"a":'; sleep 1; echo 7}) > file: sleep has the file open, too. */
START_TEST(close_by_who_did_not_write_ends_nothing)
{
	open_for(O_WRONLY | O_TRUNC);
	ck_assert_int_eq(put_by(1, 0, "{\"a\":"), 0);
	ck_assert_int_eq(close_by(2), 0);
	ck_assert_int_eq(put_by(1, 5, "7}\n"), 0);
	ck_assert_int_eq(close_by(1), 0);
	ck_assert_str_eq(value(), "{\"a\":7,\"b\":0}\n");
	ck_assert_int_eq(put_by(2, 0, "{\"a\":"), 0);
	ck_assert_int_eq(close_by(1), 0);
	ck_assert_int_eq(close_by(2), -EINVAL);
	wire_release(w, fh);
}
END_TEST

START_TEST(second_line_of_a_scalar_is_einval)
{
	open_for(O_WRONLY | O_TRUNC);
	ck_assert_int_eq(put(0, "5\n"), 0);
	ck_assert_int_eq(put(2, "6\n"), -EINVAL);
	ck_assert_str_eq(value(), "5\n");
	end();
}
END_TEST

static const uint64_t wild[] = { 1, 3, 4096, 1u << 31, 1ull << 40, INT64_MAX, UINT64_MAX };

START_TEST(write_behind_a_hole_is_an_error_and_changes_nothing)
{
	open_for(O_WRONLY);
	ck_assert_int_eq(put(wild[_i], "5\n"), -EINVAL);
	end();
	ck_assert_str_eq(value(), "11\n");
}
END_TEST

START_TEST(open_without_truncate_replaces_too)
{
	open_for(O_WRONLY);
	ck_assert_int_eq(put(0, "{\"b\":7}\n"), 0);
	ck_assert_str_eq(value(), "{\"a\":0,\"b\":7}\n");
	end();
	open_for(O_RDWR);
	ck_assert_int_eq(put(0, "{\"a\":7}\n"), 0);
	ck_assert_str_eq(value(), "{\"a\":7,\"b\":0}\n");
	end();
}
END_TEST

START_TEST(append_merges)
{
	open_for(O_WRONLY | O_APPEND);
	ck_assert_int_eq(put(0, "{\"b\":7}\n"), 0);
	ck_assert_str_eq(value(), "{\"a\":1,\"b\":7}\n");
	ck_assert_int_eq(end(), 0);
}
END_TEST

START_TEST(append_ignores_offsets_and_each_text_begins_anew)
{
	open_for(O_WRONLY | O_APPEND);
	ck_assert_int_eq(put(14, "{\"b\":7}\n"), 0);
	ck_assert_int_eq(put(900, "{\"a\":"), 0);
	ck_assert_int_eq(put(3, "8}\n"), 0);
	ck_assert_int_eq(put(0, "{\"b\":9}\n"), 0);
	ck_assert_int_eq(end(), 0);
	ck_assert_str_eq(value(), "{\"a\":8,\"b\":9}\n");
}
END_TEST

START_TEST(append_and_truncate_merges_the_untouched_value)
{
	open_for(O_WRONLY | O_APPEND | O_TRUNC);
	ck_assert_int_eq(put(0, "{\"b\":7}\n"), 0);
	ck_assert_str_eq(value(), "{\"a\":1,\"b\":7}\n");
	end();
}
END_TEST

/* ---- ftruncate ---- */

static uint64_t node_of_key(void)
{
	struct fuse_entry_out entry;

	ck_assert_int_eq(wire_lookup(w, dir, "1", &entry), 0);
	return entry.nodeid;
}

START_TEST(ftruncate_changes_no_value)
{
	open_for(O_WRONLY);
	ck_assert_int_eq(wire_ftruncate(w, node_of_key(), fh, 0), 0);
	ck_assert_int_eq(end(), 0);
	ck_assert_str_eq(value(), "{\"a\":1,\"b\":2}\n");
}
END_TEST

START_TEST(ftruncate_to_zero_drops_held_text)
{
	open_for(O_WRONLY);
	ck_assert_int_eq(put(0, "{\"a\":"), 0);
	ck_assert_int_eq(wire_ftruncate(w, node_of_key(), fh, 0), 0);
	ck_assert_int_eq(end(), 0);
	ck_assert_str_eq(value(), "{\"a\":1,\"b\":2}\n");
}
END_TEST

START_TEST(ftruncate_cuts_held_text)
{
	open_for(O_WRONLY);
	ck_assert_int_eq(put(0, "{\"a\":5"), 0);
	ck_assert_int_eq(wire_ftruncate(w, node_of_key(), fh, 5), 0);
	ck_assert_int_eq(put(5, "6}\n"), 0);
	ck_assert_int_eq(end(), 0);
	ck_assert_str_eq(value(), "{\"a\":6,\"b\":0}\n");
}
END_TEST

START_TEST(ftruncate_after_complete_text_keeps_the_value)
{
	open_for(O_WRONLY);
	ck_assert_int_eq(put(0, "{\"a\":5}\n"), 0);
	ck_assert_int_eq(wire_ftruncate(w, node_of_key(), fh, 8), 0);
	ck_assert_int_eq(end(), 0);
	ck_assert_str_eq(value(), "{\"a\":5,\"b\":0}\n");
}
END_TEST

/* ---- long texts without a newline ---- */

enum { LONG_BYTES = 100000, PIECE = 65536 };

static const struct {
	const char *head, *tail;
	size_t digits;
	int last; /* of the last write */
} long_texts[] = {
	{ "@", "", 2 * LONG_BYTES, 0 },
	{ "", "", 2 * LONG_BYTES, 0 },
	{ "\"", "\"", 2 * LONG_BYTES, 0 },
	{ "@", "1", 2 * LONG_BYTES, -EINVAL },
	{ "", "1", 2 * LONG_BYTES, -EFBIG },
	{ "@", "x", 2 * LONG_BYTES - 1, -EINVAL },
	{ "\"", "x\"", 2 * LONG_BYTES - 1, -EINVAL },
};

/* The text of a value whose digits are all c. */
static const char *long_bytes(char c)
{
	static char text[2 * LONG_BYTES + 1];

	memset(text, c, sizeof(text) - 1);
	return text;
}

/* What `cat FILE > KEY` writes, of a file whose last line has no end. */
START_TEST(long_text_without_newline_is_judged_in_its_last_write)
{
	_cleanup_buf_ struct buf text = BUF_INIT;
	size_t at = 0, n;
	int r = 0;

	make("type=hash key=u32 value=bytes[100000] max_entries=8", "1", long_bytes('0'));
	buf_puts(&text, long_texts[_i].head);
	buf_put(&text, long_bytes('3'), long_texts[_i].digits);
	buf_puts(&text, long_texts[_i].tail);
	open_for(O_WRONLY | O_TRUNC);
	for (; at < text.len; at += n) {
		ck_assert_int_ge(r, 0);
		n = text.len - at < PIECE ? text.len - at : PIECE;
		r = wire_write(w, fh, at, text.data + at, n);
	}
	ck_assert_int_eq(r < 0 ? r : 0, long_texts[_i].last);
	ck_assert_int_eq(strncmp(value(), "333", 3) == 0, long_texts[_i].last == 0);
	end();
	wire_free(w);
}
END_TEST

/* ---- a failed file stays failed ---- */

START_TEST(writes_after_a_failed_one_fail_with_the_same_errno)
{
	open_for(O_WRONLY | O_TRUNC);
	ck_assert_int_eq(put(0, "4294967296\n"), -ERANGE);
	ck_assert_int_eq(put(0, "5\n"), -ERANGE);
	ck_assert_int_eq(put(11, "5\n"), -ERANGE);
	ck_assert_int_eq(wire_ftruncate(w, node_of_key(), fh, 0), 0);
	ck_assert_int_eq(put(0, "5\n"), -ERANGE);
	end();
	ck_assert_str_eq(value(), "11\n");
	open_for(O_WRONLY | O_TRUNC);
	ck_assert_int_eq(put(0, "5\n"), 0);
	end();
	ck_assert_str_eq(value(), "5\n");
}
END_TEST

START_TEST(failed_file_leaves_one_line_in_errors)
{
	const char *first, *second;

	open_for(O_WRONLY | O_TRUNC);
	put(0, "x\n");
	put(0, "y\n");
	end();
	first = strstr(wire_dot_text(w, dir, "errors"), " write 1: ");
	ck_assert_ptr_nonnull(first);
	second = strstr(first + 1, " write 1: ");
	ck_assert_ptr_null(second);
}
END_TEST

START_TEST(what_succeeds_leaves_no_line_in_errors)
{
	ck_assert_int_eq(wire_put(w, dir, "1", "12\n"), 0);
	ck_assert_int_eq(wire_dot_put(w, dir, "entries", "1\t13\n"), 0);
	ck_assert_int_eq(wire_dot_put(w, dir, "frozen", "1\n"), 0);
	ck_assert_str_eq(wire_dot_text(w, dir, "errors"), "");
}
END_TEST

START_TEST(failed_append_stays_failed)
{
	open_for(O_WRONLY | O_APPEND);
	ck_assert_int_eq(put(0, "x\n"), -EINVAL);
	ck_assert_int_eq(put(0, "5\n"), -EINVAL);
	end();
	ck_assert_str_eq(value(), "11\n");
}
END_TEST

/* ---- strings may always go on ---- */

START_TEST(string_of_a_full_block_is_held_until_the_next_write)
{
	open_for(O_WRONLY | O_TRUNC);
	ck_assert_int_eq(put_filled(0, "", 'x', 4096), 0);
	ck_assert_str_eq(value(), "old\n");
	ck_assert_int_eq(put(4096, "y\n"), 0);
	ck_assert_uint_eq(strlen(value()), 4098);
	ck_assert_int_eq(end(), 0);
}
END_TEST

START_TEST(string_of_a_full_block_is_held_until_close)
{
	open_for(O_WRONLY | O_TRUNC);
	ck_assert_int_eq(put_filled(0, "", 'x', 8192), 0);
	ck_assert_str_eq(value(), "old\n");
	ck_assert_int_eq(end(), 0);
	ck_assert_uint_eq(strlen(value()), 8193);
}
END_TEST

START_TEST(string_of_a_full_block_with_newline_is_complete)
{
	char block[4097];

	memset(block, 'x', 4095);
	strcpy(block + 4095, "\n");
	open_for(O_WRONLY | O_TRUNC);
	ck_assert_int_eq(put(0, block), 0);
	ck_assert_uint_eq(strlen(value()), 4096);
	ck_assert_int_eq(end(), 0);
}
END_TEST

START_TEST(string_of_another_length_is_complete)
{
	open_for(O_WRONLY | O_TRUNC);
	ck_assert_int_eq(put_filled(0, "", 'x', 5000), 0);
	ck_assert_uint_eq(strlen(value()), 5001);
	ck_assert_int_eq(put(5000, "yz"), 0);
	ck_assert_uint_eq(strlen(value()), 5003);
	ck_assert_int_eq(end(), 0);
}
END_TEST

START_TEST(held_string_that_grows_too_long_is_efbig)
{
	open_for(O_WRONLY | O_TRUNC);
	ck_assert_int_eq(put_filled(0, "", 'x', 16384), 0);
	ck_assert_int_eq(put_filled(16384, "", 'x', 4096), -EFBIG);
	end();
	ck_assert_str_eq(value(), "old\n");
}
END_TEST

START_TEST(held_string_of_append_goes_on)
{
	open_for(O_WRONLY | O_APPEND);
	ck_assert_int_eq(put_filled(0, "", 'x', 4096), 0);
	ck_assert_int_eq(put(4096, "y\n"), 0);
	ck_assert_int_eq(end(), 0);
	ck_assert_uint_eq(strlen(value()), 4098);
}
END_TEST

START_TEST(empty_string_is_written_as_a_bare_newline)
{
	open_for(O_WRONLY | O_TRUNC);
	ck_assert_int_eq(put(0, "\n"), 0);
	ck_assert_str_eq(value(), "\n");
	ck_assert_int_eq(end(), 0);
}
END_TEST

/* ---- a removed key ---- */

START_TEST(write_to_a_key_removed_meanwhile_is_enoent)
{
	open_for(O_WRONLY | O_TRUNC);
	ck_assert_int_eq(wire_unlink(w, dir, "1"), 0);
	ck_assert_int_eq(put(0, "5\n"), -ENOENT);
	end();
	ck_assert_str_eq(value(), "errno 2");
}
END_TEST

static void add_split_tests(TCase *tc)
{
	tcase_add_test(tc, complete_text_takes_effect_in_its_write);
	tcase_add_loop_test(tc, text_split_anywhere_takes_effect_when_complete, 1,
			    sizeof(split_text) - 1);
	tcase_add_test(tc, text_byte_by_byte_takes_effect_when_complete);
	tcase_add_test(tc, newline_behind_incomplete_text_is_einval);
	tcase_add_test(tc, newline_in_a_write_of_4096_may_continue);
	tcase_add_test(tc, newline_in_a_write_of_4095_must_complete);
	tcase_add_loop_test(tc, text_that_cannot_become_valid_is_einval_at_once, 0,
			    sizeof(hopeless) / sizeof(hopeless[0]));
	tcase_add_test(tc, text_that_never_completes_is_einval_at_close);
	tcase_add_test(tc, close_by_who_did_not_write_ends_nothing);
	tcase_add_test(tc, flush_before_and_between_writes_ends_nothing);
	tcase_add_test(tc, write_at_zero_after_complete_text_begins_anew);
	tcase_add_test(tc, write_at_zero_after_incomplete_text_begins_anew);
	tcase_add_test(tc, open_without_truncate_replaces_too);
	tcase_add_test(tc, append_merges);
	tcase_add_test(tc, append_ignores_offsets_and_each_text_begins_anew);
	tcase_add_test(tc, append_and_truncate_merges_the_untouched_value);
	tcase_add_test(tc, ftruncate_changes_no_value);
	tcase_add_test(tc, ftruncate_to_zero_drops_held_text);
	tcase_add_test(tc, ftruncate_cuts_held_text);
	tcase_add_test(tc, ftruncate_after_complete_text_keeps_the_value);
}

static void add_number_tests(TCase *tc)
{
	tcase_add_test(tc, write_at_another_offset_continues);
	tcase_add_test(tc, second_line_of_a_scalar_is_einval);
	tcase_add_test(tc, write_behind_a_hole_of_one_byte_is_einval);
	tcase_add_loop_test(tc, write_behind_a_hole_is_an_error_and_changes_nothing, 0,
			    sizeof(wild) / sizeof(wild[0]));
	tcase_add_test(tc, writes_after_a_failed_one_fail_with_the_same_errno);
	tcase_add_test(tc, failed_file_leaves_one_line_in_errors);
	tcase_add_test(tc, what_succeeds_leaves_no_line_in_errors);
	tcase_add_test(tc, failed_append_stays_failed);
	tcase_add_test(tc, write_to_a_key_removed_meanwhile_is_enoent);
}

static void add_string_tests(TCase *tc)
{
	tcase_add_test(tc, string_of_a_full_block_is_held_until_the_next_write);
	tcase_add_test(tc, string_of_a_full_block_is_held_until_close);
	tcase_add_test(tc, string_of_a_full_block_with_newline_is_complete);
	tcase_add_test(tc, string_of_another_length_is_complete);
	tcase_add_test(tc, held_string_that_grows_too_long_is_efbig);
	tcase_add_test(tc, held_string_of_append_goes_on);
	tcase_add_test(tc, empty_string_is_written_as_a_bare_newline);
}

int main(void)
{
	Suite *s = suite_create("write");
	TCase *json = tcase_create("json"), *number = tcase_create("number");
	TCase *string = tcase_create("string"), *longer = tcase_create("long");

	tcase_add_checked_fixture(json, setup_json, teardown);
	tcase_add_checked_fixture(number, setup_number, teardown);
	tcase_add_checked_fixture(string, setup_string, teardown);
	add_split_tests(json);
	add_number_tests(number);
	add_string_tests(string);
	suite_add_tcase(s, json);
	suite_add_tcase(s, number);
	suite_add_tcase(s, string);
	tcase_add_loop_test(longer, long_text_without_newline_is_judged_in_its_last_write, 0,
			    sizeof(long_texts) / sizeof(long_texts[0]));
	suite_add_tcase(s, longer);
	return run_suite(s);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Decide when buffered text may be complete: a scan of its brackets and its growth
 * save parsing a long text again at every write.
 */
#include "tree/write-buffer.h"

#include <errno.h>
#include <string.h>

/* Shorter texts are parsed at every write. */
#define SHORT (64u << 10)

void write_buffer_release(struct write_buffer *in)
{
	buf_release(&in->text);
}

/* Forget what is known of the text from `pos` on. */
static void forget_from(struct write_buffer *in, size_t pos)
{
	if (in->parsed > pos)
		in->parsed = 0;
	if (in->seen > pos) {
		in->seen = 0;
		in->depth = 0;
		in->in_string = in->escaped = false;
	}
}

/* Begin a new text. Large storage is given back: it would not be charged. */
static void drop_text(struct write_buffer *in)
{
	if (in->text.cap > WRITE_BUFFER_BLOCK)
		buf_release(&in->text);
	else
		buf_clear(&in->text);
}

/* Cut the text, and its storage with it. */
static void cut_text(struct write_buffer *in, size_t len)
{
	struct buf rest = BUF_INIT;

	if (len >= in->text.len)
		return;
	buf_put(&rest, in->text.data, len);
	if (buf_error(&rest)) {
		buf_truncate(&in->text, len);
		return;
	}
	buf_release(&in->text);
	in->text = rest;
}

size_t write_buffer_need(const struct write_buffer *in, size_t len, off_t off)
{
	size_t pos = in->append ? (in->held ? in->text.len : 0) : (size_t)off, end;

	if (__builtin_add_overflow(pos, len, &end) || end > in->max)
		return in->text.len; /* the write will be refused */
	return end > in->text.len ? end : in->text.len;
}

/* Put the data where it belongs in the text. */
static int place(struct write_buffer *in, const char *data, size_t len, off_t off,
		 struct text_error *err)
{
	size_t pos = in->append ? in->text.len : (size_t)off;
	size_t end, old;

	if (in->append ? !in->held : off == 0) {
		drop_text(in);
		pos = 0;
	}
	old = in->text.len;
	if (pos > old)
		return text_fail(
			err, -EINVAL, old,
			"a write at offset %zu leaves a gap after %zu bytes of text",
			pos, old);
	if (__builtin_add_overflow(pos, len, &end) || end > in->max)
		return text_fail(
			err, -EFBIG, 0,
			"the text is longer than %zu bytes, the most that a value needs",
			in->max);
	if (end > old && !buf_reserve(&in->text, end - old))
		return -ENOMEM;
	forget_from(in, pos);
	memcpy(in->text.data + pos, data, len);
	if (end > old)
		in->text.len = end;
	return 0;
}

/* Count the brackets outside of strings. */
static void follow_brackets(struct write_buffer *in)
{
	for (; in->seen < in->text.len; in->seen++) {
		char c = in->text.data[in->seen];

		if (in->escaped)
			in->escaped = false;
		else if (in->in_string && c == '\\')
			in->escaped = true;
		else if (c == '"')
			in->in_string = !in->in_string;
		else if (!in->in_string && (c == '{' || c == '['))
			in->depth++;
		else if (!in->in_string && (c == '}' || c == ']') && in->depth)
			in->depth--;
	}
}

/* Bytes in hexadecimal have no end of their own but their number: they are complete with
 * the last digit of a line, and too long behind the last line. */
static bool has_all_digits(const struct write_buffer *in)
{
	size_t line = in->digits + (in->text.data[0] == '@') + 1;

	if (!in->digits || in->depth || in->in_string)
		return false;
	return in->text.len % line == line - 1 || in->text.len / line >= in->lines;
}

/* True if the text may be complete, or has doubled since it was last parsed: invalid
 * text must fail early. */
static bool is_due(struct write_buffer *in)
{
	char last = in->text.data[in->text.len - 1];

	follow_brackets(in);
	if (in->text.len <= SHORT || last == '\n' || in->text.len >= 2 * in->parsed)
		return true;
	return (!in->depth && !in->in_string && memchr("}]\"", last, 3)) ||
	       has_all_digits(in);
}

static int settle(struct write_buffer *in, const struct request *rq, const char *data,
		  size_t len, struct text_error *err)
{
	bool newline = data[len - 1] == '\n';
	bool piece = in->open_ended && len % WRITE_BUFFER_BLOCK == 0 && !newline;
	int r = -EAGAIN;

	if (is_due(in)) {
		r = in->apply(in->arg, rq, in->text.data, in->text.len, !piece, err);
		in->parsed = in->text.len;
	}
	if (r == -EAGAIN && newline && len < WRITE_BUFFER_BLOCK)
		return -EINVAL;
	if (r < 0 && r != -EAGAIN)
		return r;
	in->held = piece || r == -EAGAIN;
	return 0;
}

int write_buffer_write(struct write_buffer *in, const struct request *rq,
		       const char *data, size_t len, off_t off, struct text_error *err)
{
	int r;

	if (in->error)
		return in->error;
	if (!len)
		return 0;
	r = place(in, data, len, off, err);
	if (r == 0)
		r = settle(in, rq, data, len, err);
	in->written = true;
	if (r < 0) {
		in->error = r;
		in->held = false;
	}
	return r;
}

void write_buffer_fail(struct write_buffer *in, int error)
{
	if (in->error)
		return;
	in->error = error;
	in->held = false;
	in->written = true;
	drop_text(in);
}

int write_buffer_finish(struct write_buffer *in, const struct request *rq,
			struct text_error *err)
{
	int r;

	if (in->error || !in->held)
		return 0;
	r = in->apply(in->arg, rq, in->text.data, in->text.len, true, err);
	if (r == -EAGAIN)
		return -EINVAL; /* still held: a duplicate may go on writing */
	in->held = false;
	in->error = r;
	return r;
}

void write_buffer_truncate(struct write_buffer *in, off_t size)
{
	if (!in->held || size < 0)
		return;
	forget_from(in, (size_t)size);
	cut_text(in, (size_t)size);
	in->held = in->text.len > 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tree/write-buffer.h"

#include <errno.h>

#include "text/type.h"

/* Text of the largest value, with room for white space. */
#define TEXT_MAX (TYPE_MAX_TEXT + (1u << 20))

void write_buffer_release(struct write_buffer *in)
{
	buf_release(&in->text);
}

/* Put the data where it belongs in the text. */
static int place(struct write_buffer *in, const char *data, size_t len, off_t off,
		 struct text_error *err)
{
	size_t pos = in->append ? in->text.len : (size_t)off;
	size_t end, old;

	if (in->append ? !in->held : off == 0) {
		buf_clear(&in->text);
		pos = 0;
	}
	old = in->text.len;
	if (pos > old)
		return text_fail(err, -EINVAL, old,
				 "a write at offset %zu leaves a hole behind %zu bytes of text",
				 pos, old);
	if (__builtin_add_overflow(pos, len, &end) || end > TEXT_MAX)
		return text_fail(err, -EFBIG, 0, "the text is longer than any value's");
	if (end > old && !buf_reserve(&in->text, end - old))
		return -ENOMEM;
	memcpy(in->text.data + pos, data, len);
	if (end > old)
		in->text.len = end;
	return 0;
}

static int settle(struct write_buffer *in, const char *data, size_t len, write_buffer_apply *apply,
		  void *arg, struct text_error *err)
{
	bool newline = data[len - 1] == '\n';
	bool piece = in->open_ended && len % WRITE_BUFFER_BLOCK == 0 && !newline;
	int r = apply(arg, in->text.data, in->text.len, !piece, err);

	if (r == -EAGAIN && newline && len < WRITE_BUFFER_BLOCK)
		return -EINVAL;
	if (r < 0 && r != -EAGAIN)
		return r;
	in->held = piece || r == -EAGAIN;
	return 0;
}

int write_buffer_write(struct write_buffer *in, const char *data, size_t len, off_t off,
		 write_buffer_apply *apply, void *arg, struct text_error *err)
{
	int r;

	if (in->error)
		return in->error;
	if (!len)
		return 0;
	r = place(in, data, len, off, err);
	if (r == 0)
		r = settle(in, data, len, apply, arg, err);
	in->written = true;
	if (r < 0) {
		in->error = r;
		in->held = false;
	}
	return r;
}

int write_buffer_finish(struct write_buffer *in, write_buffer_apply *apply, void *arg, struct text_error *err)
{
	int r;

	if (in->error || !in->held)
		return 0;
	r = apply(arg, in->text.data, in->text.len, true, err);
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
	buf_truncate(&in->text, (size_t)size);
	in->held = in->text.len > 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text that arrives through write(2). Programs split it into several writes, and shells
 * ignore errors of close. Therefore a text takes effect, or fails, in the write that
 * completes it.
 *
 *	written  a write was accepted
 *	held     there is text that has not taken effect (incomplete, or a
 *		 full block of a text that may go on)
 *	error    a write was refused: later writes fail with it
 *
 * A text is parsed when a piece could complete it. A short text is parsed at each
 * write; a long text when it has doubled, ends in a newline, closes its last bracket or
 * quote, or has the hexadecimal digits of the value. So the work is linear in the
 * length.
 *
 * The open file's lock guards it.
 */
#ifndef BPFMAPFS_TREE_WRITE_BUFFER_H
#define BPFMAPFS_TREE_WRITE_BUFFER_H

#include <stdbool.h>
#include <sys/types.h>

#include "text/error.h"
#include "util/buf.h"

struct request;

/* A write of a multiple of this size may be a piece of a longer text. */
#define WRITE_BUFFER_BLOCK 4096
/* The longest text of a small file. */
#define WRITE_BUFFER_MAX (1u << 20)

/*
 * Applies a text. commit false: only check whether it is valid so far. Returns 0
 * (complete), -EAGAIN (valid so far), or the error that the write fails with, and err
 * filled in.
 */
typedef int write_buffer_apply(void *arg, const struct request *rq, const char *text,
			       size_t len, bool commit, struct text_error *err);

struct write_buffer {
	write_buffer_apply *apply;
	void *arg;
	bool append;	 /* O_APPEND: offsets are ignored */
	bool open_ended; /* any text is complete and may still continue: strings */
	size_t max;	 /* maximum bytes of a text: -EFBIG beyond */
	/* Number of hexadecimal digits that a line without brackets may have; 0:
	 * unknown. */
	size_t digits;
	size_t lines; /* with digits: at most so many lines */
	struct buf text;
	size_t parsed; /* length of the text when it was last parsed */
	/* Brackets of the text up to `seen`, to see when it may be complete. */
	size_t seen;
	unsigned depth;
	bool in_string, escaped;
	bool written;
	bool held;
	int error;
};

void write_buffer_release(struct write_buffer *in);

/* The number of bytes of the text after a write, if it is accepted. */
size_t write_buffer_need(const struct write_buffer *in, size_t len, off_t off);

/* 0 or a negative errno, with which all later writes fail, too. */
int write_buffer_write(struct write_buffer *in, const struct request *rq,
		       const char *data, size_t len, off_t off, struct text_error *err);

/* A write was refused before it got here, so all later ones are refused, too. */
void write_buffer_fail(struct write_buffer *in, int error);

/* A descriptor was closed: held text takes effect. -EINVAL: it is incomplete. */
int write_buffer_finish(struct write_buffer *in, const struct request *rq,
			struct text_error *err);

/* ftruncate(2): cuts held text, and has no other effect. */
void write_buffer_truncate(struct write_buffer *in, off_t size);

#endif

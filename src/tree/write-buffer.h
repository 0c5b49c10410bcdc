/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How text comes in through write(2): programs cut it into pieces and shells
 * lose the errors of close, so a text takes effect, or fails, in the write
 * that completes it.
 *
 *	written  a write was taken
 *	held     there is text that has not taken effect (incomplete, or a
 *		 full block of a text that may go on)
 *	error    a write was refused: so is everything after it
 *
 * One owner at a time; the file's lock guards it.
 */
#ifndef BPFMAPFS_TREE_INTAKE_H
#define BPFMAPFS_TREE_INTAKE_H

#include <stdbool.h>
#include <sys/types.h>

#include "text/error.h"
#include "util/buf.h"

/* Blocks of this size are pieces of something longer. */
#define WRITE_BUFFER_BLOCK 4096

/*
 * What the text is for. commit false: only say whether it is valid so far.
 * Returns 0 (complete), -EAGAIN (valid so far), or the error that the write
 * fails with, and err filled in.
 */
typedef int write_buffer_apply(void *arg, const char *text, size_t len, bool commit,
			 struct text_error *err);

struct write_buffer {
	bool append; /* O_APPEND: offsets mean nothing */
	bool open_ended; /* any text is complete and may still go on: strings */
	struct buf text;
	bool written;
	bool held;
	int error;
};

void write_buffer_release(struct write_buffer *in);

/* 0 or a negative errno, which sticks. */
int write_buffer_write(struct write_buffer *in, const char *data, size_t len, off_t off,
		 write_buffer_apply *apply, void *arg, struct text_error *err);

/* A descriptor was closed: held text takes effect. -EINVAL if it cannot. */
int write_buffer_finish(struct write_buffer *in, write_buffer_apply *apply, void *arg,
		  struct text_error *err);

/* ftruncate: cuts held text, touches nothing else. */
void write_buffer_truncate(struct write_buffer *in, off_t size);

#endif

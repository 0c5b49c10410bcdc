/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The last errors of one map, for `.map/errors`: one line each, with the time, the
 * operation, the name and the reason.
 */
#ifndef BPFMAPFS_LIVE_ERRLOG_H
#define BPFMAPFS_LIVE_ERRLOG_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "util/attributes.h"

/* Lines of all users together. With n users, each keeps its last 64/n at least. */
#define ERRLOG_LINES 64

struct buf;

/* The user of a line that no request caused. */
#define ERRLOG_NOBODY ((uid_t)-1)

struct errlog_line {
	char *text; /* with newline */
	uid_t uid;  /* whose request it was */
};

struct errlog {
	pthread_mutex_t lock;	   /* guards the rest */
	struct errlog_line *lines; /* oldest first; NULL before the first error */
	unsigned count;
};

void errlog_init(struct errlog *log);
void errlog_release(struct errlog *log);

/*
 * Add "TIME OPERATION NAME: REASON (strerror)" for the user `uid`. Name, which may be
 * "", and reason are escaped (put_printable()): it stays one line. error is a negative
 * errno. Without memory the line is lost.
 */
void errlog_add(struct errlog *log, uid_t uid, const char *operation, const char *name,
		int error, const char *fmt, ...) _printf_(6, 7);

/* Append the lines of user `uid`, or all of them, oldest first. */
void errlog_format(struct errlog *log, bool all, uid_t uid, struct buf *out);

#endif

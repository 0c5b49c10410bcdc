/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The last errors of one map, for `.map/errors`: one line each, that says
 * when, what was tried on which name, and why it was refused.
 */
#ifndef BPFMAPFS_LIVE_ERRLOG_H
#define BPFMAPFS_LIVE_ERRLOG_H

#include <pthread.h>
#include <stddef.h>

#define ERRLOG_LINES 64

struct buf;

struct errlog {
	pthread_mutex_t lock;	   /* guards the rest */
	char *lines[ERRLOG_LINES]; /* a ring; with newline */
	unsigned next;
};

void errlog_init(struct errlog *log);
void errlog_release(struct errlog *log);

/*
 * Add "TIME OPERATION NAME: REASON (strerror)". Control bytes of the name
 * are escaped, so that it stays one line. error is a negative errno. Without
 * memory the line is lost.
 */
void errlog_add(struct errlog *log, const char *operation, const char *name, int error,
		const char *fmt, ...) __attribute__((format(printf, 5, 6)));

/* Append all lines, oldest first. */
void errlog_format(struct errlog *log, struct buf *out);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Formatted lines under one lock, oldest first. A full log drops the oldest line of
 * the user that has the most, so no user's refusals push out all lines of another.
 */
#include "live/errlog.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "util/printable.h"
#include "util/buf.h"
#include "util/cleanup.h"
#include "util/libc.h"

#define NAME_SHOWN 200

void errlog_init(struct errlog *log)
{
	memset(log, 0, sizeof(*log));
	pthread_mutex_init(&log->lock, NULL);
}

void errlog_release(struct errlog *log)
{
	for (unsigned i = 0; i < log->count; i++)
		free(log->lines[i].text);
	free(log->lines);
	pthread_mutex_destroy(&log->lock);
}

static void put_time(struct buf *b)
{
	struct timespec ts;
	struct tm tm;
	char text[32];

	clock_gettime(CLOCK_REALTIME, &ts);
	gmtime_r(&ts.tv_sec, &tm);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	buf_printf(b, "%s.%03ldZ", text, ts.tv_nsec / 1000000);
}

static void put_name(struct buf *b, const char *name)
{
	size_t len = strlen(name);

	put_printable(b, name, len < NAME_SHOWN ? len : NAME_SHOWN);
	if (len > NAME_SHOWN)
		buf_puts(b, "...");
}

/* A reason can quote what the user wrote. */
__attribute__((format(printf, 2, 0)))
static void put_reason(struct buf *b, const char *fmt, va_list ap)
{
	_cleanup_buf_ struct buf text = BUF_INIT;

	buf_vprintf(&text, fmt, ap);
	put_printable(b, text.data, text.len);
}

static unsigned lines_of(const struct errlog *log, uid_t uid)
{
	unsigned n = 0;

	for (unsigned i = 0; i < log->count; i++)
		n += log->lines[i].uid == uid;
	return n;
}

/* The line that goes when `uid` adds one: its own oldest, unless another user has
 * more lines. */
static unsigned find_victim(const struct errlog *log, uid_t uid)
{
	unsigned most = lines_of(log, uid), n;
	unsigned victim = 0;

	while (most && log->lines[victim].uid != uid)
		victim++;
	for (unsigned i = 0; i < log->count; i++) {
		n = lines_of(log, log->lines[i].uid);
		if (n > most) {
			most = n;
			victim = i;
		}
	}
	return victim;
}

static void drop_line(struct errlog *log, unsigned i)
{
	free(log->lines[i].text);
	log->count--;
	memmove(&log->lines[i], &log->lines[i + 1],
		(log->count - i) * sizeof(log->lines[0]));
}

/* Takes over text. Most maps never see an error: their logs take no memory. */
static void add_line(struct errlog *log, uid_t uid, char *text)
{
	GUARD_MUTEX(&log->lock);

	if (!log->lines)
		log->lines = calloc(ERRLOG_LINES, sizeof(*log->lines));
	if (!log->lines) {
		free(text);
		return;
	}
	if (log->count == ERRLOG_LINES)
		drop_line(log, find_victim(log, uid));
	log->lines[log->count++] = (struct errlog_line){ text, uid };
}

void errlog_add(struct errlog *log, uid_t uid, const char *operation, const char *name,
		int error, const char *fmt, ...)
{
	struct buf b = BUF_INIT;
	va_list ap;

	put_time(&b);
	buf_printf(&b, " %s%s", operation, *name ? " " : "");
	put_name(&b, name);
	buf_puts(&b, ": ");
	va_start(ap, fmt);
	put_reason(&b, fmt, ap);
	va_end(ap);
	buf_printf(&b, " (%s)\n", error_text(-error));
	buf_putc(&b, '\0');
	if (buf_error(&b))
		buf_release(&b);
	else
		add_line(log, uid, buf_detach(&b));
}

void errlog_format(struct errlog *log, bool all, uid_t uid, struct buf *out)
{
	GUARD_MUTEX(&log->lock);

	for (unsigned i = 0; i < log->count; i++) {
		const struct errlog_line *line = &log->lines[i];

		if (all || (line->uid == uid && uid != ERRLOG_NOBODY))
			buf_puts(out, line->text);
	}
}

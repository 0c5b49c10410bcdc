/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live/errlog.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

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
	for (size_t i = 0; i < ERRLOG_LINES; i++)
		free(log->lines[i]);
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
	for (size_t i = 0; name[i]; i++) {
		if (i == NAME_SHOWN) {
			buf_puts(b, "...");
			break;
		}
		if ((unsigned char)name[i] < ' ' || name[i] == 0x7f)
			buf_printf(b, "%%%02X", (unsigned char)name[i]);
		else
			buf_putc(b, name[i]);
	}
}

void errlog_add(struct errlog *log, const char *operation, const char *name, int error,
		const char *fmt, ...)
{
	struct buf b = BUF_INIT;
	va_list ap;
	char *line;

	put_time(&b);
	buf_printf(&b, " %s ", operation);
	put_name(&b, name);
	buf_puts(&b, ": ");
	va_start(ap, fmt);
	buf_vprintf(&b, fmt, ap);
	va_end(ap);
	buf_printf(&b, " (%s)\n", error_text(-error));
	buf_putc(&b, '\0');
	if (buf_error(&b)) {
		buf_release(&b);
		return;
	}
	line = buf_detach(&b);
	GUARD_MUTEX(&log->lock);
	free(log->lines[log->next]);
	log->lines[log->next] = line;
	log->next = (log->next + 1) % ERRLOG_LINES;
}

void errlog_format(struct errlog *log, struct buf *out)
{
	GUARD_MUTEX(&log->lock);

	for (unsigned i = 0; i < ERRLOG_LINES; i++) {
		const char *line = log->lines[(log->next + i) % ERRLOG_LINES];

		if (line)
			buf_puts(out, line);
	}
}

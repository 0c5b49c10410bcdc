/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One line per message, to stderr or syslog(3).
 */
#include "util/log.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "util/cleanup.h"
#include "util/printable.h"

#define MESSAGE_MAX 1024

bool log_debugging;
static bool to_syslog;

void log_to_syslog(void)
{
	openlog("bpfmapfs", LOG_PID, LOG_DAEMON);
	to_syslog = true;
}

static void write_line(int priority, const char *line)
{
	char text[MESSAGE_MAX];

	copy_printable(text, sizeof(text), line);
	if (to_syslog)
		syslog(priority, "%s", text);
	else
		fprintf(stderr, "bpfmapfs: %s\n", text);
}

void log_piece(int priority, const char *fmt, va_list ap)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards the rest */
	static char line[MESSAGE_MAX];
	static size_t len;
	char *end;
	GUARD_MUTEX(&lock);

	vsnprintf(line + len, sizeof(line) - len, fmt, ap);
	while ((end = strchr(line, '\n'))) {
		*end = '\0';
		write_line(priority, strncmp(line, "fuse: ", 6) ? line : line + 6);
		memmove(line, end + 1, strlen(end + 1) + 1);
	}
	len = strlen(line);
	if (len < sizeof(line) - 1)
		return;
	write_line(priority, line);
	len = 0;
	*line = '\0';
}

void log_message(int priority, const char *fmt, ...)
{
	char text[MESSAGE_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	write_line(priority, text);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "util/log.h"

#include <stdio.h>
#include <string.h>

#define MESSAGE_MAX 1024

bool log_debugging;
static bool to_syslog;

void log_to_syslog(void)
{
	openlog("bpfmapfs", LOG_PID, LOG_DAEMON);
	to_syslog = true;
}

/* C0, DEL, and C1 in UTF-8: they could forge lines or drive a terminal. */
static void mask_controls(char *s)
{
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s, next = (unsigned char)s[1];

		if (c < ' ' || c == 0x7f)
			*s = '?';
		else if (c == 0xc2 && next >= 0x80 && next <= 0x9f)
			s[0] = s[1] = '?';
	}
}

void log_messagev(int priority, const char *fmt, va_list ap)
{
	char text[MESSAGE_MAX];
	size_t len;

	vsnprintf(text, sizeof(text), fmt, ap);
	len = strlen(text);
	if (len && text[len - 1] == '\n')
		text[len - 1] = '\0';
	mask_controls(text);
	if (to_syslog)
		syslog(priority, "%s", text);
	else
		fprintf(stderr, "bpfmapfs: %s\n", text);
}

void log_message(int priority, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_messagev(priority, fmt, ap);
	va_end(ap);
}

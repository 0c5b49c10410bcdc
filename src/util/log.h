/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages of the daemon: to stderr while it is in the foreground, to syslog(3) once it
 * is in the background. They are about the daemon itself; errors of users go to
 * .map/errors.
 *
 * Each message is one line. Control bytes in it, which may come from users, are
 * escaped (util/printable.h). All functions may be called from any thread.
 */
#ifndef BPFMAPFS_UTIL_LOG_H
#define BPFMAPFS_UTIL_LOG_H

#include <stdarg.h>
#include <stdbool.h>
#include <syslog.h>

#include "util/attributes.h"

/* -d: the one global of the program. Set before threads exist. */
extern bool log_debugging;

/* From now on messages go to syslog. */
void log_to_syslog(void);

/* priority: LOG_ERR, LOG_WARNING, ... */
void log_message(int priority, const char *fmt, ...)
	_printf_(2, 3);
/* Log a part of a line, as libfuse does; the line is written when its newline comes. */
void log_piece(int priority, const char *fmt, va_list ap)
	_printf_(2, 0);

#define log_error(...) log_message(LOG_ERR, __VA_ARGS__)
#define log_warning(...) log_message(LOG_WARNING, __VA_ARGS__)
/* The arguments are evaluated only with -d. */
#define log_debug(...)                                       \
	do {                                                 \
		if (log_debugging)                           \
			log_message(LOG_DEBUG, __VA_ARGS__); \
	} while (0)

#endif

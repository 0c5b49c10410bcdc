/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFMAPFS_UTIL_ERROR_TEXT_H
#define BPFMAPFS_UTIL_ERROR_TEXT_H

#include <string.h>

/*
 * English text of a positive errno, never NULL. Thread-safe: glibc's strerror()
 * may translate and may return a shared buffer, musl's does neither.
 */
static inline const char *error_text(int error)
{
#ifdef HAVE_STRERRORDESC_NP
	return strerrordesc_np(error) ?: "unknown error";
#else
	return strerror(error);
#endif
}

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Functions of glibc that other C libraries lack or added only recently (musl), and
 * replacements for them. configure probes each.
 */
#ifndef BPFMAPFS_UTIL_LIBC_H
#define BPFMAPFS_UTIL_LIBC_H

#include <linux/fs.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

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

/* The name of a positive errno, as "ENOENT"; NULL: it is not known. */
#ifdef HAVE_STRERRORNAME_NP
static inline const char *error_name(int error)
{
	return strerrorname_np(error);
}
#else
const char *error_name(int error);
#endif

#ifndef HAVE_RENAMEAT2
static inline int renameat2(int from, const char *name, int to, const char *newname,
			    unsigned flags)
{
	return (int)syscall(SYS_renameat2, from, name, to, newname, flags);
}
#endif

/*
 * Initialize a lock whose writers are not starved by a stream of readers.
 * Without glibc that depends on the C library.
 */
static inline void rwlock_init_prefer_writers(pthread_rwlock_t *lock)
{
	pthread_rwlockattr_t attr;

	pthread_rwlockattr_init(&attr);
#ifdef HAVE_PTHREAD_RWLOCKATTR_SETKIND_NP
	pthread_rwlockattr_setkind_np(&attr, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
#endif
	pthread_rwlock_init(lock, &attr);
	pthread_rwlockattr_destroy(&attr);
}

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Scope guards: a resource is released when its variable leaves scope.
 *
 *	_cleanup_free_ char *text = strdup(s);
 *	...
 *	return_ptr(text);	hands it to the caller instead
 */
#ifndef BPFMAPFS_UTIL_CLEANUP_H
#define BPFMAPFS_UTIL_CLEANUP_H

#include <dirent.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#define _cleanup_(fn) __attribute__((cleanup(fn)))

/* Take the pointer out of a guarded variable, so the guard finds NULL. */
#define take_ptr(p)                         \
	({                                  \
		__typeof__(p) taken_ = (p); \
		(p) = NULL;                 \
		taken_;                     \
	})
#define return_ptr(p) return take_ptr(p)

static inline int take_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

static inline void cleanup_freep(void *p)
{
	free(*(void **)p);
}

static inline void cleanup_closep(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void cleanup_closedirp(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

static inline void cleanup_unlockp(pthread_mutex_t **m)
{
	if (*m)
		pthread_mutex_unlock(*m);
}

static inline pthread_mutex_t *lock_mutex(pthread_mutex_t *m)
{
	pthread_mutex_lock(m);
	return m;
}

static inline void cleanup_rwlockp(pthread_rwlock_t **l)
{
	pthread_rwlock_unlock(*l);
}

static inline pthread_rwlock_t *lock_read(pthread_rwlock_t *l)
{
	pthread_rwlock_rdlock(l);
	return l;
}

static inline pthread_rwlock_t *lock_write(pthread_rwlock_t *l)
{
	pthread_rwlock_wrlock(l);
	return l;
}

#define _cleanup_free_ _cleanup_(cleanup_freep)
#define _cleanup_close_ _cleanup_(cleanup_closep)
#define _cleanup_closedir_ _cleanup_(cleanup_closedirp)
#define _cleanup_unlock_ _cleanup_(cleanup_unlockp)

/* Hold a mutex until the end of the enclosing scope. */
#define GUARD_CONCAT_(a, b) a##b
#define GUARD_NAME_(line) GUARD_CONCAT_(guard_, line)
#define GUARD_MUTEX(m)                                          \
	_cleanup_unlock_ pthread_mutex_t *GUARD_NAME_(__LINE__) \
		__attribute__((unused)) = lock_mutex(m)

/* Hold a rwlock for reading or writing until the end of the enclosing scope. */
#define GUARD_RWLOCK_(l)                                                   \
	_cleanup_(cleanup_rwlockp) pthread_rwlock_t *GUARD_NAME_(__LINE__) \
		__attribute__((unused)) = (l)
#define GUARD_READ(l) GUARD_RWLOCK_(lock_read(l))
#define GUARD_WRITE(l) GUARD_RWLOCK_(lock_write(l))

/* Make a free function a guard: DEFINE_CLEANUP(type_free, struct type *) */
#define DEFINE_CLEANUP(fn, T)                 \
	static inline void cleanup_##fn(T *p) \
	{                                     \
		if (*p)                       \
			fn(*p);               \
	}                                     \
	struct cleanup_semicolon_

#endif

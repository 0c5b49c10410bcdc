/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "shortage.h"

#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/mman.h>

/* Allocations until one fails; 0 or less: none will. */
static atomic_int countdown;
static atomic_bool came, paused;

void shortage_after(unsigned n)
{
	came = false;
	countdown = (int)n;
}

bool shortage_end(void)
{
	countdown = 0;
	return came;
}

void shortage_pause(void)
{
	paused = true;
}

void shortage_resume(void)
{
	paused = false;
}

static bool fails(void)
{
	if (paused || countdown <= 0 || atomic_fetch_sub(&countdown, 1) != 1)
		return false;
	came = true;
	errno = ENOMEM;
	return true;
}

/* A function that returns NULL when it fails. */
#define WRAP(name, args, ...)                                       \
	void *__real_##name args;                                   \
	void *__wrap_##name args;                                   \
	void *__wrap_##name args                                    \
	{                                                           \
		return fails() ? NULL : __real_##name(__VA_ARGS__); \
	}

WRAP(malloc, (size_t size), size)
WRAP(calloc, (size_t n, size_t size), n, size)
WRAP(realloc, (void *p, size_t size), p, size)
WRAP(reallocarray, (void *p, size_t n, size_t size), p, n, size)
WRAP(strdup, (const char *s), s)
WRAP(strndup, (const char *s, size_t n), s, n)

void *__real_mmap(void *at, size_t len, int prot, int flags, int fd, off_t offset);
void *__wrap_mmap(void *at, size_t len, int prot, int flags, int fd, off_t offset);
void *__wrap_mmap(void *at, size_t len, int prot, int flags, int fd, off_t offset)
{
	return fails() ? MAP_FAILED : __real_mmap(at, len, prot, flags, fd, offset);
}

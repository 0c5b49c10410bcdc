/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The limit of the memory of all in-process maps of this process. Tables are charged
 * when they are created, entries by the chunk, and memory that is touched only later
 * (buckets) by the page. So maps reach their limit before the process runs out of
 * memory, which would fail every request and could end the daemon.
 */
#include "store/memory/memory.h"

#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>

/* Must stay available to the rest of the process when a map grows. Checked by trying
 * to allocate it, which covers RLIMIT_AS, RLIMIT_DATA and strict overcommit. */
#define RESERVE ((size_t)16 << 20)
/* Tables smaller than this are not worth the try. */
#define TRY_FROM ((size_t)64 << 10)

static uint64_t limit = UINT64_MAX;
static uint64_t used; /* atomic */

/* The number behind `field` in a file; with "" the file is but a number. */
static bool read_number(const char *path, const char *field, uint64_t *ret)
{
	FILE *f = fopen(path, "re");
	char line[256];
	bool found = false;
	size_t len = strlen(field);
	unsigned long long n;

	while (f && !found && fgets(line, sizeof(line), f)) {
		found = !strncmp(line, field, len) && sscanf(line + len, "%llu", &n) == 1;
		if (found)
			*ret = n;
	}
	if (f)
		fclose(f);
	return found;
}

/* Memory left by the limits of the cgroup and its ancestors. */
static uint64_t cgroup_left(void)
{
	char path[4096], file[4200], group[4096] = "";
	uint64_t left = UINT64_MAX, max, now;
	FILE *f = fopen("/proc/self/cgroup", "re");

	while (f && fgets(path, sizeof(path), f))
		if (!strncmp(path, "0::", 3))
			snprintf(group, sizeof(group), "%.*s",
				 (int)strcspn(path + 3, "\n"), path + 3);
	if (f)
		fclose(f);
	while (*group) {
		snprintf(file, sizeof(file), "/sys/fs/cgroup%s/memory.max", group);
		if (read_number(file, "", &max)) {
			snprintf(file, sizeof(file), "/sys/fs/cgroup%s/memory.current", group);
			if (!read_number(file, "", &now) || now > max)
				now = 0;
			left = max - now < left ? max - now : left;
		}
		*strrchr(group, '/') = '\0';
	}
	return left;
}

/* Half of what is free now. */
static uint64_t default_limit(void)
{
	uint64_t left = cgroup_left(), kib;

	if (read_number("/proc/meminfo", "MemAvailable:", &kib) && kib * 1024 < left)
		left = kib * 1024;
	return left == UINT64_MAX ? left : left / 2;
}

void store_memory_limit(uint64_t bytes)
{
	limit = bytes ? bytes : default_limit();
}

/* True if so much memory, and the reserve, can be allocated now. */
static bool can_map(size_t bytes)
{
	void *p = mmap(NULL, bytes + RESERVE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return false;
	munmap(p, bytes + RESERVE);
	return true;
}

int memory_charge(uint64_t bytes)
{
	uint64_t now = __atomic_add_fetch(&used, bytes, __ATOMIC_RELAXED);

	if (now >= bytes && now <= limit &&
	    (bytes < TRY_FROM || (bytes < SIZE_MAX - RESERVE && can_map((size_t)bytes))))
		return 0;
	memory_uncharge(bytes);
	return -ENOMEM;
}

void memory_uncharge(uint64_t bytes)
{
	__atomic_sub_fetch(&used, bytes, __ATOMIC_RELAXED);
}

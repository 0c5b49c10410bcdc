/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names of kernel addresses, from /proc/kallsyms.
 *
 * The file is read as a whole (reading it is slow, and it cannot be searched) into one
 * sorted table, of functions only and bounded by SYMBOLS_MAX. It is read again when
 * modules or programs have come or gone: /proc/modules has changed, or a program with a
 * larger id exists. Ids of programs are assigned in ascending order, so one lookup
 * suffices.
 *
 * Without permission all addresses in it are 0: then there are no names.
 */
#include "store/kernel/kernel.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/buf.h"
#include "util/clock.h"
#include "util/hash.h"

/* Bytes of table and names; a kernel has a quarter of that. */
#define SYMBOLS_MAX (32u << 20)
/* No function is as long: what is farther away is none we know. */
#define FUNCTION_MAX (1u << 20)
/* Whether the table is still right is asked this often. */
#define FRESH_NS 10000000

struct symbol {
	uint64_t address;
	uint32_t name, module; /* offsets of strings; module 0: none */
};

struct kernel_symbols {
	int fd; /* /proc/kallsyms; -1: not opened yet. The kernel checked the opener. */
	pthread_mutex_t lock; /* guards all below */
	struct symbol *table; /* by address, then in the order of the file */
	size_t count, room;
	struct buf strings; /* NUL-terminated; the first is empty */
	uint64_t modules; /* hash of /proc/modules when the table was read */
	uint32_t program; /* largest program id then */
	bool read; /* has it ever been? */
	uint64_t checked; /* ns, monotonic */
};

int kernel_symbols_new(struct kernel_symbols **ret)
{
	struct kernel_symbols *k = calloc(1, sizeof(*k));

	if (!k)
		return -ENOMEM;
	k->fd = -1;
	pthread_mutex_init(&k->lock, NULL);
	*ret = k;
	return 0;
}

void kernel_symbols_free(struct kernel_symbols *k)
{
	if (!k)
		return;
	cleanup_closep(&k->fd);
	free(k->table);
	buf_release(&k->strings);
	pthread_mutex_destroy(&k->lock);
	free(k);
}

/* ---- is the table still right? ---- */

static uint64_t hash_modules(void)
{
	_cleanup_close_ int fd = open("/proc/modules", O_RDONLY | O_CLOEXEC);
	uint64_t h = 0;
	char text[4096];
	ssize_t n;

	while (fd >= 0 && (n = read(fd, text, sizeof(text))) > 0)
		h = hash_bytes(h, text, (size_t)n);
	return h;
}

static uint32_t last_program(uint32_t id)
{
	uint32_t next;

	while (bpf_prog_get_next_id(id, &next) == 0)
		id = next;
	return id;
}

static bool checked_lately(struct kernel_symbols *k)
{
	uint64_t now = clock_ns(CLOCK_MONOTONIC), then = k->checked;

	k->checked = now;
	return k->read && now - then < FRESH_NS;
}

static bool is_current(struct kernel_symbols *k)
{
	uint64_t modules;
	uint32_t program;
	bool same;

	if (checked_lately(k))
		return true;
	modules = hash_modules();
	program = last_program(k->program);
	same = k->read && modules == k->modules && program == k->program;
	k->modules = modules;
	k->program = program;
	return same;
}

/* ---- reading it ---- */

static uint32_t add_string(struct kernel_symbols *k, const char *s, size_t len)
{
	size_t at = k->strings.len;

	buf_put(&k->strings, s, len);
	buf_putc(&k->strings, '\0');
	return (uint32_t)at;
}

/* Modules come one after the other. */
static uint32_t add_module(struct kernel_symbols *k, const char *s, size_t len)
{
	uint32_t last = k->count ? k->table[k->count - 1].module : 0;
	const char *known = k->strings.data + last;

	if (last && !strncmp(known, s, len) && !known[len])
		return last;
	return add_string(k, s, len);
}

static int make_room(struct kernel_symbols *k)
{
	size_t room = k->room ? 2 * k->room : 65536;
	struct symbol *table;

	if (k->count < k->room)
		return 0;
	if (room * sizeof(*table) + k->strings.len > SYMBOLS_MAX)
		return -E2BIG;
	table = realloc(k->table, room * sizeof(*table));
	if (!table)
		return -ENOMEM;
	k->table = table;
	k->room = room;
	return 0;
}

/* "ffffffff81000000 T name" or "ffffffffc0000000 t name\t[module]". */
static int add_line(struct kernel_symbols *k, const char *line)
{
	struct symbol symbol = { 0 };
	const char *name, *bracket;
	char *end;
	size_t len;
	int r;

	symbol.address = strtoull(line, &end, 16);
	if (!symbol.address || !end[0] || !strchr("tTwW", end[1]) || end[2] != ' ')
		return 0;
	name = end + 3;
	len = strcspn(name, " \t\n");
	/* Padding before functions: nothing runs there. */
	if (!len || !strncmp(name, "__pfx_", 6))
		return 0;
	r = make_room(k);
	if (r < 0)
		return r;
	bracket = strchr(name + len, '[');
	if (bracket)
		symbol.module = add_module(k, bracket + 1, strcspn(bracket + 1, "]\n"));
	symbol.name = add_string(k, name, len);
	k->table[k->count++] = symbol;
	return buf_error(&k->strings);
}

static int compare(const void *a, const void *b)
{
	const struct symbol *x = a, *y = b;

	if (x->address != y->address)
		return x->address < y->address ? -1 : 1;
	return x->name < y->name ? -1 : x->name > y->name;
}

void kernel_symbols_open(struct kernel_symbols *k)
{
	if (k->fd < 0)
		k->fd = open("/proc/kallsyms", O_RDONLY | O_CLOEXEC);
}

/* The file from its beginning; NULL: it cannot be read. */
static FILE *open_table(struct kernel_symbols *k)
{
	_cleanup_close_ int fd = -1;
	FILE *f;

	kernel_symbols_open(k);
	fd = fcntl(k->fd, F_DUPFD_CLOEXEC, 0);
	if (fd < 0 || lseek(fd, 0, SEEK_SET) < 0)
		return NULL;
	f = fdopen(fd, "r");
	if (f)
		take_fd(&fd);
	return f;
}

static void read_table(struct kernel_symbols *k)
{
	FILE *f = open_table(k);
	char *line = NULL;
	size_t size = 0;
	int r = 0;

	k->read = true;
	k->count = 0;
	buf_clear(&k->strings);
	buf_putc(&k->strings, '\0');
	while (f && r == 0 && getline(&line, &size, f) > 0)
		r = add_line(k, line);
	free(line);
	if (f)
		fclose(f);
	/* Half a table would give wrong names. */
	if (r < 0 || buf_error(&k->strings))
		k->count = 0;
	if (k->count)
		qsort(k->table, k->count, sizeof(*k->table), compare);
}

/* ---- asking it ---- */

/* The first of those that begin nearest below the address. */
static const struct symbol *find(const struct kernel_symbols *k, uint64_t address)
{
	size_t lo = 0, hi = k->count;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (k->table[mid].address <= address)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (!lo || address - k->table[lo - 1].address > FUNCTION_MAX)
		return NULL;
	while (--lo && k->table[lo - 1].address == k->table[lo].address)
		;
	return &k->table[lo];
}

int kernel_symbols_find(struct kernel_symbols *k, uint64_t address, struct store_symbol *ret)
{
	const struct symbol *symbol;
	GUARD_MUTEX(&k->lock);

	if (!is_current(k))
		read_table(k);
	symbol = find(k, address);
	if (!symbol)
		return -ENOENT;
	snprintf(ret->name, sizeof(ret->name), "%s", k->strings.data + symbol->name);
	snprintf(ret->module, sizeof(ret->module), "%s", k->strings.data + symbol->module);
	ret->offset = address - symbol->address;
	return 0;
}

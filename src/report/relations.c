/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who uses the map: programs, processes that have it open, pins. A store that
 * has no such thing gives an empty text.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/report.h"
#include "store/bpffs.h"
#include "store/errno.h"
#include "util/printable.h"
#include "util/buf.h"
#include "util/request.h"

static uint32_t id_of(const struct report *r)
{
	return r->map->schema->info.id;
}

/* ---- progs: "ID NAME" ---- */

int report_progs(const struct report *r, struct buf *out)
{
	struct store *store = r->map->ref.store;
	uint32_t id = 0;
	int err = 0;

	if (!store_has_programs(store))
		return 0;
	while (!request_interrupted(r->rq) &&
	       (err = store_next_program(store, id, &id)) == 0) {
		_cleanup_store_program_ struct store_program p = STORE_PROGRAM_INIT;

		/* It may have ended meanwhile. */
		if (store_program(store, id, &p) < 0 || !store_program_uses(&p, id_of(r)))
			continue;
		store_program_name(store, &p);
		buf_printf(out, "%u%s", id, *p.name ? " " : "");
		put_printable(out, p.name, strlen(p.name));
		buf_putc(out, '\n');
	}
	if (err < 0 && err != -ENOENT)
		return store_user_errno(STORE_OP_OPEN, err);
	return err == 0 ? -EINTR : buf_error(out);
}

/* ---- pids: "PID COMMAND" ---- */

static bool is_number(const char *s)
{
	return *s && s[strspn(s, "0123456789")] == '\0';
}

/* Up to size - 1 bytes of a small file, NUL-terminated; false: none. */
static bool read_small(int dir_fd, const char *path, char *text, size_t size)
{
	_cleanup_close_ int fd = openat(dir_fd, path, O_RDONLY | O_CLOEXEC);
	ssize_t len = fd < 0 ? -1 : read(fd, text, size - 1);

	if (len <= 0)
		return false;
	text[len] = '\0';
	return true;
}

/* Only descriptors of maps are worth opening their fdinfo. */
static bool fd_is_map(int pid_fd, const char *fd, uint32_t id)
{
	char path[300], text[2048];
	const char *field;
	ssize_t len;

	snprintf(path, sizeof(path), "fd/%s", fd);
	len = readlinkat(pid_fd, path, text, sizeof(text) - 1);
	if (len < 0)
		return false;
	text[len] = '\0';
	if (strcmp(text, "anon_inode:bpf-map"))
		return false;
	snprintf(path, sizeof(path), "fdinfo/%s", fd);
	if (!read_small(pid_fd, path, text, sizeof(text)))
		return false;
	field = strstr(text, "\nmap_id:");
	return field && strtoul(field + strlen("\nmap_id:"), NULL, 10) == id;
}

static bool holds_map(int pid_fd, uint32_t id)
{
	int fd = openat(pid_fd, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_closedir_ DIR *d = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *de;

	if (fd >= 0 && !d)
		close(fd);
	while (d && (de = readdir(d)))
		if (is_number(de->d_name) && fd_is_map(pid_fd, de->d_name, id))
			return true;
	return false;
}

/* A process may call itself what it likes. */
static void put_process(const char *pid, int pid_fd, struct buf *out)
{
	char comm[64] = "";

	read_small(pid_fd, "comm", comm, sizeof(comm));
	comm[strcspn(comm, "\n")] = '\0';
	buf_printf(out, "%s ", pid);
	put_printable(out, comm, strlen(comm));
	buf_putc(out, '\n');
}

/* The daemon itself does not count: what it holds is a request's. */
int report_pids(const struct report *r, struct buf *out)
{
	_cleanup_closedir_ DIR *proc = NULL;
	const struct dirent *de;

	if (!store_has_pins(r->map->ref.store))
		return 0;
	proc = opendir("/proc");
	while (proc && (de = readdir(proc))) {
		_cleanup_close_ int fd = -1;

		if (!is_number(de->d_name) || strtol(de->d_name, NULL, 10) == getpid())
			continue;
		if (request_interrupted(r->rq))
			return -EINTR;
		fd = openat(dirfd(proc), de->d_name, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (fd >= 0 && holds_map(fd, id_of(r)))
			put_process(de->d_name, fd, out);
	}
	return buf_error(out);
}

/* ---- pins: paths, with %XX for control bytes ---- */

struct pin_search {
	const struct report *report;
	struct buf *out;
};

static void put_path(const char *path, struct buf *out)
{
	size_t len;

	for (; *path; path += len) {
		len = *path == '%' ? 1 : strcspn(path, "%");
		if (*path == '%')
			buf_puts(out, "%25");
		else
			put_printable(out, path, len);
	}
}

static int put_if_ours(void *arg, int fd, const char *path)
{
	const struct pin_search *s = arg;
	uint32_t id;

	if (request_interrupted(s->report->rq))
		return -EINTR;
	if (bpffs_map_id(s->report->map->ref.store, fd, &id) < 0 ||
	    id != id_of(s->report))
		return 0;
	put_path(s->report->bpffs, s->out);
	buf_putc(s->out, '/');
	put_path(path, s->out);
	buf_putc(s->out, '\n');
	return buf_error(s->out);
}

int report_pins(const struct report *r, struct buf *out)
{
	struct pin_search s = { r, out };

	return store_has_pins(r->map->ref.store) ? bpffs_walk(r->bpffs, put_if_ours, &s)
						 : 0;
}

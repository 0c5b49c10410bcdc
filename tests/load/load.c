/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * usage: load SECONDS CLIENTS MAP QUEUE OUTER NEW
 *
 * Clients that do everything at the same time on maps in the current directory, the
 * root of a mount: MAP holds {n:u64,check:u64} by u32, QUEUE u64, OUTER maps like MAP;
 * NEW is the prefix of the names of maps that clients create and remove.
 *
 * Each value has a checksum, so a torn value is detected in whatever form it is read.
 * Errors must be those that a client can expect when others change the same entries.
 * Ends with status 1 and a line for each kind of failure.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define KEYS 300
#define FACTOR UINT64_C(0x9e3779b97f4a7c15)

static const char *map, *queue, *outer, *new_prefix;
static atomic_bool over;
static atomic_uint failures, operations;

struct client {
	pthread_t thread;
	unsigned number;
	uint64_t random;
	char text[1 << 18];
};

static uint32_t rnd(struct client *c, uint32_t below)
{
	c->random ^= c->random << 13;
	c->random ^= c->random >> 7;
	c->random ^= c->random << 17;
	return (uint32_t)(c->random >> 16) % below;
}

__attribute__((format(printf, 1, 2))) static void fail(const char *fmt, ...)
{
	va_list ap;

	if (failures++ > 20)
		return;
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
}

/* -1 with an errno that is not among these (0 ends them) is a failure. */
static bool expected(const char *what, const char *path, int r, const int *errnos)
{
	int error = errno;

	if (r >= 0)
		return true;
	while (*errnos && *errnos != error)
		errnos++;
	if (!*errnos)
		fail("%s %s: %s\n", what, path, strerror(error));
	return false;
}

static const int none[] = { 0 };
static const int gone[] = { ENOENT, ESTALE, EBUSY, 0 };
static const int full[] = { ENOENT, ESTALE, EBUSY, ENOSPC, ENODATA, 0 };

/* ---- texts with a checksum ---- */

static void put_value(struct client *c, char *to, size_t room)
{
	uint64_t n = c->random;

	snprintf(to, room, "{\"n\":%" PRIu64 ",\"check\":%" PRIu64 "}", n, n * FACTOR);
}

/* Every {"n":N,"check":N * FACTOR} of the text; zeros are a key just made. */
static void check_text(const char *what, const char *text)
{
	static const char head[] = "{\"n\":";
	uint64_t n, check;
	int end;

	while ((text = strstr(text, head))) {
		text += sizeof(head) - 1;
		end = 0;
		if (sscanf(text, "%" SCNu64 ",\"check\":%" SCNu64 "}%n", &n, &check, &end) < 2 ||
		    !end || check != n * FACTOR) {
			fail("%s: torn: %.60s\n", what, text);
			return;
		}
	}
}

/* The length of the file in c->text, or -1. */
static ssize_t read_file(struct client *c, const char *path)
{
	int fd = open(path, O_RDONLY);
	ssize_t len = 0, n = 0;

	if (fd < 0)
		return -1;
	while ((size_t)len < sizeof(c->text) - 1 &&
	       (n = read(fd, c->text + len, sizeof(c->text) - 1 - (size_t)len)) > 0)
		len += n;
	c->text[len] = '\0';
	if (n < 0)
		len = -1;
	if (n < 0) {
		int error = errno;

		close(fd);
		errno = error;
	} else {
		close(fd);
	}
	return len;
}

static int write_file(const char *path, int flags, const char *text, size_t len)
{
	int fd = open(path, O_WRONLY | flags, 0644), error = 0;

	if (fd < 0)
		return -1;
	if (write(fd, text, len) != (ssize_t)len)
		error = errno;
	if (close(fd) < 0 && !error)
		error = errno;
	errno = error;
	return error ? -1 : 0;
}

static void key_path(struct client *c, char *path, size_t room)
{
	snprintf(path, room, "%s/%u", map, rnd(c, KEYS));
}

/* ---- operations ---- */

static void do_read(struct client *c)
{
	char path[64];
	ssize_t n;

	key_path(c, path, sizeof(path));
	n = read_file(c, path);
	/* Empty: another client is about to write a new key. */
	if (expected("read", path, (int)n, gone))
		check_text(path, c->text);
}

static void do_write(struct client *c)
{
	char path[64], text[100];

	key_path(c, path, sizeof(path));
	put_value(c, text, sizeof(text) - 1);
	strcat(text, "\n");
	expected("write", path,
		 write_file(path, O_CREAT | (rnd(c, 2) ? O_TRUNC : 0), text, strlen(text)), gone);
}

static void do_append(struct client *c)
{
	char path[64], text[100];

	key_path(c, path, sizeof(path));
	put_value(c, text, sizeof(text) - 1);
	strcat(text, "\n");
	expected("append", path, write_file(path, O_APPEND, text, strlen(text)), gone);
}

static void do_unlink(struct client *c)
{
	char path[64];

	key_path(c, path, sizeof(path));
	expected("unlink", path, unlink(path), gone);
}

static void do_rename(struct client *c)
{
	char from[64], to[64];

	key_path(c, from, sizeof(from));
	key_path(c, to, sizeof(to));
	expected("rename", from, rename(from, to), gone);
}

static void do_stat(struct client *c)
{
	struct stat st;
	char path[64];

	key_path(c, path, sizeof(path));
	if (expected("stat", path, stat(path, &st), gone) && !S_ISREG(st.st_mode))
		fail("%s: mode %o\n", path, st.st_mode);
}

static void list(const char *path, const int *errnos)
{
	DIR *dir = opendir(path);

	if (!expected("opendir", path, dir ? 0 : -1, errnos))
		return;
	do
		errno = 0;
	while (readdir(dir));
	expected("readdir", path, errno ? -1 : 0, errnos);
	closedir(dir);
}

static void do_list(struct client *c)
{
	list(rnd(c, 4) ? map : ".", none);
}

static void do_dump(struct client *c)
{
	static const char *const files[] = { "entries", "entries.jsonl", "backup" };
	char path[64];

	snprintf(path, sizeof(path), "%s/.map/%s", map, files[rnd(c, 3)]);
	if (expected("read", path, (int)read_file(c, path), none))
		check_text(path, c->text);
}

static void do_raw(struct client *c)
{
	char path[64];
	uint64_t value[2];
	ssize_t n;

	snprintf(path, sizeof(path), "%s/.map/raw/%u", map, rnd(c, KEYS));
	n = read_file(c, path);
	if (!expected("read", path, (int)n, gone))
		return;
	memcpy(value, c->text, sizeof(value));
	if (n && n != sizeof(value))
		fail("%s: %zd bytes\n", path, n);
	else if (n && value[1] != value[0] * FACTOR)
		fail("%s: torn\n", path);
}

static void do_bulk(struct client *c)
{
	size_t len = 0;
	char path[64];

	snprintf(path, sizeof(path), "%s/.map/entries", map);
	for (int i = 0; i < 30; i++) {
		len += (size_t)sprintf(c->text + len, "%u\t", rnd(c, KEYS));
		put_value(c, c->text + len, 100);
		len = strlen(c->text);
		c->text[len++] = '\n';
	}
	expected("write", path, write_file(path, 0, c->text, len), gone);
}

static void do_delete(struct client *c)
{
	char path[64], text[64];

	snprintf(path, sizeof(path), "%s/.map/delete", map);
	snprintf(text, sizeof(text), "%u\n%u\n", rnd(c, KEYS), rnd(c, KEYS));
	expected("write", path, write_file(path, 0, text, strlen(text)), gone);
}

static void do_info(struct client *c)
{
	static const char *const files[] = { "info", "count", "def", "btf", "errors", "help" };
	char path[64];

	snprintf(path, sizeof(path), "%s/.map/%s", map, files[rnd(c, 6)]);
	expected("read", path, (int)read_file(c, path), none);
}

static void do_queue(struct client *c)
{
	static const char *const files[] = { "peek", "pop" };
	char path[64], text[32];

	snprintf(path, sizeof(path), "%s/.map/push", queue);
	snprintf(text, sizeof(text), "%" PRIu64 "\n", c->random);
	if (rnd(c, 2)) {
		expected("write", path, write_file(path, 0, text, strlen(text)), full);
		return;
	}
	snprintf(path, sizeof(path), "%s/.map/%s", queue, files[rnd(c, 2)]);
	expected("read", path, (int)read_file(c, path), full);
}

/* A map of its own: made, defined, filled, linked, ended. */
static void do_map(struct client *c)
{
	static const char def[] = "type=hash key=u32 value={n:u64,check:u64} max_entries=400\n";
	char path[32], slot[64], text[100], target[64];

	snprintf(path, sizeof(path), "%s%u", new_prefix, c->number);
	snprintf(target, sizeof(target), "../%s", path);
	snprintf(slot, sizeof(slot), "%s/%u", outer, c->number);
	if (!expected("mkdir", path, mkdir(path, 0755), none))
		return;
	snprintf(text, sizeof(text), "%s/.map/def", path);
	expected("write", text, write_file(text, 0, def, sizeof(def) - 1), none);
	expected("symlink", slot, symlink(target, slot), none);
	snprintf(text, sizeof(text), "%s/1", slot);
	expected("write", text, write_file(text, O_CREAT, "{\"n\":0}\n", 8), none);
	expected("unlink", text, unlink(text), none);
	expected("unlink", slot, unlink(slot), none);
	expected("rmdir", path, rmdir(path), none);
}

static void do_scratch(struct client *c)
{
	char path[64], from[64], text[100];
	int fd;

	key_path(c, path, sizeof(path));
	snprintf(from, sizeof(from), "%s/sedAbC%03u", map, c->number);
	put_value(c, text, sizeof(text) - 1);
	fd = open(from, O_RDWR | O_CREAT | O_EXCL, 0600);
	if (!expected("create", from, fd, none))
		return;
	if (write(fd, text, strlen(text)) < 0)
		fail("write %s: %s\n", from, strerror(errno));
	close(fd);
	expected("rename", from, rename(from, path), gone);
}

static void (*const steps[])(struct client *c) = {
	do_read, do_read, do_read, do_read, do_write, do_write, do_write, do_append, do_unlink,
	do_rename, do_stat, do_stat, do_list, do_dump, do_raw, do_bulk, do_delete, do_info,
	do_queue, do_map, do_scratch,
};

static void *run(void *arg)
{
	struct client *c = arg;

	while (!over) {
		steps[rnd(c, sizeof(steps) / sizeof(steps[0]))](c);
		operations++;
	}
	return NULL;
}

int main(int argc, char **argv)
{
	unsigned n = argc == 7 ? (unsigned)atoi(argv[2]) : 0;
	struct client *clients = calloc(n ? n : 1, sizeof(*clients));

	if (!n || !clients) {
		fprintf(stderr, "usage: load SECONDS CLIENTS MAP QUEUE OUTER NEW\n");
		return 2;
	}
	map = argv[3];
	queue = argv[4];
	outer = argv[5];
	new_prefix = argv[6];
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (unsigned i = 0; i < n; i++) {
		clients[i].number = i;
		clients[i].random = (i + 1) * FACTOR;
		if (pthread_create(&clients[i].thread, NULL, run, &clients[i]))
			return 2;
	}
	sleep((unsigned)atoi(argv[1]));
	over = true;
	for (unsigned i = 0; i < n; i++)
		pthread_join(clients[i].thread, NULL);
	printf("%u operations, %u failures\n", operations, failures);
	free(clients);
	return failures ? 1 : 0;
}
